"""Whether units pay, in sentences, tables and JSON: the same figures as the quotes, money as it is billed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kplan.capacity.base_load import load_duration
from kplan.capacity.study import DesignStudy, Study
from kplan.regress.run import run
from kplan.render import CAPACITY_WRITERS, render
from kplan.render.capacity import units
from kplan.render.capacity.tables import LISTINGS, every

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.fixture(scope="module")
def study() -> Study:
    found = run(SCENARIOS / "base-load.kplan.yaml").study
    assert isinstance(found, Study)
    return found


@pytest.fixture(scope="module")
def payg(study: Study) -> DesignStudy:
    return study.designs[0]


def test_the_offer_that_saves_most_is_told_and_the_others_are_counted(payg: DesignStudy) -> None:
    """By hand: 110 units at $221 a month are $24,310; what finds no room is paid for call by call."""
    told, more = units.on_offer(payg, is_all=False)
    assert len(payg.quotes) == 3
    assert told.startswith(
        "azure/gpt-5.5 global pays: 110 PTU save 9.9% at the load of 2027-01"
        " ($40,431 against $44,889 in 730 hours)."
    )
    assert "1 year, a PTU pays from 83% used; these are used to 98%, and 36% spills." in told
    assert more == "2 more offers for openai/gpt-5.5: --format markdown has all."
    assert list(units.on_offer(payg, is_all=True)) == [told]


def test_a_design_that_buys_says_what_and_is_offered_nothing_for_it(study: Study) -> None:
    base = next(each for each in study.designs if each.design.id == "base")
    assert list(units.bought(base, is_all=False)) == [f"{base.bought[0].said}."]
    assert list(units.bought(base, is_all=True))[1:] == [f"{text}." for text in base.bought[0].assumed]
    assert base.bought[0].assumed
    assert list(units.on_offer(base, is_all=False)) == []


def test_an_offer_that_never_pays_says_from_which_use_on_it_would(study: Study, tmp_path: Path) -> None:
    """A thousand queries a month are next to nothing: the least sold, 15 units, is never worth it."""
    text = (SCENARIOS / "base-load.kplan.yaml").read_text()
    few = text.replace("3_000_000", "1_000")
    (tmp_path / "s.kplan.yaml").write_text(few[: few.index("  peak:")] + few[few.index("baseline:") :])
    found = run(tmp_path / "s.kplan.yaml").study
    assert isinstance(found, Study)
    [each] = found.designs
    told = next(units.on_offer(each, is_all=True))
    assert (
        told == "azure/gpt-5.5 global does not pay: even on its best term, 1 year, a PTU pays from 83% used,"
        " and 15 are the least that is sold."
    )


def test_the_table_of_offers_is_the_quotes(payg: DesignStudy, study: Study) -> None:
    table = LISTINGS["offers"].table("offers", study, only=payg)
    names = [field.name for field in table.fields]
    terms = [(quote, term) for quote in payg.quotes for term in quote.quote.terms]
    assert len(table.rows) == len(terms) == 9
    for row, (quote, term) in zip(table.rows, terms, strict=True):
        found = dict(zip(names, row, strict=True))
        assert term.base is not None
        assert quote.quote.payg is not None
        assert found["best_units"] == term.base.units
        assert float(str(found["best_usd"])) == pytest.approx(term.base.usd * 730, rel=1e-11)
        assert float(str(found["payg_usd"])) == pytest.approx(quote.quote.payg.usd * 730, rel=1e-11)
        assert found["pays_from_share"] == term.break_even
        assert found["peak_units"] == term.peak.units
        assert found["pays"] == ("yes" if term.base.units else "no")


def test_what_is_bought_is_billed_by_month(study: Study) -> None:
    table = LISTINGS["bought"].table("bought", study)
    names = [field.name for field in table.fields]
    found = [dict(zip(names, row, strict=True)) for row in table.rows]
    base = [row for row in found if row["design"] == "base"]
    assert [row["cost_usd"] for row in base] == [Decimal(125 * 221)] * 12
    assert [row["month"] for row in base] == [f"2027-{month:02}" for month in range(1, 13)]


def test_the_load_duration_curve_falls_from_the_fullest_hour_on(payg: DesignStudy, study: Study) -> None:
    table = LISTINGS["load-duration"].table("load-duration", study, only=payg)
    loads = [float(str(row[-1])) for row in table.rows[:168]]
    assert loads == load_duration(payg.quotes[0].loads).tolist()
    assert loads == sorted(loads, reverse=True)
    assert loads[0] == pytest.approx(float(payg.quotes[0].quote.sizing.needed))
    assert "break-even" in every(study)


def test_json_has_the_same_with_money_as_decimal_strings(payg: DesignStudy, study: Study) -> None:
    said = json.loads(render("json", study, CAPACITY_WRITERS))["designs"]
    offer = said[0]["offers"][0]
    assert (offer["sold_as"], offer["unit"], offer["pays"]) == ("azure/gpt-5.5", "PTU", True)
    year = next(term for term in offer["terms"] if term["term"] == "1 year")
    assert (year["best"]["units"], year["best"]["units_usd_per_month"]) == (110, "24310")
    assert offer["load_units"] == pytest.approx(payg.quotes[0].loads.tolist())
    base = next(design for design in said if design["id"] == "base")
    [bought] = base["bought"]
    assert (bought["units"], bought["usd"]) == (125, ["27625"] * 12)
    assert all(isinstance(usd, str) for usd in bought["usd"])


def test_units_that_pay_at_no_use_say_so(payg: DesignStudy) -> None:
    """The same offer at four times its price."""
    quote = payg.quotes[0]
    dear = [replace(term, break_even=(term.break_even or 0) * 4) for term in quote.quote.terms]
    none = [replace(term, base=replace(term.base, units=0)) for term in dear if term.base is not None]
    found = replace(payg, quotes=(replace(quote, quote=replace(quote.quote, terms=tuple(none))),))
    [told] = units.on_offer(found, is_all=True)
    assert told.endswith("even on its best term, 1 year, a PTU pays from 331% used, which is never.")

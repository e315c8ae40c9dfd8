"""What designs buy: the best number against every number, bills by hand, and what cannot be bought."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.capacity.buying import best_units, spilled_shares
from kplan.capacity.offers import Offer, Source
from kplan.capacity.week import WEEKS
from kplan.engine.bought import Bought
from kplan.engine.ledger import Kind, total_usd
from kplan.engine.moves import moves
from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.engine.uncertainty.found import Draws
from kplan.errors import KplanError
from kplan.form import arrays
from kplan.prices.book import Book
from kplan.regress.run import results_of, run
from kplan.scenario.load import load_scenario
from support import RATES, book_of, priced

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "scenarios" / "base-load.kplan.yaml"
SCENARIO = """
months: 2027-01..2027-03
volume: {queries_per_month: 1_000_000, growth_per_month: 10%}
traffic: office-hours
offers: {book: offers.yaml}
stages:
  answer: {input: 1_000, output: 100}
designs:
  payg: sonnet
  units: {extends: payg, buys: {test/sonnet: {term: hourly}}}
singles: false
"""
OFFERS = """
provider: test
unit: PTU
offers:
  - models: [sonnet]
    deployments: [global]
    minimum: 2
    increment: 2
    throughput: {amount: 1_000, per: 60s, weights: {input: 1, output: 5}}
    prices: [%s]
"""
HOURLY = "{term: hourly, usd: 0.10, per: hour}"
BY_THE_HOUR = (
    "{term: t, usd: 0.10, per: hour, valid_to: 2027-02-15}, "
    "{term: t, usd: 0.20, per: hour, valid_from: 2027-02-15}"
)
BY_THE_MONTH = (
    "{term: t, usd: 100, per: month, valid_to: 2027-02-15}, "
    "{term: t, usd: 90, per: month, valid_from: 2027-02-15}"
)


def results(folder: Path, text: str = SCENARIO, prices: str = HOURLY, book: Book | None = None) -> Results:
    path = folder / "s.kplan.yaml"
    path.write_text(text)
    (folder / "offers.yaml").write_text(OFFERS % prices)
    scenario, own = load_scenario(path), book or book_of()
    return results_of({"": scenario}, {"": own}, draws=Draws(n=0))


def bought(found: Results, design: str = "units") -> Bought:
    [plan] = found.plans
    [each] = next(each for each in plan.designs if each.id == design).bought
    return each


def lines(found: Results, design: str, kind: Kind) -> dict[str, Decimal]:
    """Costs by month [USD]."""
    rows = [row for row in found.ledger if row.design == design and row.kind is kind]
    return {month: total_usd(row for row in rows if row.month == month) for month in found.plans[0].months}


def week(name: str) -> list[float]:
    """The hours of a measured week over their mean, read anew."""
    read = json.loads((ROOT / "pricing" / "traffic" / "azure-2024.json").read_text())
    rates = read["weeks"][name]["requests_per_minute"]
    return [rate * len(rates) / sum(rates) for rate in rates]


def test_the_example_in_plain_python() -> None:
    """A call is 1,500 uncached tokens and 6 x 250; a unit takes 1,200 a minute, and costs 2,652 a year.

    The call is billed 1,500 x 5 + 500 x 0.50 + 250 x 30 dollars a million. Every number that can be bought.
    """
    found = run(EXAMPLE)
    factors, months = week("azure-conversation-2024"), [date(2027, n, 1) for n in range(1, 13)]
    queries = [3_000_000 * 1.02**n for n in range(12)]
    loads = [
        [
            n / monthrange(day.year, day.month)[1] / 1440 * (1500 + 6 * 250) / 1200 * factor
            for factor in factors
        ]
        for n, day in zip(queries, months, strict=True)
    ]
    bills = [n * (1500 * 5 + 500 * 0.5 + 250 * 30) / 1e6 for n in queries]

    def cost(units: int, usd_per_month: float) -> float:
        return sum(
            units * usd_per_month + bill * sum(max(load - units, 0) for load in hours) / sum(hours)
            for bill, hours in zip(bills, loads, strict=True)
        )

    guard = float(sum(lines(found, "payg", Kind.USAGE).values())) - sum(bills)
    for design, usd_per_month in (("base", 2652 / 12), ("base-by-month", 260)):
        by_units = {n: cost(n, usd_per_month) for n in (0, *range(15, 500, 5))}
        units = min(by_units, key=lambda n: by_units[n])
        assert bought(found, design).units == units > 0
        assert float(found.design(design).total_usd) == pytest.approx(by_units[units] + guard, rel=1e-9)
        assert found.design(design).total_usd < found.design("payg").total_usd
    busiest = max(max(hours) for hours in loads) * 1.16
    assert bought(found, "peak").units == -(-busiest // 5) * 5
    assert float(found.design("peak").total_usd) == pytest.approx(guard + 2652 * bought(found, "peak").units)
    assert found.design("peak").total_usd > found.design("payg").total_usd


@given(
    st.lists(st.lists(st.integers(0, 300), min_size=12, max_size=12), min_size=1, max_size=4),
    st.lists(st.integers(0, 5_000), min_size=4, max_size=4),
    st.integers(0, 400),
    st.integers(1, 20),
    st.integers(1, 7),
)
@settings(deadline=None)
def test_no_number_of_units_is_cheaper(
    tenths: list[list[int]], worth: list[int], unit_usd: int, minimum: int, increment: int
) -> None:
    """Months of different loads and prices: against every number that can be bought."""
    loads, bills = np.array(tenths) / 10, [float(each) for each in worth[: len(tenths)]]
    offer = Offer("test", ("m",), "global", "", "unit", minimum, increment, (), "", Source())

    def cost(units: int) -> float:
        spilled = spilled_shares(loads, units)
        return units * unit_usd + sum(share * usd for share, usd in zip(spilled, bills, strict=True))

    units = best_units(loads, bills, unit_usd, offer)
    sold = {0, minimum, *(n for n in range(increment, 60, increment) if n >= minimum)}
    assert units in sold
    assert cost(units) == pytest.approx(min(map(cost, sold)), abs=1e-6)


@pytest.mark.parametrize("name", ["azure-conversation-2024", "azure-code-2024"])
@pytest.mark.parametrize(("rho", "least", "most"), [("0.84", 0.0365, 0.0915), ("0.5", 0.185, 0.385)])
def test_base_and_spill_over_save_what_was_measured(
    tmp_path: Path, name: str, rho: str, least: float, most: float
) -> None:
    """Of a load of some hundred units, at units that cost so much of the calls that fill them.

    A unit is 1,000 input tokens a minute at $3 a million: $0.18 an hour, and output 5 times as much.
    """
    text = SCENARIO.replace("office-hours", name).replace("1_000_000, growth_per_month: 10%", "10_000_000")
    found = results(tmp_path, text, f"{{term: hourly, usd: {Decimal(rho) * Decimal('0.18')}, per: hour}}")
    saving = found.design("units").saving
    assert saving is not None
    assert saving.share is not None
    assert least <= saving.share <= most


def test_a_months_bill_by_hand(tmp_path: Path) -> None:
    """Even load: 1,000,000 x 1,500 tokens are 33.6 units in January. 20 serve 59.52 % of it.

    31 days of 20 units are 20 x 744 h x $0.10; the calls that are served would cost $4,500 x 59.52 %.
    """
    text = SCENARIO.replace("office-hours", "even").replace("term: hourly", "term: hourly, units: 20")
    found = results(tmp_path, text)
    load = Decimal(1_000_000) * 1500 / 1000 / (31 * 1440)
    served = [row for row in found.ledger if row.design == "units" and row.kind is Kind.CAPACITY][:2]
    assert [row.label for row in served] == ["test/sonnet global PTU, hourly", f"served by {served[0].label}"]
    assert [row.model for row in served] == ["", "test/sonnet"]
    assert served[0].cost_usd == Decimal(20 * 744) / 10
    assert float(served[1].cost_usd) == pytest.approx(-4500 * 20 / float(load), rel=1e-10)
    assert bought(found).utilisation == (1, 1, 1)
    assert bought(found).usd_per_month == (1488, 1344, 1488)
    assert lines(found, "units", Kind.USAGE) == lines(found, "payg", Kind.USAGE)


@pytest.mark.parametrize(
    ("prices", "usd"),
    [
        ("{term: t, usd: 0.10, per: hour}", ["148.8", "134.4", "148.8"]),
        ("{term: t, usd: 2.40, per: day}", ["148.8", "134.4", "148.8"]),
        ("{term: t, usd: 16.80, per: week}", ["148.8", "134.4", "148.8"]),
        ("{term: t, usd: 100, per: month}", ["200", "200", "200"]),
        ("{term: t, usd: 1_200, per: year}", ["200", "200", "200"]),
        (
            BY_THE_HOUR,
            ["148.8", str(Decimal(2 * 24) * (14 * 1 + 14 * 2) / 10), "297.6"],
        ),
        (
            BY_THE_MONTH,
            ["200", "200", "180"],
        ),
    ],
)
def test_what_units_cost_in_real_months(tmp_path: Path, prices: str, usd: list[str]) -> None:
    """Two units; every day at its price, and what is billed by the month at that of its first day."""
    text = SCENARIO.replace("term: hourly", "term: t, units: 2")
    assert bought(results(tmp_path, text, prices)).usd_per_month == tuple(map(Decimal, usd))


def test_a_held_price_is_held_for_units_too(tmp_path: Path) -> None:
    text = SCENARIO.replace("term: hourly", "term: t, units: 2") + "prices: {freeze: 2027-02-20}\n"
    assert bought(results(tmp_path, text, BY_THE_HOUR)).usd_per_month[0] == Decimal("297.6")


def test_a_change_of_the_price_and_a_term_beyond_the_plan_are_said(tmp_path: Path) -> None:
    text = SCENARIO.replace("term: hourly", "term: year, units: 2")
    prices = (
        "{term: 1 year, usd: 1_200, per: year, valid_to: 2027-02-15}, "
        "{term: 1 year, usd: 900, per: year, valid_from: 2027-02-15}"
    )
    told = "\n".join(results(tmp_path, text, prices).notes)
    assert "1 year: a unit costs $900 a year from 2027-03 on, $1200 before" in told
    assert "1 year: longer than the plan, of which it counts 3 of 12 months" in told


def test_batches_are_not_served(tmp_path: Path) -> None:
    """A stage in batches neither fills units nor is taken off the bill."""
    rows = tuple(priced("sonnet", meter, "1", mode="batch") for meter in ("input", "output"))
    text = SCENARIO.replace("term: hourly", "term: hourly, units: 20")
    alone = results(tmp_path, text, book=book_of(RATES, rows))
    nightly = "stages:\n  nightly: {input: 9_000, output: 10, mode: batch}"
    both = results(tmp_path, text.replace("stages:", nightly), book=book_of(RATES, rows))
    assert lines(both, "units", Kind.CAPACITY) == lines(alone, "units", Kind.CAPACITY)
    assert both.design("payg").total_usd > alone.design("payg").total_usd
    best = SCENARIO.replace("stages:", nightly)
    for dear in ("{term: hourly, usd: 0.14, per: hour}", "{term: hourly, usd: 0.17, per: hour}"):
        one, two = (results(tmp_path, each, dear, book_of(RATES, rows)) for each in (SCENARIO, best))
        assert bought(one).units == bought(two).units > 0


def test_attempts_that_fail_fill_units(tmp_path: Path) -> None:
    """Half of the calls fail once and bill nothing: the units are half as full again."""
    text = SCENARIO.replace("term: hourly", "term: hourly, units: 20").replace("office-hours", "even")
    stage = "answer: {input: 1_000, output: 100}"
    again = f"again: {{kind: retry, failure: 50%, attempts: 2, bills: 0%, stages: {{{stage}}}}}"
    once, twice = (results(tmp_path, text.replace(stage, each), HOURLY) for each in (stage, again))
    first, second = bought(once).spilled_share[0], bought(twice).spilled_share[0]
    assert float(1 - first) / float(1 - second) == pytest.approx(1.5, rel=1e-9)


def test_parts_are_bought_apart(tmp_path: Path) -> None:
    """Input alone: 10 units of 100,000 tokens an hour at even load; output stays paid token by token."""
    parts = """
provider: test
offers:
  - {models: [sonnet], deployments: [tier], part: input, throughput: {amount: 1_000, per: 60s,
     weights: {input: 1}}, prices: [{term: t, usd: 0.10, per: hour}]}
  - {models: [sonnet], deployments: [tier], part: output, throughput: {amount: 100, per: 60s,
     weights: {output: 1}}, prices: [{term: t, usd: 0.05, per: hour}]}
"""
    text = SCENARIO.replace("office-hours", "even").replace("term: hourly", "term: t, units: {input: 10}")
    (tmp_path / "s.kplan.yaml").write_text(text)
    (tmp_path / "offers.yaml").write_text(parts)
    found = results_of({"": load_scenario(tmp_path / "s.kplan.yaml")}, {"": book_of()}, draws=Draws(n=0))
    each = bought(found)
    assert (each.meters, each.units) == ({"input"}, 10)
    load = 1_000_000 * 1000 / 1000 / (31 * 1440)
    assert float(each.spilled_share[0]) == pytest.approx(1 - 10 / load, rel=1e-9)
    saved = lines(found, "units", Kind.CAPACITY)["2027-01"] - each.usd_per_month[0]
    assert float(saved) == pytest.approx(-3000 * 10 / load, rel=1e-9)


def test_the_ledger_adds_up_and_the_graph_agrees(tmp_path: Path) -> None:
    text = SCENARIO + "contingency: 10%\nfixed: {rent: 100}\nbudget: 5_000\n"
    found = results(tmp_path, text, "{term: hourly, usd: 0.14, per: hour}")
    [plan] = found.plans
    assert bought(found).units > 0
    for design, planned in zip(found.designs, plan.designs, strict=True):
        rows = [row for row in found.ledger if row.design == design.id]
        assert total_usd(rows) == design.total_usd
        assert sum(month.cost_usd for month in design.months) == design.total_usd
        [total] = arrays.evaluate(plan.graph, [planned.total], {})
        assert float(total) == pytest.approx(float(design.total_usd), rel=1e-12)
    assert [live.designs[1].held for live in found.live] == [
        {"answer": "its design buys units, which are chosen for the calls as they are"}
    ]


def test_where_units_never_pay_none_are_bought(tmp_path: Path) -> None:
    found = results(tmp_path, prices="{term: hourly, usd: 0.19, per: hour}")
    assert bought(found).units == 0
    assert not [row for row in found.ledger if row.kind is Kind.CAPACITY]
    assert found.design("units").total_usd == found.design("payg").total_usd
    assert any("at no number do units cost less" in note for note in found.notes)


def test_a_price_event_moves_what_units_leave(tmp_path: Path) -> None:
    """1,000 more a million tokens: of each month only the part that is paid call by call."""
    rates = {"sonnet": {"output": "15"}}
    rows = (
        priced("sonnet", "input", "3", valid_to=date(2027, 2, 1)),
        priced("sonnet", "input", "4", valid_from=date(2027, 2, 1)),
    )
    text = SCENARIO.replace("term: hourly", "term: hourly, units: 20").replace(", growth_per_month: 10%", "")
    found = results(tmp_path, text, book=book_of(rates, rows))
    by_design = {move.design: move.usd_per_month for move in moves(found.plans[0])}
    assert by_design["payg"] == 1000
    assert by_design["units"] == 1000 * bought(found).spilled_share[1] < 1000


def test_heirs_buy_what_they_do_not_drop(tmp_path: Path) -> None:
    more = (
        "  heir: {extends: units}\n  none: {extends: units, buys: {test/sonnet: null}}\n"
        "  other: {extends: units, buys: {test/sonnet: {term: hourly, units: 4}}}\nsingles: false\n"
    )
    found = results(tmp_path, SCENARIO.replace("singles: false\n", more))
    assert bought(found, "heir").units == bought(found).units != 4
    assert bought(found, "other").units == 4
    assert found.design("none").total_usd == found.design("payg").total_usd


def test_units_are_for_the_week_that_is_said(tmp_path: Path) -> None:
    """Nothing said is the measured week with the higher peak, and it is said so."""
    said = results(tmp_path, SCENARIO.replace("office-hours", "azure-code-2024"))
    unsaid = results(tmp_path, SCENARIO.replace("traffic: office-hours\n", ""))
    assert bought(said).spilled_share == bought(unsaid).spilled_share
    assert any("azure-code-2024, assumed" in note for note in unsaid.notes)
    assert WEEKS["azure-code-2024"]().max() > 2


WRONG: Mapping[str, str] = {
    "term: decade": "no term `decade` of test sonnet global on 2027-01-01; known are hourly",
    "deployment: globl, term: hourly": 'no deployment "globl" of test/sonnet; did you mean global?',
    "term: hourly, units: 7": "7 PTU cannot be bought: from 2 on in steps of 2; write 6 or 8",
    "term: hourly, units: 1": "1 PTU cannot be bought: from 2 on in steps of 2; write 2",
    "term: hourly, units: {input: 2}": "no part `input` of test/sonnet: it is not sold in parts",
    "term: hourly, payg: test/haiku": "units makes no call to test/haiku that units could serve",
    "term: hourly, payg: test/haikoo": 'no model "test/haikoo"; did you mean test/haiku?',
    "term: hourly, takes: {inptu: 5}": "takes: no meter `inptu`; did you mean input?",
    "term: hourly, takes: {input: 5}": "test sonnet global says nothing of output",
    "units: 4": "`term` is missing",
    "term: hourly, untis: 4": "unknown key `untis`; did you mean units?",
    "term: hourly, units: 2.5": "`2.5`: best, peak or a whole number of units is expected",
    "term: hourly, units: 0": "`0`: best, peak or a whole number of units is expected",
    "term: hourly, units: {}": "units of no part",
}


@pytest.mark.parametrize("said", WRONG)
def test_what_cannot_be_bought_is_said_with_its_place(tmp_path: Path, said: str) -> None:
    with pytest.raises(KplanError) as caught:
        results(tmp_path, SCENARIO.replace("term: hourly", said))
    problem = caught.value.problems[0]
    assert WRONG[said] in problem.what
    assert problem.mark is not None
    assert problem.mark.line == 10
    assert problem.path.startswith("designs.units.buys.test/sonnet")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("test/sonnet:", "test/sonet:", 'no offer for "test/sonet" on 2027-01-01; did you mean test/sonnet?'),
        ("{test/sonnet: {term: hourly}}", "{test/haiku: null}", "no units of `test/haiku` are bought"),
        ("singles", "contracts: {c: {models: test/*, minimum: 5}}\nsingles", "not costed yet; leave one out"),
        ("offers.yaml", "none.yaml", "none.yaml"),
        ("offers: {book", "offers: {bok", "unknown key `bok`; did you mean book?"),
    ],
)
def test_other_wrong_purchases(tmp_path: Path, old: str, new: str, what: str) -> None:
    with pytest.raises(KplanError, match=what.replace("*", r"\*").replace("?", r"\?")):
        results(tmp_path, SCENARIO.replace(old, new))


def test_two_purchases_for_the_same_calls_are_refused(tmp_path: Path) -> None:
    text = SCENARIO.replace(
        "{term: hourly}}", "{term: hourly}, azure/gpt-5.2: {deployment: global, term: month, payg: sonnet}}"
    )
    with pytest.raises(KplanError, match="serve the calls to test/sonnet already"):
        results(tmp_path, text)


def test_costs_without_purchases_are_never_given_for_such_a_design(tmp_path: Path) -> None:
    results(tmp_path)
    with pytest.raises(KplanError, match="what they cost is not asked for"):
        simulate(load_scenario(tmp_path / "s.kplan.yaml"), book_of())


def test_traffic_is_part_of_what_a_lock_knows_where_something_is_bought(tmp_path: Path) -> None:
    path = tmp_path / "s.kplan.yaml"

    def hashed(text: str) -> str:
        path.write_text(text)
        return load_scenario(path).sha256({"payg", "units"})

    even = SCENARIO.replace("office-hours", "even")
    assert hashed(SCENARIO) != hashed(even)
    bare = [each.replace(", buys: {test/sonnet: {term: hourly}}", "") for each in (SCENARIO, even)]
    assert hashed(bare[0]) == hashed(bare[1])


def test_a_chance_that_units_bend_has_no_break_even(tmp_path: Path) -> None:
    """The share that is served stays as it is found, so no line can be drawn through it."""
    text = SCENARIO.replace("answer: {", "answer: {chance: 30%, ").replace(
        "{extends: payg,", "{models: {default: sonnet},"
    )
    told = [
        note
        for note in results(tmp_path, text, "{term: hourly, usd: 0.14, per: hour}").notes
        if "bend" in note
    ]
    assert told == [
        "no break-even is given for payg.answer against units: units that are bought bend the cost"
    ]


def test_a_month_without_queries_is_paid_for_and_spills_nothing(tmp_path: Path) -> None:
    """January stands still: its units cost what they cost, and are not used."""
    seasons = ", ".join(["0", *["1"] * 11])
    text = SCENARIO.replace("growth_per_month: 10%", f"seasonality: [{seasons}]")
    found = results(tmp_path, text.replace("term: hourly", "term: hourly, units: 20"))
    each = bought(found)
    assert (each.spilled_share[0], each.utilisation[0], each.usd_per_month[0]) == (0, 0, 1488)
    assert lines(found, "units", Kind.CAPACITY)["2027-01"] == 1488
    assert lines(found, "units", Kind.CAPACITY)["2027-02"] < 1344
    assert 0 < each.utilisation[1] < 1

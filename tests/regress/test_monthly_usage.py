"""Lines paid by the month are split over what moved them, and the split adds up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.engine.ledger import Kind
from kplan.prices.book import Book
from kplan.regress.diff import Change, DesignDiff, compared
from kplan.regress.shapley import Factor
from regress.test_attribution import DEARER, a_run, as_saved, assert_adds_up, moved
from support import RATES, book_of, priced

USE = {"model": "bucket", "meter": "storage_gb_month", "quantity": "chunks * 100"}
TERMS = {
    "contracts": {
        "files": {
            "models": "bucket", "fee": "$25/month", "minimum": "$90/month",
            "included": {"storage_gb_month": 100},
        },
        "tokens": {
            "models": ["haiku", "sonnet", "opus"], "commitment": "$40_000",
            "steps": {"output": {0: "100%", 4_000_000: "70%"}},
        },
    },
    "fixed": {"store": "$50/month", "files": USE},
}  # fmt: skip
MIXED: dict[str, Any] = {"default": "haiku", "answer": {"sonnet": "70%", "opus": "30%"}}


def book(rates: Mapping[str, Mapping[str, str]] = RATES, gb: str = "0.1") -> Book:
    rows = (
        priced("bucket", "storage_gb_month", gb, per=1, valid_to=date(2027, 2, 11)),
        priced("bucket", "storage_gb_month", "0.2", per=1, valid_from=date(2027, 2, 11)),
    )
    return book_of(rates, rows)


def mixed(folder: Path, head: Mapping[str, Any], base_book: Book | None = None) -> DesignDiff:
    """The design of several models, before and after."""
    base = a_run(folder / "base", TERMS, book())
    diff = compared(base, a_run(folder / "head", {**TERMS, **head}, base_book or book()))
    assert_adds_up(diff)
    return next(design for design in diff.designs if design.id == "mixed")


def changed(design: DesignDiff) -> set[tuple[Kind, str]]:
    return {(line.kind, line.name) for line in design.lines if line.delta_usd}


def test_what_shrinks_because_more_queries_come_is_due_to_volume(tmp_path: Path) -> None:
    found = mixed(tmp_path, {"volume": {"queries_per_month": 20_000, "growth_per_month": "3%"}})
    assert moved(found) == {Factor.VOLUME}
    lines = {(line.kind, line.name): line.delta_usd for line in found.lines}
    assert lines[Kind.TRUE_UP, "tokens commitment"] < 0
    assert lines[Kind.CREDIT, "tokens output steps"] < 0
    assert (Kind.TRUE_UP, "files minimum") not in changed(found)


@pytest.mark.parametrize(
    ("head", "factor"),
    [
        ({"contracts": {**TERMS["contracts"], "files": {"models": "bucket", "fee": 26}}}, Factor.FIXED),
        ({"contracts": {}}, Factor.FIXED),
        ({"fixed": {"store": "$50/month", "files": {**USE, "quantity": 950}}}, Factor.FIXED),
        ({"fixed": {"store": "$50/month", "files": "$80/month", "gb": USE}}, Factor.FIXED),
        ({"months": "2027-01..2027-07"}, Factor.VOLUME),
    ],
)
def test_what_alone_changed_is_all_of_it(tmp_path: Path, head: Mapping[str, Any], factor: Factor) -> None:
    found = mixed(tmp_path, head)
    assert found.change is Change.CHANGED
    assert moved(found) == {factor}
    assert found.effects[factor] == found.delta_usd != 0


def test_dearer_units_are_due_to_price_in_every_line(tmp_path: Path) -> None:
    """The storage itself, what is included of it, and the top-up that shrinks."""
    found = mixed(tmp_path, {}, book(DEARER, gb="0.12"))
    assert moved(found) == {Factor.PRICE}
    names = {name for _, name in changed(found)}
    assert {"files", "files minimum", "files storage_gb_month included", "tokens commitment"} <= names


def test_a_glob_covers_the_models_of_the_other_side(tmp_path: Path) -> None:
    """The base runs no opus, yet a commitment for test/* counts it: the whole change is one of models."""
    terms = {"contracts": {"all": {"models": "test/*", "commitment": "$9_000"}}, "singles": False}
    designs = [{"mixed": {"models": {"default": model}}} for model in ("haiku", "sonnet")]
    base, head = (
        a_run(tmp_path / str(n), {**terms, "designs": each}, book()) for n, each in enumerate(designs)
    )
    diff = compared(base, head)
    assert_adds_up(diff)
    assert moved(diff.designs[0]) == {Factor.MODELS}


def test_a_saved_side_gives_contracts_as_amounts(tmp_path: Path) -> None:
    """A ledger does not tell the terms: its contracts' lines are fixed, whatever moved them."""
    volume = {"volume": {"queries_per_month": 20_000, "growth_per_month": "3%"}}
    base = as_saved(tmp_path / "base", TERMS, book())
    diff = compared(base, a_run(tmp_path / "head", {**TERMS, **volume}, book()))
    assert_adds_up(diff)
    line = next(line for line in diff.designs[0].lines if line.name == "tokens commitment")
    assert line.delta_usd
    assert {factor for factor, usd in line.effects.items() if usd} == {Factor.FIXED}


amounts = st.integers(0, 60_000)
sides = st.fixed_dictionaries(
    {
        "volume": st.integers(1, 40_000).map(lambda n: f"{n}/month"),
        "months": st.sampled_from(["2027-01..2027-03", "2027-02..2027-06"]),
        "params": st.fixed_dictionaries({"chunks": st.integers(0, 20), "redo": st.just("8%")}),
        "contracts": st.fixed_dictionaries(
            {"all": st.fixed_dictionaries(
                {"models": st.just("test/*")},
                optional={
                    "minimum": amounts,
                    "commitment": amounts,
                    "included": st.fixed_dictionaries({"input": st.integers(0, 10**9)}),
                    "steps": st.just({"output": {0: "80%", 1_000_000: "60%"}}),
                    "fee": amounts,
                },
            ).filter(lambda terms: len(terms) > 1)},
            optional={"idle": st.just({"models": "bucket", "fee": 5})},
        ),
    }
)  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(one=sides, other=sides)
def test_random_contracts_add_up_and_swapping_the_sides_negates_them(
    tmp_path_factory: pytest.TempPathFactory, one: dict[str, Any], other: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("random")
    runs = [a_run(folder / name, {"fixed": TERMS["fixed"], **keys}, book()) for name, keys in
            (("one", one), ("other", other))]  # fmt: skip
    there, back = compared(*runs), compared(*reversed(runs))
    assert_adds_up(there)
    assert_adds_up(back)
    for design in there.designs:
        again = next(each for each in back.designs if each.id == design.id)
        for factor, usd in design.effects.items():
            assert abs(usd + again.effects[factor]) < abs(design.base_usd + design.head_usd) / 10**40

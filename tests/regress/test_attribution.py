"""Effects add up, whatever changes; what alone changed is all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.engine.simulate import simulate
from kplan.money import exact
from kplan.prices.book import Book
from kplan.regress.attribution import Attribution, Bill
from kplan.regress.diff import Change, DesignDiff, Diff, compared
from kplan.regress.runs import Run, run_of
from kplan.regress.saved import saved_run
from kplan.regress.shapley import Factor, settled, shapley
from kplan.render import render
from kplan.scenario.load import load_scenario
from support import RATES, book_of, dumped, priced

BASE: dict[str, Any] = {
    "volume": {"queries_per_month": 10_000, "growth_per_month": "3%"},
    "months": "2027-01..2027-06",
    "params": {"chunks": 8, "redo": "8%"},
    "stages": {
        "answer": {"input": "chunks * 1200 + 900", "output": 650, "cached": "25%"},
        "verify": {"input": 11_200, "output": 30, "retries": "3%"},
    },
    "designs": {
        "mixed": {
            "models": {"default": "haiku", "answer": {"sonnet": "70%", "opus": "30%"}},
            "stages": {"again": {"after": "verify", "chance": "redo", "like": "answer", "model": "opus"}},
        },
        "big": "opus",
    },
    "fixed": {"store": "$50/month"},
    "contingency": "10%",
}
DEARER = {**RATES, "sonnet": {"input": "4", "output": "15", "cache_read": "0.3"}}
RISE = (
    priced("haiku", "output", "5", valid_to=date(2027, 3, 11)),
    priced("haiku", "output", "9", valid_from=date(2027, 3, 11), status="announced"),
)

CHANGES: Mapping[str, tuple[Factor, dict[str, Any]]] = {
    "volume": (Factor.VOLUME, {"volume": {"queries_per_month": 12_345, "growth_per_month": "1%"}}),
    "horizon": (Factor.VOLUME, {"months": "2027-03..2028-02"}),
    "input": (Factor.TOKENS, {"params": {"chunks": 11, "redo": "8%"}}),
    "cached": (
        Factor.TOKENS,
        {"stages": {**BASE["stages"], "answer": {**BASE["stages"]["answer"], "cached": "80%"}}},
    ),
    "chance": (Factor.FLOW, {"params": {"chunks": 8, "redo": "13%"}}),
    "retries": (
        Factor.FLOW,
        {"stages": {**BASE["stages"], "verify": {**BASE["stages"]["verify"], "retries": 0}}},
    ),
    "dropped": (
        Factor.FLOW,
        {"designs": {**BASE["designs"], "mixed": {"models": BASE["designs"]["mixed"]["models"]}}},
    ),
    "added": (Factor.FLOW, {"stages": {**BASE["stages"], "cite": {"input": 900, "output": 70}}}),
    "models": (
        Factor.MODELS,
        {
            "designs": {
                **BASE["designs"],
                "mixed": {**BASE["designs"]["mixed"], "models": {"default": "opus", "answer": "sonnet"}},
            }
        },
    ),
    "fixed": (Factor.FIXED, {"fixed": {"store": "$75/month", "search": "$5/month"}}),
    "contingency": (Factor.FIXED, {"contingency": "12.5%"}),
}


def a_run(folder: Path, keys: Mapping[str, Any], book: Book | None = None) -> Run:
    folder.mkdir(exist_ok=True)
    path = folder / "side.kplan.yaml"
    path.write_text(dumped({**BASE, **keys}), encoding="utf-8")
    used = book or book_of()
    return run_of(simulate(load_scenario(path), used), {"": used}, "side")


def as_saved(folder: Path, keys: Mapping[str, Any], book: Book | None = None) -> Run:
    """The same run, written as JSON and read back."""
    folder.mkdir(exist_ok=True)
    path = folder / "side.kplan.yaml"
    path.write_text(dumped({**BASE, **keys}), encoding="utf-8")
    saved = folder / "side.json"
    saved.write_bytes(render("json", simulate(load_scenario(path), book or book_of())))
    return saved_run(saved, "side.json")


def rising() -> Book:
    """A book in which haiku's output rises in the middle of March."""
    rates = {**RATES, "haiku": {"input": "1", "cache_read": "0.1"}}
    return book_of(rates, RISE)


def assert_adds_up(diff: Diff) -> None:
    for design in diff.designs:
        with exact():
            assert sum(line.delta_usd for line in design.lines) == design.delta_usd
            assert sum(design.effects.values(), Decimal(0)) == design.delta_usd
            if design.change in (Change.ADDED, Change.REMOVED):
                assert moved(design) <= {Factor.FLOW, Factor.FIXED}
            for line in design.lines:
                assert sum(line.effects.values(), Decimal(0)) == line.delta_usd


def moved(design: DesignDiff) -> set[Factor]:
    return {factor for line in design.lines for factor, usd in line.effects.items() if usd}


@pytest.mark.parametrize("name", CHANGES)
def test_what_alone_changed_is_all_of_it(tmp_path: Path, name: str) -> None:
    """A dearer stage's contingency is due to what made it dearer."""
    factor, keys = CHANGES[name]
    diff = compared(a_run(tmp_path / "base", {}), a_run(tmp_path / "head", keys))
    found = {design.id: design for design in diff.designs}
    assert moved(found["mixed"]) == {factor}
    assert found["mixed"].effects[factor] == found["mixed"].delta_usd != 0
    assert_adds_up(diff)


@pytest.mark.parametrize(
    ("hard", "factors"),
    [
        ({"params": {"chunks": 14}}, {Factor.TOKENS}),
        ({"stages": {"answer": {"output": 900}}}, {Factor.TOKENS}),
        ({"params": {"redo": "20%"}}, {Factor.FLOW}),
        ({"stages": {"verify": {"retries": "9%"}}}, {Factor.FLOW}),
        ({"stages": {"verify": {"retries": "9%"}, "answer": {"output": 900}}}, {Factor.FLOW, Factor.TOKENS}),
        ({}, set()),
    ],
)
def test_a_mix_on_one_side_is_what_its_classes_change(
    tmp_path: Path, hard: Mapping[str, Any], factors: set[Factor]
) -> None:
    mixed = a_run(tmp_path / "mixed", {"mix": {"easy": {"share": "70%"}, "hard": {"share": "30%", **hard}}})
    plain = a_run(tmp_path / "plain", {})
    for diff in (compared(plain, mixed), compared(mixed, plain)):
        assert_adds_up(diff)
        assert moved({design.id: design for design in diff.designs}["mixed"]) == factors
        assert bool(diff.changed) == bool(factors)


def test_calls_that_no_class_makes_are_no_calls(tmp_path: Path) -> None:
    """Where a mix asks for a call in no class, the calls that it replaces go by flow, whole."""
    never = {"share": "50%", "params": {"redo": "0%"}}
    diff = compared(
        a_run(tmp_path / "plain", {}), a_run(tmp_path / "mixed", {"mix": {"a": never, "b": never}})
    )
    again = next(line for line in diff.designs[0].lines if line.name == "again")
    assert again.effects[Factor.FLOW] == again.delta_usd == again.base_usd.copy_negate() < 0


@pytest.mark.parametrize("book", [book_of(DEARER), rising()])
def test_a_change_of_the_book_alone_is_all_price(tmp_path: Path, book: Book) -> None:
    diff = compared(a_run(tmp_path / "base", {}), a_run(tmp_path / "head", {}, book))
    assert moved(next(d for d in diff.designs if d.id == "mixed")) == {Factor.PRICE}
    assert_adds_up(diff)


def test_prices_held_at_a_day_are_a_change_of_price(tmp_path: Path) -> None:
    keys = {"prices": {"freeze": "2027-01-01"}}
    diff = compared(a_run(tmp_path / "base", keys, rising()), a_run(tmp_path / "head", {}, rising()))
    mixed = next(d for d in diff.designs if d.id == "mixed")
    assert moved(mixed) == {Factor.PRICE}
    assert mixed.parts_in == "2027-03"
    assert [(jump.side, jump.month) for jump in mixed.jumps] == [("head", "2027-03"), ("head", "2027-04")]


def test_two_factors_share_what_only_both_bring(tmp_path: Path) -> None:
    """100 queries x $1 become 300 x $2: volume alone +200, price alone +100, both +500: 350 - half of 200."""
    keys = {
        "stages": {"answer": {"input": 1_000_000, "output": 0}},
        "designs": {"one": "haiku"},
        "months": "2027-01..2027-01",
        "fixed": {},
        "contingency": 0,
        "volume": "100/month",
    }
    dear = book_of({**RATES, "haiku": {"input": "2", "output": "5"}})
    head = a_run(tmp_path / "head", {**keys, "volume": "300/month"}, dear)
    (design,) = compared(a_run(tmp_path / "base", keys), head).designs
    assert {factor: usd for factor, usd in design.effects.items() if usd} == {
        Factor.VOLUME: Decimal(300),
        Factor.PRICE: Decimal(200),
    }


def test_a_model_that_one_book_lacks_takes_the_others_rate(tmp_path: Path) -> None:
    """Moving to a model that only the head's book knows is all models: its price is no rise."""
    designs = {"mixed": {"models": {"default": "haiku", "answer": "brand-new"}}}
    old = {"designs": {"mixed": {"models": {"default": "haiku", "answer": "sonnet"}}}}
    book = book_of({**RATES, "brand-new": {"input": "2", "output": "8"}})
    diff = compared(a_run(tmp_path / "base", old), a_run(tmp_path / "head", {"designs": designs}, book))
    assert moved(next(d for d in diff.designs if d.id == "mixed")) == {Factor.MODELS}


def test_a_long_context_tier_crossed_by_more_tokens_is_due_to_them(tmp_path: Path) -> None:
    rows = (priced("haiku", "input", "2", over_input_tokens=12_000),)
    keys = {"params": {"chunks": 40, "redo": "8%"}}
    diff = compared(
        a_run(tmp_path / "base", {}, book_of(RATES, rows)),
        a_run(tmp_path / "head", keys, book_of(RATES, rows)),
    )
    for design in diff.designs:
        assert moved(design) <= {Factor.TOKENS}
    assert_adds_up(diff)


def test_equal_sides_give_nothing(tmp_path: Path) -> None:
    for make in (a_run, as_saved):
        diff = compared(make(tmp_path / "base", {}), make(tmp_path / "head", {}))
        assert not diff.changed
        assert not diff.flips
        assert all(not design.delta_usd and not moved(design) for design in diff.designs)


MIX = {"mix": {"x": {"share": "30%", "params": {"chunks": 2}}, "y": "70%"}}


@pytest.mark.parametrize("make", [a_run, as_saved])
def test_the_factors_of_one_side_put_together_are_its_ledger(
    tmp_path: Path, make: Callable[..., Run]
) -> None:
    """Else the effects would add up only because the last one takes the rest."""
    base = make(tmp_path / "base", MIX, rising())
    head = make(tmp_path / "head", keys_of(["volume", "input", "models", "added"], MIX), book_of(DEARER))
    attribution = Attribution(base, head)
    news = {design.id: design for design in head.designs}
    for old, new in [(old, news[old.id]) for old in base.designs if old.id in news]:
        bill = Bill.of(attribution.usage(old, new), (base.lines(old), head.lines(new)), (old, new))
        for line in bill.lines:
            for side in (0, 1):
                found = bill.line_usd(line, dict.fromkeys(bill.usage.factors, side))
                assert abs(found - Fraction(bill.sums[side].get(line, Decimal(0)))) < Fraction(1, 10**40)


some_changes = st.lists(st.sampled_from(sorted(CHANGES)), max_size=4, unique=True)
some_books = st.sampled_from([book_of(), book_of(DEARER), rising()])
mixes = st.sampled_from(
    [
        {},
        {"mix": {"x": {"share": "30%", "params": {"chunks": 2}}, "y": "70%"}},
        {"mix": {"x": {"share": "45%", "params": {"chunks": 3}}, "z": "55%"}},
    ]
)


def keys_of(names: list[str], mix: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = dict(mix)
    for name in names:
        found |= CHANGES[name][1]
    return found


@settings(max_examples=2, deadline=None)
@given(
    old=some_changes, new=some_changes, books=st.tuples(some_books, some_books), mix=st.tuples(mixes, mixes)
)
def test_effects_add_up_and_swapping_the_sides_negates_them(
    tmp_path_factory: pytest.TempPathFactory,
    old: list[str],
    new: list[str],
    books: tuple[Book, Book],
    mix: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    assert_swapping_negates(tmp_path_factory.mktemp("pair"), old, new, books, mix)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    old=some_changes, new=some_changes, books=st.tuples(some_books, some_books), mix=st.tuples(mixes, mixes)
)
def test_more_effects_add_up_and_swapping_the_sides_negates_them(
    tmp_path_factory: pytest.TempPathFactory,
    old: list[str],
    new: list[str],
    books: tuple[Book, Book],
    mix: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    assert_swapping_negates(tmp_path_factory.mktemp("pair"), old, new, books, mix)


def assert_swapping_negates(
    folder: Path,
    old: list[str],
    new: list[str],
    books: tuple[Book, Book],
    mix: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    made: list[Callable[..., Run]] = [a_run, as_saved]
    for make in made:
        base = make(folder / "base", keys_of(old, mix[0]), books[0])
        head = make(folder / "head", keys_of(new, mix[1]), books[1])
        there, back = compared(base, head), compared(head, base)
        assert_adds_up(there)
        assert_adds_up(back)
        returned = {design.id: design for design in back.designs}
        for design in there.designs:
            opposite = returned[design.id].effects
            assert {factor: usd.copy_negate() for factor, usd in design.effects.items()} == opposite


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("volume", Factor.VOLUME),
        ("input", Factor.USAGE),
        ("models", Factor.USAGE),
        ("chance", Factor.USAGE),
        ("fixed", Factor.FIXED),
        ("contingency", Factor.FIXED),
    ],
)
def test_a_saved_result_tells_volume_price_and_the_rest_apart(
    tmp_path: Path, name: str, factor: Factor
) -> None:
    diff = compared(as_saved(tmp_path / "base", {}), a_run(tmp_path / "head", CHANGES[name][1]))
    assert diff.is_by_ledger
    mixed = next(d for d in diff.designs if d.id == "mixed")
    assert {f for f in mixed.effects if abs(mixed.effects[f]) > Decimal("1e-30")} == {factor}
    assert_adds_up(diff)


def test_a_saved_result_under_another_book_differs_by_price(tmp_path: Path) -> None:
    diff = compared(as_saved(tmp_path / "base", {}), as_saved(tmp_path / "head", {}, book_of(DEARER)))
    assert moved(next(d for d in diff.designs if d.id == "mixed")) == {Factor.PRICE}


@settings(max_examples=50)
@given(values=st.lists(st.fractions(max_denominator=1000), min_size=8, max_size=8))
def test_shapley_is_the_average_over_all_orders(values: list[Fraction]) -> None:
    """Against the definition: walk all six orders of three factors."""
    from itertools import permutations

    factors = (Factor.VOLUME, Factor.TOKENS, Factor.PRICE)

    def value(sides: Mapping[Factor, int]) -> Fraction:
        return values[sum(sides[f] << n for n, f in enumerate(factors))]

    expected = dict.fromkeys(factors, Fraction(0))
    for order in permutations(factors):
        sides = dict.fromkeys(factors, 0)
        for factor in order:
            before = value(sides)
            sides[factor] = 1
            expected[factor] += (value(sides) - before) / 6
    assert shapley(factors, value) == expected


def test_a_contingency_on_nothing_has_the_rate_of_the_other_side(tmp_path: Path) -> None:
    """A pipeline that costs nothing yet: when it costs, so does its contingency, by the same factor."""
    keys = {"designs": {"a": "haiku"}, "fixed": {}, "contingency": "10%"}
    free = a_run(tmp_path / "free", {**keys, "stages": {"answer": {"input": 0, "output": 0}}})
    paid = a_run(tmp_path / "paid", {**keys, "stages": {"answer": {"input": 900, "output": 0}}})
    for diff in (compared(free, paid), compared(paid, free)):
        assert moved(diff.designs[0]) == {Factor.TOKENS}
        assert_adds_up(diff)


def test_equal_bills_of_different_designs_have_effects_of_nothing() -> None:
    assert settled({Factor.DESIGN: Fraction(0)}, Decimal(0)) == {Factor.DESIGN: Decimal(0)}


def test_the_last_effect_takes_what_is_left_over() -> None:
    third = Fraction(1, 3)
    found = settled({Factor.VOLUME: third, Factor.TOKENS: third, Factor.PRICE: third}, Decimal(1))
    with exact():
        assert sum(found.values()) == 1
    assert found[Factor.VOLUME] == found[Factor.TOKENS] < found[Factor.PRICE]

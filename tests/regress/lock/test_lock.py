"""The laws of a lock: what was locked holds, and what moves it is told by its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kplan.engine.simulate import simulate
from kplan.errors import KplanError
from kplan.money import exact
from kplan.prices.book import Book
from kplan.prices.rows import PriceRow
from kplan.regress.diff import Change, compared
from kplan.regress.lock.drift import Cause, Drift, Moved, Status, held
from kplan.regress.lock.entry import Entry
from kplan.regress.lock.fresh import entries_of
from kplan.regress.lock.reader import LockFile
from kplan.regress.lock.side import locked_run
from kplan.regress.runs import Run, run_of
from kplan.regress.shapley import Factor
from kplan.render.drift import words
from kplan.render.lock_yaml import entry_text, rewritten
from kplan.scenario.load import load_scenario
from regress.test_attribution import BASE, CHANGES, DEARER, RISE, as_saved, assert_adds_up, moved, rising
from support import RATES, book_of, dumped, priced

FILE = "side.kplan.yaml"


def entries(folder: Path, keys: Mapping[str, Any], book: Book | None = None) -> dict[str, Entry]:
    """What a lock would hold of the scenario that `test_attribution` compares."""
    folder.mkdir(exist_ok=True)
    path = folder / FILE
    path.write_text(dumped({**BASE, **keys}), encoding="utf-8")
    used = book or book_of()
    return {str(e.id): e for e in entries_of(simulate(load_scenario(path), used), {"": used}, FILE)}


def as_locked(folder: Path, found: Mapping[str, Entry]) -> LockFile:
    """The entries, written and read back."""
    folder.mkdir(exist_ok=True)
    path = folder / "kplan.lock.yaml"
    path.write_bytes(rewritten(LockFile(path, "", {}, {}), found))
    return LockFile.read(path)


def a_run(folder: Path, keys: Mapping[str, Any], book: Book | None = None) -> Run:
    path = folder / FILE
    path.write_text(dumped({**BASE, **keys, "singles": False}), encoding="utf-8")
    used = book or book_of()
    return run_of(simulate(load_scenario(path), used), {"": used}, "side")


def drifts(lock: LockFile, now: Mapping[str, Entry]) -> dict[str, Drift]:
    return {id_: held(id_, lock.entries[id_], entry, entry) for id_, entry in now.items()}


def causes(tmp_path: Path, keys: Mapping[str, Any], book: Book | None = None) -> dict[str, tuple[Cause, ...]]:
    """Of each design, after it was locked as it stands with the usual prices."""
    lock = as_locked(tmp_path / "a", entries(tmp_path / "a", {}))
    found = drifts(lock, entries(tmp_path / "b", keys, book))
    return {id_: drift.causes for id_, drift in found.items()}


FRACTIONS = st.fractions(0, 1, max_denominator=97).map(lambda f: f"{f.numerator}/{f.denominator}")


SAID = st.tuples(
    st.integers(1, 10**6),
    st.integers(0, 300_000),
    st.integers(0, 5_000),
    FRACTIONS,
    st.sampled_from(["0%", "12.5%", "100%"]),
    st.decimals("0.0001", "99", places=4),
    st.sampled_from(["2027-01-15", "2027-03-01", "2027-12-31"]),
    st.booleans(),
)


@settings(max_examples=6, deadline=None)
@given(SAID)
def test_what_was_locked_holds(tmp_path_factory: pytest.TempPathFactory, said: tuple[Any, ...]) -> None:
    assert_what_is_locked_holds(tmp_path_factory.mktemp("law"), *said)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(SAID)
def test_what_was_locked_holds_of_many_more(
    tmp_path_factory: pytest.TempPathFactory, said: tuple[Any, ...]
) -> None:
    assert_what_is_locked_holds(tmp_path_factory.mktemp("law"), *said)


def assert_what_is_locked_holds(
    folder: Path,
    queries: int,
    tokens_in: int,
    tokens_out: int,
    chance: str,
    cached: str,
    usd: Decimal,
    rises_on: str,
    is_frozen: bool,
) -> None:
    """Written, read back and held against itself: nothing moves; written anew: the same bytes."""
    day = date.fromisoformat(rises_on)
    rows = (
        priced("haiku", "output", str(usd), valid_to=day),
        priced("haiku", "output", str(usd * 2), valid_from=day, note="announced"),
        priced("haiku", "input", "7", over_input_tokens=200_000),
        priced("haiku", "input", "1", weekdays="Mon-Fri", hours="09:00-18:00", tz="Europe/Berlin"),
    )
    rates = {**RATES, "haiku": {"input": "2", "cache_read": "0.1"}}
    keys = {
        "volume": {"queries_per_month": queries, "growth_per_month": "3%"},
        "params": {"redo": chance},
        "stages": {"answer": {"input": tokens_in, "output": tokens_out, "cached": cached, "chance": "redo"}},
        "designs": {"d on": "haiku", "mixed": {"models": {"answer": {"haiku": "30%", "opus": "70%"}}}},
        "prices": {"freeze": "2026-05-05"} if is_frozen else {},
        "mix": {"no": {"share": "30%"}, "~": {"share": "70%", "params": {"redo": "5%"}}},
    }
    found = entries(folder, {**keys, "singles": False}, book_of(rates, rows))
    lock = as_locked(folder, found)
    assert {drift.status for drift in drifts(lock, found).values()} == {Status.SAME}
    assert not any(drift.is_stale for drift in drifts(lock, found).values())
    assert rewritten(lock, lock.entries) == lock.path.read_bytes()
    sides = a_run(folder, {**keys, "name": "head"}, book_of(rates, rows))
    diff = compared(locked_run(lock, FILE, (), "lock"), sides)
    assert {design.change for design in diff.designs} == {Change.SAME}


def test_only_what_prices_within_the_months_is_a_change_of_prices(tmp_path: Path) -> None:
    """Sources, notes, dates of checks, rows of other models and of later years: all of it moves nothing."""
    told = {"source": "page", "source_url": "https://x", "checked_on": date(2027, 1, 1), "note": "n"}
    rows = tuple(
        replace(PriceRow("test", model, meter, Decimal(usd)), **told)  # type: ignore[arg-type]
        for model, rates in RATES.items()
        for meter, usd in rates.items()
        if (model, meter) != ("opus", "output")
    )
    rows += (
        priced("opus", "output", "75", valid_to=date(2027, 2, 5)),
        priced("opus", "output", "0.000075", per=1, valid_from=date(2027, 2, 5), valid_to=date(2028, 1, 1)),
        priced("opus", "output", "99", valid_from=date(2028, 1, 1)),
        priced("other", "input", "1"),
    )
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    found = drifts(lock, entries(tmp_path, {}, book_of({}, rows)))
    assert {drift.status for drift in found.values()} == {Status.SAME}
    assert not any(drift.is_stale for drift in found.values())


@pytest.mark.parametrize("book", [book_of(DEARER), rising()])
def test_a_change_of_prices_is_told_as_price_alone(tmp_path: Path, book: Book) -> None:
    found = causes(tmp_path, {}, book)
    assert found == {f"{FILE}#mixed": (Cause.PRICE,), f"{FILE}#big": ()}


def test_a_model_that_another_provider_sells_is_a_change_of_prices(tmp_path: Path) -> None:
    """The scenario names it as before; no row that both books hold has moved."""
    rows = tuple(PriceRow("other", "haiku", meter, 2 * Decimal(usd)) for meter, usd in RATES["haiku"].items())
    others = {model: rates for model, rates in RATES.items() if model != "haiku"}
    assert causes(tmp_path, {}, book_of(others, rows))[f"{FILE}#mixed"] == (Cause.PRICE,)


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "horizon"])
def test_an_edit_of_the_scenario_is_told_as_scenario_alone(tmp_path: Path, name: str) -> None:
    """A model swap brings other rows, but no row moved."""
    assert causes(tmp_path, CHANGES[name][1])[f"{FILE}#mixed"] == (Cause.SCENARIO,)


def test_both_are_told_where_both_moved(tmp_path: Path) -> None:
    found = causes(tmp_path, CHANGES["input"][1], book_of(DEARER))
    assert found[f"{FILE}#mixed"] == (Cause.PRICE, Cause.SCENARIO)


def test_another_figure_of_the_same_scenario_at_the_same_prices_is_code(tmp_path: Path) -> None:
    now = entries(tmp_path, {})
    lock = as_locked(tmp_path, {id_: replace(e, total_usd=e.total_usd + 1) for id_, e in now.items()})
    found = drifts(lock, now)[f"{FILE}#mixed"]
    assert (found.status, found.causes) == (Status.DRIFT, (Cause.CODE,))
    assert [(figure.name, figure.old, figure.new) for figure in found.figures] == [
        ("total", lock.entries[found.id].total_usd, now[found.id].total_usd)
    ]


def test_what_no_figure_depends_on_is_no_drift(tmp_path: Path) -> None:
    """Names, checks, tags and other designs; numbers written in another way are stale, but hold."""
    keys: dict[str, Any] = {
        "name": "other",
        "tags": {"team": "b"},
        "budget": "$5/month",
        "checks": [{"metric": "big.total", "max": 1}],
        "designs": {**BASE["designs"], "new": "haiku"},
    }
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    same = drifts(lock, {k: e for k, e in entries(tmp_path, keys).items() if k in lock.entries})
    assert [(d.status, d.is_stale) for d in same.values()] == [(Status.SAME, False)] * 2
    asked = {**keys, "kplan": 1, "prices": {"book": "prices.yaml"}}
    (tmp_path / "prices.yaml").write_text("rows: []\n", encoding="utf-8")
    assert not any(
        d.is_stale for d in drifts(lock, entries(tmp_path, {**asked, "designs": BASE["designs"]})).values()
    )
    other = drifts(lock, entries(tmp_path, {"contingency": "0.10"}))
    assert [(d.status, d.is_stale) for d in other.values()] == [(Status.SAME, True)] * 2


def test_the_row_that_moved_is_told_old_and_new(tmp_path: Path) -> None:
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    dearer = {**DEARER, "haiku": {**RATES["haiku"], "output": "6"}}
    found = drifts(lock, entries(tmp_path, {}, book_of(dearer)))[f"{FILE}#mixed"]
    assert [(p.name, p.old, p.new, p.unit) for p in found.prices] == [
        ("test/sonnet input", 3, 4, "USD per 1,000,000 from 2027-01-01"),
        ("test/haiku output", 5, 6, "USD per 1,000,000 from 2027-01-01"),
    ]
    rates = {**RATES, "haiku": {"input": "1", "cache_read": "0.1"}}
    risen = drifts(lock, entries(tmp_path, {}, book_of(rates, RISE)))[f"{FILE}#mixed"]
    assert [(p.old, p.new, p.unit) for p in risen.prices] == [(5, 9, "USD per 1,000,000 from 2027-03-11")]


def test_an_entry_is_replaced_and_all_others_keep_their_bytes(tmp_path: Path) -> None:
    """Comments, line ends and the layout of other entries stay, whatever they are."""
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    text = lock.path.read_text(encoding="utf-8")
    (own, other) = (f"{FILE}#big", f"{FILE}#mixed")
    foreign = lock.blocks[other].replace('    design: "mixed"\n', "    design: mixed   # ours\r\n")
    lock.path.write_bytes(text.replace(lock.blocks[other], foreign).encode())
    edited = LockFile.read(lock.path)
    assert edited.blocks[other] == foreign
    entry = replace(edited.entries[own], reason='it\'s "fine"\n: {a}')
    after = rewritten(edited, {own: entry}).decode()
    assert after == f"{edited.head}{entry_text(entry)}{foreign}"
    edited.path.write_bytes(after.encode())
    assert LockFile.read(lock.path).entries[own].reason == entry.reason
    assert rewritten(edited, {own: None}).decode() == f"{edited.head}{foreign}"
    assert LockFile.read(lock.path).entries.keys() == {own, other}


def test_an_entry_takes_the_line_ends_of_its_file(tmp_path: Path) -> None:
    """As git checks it out on Windows."""
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    lock.path.write_bytes(lock.path.read_bytes().replace(b"\n", b"\r\n"))
    edited = LockFile.read(lock.path)
    assert edited.entries == lock.entries
    assert rewritten(edited, edited.entries) == lock.path.read_bytes()


def test_a_lock_whose_last_line_has_no_end_takes_further_entries(tmp_path: Path) -> None:
    found = entries(tmp_path, {})
    first, last = sorted(found)
    lock = as_locked(tmp_path, {first: found[first]})
    lock.path.write_bytes(lock.path.read_bytes().rstrip(b"\n"))
    both = rewritten(LockFile.read(lock.path), {last: found[last]})
    assert both == rewritten(LockFile(lock.path, "", {}, {}), found)


def test_a_lock_of_many_scenarios_is_read(tmp_path: Path) -> None:
    """Far larger than a scenario may be."""
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    content = lock.path.read_text(encoding="utf-8")
    lock.path.write_text("#" + "x" * 6_000_000 + "\n" + content, encoding="utf-8")
    assert LockFile.read(lock.path).entries == lock.entries


def test_figures_that_look_the_same_are_told_with_all_their_digits() -> None:
    found = Moved("total", Decimal("17999.9908"), Decimal("17999.9717"), "USD")
    assert words.moved(found) == "total $17999.9908 -> $17999.9717 (0.0%)"
    queries = Moved("queries in 2027-01", Decimal("1000.00000001"), Decimal("1000.00000002"), "queries")
    assert "$" not in words.moved(queries)
    assert words.moved(replace(found, new=Decimal(18002))) == "total $18,000 -> $18,002 (0.0%)"


def test_other_readers_of_yaml_read_the_same(tmp_path: Path) -> None:
    """Keys sorted, every value a text: `no`, 1e6 and dates stay what they are."""
    found = entries(tmp_path, {"designs": {"no": "opus", "1e6": "haiku", "2027-01-01": "sonnet"}})
    content = rewritten(LockFile(tmp_path, "", {}, {}), found).decode()
    document = yaml.safe_load(content)
    assert sorted(document["locked"]) == list(document["locked"]) == sorted(map(str, found))
    assert {each["design"] for each in document["locked"].values()} == {"no", "1e6", "2027-01-01"}
    assert all(list(each) == sorted(each) for each in document["locked"].values())
    assert "\r" not in content
    assert str(tmp_path) not in content


@pytest.mark.parametrize("name", CHANGES)
def test_a_lock_as_base_splits_as_the_scenario_does(tmp_path: Path, name: str) -> None:
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    head = a_run(tmp_path, CHANGES[name][1])
    by_lock = compared(locked_run(lock, FILE, (), "lock"), head)
    assert not by_lock.is_by_ledger
    assert_adds_up(by_lock)
    (expected,) = (d for d in compared(a_run(tmp_path, {}), head).designs if d.id == "mixed")
    (found,) = (d for d in by_lock.designs if d.id == "mixed")
    assert found.effects == pytest.approx(expected.effects, abs=Decimal("1e-30"))
    assert moved(found) == {CHANGES[name][0]}


@pytest.mark.parametrize("book", [book_of(DEARER), rising()])
def test_a_lock_as_either_side_tells_prices(tmp_path: Path, book: Book) -> None:
    lock = locked_run(as_locked(tmp_path, entries(tmp_path, {})), FILE, (), "lock")
    for base, head in ((lock, a_run(tmp_path, {}, book)), (a_run(tmp_path, {}, book), lock)):
        diff = compared(base, head)
        assert moved(next(d for d in diff.designs if d.id == "mixed")) == {Factor.PRICE}
        assert_adds_up(diff)


def test_a_lock_beside_a_saved_result(tmp_path: Path) -> None:
    """The ledger made of a lock is that of the scenario, line by line, but for the classes of queries."""
    lock = locked_run(as_locked(tmp_path, entries(tmp_path, {}, rising())), FILE, (), "lock")
    same = compared(lock, as_saved(tmp_path, {"singles": False}, rising()))
    assert {design.change for design in same.designs} == {Change.SAME}
    saved = as_saved(tmp_path, {"singles": False, **CHANGES["volume"][1]}, rising())
    diff = compared(lock, saved)
    assert diff.is_by_ledger
    assert_adds_up(diff)
    (mixed,) = (design for design in diff.designs if design.id == "mixed")
    assert {f for f, usd in mixed.effects.items() if abs(usd) > Decimal("1e-30")} == {Factor.VOLUME}
    with exact():
        for design in lock.designs:
            assert sum(row.cost_usd for row in lock.lines(design)) == design.total_usd


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("kplan_lock: 1", "kplan_lock: 2", "this kplan reads locks of version 1"),
        ("locked:", "lockd:", "a lock holds `kplan_lock` and a map `locked`, nothing else"),
        ("kplan_lock: 1", "kplan: 1", "is no lock file; kplan lock writes one"),
        ('design: "big"', 'design: "bag"', "is called side.kplan.yaml#big, but holds side.kplan.yaml#bag"),
        ('    total: "', '    totl: "', "`total` is no text"),
        ('usd: "75"', 'usd: "NaN"', "`usd`: NaN is no amount"),
        ('usd: "75"', 'usd: "-1"', "must not be negative"),
        ('meter: "output"', 'metre: "output"', "no column `metre` in price rows"),
        ('times: "1"', 'times: "1/0"', "`times` is no number"),
        ('times: "1"', 'times: "x"', "`times`: x is no number"),
        ("locked:", "<<<<<<< HEAD\nlocked:", "a conflict of a merge; take either side's file"),
    ],
)
def test_a_broken_lock_is_told_with_its_place(tmp_path: Path, old: str, new: str, what: str) -> None:
    lock = as_locked(tmp_path, entries(tmp_path, {}))
    text = lock.path.read_text(encoding="utf-8")
    assert old in text
    lock.path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(KplanError) as error:
        LockFile.read(lock.path)
    assert what in str(error.value)
    assert all(problem.mark and problem.mark.file == str(lock.path) for problem in error.value.problems)

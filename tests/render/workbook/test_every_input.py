"""Every blue number of every example: moved alone, the totals are those of a simulation with that number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edited import SCENARIOS, Cell, Exported, edited, exported, variants, wholes
from kplan.engine.results import Results
from kplan.engine.uncertainty.found import Draws
from kplan.errors import KplanError
from kplan.money import exact, plain
from kplan.regress.run import run
from kplan.render.workbook.mapped import INPUT, STEP, Mapped
from kplan.scenario.tree import Place

SLACK = Decimal("1e-40")
"""Part of a total: chances of chances keep 60 digits."""
QUICK = {"contextual-retrieval", "multi-turn-chat"}
"""Examples in the quick suite: caches kept warm, turns."""


def _cases() -> Iterator[Any]:
    for name, variant in variants():
        stem = name.removesuffix(".kplan.yaml")
        marks = [] if stem in QUICK and not variant else [pytest.mark.slow]
        yield pytest.param(name, variant, marks=marks, id=f"{stem}@{variant}" if variant else stem)


def by_seven_percent(mapped: Mapped, sign: int) -> Decimal:
    """The number moved up or down, but to no more than it may be."""
    value = Decimal(mapped.exported)
    with exact():
        there = value * (1 + sign * Decimal("0.07")) if value else Decimal("0.07")
    return there if mapped.most == "" else min(there, Decimal(mapped.most))


def moved(given: Exported, sign: int) -> Iterator[tuple[bool, list[tuple[Mapped, Decimal]]]]:
    """One number after the other; of shares that add to 1 another one gives what it takes."""
    cells = given.mapped
    others = _others(cells)
    for cell, mapped in cells.items():
        if mapped.kind not in (INPUT, STEP) or not mapped.places or mapped.places == (("budget",),):
            continue
        edits = [(mapped, by_seven_percent(mapped, sign))]
        for other in (cells[each] for each in others.get(cell, ())):
            with exact():
                rest = Decimal(other.exported) + Decimal(mapped.exported) - edits[0][1]
            edits.append((other, rest))
        yield cell in others, edits


def _others(cells: Mapping[Cell, Mapped]) -> dict[Cell, list[Cell]]:
    """Of each share of wholes those that are moved against it: the largest of the others of each."""
    by_place = {
        (sheet, f"{cell} {n}"): replace(mapped, places=(place,))
        for (sheet, cell), mapped in cells.items()
        for n, place in enumerate(mapped.places)
    }
    found: dict[Cell, dict[Cell, None]] = {}
    for group in wholes(by_place):
        whole = [(sheet, cell.partition(" ")[0]) for sheet, cell in group]
        for cell in whole:
            held = (each for each in whole if each != cell)
            largest = max(held, key=lambda each: Decimal(cells[each].exported))
            found.setdefault(cell, {})[largest] = None
    return {cell: list(held) for cell, held in found.items()}


def sets(given: Exported, edits: list[tuple[Mapped, Decimal]]) -> list[str]:
    """The same as `--set` says it; a list is set whole."""
    found = []
    for mapped, value in edits:
        for place in mapped.places:
            if isinstance(place[-1], int) or (place[:2] == ("volume", "seasonality")):
                found.append(_whole_list(given, place, value))
            elif mapped.kind == STEP:
                *above, start = place
                share = next(
                    each.exported
                    for each in given.mapped.values()
                    if each.places == (place,) and each != mapped
                )
                found += [f"{_path((*above, start))}=null", f"{_path((*above, plain(value)))}={share}"]
            else:
                found.append(f"{_path(place)}={plain(value)}")
    return found


def _whole_list(given: Exported, place: Place, value: Decimal) -> str:
    items = {
        each.places[0][-1]: each.exported
        for each in given.mapped.values()
        if each.places and each.places[0][:-1] == place[:-1]
    }
    items[place[-1]] = plain(value)
    return f"{_path(place[:-1])}=[{', '.join(items[n] for n in sorted(items))}]"


def _path(place: Place) -> str:
    return ".".join(f'"{step}"' if "." in str(step) else str(step) for step in place)


@pytest.mark.parametrize(("name", "variant"), list(_cases()))
def test_every_number_counts_as_in_a_simulation(name: str, variant: str, tmp_path: Path) -> None:
    counts_as_in_a_simulation(SCENARIOS / name, variant, tmp_path)


EVERYTHING = """
volume: {queries_per_month: 20_000, growth_per_month: 3%}
months: 2027-01..2027-03
prompt_caches: {intro: {tokens: 2_000, shared: true}, tail: {tokens: 500, warm: 40%}}
params: {p: 30%, n: 3, k: 900, q: 45%}
tiers: {fast: [claude-haiku-4-5], mid: [claude-sonnet-4-6]}
mix: {easy: {share: 1 - q}, hard: {share: q, params: {k: 2_000}}}
stages:
  first: {input: 3_000 + k, output: 200, prefix: intro}
  agent: {kind: loop, turns: n, context: 100, cache: 5m, stages: {step: {input: k, output: 20}}}
  check: {input: 4_000, output: 100, chance: p, prefix: [intro, tail], model: claude-opus-4-6}
  last:  {input: k, output: 300, calls: 1.5, retries: 2%, floor: mid, model: cheapest}
designs: {one: claude-sonnet-4-6, other: {models: {default: claude-sonnet-4-6, check: claude-haiku-4-5}}}
fixed: {monitoring: 120}
contracts: {deal: {models: [anthropic/*], minimum: 500, commitment: 3_000}}
contingency: 5%
"""
HELD = {"volume.queries_per_month", "volume.growth_per_month", "params.p", "params.q"}
"""What says how often a query finds the introduction warm."""


def test_what_keeps_shared_caches_warm_is_not_to_be_edited(tmp_path: Path) -> None:
    """The traffic, shares of classes and chances of stages are grey."""
    path = tmp_path / "everything.kplan.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    given = exported(path, tmp_path)
    blue = {mapped.name for mapped in given.mapped.values() if mapped.kind == INPUT}
    assert blue.isdisjoint(HELD)
    assert {"params.n", "params.k", "mix.hard.params.k", "contracts.deal.minimum"} <= blue
    grey = {mapped.name for mapped in given.mapped.values() if mapped.kind == "held"}
    assert grey >= HELD


@pytest.mark.slow
def test_all_else_counts_as_simulated(tmp_path: Path) -> None:
    path = tmp_path / "everything.kplan.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    counts_as_in_a_simulation(path, "", tmp_path)


def test_seasons_are_grey_where_they_keep_caches_warm(tmp_path: Path) -> None:
    path = tmp_path / "seasons.kplan.yaml"
    seasonal = f"20_000, seasonality: [{', '.join(['1', '1.5'] * 6)}]"
    path.write_text(EVERYTHING.replace("20_000", seasonal), encoding="utf-8")
    names = {mapped.name for mapped in exported(path, tmp_path).mapped.values() if mapped.kind == INPUT}
    assert not {name for name in names if name.startswith("volume.")}
    path.write_text(path.read_text(encoding="utf-8").replace("shared: true", "warm: 20%"), encoding="utf-8")
    names = {mapped.name for mapped in exported(path, tmp_path).mapped.values() if mapped.kind == INPUT}
    assert {f"volume.seasonality.{month}" for month in range(1, 13)} <= names


def counts_as_in_a_simulation(path: Path, variant: str, folder: Path) -> None:
    """Up and down, of a variant one of them; one that may move neither up nor down alone is a share: the same
    input stands in several wholes."""
    given = exported(path, folder, variant)
    (plan,) = given.results.live
    for (is_share, *ways), (_, down) in zip(moved(given, 1), moved(given, -1), strict=True):
        tried = ((edits, simulated(given, path, variant, edits)) for edits in (*ways, down))
        found = list(islice(((edits, anew) for edits, anew in tried if anew), 1 if variant else 2))
        assert found or is_share, down
        for edits, anew in found:
            here = edited(plan, edits)
            for design in plan.designs:
                there = anew.design(plan.name_of(design.id)).total_usd
                assert abs(here.values[design.total] - there) <= SLACK * abs(there), (edits, design.id)


def simulated(
    given: Exported, path: Path, variant: str, edits: list[tuple[Mapped, Decimal]]
) -> Results | None:
    """The same numbers in the scenario; None where it refuses them."""
    names, said = [variant] if variant else (), sets(given, edits)
    try:
        return run(path, sets=said, variants=names, draws=Draws(n=0))
    except KplanError:
        return None

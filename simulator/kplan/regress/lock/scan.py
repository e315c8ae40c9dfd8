"""Scenario files held against their lock."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.regress.lock.drift import Drift, held
from kplan.regress.lock.entry import Entry
from kplan.regress.lock.fresh import entries_of
from kplan.regress.lock.reader import LockFile
from kplan.regress.run import books_of, run
from kplan.scenario.load import ALL, variants_of
from kplan.scenario.names import meant


class Layers(Struct, frozen=True):
    """What is laid over every scenario of a lock.

    variants   names, or `all`: they are locked beside the scenario as it stands
    """

    variants: tuple[str, ...] = ()
    book_paths: tuple[Path, ...] = ()
    allow_retired: bool = False


def files_under(lock: LockFile, paths: Iterable[str | Path]) -> list[str]:
    """The scenarios of a lock that lie at or below the paths, whether they are still there or not."""
    names = [PurePosixPath(lock.name_of(path)) for path in paths]
    return [file for file in lock.files if any(PurePosixPath(file).is_relative_to(name) for name in names)]


def drifts(lock: LockFile, sources: Iterable[str | Path], gone: Iterable[str], layers: Layers) -> list[Drift]:
    """Every design of the scenarios, and every entry of them, in the order of the lock.

    sources   scenario files
    gone      what the lock calls scenarios that are no more
    Raises KplanError with every problem of all files.
    """
    found: list[Drift] = []
    problems: dict[Problem, None] = {}
    for source in sources:
        try:
            found += _of_file(lock, Path(source), layers)
        except KplanError as e:
            problems |= dict.fromkeys(e.problems)
    if problems:
        raise KplanError(problems)
    for file in gone:
        found += [held(id_, entry, None, None) for id_, entry in lock.of_file(file).items()]
    return sorted(found, key=lambda drift: drift.id)


def _of_file(lock: LockFile, source: Path, layers: Layers) -> Iterator[Drift]:
    name = lock.name_of(source)
    locked = lock.of_file(name)
    rounds = _rounds(source, locked.values(), layers.variants)
    now = _entries(source, name, rounds, layers)
    starts = {id_: locked[id_].months[0].month for id_ in now.keys() & locked.keys()}
    others = {start for id_, start in starts.items() if start != now[id_].months[0].month}
    then = {start: _entries(source, name, rounds, layers, start) for start in sorted(others)}
    for id_ in locked.keys() | now.keys():
        new = then.get(starts.get(id_, ""), now).get(id_)
        yield held(id_, locked.get(id_), new, now.get(id_))


def _rounds(source: Path, locked: Iterable[Entry], asked: Collection[str]) -> list[tuple[str, ...]]:
    """What `run` is asked for: the scenario as it stands, then the variants asked for and those locked."""
    known = variants_of(source)
    held_ = {entry.id.variant for entry in locked} & set(known)
    wanted = set(known) if ALL in asked else held_ | set(asked)
    ordered = sorted(wanted, key=lambda name: (name not in known, known.index(name) if name in known else 0))
    return [(), tuple(ordered)] if ordered else [()]


def _entries(
    source: Path, name: str, rounds: Sequence[tuple[str, ...]], layers: Layers, start: str = ""
) -> dict[str, Entry]:
    """What a lock would hold of the scenario now.

    start   the month that was locked, for a scenario that leaves open when it starts: its months would
            move on with each new price book
    """
    found: dict[str, Entry] = {}
    for variants in rounds:
        results = run(
            source,
            variants=variants,
            book_paths=layers.book_paths,
            allow_retired=layers.allow_retired,
            start=(int(start[:4]), int(start[5:])) if start else None,
        )
        books = books_of({plan.variant: plan.scenario for plan in results.plans}, layers.book_paths)
        found |= {str(entry.id): entry for entry in entries_of(results, books, name)}
    return found


class Report(Struct, frozen=True):
    """What a check of a lock found."""

    lock: str
    """The lock as the command line names it."""
    drifts: tuple[Drift, ...]
    options: tuple[str, ...]
    """Words of a command line that name the same lock and layers."""
    paths: tuple[str, ...]
    """The scenarios and folders that were checked, as the command line names them."""
    lines: Mapping[str, int]
    """Line of the lock on which each entry begins, from 1."""

    @property
    def bad(self) -> tuple[Drift, ...]:
        """What a check fails on."""
        return tuple(drift for drift in self.drifts if drift.is_bad)

    def command(self, drifts: Iterable[Drift]) -> str:
        """What accepts these, or locks all anew where none is named; ready to paste."""
        words = [word for drift in drifts for word in ("--accept", drift.id)]
        dashes = ["--"] if any(path.startswith("-") for path in self.paths) else []
        return shlex.join(["kplan", "lock", *self.options, *(words or [*dashes, *self.paths])])


def chosen(report: Report, accepted: Sequence[str], *, anew: bool = False) -> list[Drift]:
    """What is to be locked: the accepted ones, or without any whatever is not as locked.

    anew   lock accepted designs that hold, too
    Raises KplanError for every accepted one that is no design.
    """
    if not accepted:
        return [drift for drift in report.drifts if drift.is_bad or drift.is_stale]
    by_id = {drift.id: drift for drift in report.drifts}
    unknown = [
        Problem(f"--accept {clipped(id_, 200)}: no such design{meant(id_, by_id)}")
        for id_ in accepted
        if id_ not in by_id
    ]
    if unknown:
        raise KplanError(unknown)
    named = [by_id[id_] for id_ in dict.fromkeys(accepted)]
    return [drift for drift in named if drift.is_bad or drift.is_stale or anew]

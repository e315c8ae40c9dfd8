"""A lock file as it lies on disk: its entries, and the lines that each stands on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import ValidationError

from kplan.engine.ledger import Kind
from kplan.engine.results import MonthCost
from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped
from kplan.money import ONE
from kplan.prices.columns import ROW_COLUMNS, row_from
from kplan.prices.windows import Windows
from kplan.regress.attribution import LineId
from kplan.regress.documents import day, each, mapping, month, number, text
from kplan.regress.lock.entry import Entry, EntryId, LockedPrice, LockedStage, SlotKey
from kplan.regress.priced import Runner, Slot
from kplan.scenario import tree
from kplan.scenario.parse import parse
from kplan.scenario.source import read_text
from kplan.scenario.volume import Profile

VERSION, LOCKED = "kplan_lock", "locked"
SCHEMA = "1"
PAID = "paid"
"""Beside the columns of a price row: whether the design pays it."""
MAX_BYTES, MOST_ENTRIES, MOST_VALUES = 100_000_000, 100_000, 10_000_000
"""Size, entries and values that a lock may have: far more than folders that are simulated in a minute."""
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7})(?= |$)", re.MULTILINE)
COLUMN = 3
"""Where an entry's name begins."""


class LockFile(Struct, frozen=True):
    """The entries of a lock, each with its lines as they are."""

    path: Path
    head: str
    blocks: Mapping[str, str]
    """By entry; together with the head they are the file."""
    entries: Mapping[str, Entry]

    @classmethod
    def read(cls, path: Path) -> LockFile:
        """From a file; raises KplanError with all that is wrong with it."""
        shown = str(path)
        content = read_text(path, MAX_BYTES)
        if conflict := _CONFLICT.search(content):
            what = "a conflict of a merge; take either side's file, then kplan lock"
            raise KplanError(what).at(Mark(shown, content.count("\n", 0, conflict.start()) + 1, 1))
        document = parse(content, shown, MOST_ENTRIES, MOST_VALUES)
        if document.problems:
            raise KplanError(document.problems)
        root = document.root
        if not isinstance(root, tree.Mapping) or root.get(VERSION) is None:
            raise KplanError("is no lock file; kplan lock writes one").at(Mark(shown, 1, 1))
        if tree.plain(root.get(VERSION) or root) != SCHEMA:
            raise KplanError(f"`{VERSION}`: this kplan reads locks of version {SCHEMA}").at(Mark(shown, 1, 1))
        locked = root.get(LOCKED)
        if not isinstance(locked, tree.Mapping) or root.entries.keys() != {VERSION, LOCKED}:
            what = f"a lock holds `{VERSION}` and a map `{LOCKED}`, nothing else"
            raise KplanError(what).at(Mark(shown, 1, 1))
        head, blocks = _blocks(content, locked)
        return cls(path, head, blocks, _entries(locked))

    @classmethod
    def at(cls, path: Path) -> LockFile:
        """The file, or an empty one where there is none yet."""
        return cls.read(path) if path.exists() else cls(path, "", {}, {})

    def name_of(self, file: str | Path) -> str:
        """What the lock calls a file: its path from the lock's folder, with forward slashes."""
        return Path(os.path.relpath(os.path.realpath(file), self._folder)).as_posix()

    def file(self, name: str) -> Path:
        """Where a file of the lock lies, counted from the current folder."""
        return Path(os.path.relpath(self._folder / name))

    @property
    def _folder(self) -> Path:
        return Path(os.path.realpath(self.path)).parent

    @property
    def files(self) -> tuple[str, ...]:
        """The scenarios that it holds, as it calls them."""
        return tuple(dict.fromkeys(entry.id.file for entry in self.entries.values()))

    def files_of(self, ids: Iterable[str]) -> list[str]:
        """The scenarios of entries, locked or not: the part before a # that is a file."""
        found: dict[str, None] = {}
        for id_ in ids:
            parts = id_.split("#")
            heads = ["#".join(parts[:n]) for n in range(1, len(parts))]
            there = [head for head in heads if self.file(head).is_file()]
            own = [self.entries[id_].id.file] if id_ in self.entries else []
            found |= dict.fromkeys((own or there or heads)[:1])
        return list(found)

    @property
    def lines(self) -> dict[str, int]:
        """The line on which each entry begins, from 1."""
        line, found = self.head.count("\n") + 1, {}
        for name, block in self.blocks.items():
            found[name] = line
            line += block.count("\n")
        return found

    def of_file(self, name: str) -> dict[str, Entry]:
        """The entries of a scenario."""
        return {id_: entry for id_, entry in self.entries.items() if entry.id.file == name}


def is_lock(path: Path) -> bool:
    """Whether a file says that it is a lock; not where it cannot be read."""
    try:
        with path.open("rb") as file:
            return any(line.startswith(f"{VERSION}:".encode()) for line in file.read(4096).splitlines())
    except OSError:
        return False


def _blocks(content: str, locked: tree.Mapping) -> tuple[str, dict[str, str]]:
    """The text before the first entry, and the lines of each."""
    if not locked.entries:
        return "", {}
    lines = content.splitlines(keepends=True)
    marks = {name: mark for name, (mark, _) in locked.entries.items()}
    starts = [mark.line - 1 for mark in marks.values()]
    if any(mark.column != COLUMN for mark in marks.values()) or starts != sorted(set(starts)):
        first = next(iter(marks.values()))
        raise KplanError("each entry stands on lines of its own, indented by 2; lock anew").at(first)
    ends = [*starts[1:], len(lines)]
    blocks = {name: "".join(lines[start:end]) for name, start, end in zip(marks, starts, ends, strict=True)}
    return "".join(lines[: starts[0]]), blocks


def _entries(locked: tree.Mapping) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    problems: list[Problem] = []
    for name, (mark, node) in locked.entries.items():
        try:
            found[name] = _entry(name, tree.plain(node))
        except KplanError as e:
            hint = "; delete its lines and lock anew"
            problems += KplanError([Problem(f"{p.what}{hint}") for p in e.problems]).at(mark, name).problems
    if problems:
        raise KplanError(problems)
    return found


def _entry(name: str, found: object) -> Entry:
    if not isinstance(found, dict):
        raise KplanError("an entry is a map")
    entry_id = EntryId(text(found, "file"), text(found, "design"), found.get("variant") or "")
    if str(entry_id) != name:
        raise KplanError(f"is called {clipped(name)}, but holds {clipped(str(entry_id))}")
    months = _pairs(found, "months", _month)
    if not months:
        raise KplanError("`months` is empty")
    stages, prices = mapping(found, "stages"), mapping(found, "prices")
    return Entry(
        id=entry_id,
        kplan_version=text(found, "kplan"),
        reason=found.get("reason") or "",
        scenario_sha256=text(found, "scenario_sha256"),
        prices_sha256=text(found, "prices_sha256"),
        per_query_usd=number(found, "per_query"),
        total_usd=number(found, "total"),
        months=tuple(months),
        stages=tuple(_pairs(found, "stages", _stage)),
        lines=dict(each(found, "lines", _line)) if "lines" in found else {},
        slots={
            key: slot
            for stage in stages
            for key, slot in each(mapping(stages, stage), "calls", partial(_slot, stage))
        },
        prices=tuple(price for model in prices for price in each(prices, model, partial(_price, model))),
        freeze=day(found, "freeze") if "freeze" in found else None,
        profile=_profile(mapping(found, "profile")) if "profile" in found else None,
    )


def _pairs(found: Mapping[str, Any], key: str, read: Any) -> list[Any]:
    """What the entries of a map are read as, each with its own name."""
    pairs = mapping(found, key)
    items = [{"key": name, **value} if isinstance(value, dict) else value for name, value in pairs.items()]
    return each({key: items}, key, read)


def _month(found: Mapping[str, Any]) -> MonthCost:
    return MonthCost(month(found, "key"), number(found, "queries"), number(found, "cost"), False)


def _stage(found: Mapping[str, Any]) -> LockedStage:
    models = _list(found, "models")
    return LockedStage(text(found, "key"), tuple(models), number(found, "per_query"), number(found, "total"))


def _line(found: Mapping[str, Any]) -> tuple[LineId, Decimal]:
    try:
        kind = Kind(text(found, "kind"))
    except ValueError as e:
        raise KplanError(f"`kind` is none of {', '.join(Kind)}") from e
    return LineId(kind, text(found, "name")), number(found, "total")


def _slot(stage: str, found: Mapping[str, Any]) -> tuple[SlotKey, Slot]:
    usage = mapping(found, "usage")
    slot = Slot(
        _fraction(found, "times"),
        tuple((meter, number(usage, meter)) for meter in usage),
        tuple(each(found, "models", _runner)),
    )
    return SlotKey(text(found, "class"), stage, int(number(found, "number"))), slot


def _runner(found: Mapping[str, Any]) -> Runner:
    return Runner(
        text(found, "model"),
        found.get("mode") or "standard",
        found.get("region") or "",
        _fraction(found, "share") if "share" in found else Fraction(1),
        number(found, "factor") if "factor" in found else ONE,
    )


def _price(model: str, found: Mapping[str, Any]) -> LockedPrice:
    unknown = found.keys() - {*ROW_COLUMNS[2:], PAID}
    if unknown:
        raise KplanError(f"no column `{clipped(min(unknown))}` in price rows")
    number(found, "usd")
    try:
        provider, _, name = model.partition("/")
        row = row_from([provider, name, *(found.get(column) or "" for column in ROW_COLUMNS[2:])])
        Windows.parse(row.weekdays, row.hours, row.tz)
    except (ValueError, InvalidOperation) as e:
        raise KplanError(f"is no price row ({clipped(str(e))})") from e
    if row.per < 1 or row.usd < 0:
        raise KplanError("`usd` and `per` must not be negative, nor `per` 0")
    return LockedPrice(row, found.get(PAID) == "true")


def _profile(found: Mapping[str, Any]) -> Profile:
    try:
        return Profile.model_validate(dict(found))
    except ValidationError as e:
        raise KplanError("`profile` is none") from e


def _list(found: Mapping[str, Any], key: str) -> list[str]:
    items = found.get(key)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise KplanError(f"`{key}` is no list of texts")
    return items


def _fraction(found: Mapping[str, Any], key: str) -> Fraction:
    """An exact number: a decimal, or p/q where it has no end."""
    parts = [number({key: part}, key) for part in text(found, key).split("/")]
    if len(parts) > 2 or (len(parts) == 2 and not parts[1]):
        raise KplanError(f"`{key}` is no number")
    return Fraction(parts[0]) / Fraction(parts[1] if len(parts) == 2 else 1)

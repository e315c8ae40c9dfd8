"""Limits from a YAML file, all its problems at once, each with its line and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from kplan.capacity.limits import (
    BUCKETS,
    KINDS,
    LEVEL,
    LEVELS,
    MEASURES,
    STATUSES,
    Counting,
    Limit,
    Unnumbered,
    Weights,
)
from kplan.capacity.maps import MapReader, span, weight
from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped, number
from kplan.money import ONE, ZERO
from kplan.prices import cell_readers
from kplan.scenario import tree
from kplan.scenario.names import dotted
from kplan.scenario.parse import parse
from kplan.scenario.source import read_text

T = TypeVar("T")

_ABOUT = ("provider", "source", "source_url", "checked_on", "status")
"""What the head of a file may say for all of its rows."""
_COUNTING = ("measures", "counts", "settles", "kind", "per", "window")
_ROW = (*_ABOUT, "pool", "models", "tier", "service", "valid_from", "valid_to", "note")
_UNNUMBERED = ("provider", "models", "service", "why", "source", "source_url")
_HEAD = (*_ABOUT, "counting", "limits", "no_number")

Countings = Mapping[tuple[str, str], Counting]
"""By provider and name."""


class LimitFile(Struct, frozen=True):
    """What stands in a file of limits."""

    limits: tuple[Limit, ...]
    marks: tuple[Mark, ...]
    """Where each of them stands."""
    unnumbered: tuple[Unnumbered, ...]
    countings: Countings
    sha256: str
    """Of the file's text."""


def read_limits(path: Path, known: Countings | None = None) -> LimitFile:
    """The limits of a YAML file.

    known   ways of counting that its rows may name without saying them, such as those of kplan's own files
    Raises KplanError with every problem: unknown keys, a rate without a window, two rows in force at once.
    """
    return limits_of(read_text(path), str(path), known)


def limits_of(text: str, file: str, known: Countings | None = None) -> LimitFile:
    """The same of a text; `file` is what it is called in messages."""
    document = parse(text, file, max_entries=10_000)
    reader = MapReader(list(document.problems))
    root = document.root
    if not isinstance(root, tree.Mapping):
        mark = root.mark if root else Mark(file, 1, 1)
        raise KplanError(Problem("a file of limits is a map with `limits:`", mark))
    found = _file(reader, root, dict(known or {}), sha256(text.encode()).hexdigest())
    problems = reader.problems or list(_clashes(found))
    if problems:
        raise KplanError(sorted(dict.fromkeys(problems), key=lambda p: (p.mark is None, p.mark)))
    return found


def _file(
    reader: MapReader, root: tree.Mapping, known: dict[tuple[str, str], Counting], text_sha256: str
) -> LimitFile:
    reader.keys(root, _HEAD)
    provider = reader.value(root, "provider", cell_readers.provider, "")
    own = {(provider, each.name): each for each in _countings(reader, root)}
    countings = known | own
    limits: list[Limit] = []
    marks: list[Mark] = []
    for row in reader.maps(root, "limits"):
        for limit, mark in _limits(reader, root, row, countings):
            limits.append(limit)
            marks.append(mark)
    others = tuple(_unnumbered(reader, root, row) for row in reader.maps(root, "no_number"))
    return LimitFile(tuple(limits), tuple(marks), others, own, text_sha256)


def _countings(reader: MapReader, root: tree.Mapping) -> Iterator[Counting]:
    node = root.get("counting")
    if node is None:
        return
    if not isinstance(node, tree.Mapping):
        reader.wrong("`counting` is a map of names, each with what it counts", node.mark, "counting")
        return
    for name, (mark, said) in node.entries.items():
        if name in _ROW:
            reader.wrong(f"`{name}` is a column of limits; call the counting something else", mark)
        elif isinstance(said, tree.Mapping):
            yield _counting(reader, name, said, mark)
        else:
            reader.wrong("a map such as {measures: requests, ...} is expected here", said.mark, name)


def _counting(reader: MapReader, name: str, node: tree.Mapping, mark: Mark) -> Counting:
    path = dotted(("counting", name))
    reader.keys(node, _COUNTING)
    missing = [key for key in ("measures", "counts", "kind") if node.get(key) is None]
    if missing:
        reader.wrong(f"{', '.join(missing)} missing", mark, path)
    measures = reader.value(node, "measures", cell_readers.one_of(MEASURES), MEASURES[0])
    kind = reader.value(node, "kind", cell_readers.one_of(KINDS), LEVEL)
    per_s = reader.value(node, "per", span, ZERO)
    window_s = reader.value(node, "window", span, ZERO)
    if kind != LEVEL and not node.get("window") and "kind" not in missing:
        reader.wrong("window missing: over what time is the limit measured? Such as window: 60s", mark, path)
    if kind != LEVEL and not node.get("per") and "kind" not in missing:
        reader.wrong("per missing: is the amount one for a minute (per: 60s)?", mark, path)
    if kind == LEVEL and (node.get("per") or node.get("window")):
        reader.wrong("a level is what may be there at once: it has neither per nor window", mark, path)
    if "kind" not in missing and (kind == LEVEL) is not (measures in LEVELS):
        reader.wrong(f"{measures} is no {kind}: levels are {', '.join(LEVELS)}", mark, path)
    settles = _weights(reader, node, "settles")
    counts = _weights(reader, node, "counts") or ({"request": ONE},)
    if len(settles) > 1:
        reader.wrong("a call settles at one sum; a list is for counts", mark, path)
    return Counting(name, measures, counts, kind, settles[0] if settles else None, per_s, window_s)


def _weights(reader: MapReader, node: tree.Mapping, key: str) -> tuple[Weights, ...]:
    value = node.get(key)
    if value is None:
        return ()
    found = []
    for item in value.items if isinstance(value, tree.Sequence) else (value,):
        if not isinstance(item, tree.Mapping) or not item.entries:
            reader.wrong("a map such as {input: 1, output: 5} is expected here", item.mark, key)
            continue
        reader.keys(item, BUCKETS)
        weights = {name: reader.value(item, name, weight, ZERO) for name in item.entries if name in BUCKETS}
        found.append(weights)
    return tuple(found)


def _amount(text: str) -> Decimal:
    value = number(text)
    if value <= 0 or "%" in text:
        raise KplanError(f"`{clipped(text)}` is no limit; a number above 0 is expected, such as 2_000_000")
    return value


def _limits(
    reader: MapReader, root: tree.Mapping, row: tree.Mapping, countings: Countings
) -> Iterator[tuple[Limit, Mark]]:
    """A limit for each amount of a row."""
    provider = reader.value(row, "provider", cell_readers.provider, reader.text(root, "provider"))
    names = [name for of, name in countings if of == provider]
    reader.keys(row, (*_ROW, *names))
    models, start = reader.texts(row, "models"), next(iter(row.entries.values()), (row.mark,))[0]
    amounts = [name for name in names if name in row.entries]
    if not provider or not models:
        reader.wrong(f"{'provider' if not provider else 'models'} missing", start)
    if not amounts:
        reader.wrong(
            f"no limit: say at least one of {', '.join(names) or 'the names under `counting`'}", start
        )
    begins = reader.value(row, "valid_from", cell_readers.day, None)
    ends = reader.value(row, "valid_to", cell_readers.day, None)
    if begins and ends and ends <= begins:
        reader.wrong(f"valid_to {ends} must be after valid_from {begins}, the first day", start)
    for name in amounts:
        value = reader.value(row, name, _amount, ONE)
        about = _about(reader, root, row)
        limit = Limit(
            provider=provider,
            pool=reader.text(row, "pool") or "|".join(models),
            models=models,
            tier=reader.text(row, "tier"),
            service=reader.text(row, "service"),
            counting=countings[provider, name],
            amount=value,
            valid_from=begins,
            valid_to=ends,
            source=about["source"],
            source_url=about["source_url"],
            checked_on=_checked_on(reader, root, row),
            status=about["status"],
            note=reader.text(row, "note"),
        )
        yield limit, row.entries[name][1].mark


def _about(reader: MapReader, root: tree.Mapping, row: tree.Mapping) -> dict[str, str]:
    """Where a row comes from: what it says itself, else what the head of the file says."""
    said = {key: reader.text(row, key, reader.text(root, key)) for key in ("source", "source_url")}
    node = row if row.get("status") else root
    return said | {"status": reader.value(node, "status", cell_readers.one_of(STATUSES), "own")}


def _checked_on(reader: MapReader, root: tree.Mapping, row: tree.Mapping) -> date | None:
    return reader.value(row if row.get("checked_on") else root, "checked_on", cell_readers.day, None)


def _unnumbered(reader: MapReader, root: tree.Mapping, row: tree.Mapping) -> Unnumbered:
    reader.keys(row, _UNNUMBERED)
    models, why = reader.texts(row, "models"), reader.text(row, "why")
    if not models or not why:
        reader.wrong(f"{'models' if not models else 'why'} missing", row.mark)
    provider = reader.value(row, "provider", cell_readers.provider, reader.text(root, "provider"))
    source = (reader.text(row, "source"), reader.text(row, "source_url"))
    return Unnumbered(provider, models, reader.text(row, "service"), why, *source)


def _clashes(found: LimitFile) -> Iterator[Problem]:
    """Two limits of one key in force at once, each told where the later one stands."""
    by_key: dict[tuple[str, ...], list[tuple[Limit, Mark]]] = {}
    for limit, mark in zip(found.limits, found.marks, strict=True):
        earlier = by_key.setdefault(limit.key, [])
        met = next((each for each in earlier if each[0].shares_days(limit)), None)
        if met:
            what = f"two limits at once: {limit.id}, the first on line {met[1].line}; end one of them"
            yield Problem(what, mark)
        earlier.append((limit, mark))

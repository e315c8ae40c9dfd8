"""Amounts that vary from draw to draw, as scenarios write them: by a few numbers, or as measured."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from kplan.errors import KplanError, Problem
from kplan.form.expressions import Expression, Random
from kplan.form.numbers import clipped, number

USUAL = "lognormal"
"""Family of `{mean: 4_000, p95: 12_000}`."""
MEASURED = "empirical"
MAX_AMOUNTS = 1_000_000
MAX_TOLD = 100
"""Bad lines of a file that are told one by one."""

Reader = Callable[[object], Expression]
"""Makes an expression of what stands for a number; raises KplanError."""

_BOUNDS = ("least", "most")
_FORMS = (
    "{mean: 4_000, p95: 12_000} (lognormal), {lognormal: …}, {gamma: {mean: 4_000, sd: 2_000}},"
    " {values: [900, 1_200]} or {file: tokens.csv, column: input}, each with `least:` or `most:`"
)


class FileName(str):
    """The name of a file in a scenario, which knows the folder that it is relative to."""

    __slots__ = ("folder",)
    folder: Path

    @classmethod
    def of(cls, name: str, folder: Path) -> FileName:
        """A name that stands in a file of this folder."""
        made = cls(name)
        made.folder = folder
        return made


def varying(written: Mapping[str, Any], read: Reader) -> Random:
    """The random amount that a map says.

    Raises KplanError with everything that is wrong with the map, or with the file it names.
    """
    from kplan.form.laws import FAMILIES  # numpy and scipy: only where something varies

    heads = [key for key in (*FAMILIES, "values", "file", "mean") if key in written]
    if not heads:
        raise KplanError(f"a map that says no distribution; write {_FORMS}")
    head = heads[0]
    bounds = {key: written[key] for key in _BOUNDS if key in written}
    if head in FAMILIES:
        inner = written[head]
        if not isinstance(inner, Mapping):
            raise KplanError(f"`{head}` takes a map, such as {{mean: 4_000, {FAMILIES[head].ways[0][1]}: …}}")
        _only(written, (head, *_BOUNDS))
        return _by_numbers(head, {**inner, **bounds}, read)
    if head == "mean":
        return _by_numbers(USUAL, written, read)
    _only(written, (head, "column", *_BOUNDS) if head == "file" else (head, *_BOUNDS))
    given = _read(bounds, read)
    sample, source = _of_file(written) if head == "file" else _of_list(written["values"])
    return Random(MEASURED, given, sample, source)


def _only(written: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in written:
        if key not in known:
            raise KplanError(
                f"`{clipped(key)}` beside `{known[0]}`: only {', '.join(known[1:])} may stand there"
            )


def _by_numbers(family: str, written: Mapping[str, Any], read: Reader) -> Random:
    from kplan.form.laws import FAMILIES

    said = {key for key in written if key not in _BOUNDS}
    ways = FAMILIES[family].ways
    if said not in [set(way) for way in ways]:
        shown = " or ".join(" and ".join(way) for way in ways)
        raise KplanError(
            f"a {family} distribution is given by {shown} (with `least:` or `most:` to cut it off), not by"
            f" {clipped(', '.join(sorted(said)))}"
        )
    return Random(family, _read(written, read))


def _read(written: Mapping[str, Any], read: Reader) -> tuple[tuple[str, Expression], ...]:
    """Each number as an expression; all that are wrong at once."""
    found: list[tuple[str, Expression]] = []
    problems: list[Problem] = []
    for key, value in written.items():
        try:
            found.append((key, read(value)))
        except KplanError as e:
            problems += [Problem(f"`{key}`: {problem.what}") for problem in e.problems]
    if problems:
        raise KplanError(problems)
    return tuple(found)


def _of_list(written: object) -> tuple[tuple[Decimal, ...], str]:
    if not isinstance(written, (list, tuple)) or not written:
        raise KplanError("`values` takes a list of amounts, such as [900, 1_200, 4_000]")
    sample = _amounts((f"item {n}", str(value)) for n, value in enumerate(written, 1))
    return sample, f"{len(sample)} given value{'s' if len(sample) > 1 else ''}"


def _of_file(written: Mapping[str, Any]) -> tuple[tuple[Decimal, ...], str]:
    """The amounts of one column of a CSV file."""
    name, column = written["file"], written.get("column")
    if not isinstance(name, str) or not isinstance(column, str):
        raise KplanError("`file` names a CSV file and `column` one of its columns")
    path = name.folder / name if isinstance(name, FileName) else Path(name)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = _amounts(_cells(csv.reader(file), name, column))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise KplanError(f"{clipped(name)} cannot be read: {reason} (looked for {path})") from e
    if not sample:
        raise KplanError(f"{clipped(name)} has no amounts below its header")
    return sample, f"{len(sample):,} values of {name}, column {column}"


def _cells(lines: Any, name: str, column: str) -> Iterator[tuple[str, str]]:
    """Each line's cell with its place; empty lines hold none."""
    header: list[str] = next(lines, [])
    titles = [title.strip() for title in header]
    if titles.count(column) != 1:
        shown = ", ".join(titles) or "none: the file is empty"
        raise KplanError(
            f"{clipped(name)} has no one column `{clipped(column)}`; its columns: {clipped(shown, 200)}"
        )
    at = titles.index(column)
    for cells in lines:
        if cells:
            yield f"{name}:{lines.line_num}", cells[at] if at < len(cells) else ""


def _amounts(cells: Iterator[tuple[str, str]]) -> tuple[Decimal, ...]:
    """The amounts; raises KplanError with every cell that holds none."""
    found: list[Decimal] = []
    problems: list[Problem] = []
    for place, text in islice(cells, MAX_AMOUNTS + 1):
        try:
            value = number(text)
            if value < 0:
                raise KplanError(f"`{clipped(text)}` is below 0")
            found.append(value)
        except KplanError as e:
            problems.append(Problem(f"{place}: {e.problems[0].what}"))
    if len(found) + len(problems) > MAX_AMOUNTS:
        raise KplanError(f"more than {MAX_AMOUNTS:,} amounts; take a sample of them")
    if len(problems) > MAX_TOLD:
        problems[MAX_TOLD:] = [Problem(f"and {len(problems) - MAX_TOLD} more that are no amounts")]
    if problems:
        raise KplanError(problems)
    return tuple(found)

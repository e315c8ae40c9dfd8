"""Limits and dates of models: tables with a source for each line, applied to a snapshot."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError, Problem
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

LIVES_FILE = "lives.csv"
"""Made by a machine from LiteLLM's JSON, and remade with every snapshot."""
VENDOR_LIVES_FILE = "vendor_lives.csv"
"""Written by hand from the vendors' pages; what it says wins over what the machine found."""

DATES = ("released_on", "deprecated_on", "retires_on")
FACTS = ("context_window", "max_output", *DATES, "successor")


class Life(Struct, frozen=True):
    """What a source says about a model; None and "" are unknown."""

    provider: str
    model: str
    context_window: int | None = None
    """Largest input of one call [tokens]."""
    max_output: int | None = None
    """Largest output of one call [tokens]."""
    released_on: date | None = None
    deprecated_on: date | None = None
    """The day on which its end was announced."""
    retires_on: date | None = None
    """First day on which it no longer answers."""
    successor: str = ""
    source: str = ""
    source_url: str = ""
    checked_on: date | None = None
    """The day on which the page was read, or of the copy that was."""

    @property
    def key(self) -> tuple[str, str]:
        """Provider and model."""
        return self.provider, self.model

    @property
    def cited(self) -> str:
        """The source as the book names it: a checked page with its day, else the source's name."""
        return f"{self.source_url} ({self.checked_on})" if self.checked_on else self.source

    def facts(self) -> dict[str, Any]:
        """What it says, by the name of the field."""
        return {name: said for name in FACTS if (said := getattr(self, name)) not in (None, "")}

    def over(self, lower: Life) -> Life:
        """The life, with what it leaves open taken from another one."""
        more = {name: said for name, said in lower.facts().items() if name not in self.facts()}
        if not more:
            return self
        cited = ", ".join(dict.fromkeys(filter(None, (self.cited, lower.cited))))
        return replace(self, **more, source=cited, checked_on=None)


def read_lives(path: Path) -> list[Life]:
    """The lines of a lives table; none when there is no file. Raises KplanError with file and line."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [_life(line, f"{path}:{number}") for number, line in enumerate(csv.DictReader(file), 2)]


def _life(line: dict[str, str], place: str) -> Life:
    try:
        return Life(
            line["provider"],
            line["model"],
            _count(line["context_window"]),
            _count(line["max_output"]),
            _day(line["released_on"]),
            _day(line["deprecated_on"]),
            _day(line["retires_on"]),
            line["successor"],
            line["source"],
            line["source_url"],
            _day(line["checked_on"]),
        )
    except (KeyError, TypeError) as e:
        raise KplanError(f"{place}: a line has the cells {', '.join(_COLUMNS)}") from e
    except ValueError as e:
        raise KplanError(f"{place}: {e}") from e


_COLUMNS = Life.__struct_fields__


def _count(text: str) -> int | None:
    return int(text) if text else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def write_lives(lives: Iterable[Life], path: Path) -> None:
    """The table, sorted by provider and model."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for life in sorted(lives, key=lambda each: each.key):
            writer.writerow(["" if (value := getattr(life, name)) is None else value for name in _COLUMNS])


def vendor_lives(path: Path) -> list[Life]:
    """What was read on vendors' pages, one life a model; a model may have a line for each page.

    Raises KplanError with every line that names no page and day, and all on which two pages disagree or a
    model ends before it begins.
    """
    lines = read_lives(path)
    lives, clashes = joined(lines)
    problems = [
        Problem(f"{path}: {'/'.join(line.key)} names no source_url and checked_on")
        for line in lines
        if not (line.source_url and line.checked_on)
    ]
    problems += [Problem(f"{path}: {clash.what}: {clash.why}") for clash in clashes]
    problems += [
        Problem(f"{path}: {'/'.join(life.key)} {name}: {why}") for life in lives for name, why in _order(life)
    ]
    if problems:
        raise KplanError(problems)
    return lives


def joined(lives: Iterable[Life]) -> tuple[list[Life], list[Skipped]]:
    """One life a model, where the earlier one wins, and what it wins over."""
    by_model: dict[tuple[str, str], Life] = {}
    beaten = []
    for life in lives:
        known = by_model.setdefault(life.key, life)
        said = known.facts()
        beaten += [
            Skipped(
                f"{'/'.join(life.key)} {name}", f"{fact} by {life.cited}, but {said[name]} by {known.cited}"
            )
            for name, fact in life.facts().items()
            if fact != said.get(name, fact)
        ]
        by_model[life.key] = known.over(life)
    return list(by_model.values()), beaten


def with_lives(
    models: Sequence[ModelRow], rows: Iterable[PriceRow], lives: Iterable[Life]
) -> tuple[list[ModelRow], list[Skipped]]:
    """The models with what is known of their lives, and what was not believed.

    Of lives that disagree the earlier one wins; a context window that a model has stays. Not believed are
    dates out of order or beside the model's prices, an output above the context window, and a window that
    no call can leave for a price that the model has.
    """
    known = {(model.provider, model.id): model for model in models}
    by_model: dict[tuple[str, str], list[PriceRow]] = {key: [] for key in known}
    for row in rows:
        by_model.setdefault((row.provider, row.model), []).append(row)
    found, skipped = joined(_new(life, known.get(life.key)) for life in lives)
    for life in found:
        model = known.get(life.key)
        if model is None:
            skipped.append(Skipped("/".join(life.key), "no such model in the book"))
            continue
        doubts = dict(_doubts(life, model, by_model[life.key]))
        skipped += [Skipped(f"{model.ref} {name}", why) for name, why in doubts.items()]
        unknown: dict[str, Any] = dict.fromkeys(doubts)
        known[life.key] = _lived(model, replace(life, **unknown))
    return list(known.values()), sorted(skipped, key=lambda skip: skip.what)


def _new(life: Life, model: ModelRow | None) -> Life:
    return replace(life, context_window=None) if model and model.context_window else life


def _doubts(life: Life, model: ModelRow, rows: Sequence[PriceRow]) -> Iterator[tuple[str, str]]:
    """The facts not believed and why; the first reason of a fact comes last."""
    window = model.context_window or life.context_window
    if life.max_output and window and life.max_output > window:
        yield "max_output", f"{life.max_output} is above the context window, {window}"
    over = max((row.over_input_tokens for row in rows), default=0)
    if life.context_window and over and life.context_window <= over:
        yield "context_window", f"{life.context_window} is not above {over}, where a price steps"
    starts = [row.valid_from for row in rows if row.valid_from]
    if starts and life.released_on and life.released_on > min(starts):
        yield "released_on", f"{life.released_on} is after the start of a price, {min(starts)}"
    if starts and life.retires_on and life.retires_on <= max(starts):
        yield "retires_on", f"{life.retires_on} is not after the start of a price, {max(starts)}"
    yield from _order(life)


def _order(life: Life) -> Iterator[tuple[str, str]]:
    days = [(name, day) for name in DATES if (day := getattr(life, name))]
    for (before, first), (name, then) in pairwise(days):
        if then < first:
            yield name, f"{then} is before {before}, {first}"


def _lived(model: ModelRow, life: Life) -> ModelRow:
    facts = life.facts()
    return replace(model, **facts, source=f"{model.source}, {life.cited}") if facts else model

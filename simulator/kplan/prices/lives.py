"""Limits and dates of models: a small table with a source for each line, applied to a snapshot."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

LIVES_FILE = "lives.csv"


@dataclass(frozen=True, slots=True)
class Life:
    """What a source says about a model; None and "" are unknown."""

    provider: str
    model: str
    max_output: int | None = None
    released_on: date | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    successor: str = ""
    source: str = ""
    source_url: str = ""


def read_lives(path: Path) -> list[Life]:
    """The lines of a lives table; none when there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [_life(line) for line in csv.DictReader(file)]


def _life(line: dict[str, str]) -> Life:
    return Life(
        line["provider"],
        line["model"],
        int(line["max_output"]) if line["max_output"] else None,
        _day(line["released_on"]),
        _day(line["deprecated_on"]),
        _day(line["retires_on"]),
        line["successor"],
        line["source"],
        line["source_url"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def write_lives(lives: Iterable[Life], path: Path) -> None:
    """The table, sorted by provider and model."""
    names = [field.name for field in fields(Life)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for life in sorted(lives, key=lambda each: (each.provider, each.model)):
            writer.writerow(["" if (value := getattr(life, name)) is None else value for name in names])


def with_lives(
    models: Sequence[ModelRow], rows: Iterable[PriceRow], lives: Iterable[Life]
) -> tuple[list[ModelRow], list[Skipped]]:
    """The models with what is known of their lives, and what was not believed.

    Not believed are a retirement before the model's latest price takes effect, and an output above the
    context window.
    """
    latest: dict[tuple[str, str], date] = {}
    for row in rows:
        if row.valid_from:
            key = (row.provider, row.model)
            latest[key] = max(latest.get(key, row.valid_from), row.valid_from)
    by_model = {(life.provider, life.model): life for life in lives}
    skipped = [
        Skipped(f"{key[0]}/{key[1]}", "no such model in the book")
        for key in by_model.keys() - {(model.provider, model.id) for model in models}
    ]
    lived = []
    for model in models:
        life = by_model.get((model.provider, model.id))
        if life:
            doubts = list(_doubts(model, life, latest.get((model.provider, model.id))))
            skipped += [Skipped(f"{model.ref} {name}", why) for name, why in doubts]
            doubtful = {name for name, _ in doubts}
            life = replace(
                life,
                retires_on=None if "retires_on" in doubtful else life.retires_on,
                max_output=None if "max_output" in doubtful else life.max_output,
            )
        lived.append(_lived(model, life) if life else model)
    return lived, sorted(skipped, key=lambda skip: skip.what)


def _doubts(model: ModelRow, life: Life, latest_price: date | None) -> Iterable[tuple[str, str]]:
    if life.retires_on and latest_price and life.retires_on <= latest_price:
        yield "retires_on", f"{life.retires_on} is not after the start of a price, {latest_price}"
    if life.max_output and model.context_window and life.max_output > model.context_window:
        yield "max_output", f"{life.max_output} is above the context window, {model.context_window}"


def _lived(model: ModelRow, life: Life) -> ModelRow:
    return replace(
        model,
        max_output=life.max_output,
        released_on=life.released_on,
        deprecated_on=life.deprecated_on,
        retires_on=life.retires_on,
        successor=life.successor,
        source=f"{model.source}, {life.source}",
    )

"""Scenarios and price books made in tests, and the oracle that they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.prices.book import Book, load_book
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.scenario.load import load_scenario

RATES: dict[str, dict[str, str]] = {
    "haiku": {"input": "1", "output": "5", "cache_read": "0.1"},
    "sonnet": {"input": "3", "output": "15", "cache_read": "0.3"},
    "opus": {"input": "15", "output": "75", "cache_read": "1.5"},
}
"""USD per million tokens."""


def book_of(
    rates: Mapping[str, Mapping[str, str]] = RATES,
    rows: tuple[PriceRow, ...] = (),
    models: tuple[ModelRow, ...] = (),
) -> Book:
    """A book of one provider, `test`, with these rates and further rows."""
    plain = [
        PriceRow("test", model, meter, Decimal(usd))
        for model, found in rates.items()
        for meter, usd in found.items()
    ]
    return load_book([], embedded=False).with_rows("test book", [*plain, *rows], models)


def priced(model: str, meter: str, usd: str, **keys: Any) -> PriceRow:
    """A row of the provider `test`."""
    return PriceRow("test", model, meter, Decimal(usd), **keys)


def simulated(folder: Path, text: str, book: Book | None = None, **options: Any) -> Results:
    """Results of a scenario written as text; it starts in 2027-01 unless it says when."""
    if "months:" not in text and "start" not in text:
        text = f"months: 2027-01..2027-12\n{text}"
    path = folder / "test.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    return simulate(load_scenario(path), book or book_of(), **options)


def oracle(scenario: Mapping[str, Any], rates: Mapping[str, Mapping[str, str]], design: str) -> Fraction:
    """Cost of one query [USD] by walking the YAML: thirty lines that know nothing of the engine."""

    def number(value: Any, params: Mapping[str, Any]) -> Fraction:
        if isinstance(value, str) and value.endswith("%"):
            return Fraction(value[:-1]) / 100
        if isinstance(value, str):
            known = {name: number(params[name], params) for name in params if name in value}
            return Fraction(eval(value, {"max": max, "min": min, "if_": None}, known))
        return Fraction(str(value))

    def query(stages: Mapping[str, Any], models: Any, params: Mapping[str, Any]) -> Fraction:
        total = Fraction(0)
        for name, stage in stages.items():
            model = models if isinstance(models, str) else models.get(name, models.get("default"))
            model = stage.get("model", model) if isinstance(models, dict) and name not in models else model
            read = number(stage["input"], params) * number(stage.get("cached", 0), params)
            tokens = {
                "input": number(stage["input"], params) - read,
                "cache_read": read,
                "output": number(stage["output"], params),
            }
            cost = sum(n * Fraction(rates[model][meter]) / 10**6 for meter, n in tokens.items())
            times = number(stage.get("calls", 1), params) * (1 + number(stage.get("retries", 0), params))
            total += number(stage.get("chance", 1), params) * times * cost
        return total

    params, chosen = scenario.get("params", {}), scenario["designs"][design]
    models = chosen if isinstance(chosen, str) else chosen["models"]
    stages = {
        name: {
            **scenario["stages"].get(name, {}),
            **(chosen.get("stages", {}) if isinstance(chosen, dict) else {}).get(name, {}),
        }
        for name in [*scenario["stages"], *(chosen.get("stages", {}) if isinstance(chosen, dict) else {})]
    }
    mix = scenario.get("mix", {"all": {"share": 1}})
    return sum(
        (
            number(found["share"], params) * query(stages, models, {**params, **found.get("params", {})})
            for found in mix.values()
        ),
        Fraction(0),
    )


def dumped(scenario: Mapping[str, Any]) -> str:
    """The scenario as YAML text."""
    return yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True)

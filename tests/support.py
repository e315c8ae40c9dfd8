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


AMOUNTS = (
    *("input", "output", "cached", "cache_write", "cache_write_1h", "reasoning", "tokens", "minutes"),
    *("namespace_gb", "read_units", "documents", "document_tokens", "query_tokens"),
)
SERVICES = ("embed", "retrieve", "rerank", "tool", "code", "human")
TEXT = (
    *("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning", "embedding"),
    "citation",
)


def billed(kind: str, said: Mapping[str, Fraction], usage: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Units of each meter in one call of a stage, worked out by hand for the oracle."""
    if kind in ("call", "second_pass"):
        read, write, hour = (
            said["input"] * said.get(key, Fraction(0)) for key in ("cached", "cache_write", "cache_write_1h")
        )
        seen = sum((n for meter, n in usage.items() if meter in ("image_in", "audio_in")), Fraction(0))
        drawn = usage.get("image_out", Fraction(0))
        thought = said.get("reasoning", Fraction(0))
        return {
            "input": said["input"] - read - write - seen,
            "cache_read": read,
            "cache_write_5m": write - hour,
            "cache_write_1h": hour,
            "output": said["output"] - thought - drawn,
            "reasoning": thought,
            **usage,
        }
    if kind == "rerank":
        chunks = max(1, -(-said["document_tokens"] // (500 - min(said["query_tokens"], 250))))
        return {"rerank_search": Fraction(-(-said["documents"] * chunks // 100))}
    if kind == "retrieve":
        return {"read_unit": said.get("read_units") or max(Fraction(1, 4), said["namespace_gb"])}
    one = {"embed": ("embedding", "tokens"), "human": ("human_minute", "minutes")}.get(kind)
    return {one[0]: said[one[1]]} if one else dict(usage)


def oracle(scenario: Mapping[str, Any], rates: Mapping[str, Mapping[str, str]], design: str) -> Fraction:
    """Cost of one query [USD], in the oracle's own way."""
    units = oracle_units(scenario, design)
    return sum((n * oracle_rate(rates, *cell) for cell, n in units.items()), Fraction(0))


def oracle_rate(rates: Mapping[str, Mapping[str, str]], model: str, meter: str) -> Fraction:
    """Price of a unit [USD]; the rates are per million."""
    return Fraction(rates[model][meter]) / 10**6


def oracle_units(scenario: Mapping[str, Any], design: str) -> dict[tuple[str, str], Fraction]:
    """Units of one query by model and meter, by walking the YAML: thirty lines that know nothing of the
    engine."""

    def query(stages: Mapping[str, Any], models: Any, params: Mapping[str, Any], share: Fraction) -> None:
        for name, stage in stages.items():
            model = models if isinstance(models, str) else models.get(name, models.get("default"))
            model = stage.get("model", model) if isinstance(models, dict) and name not in models else model
            if stage.get("kind") in SERVICES:
                model = stage.get("model")
            said = {key: oracle_number(stage[key], params) for key in AMOUNTS if key in stage}
            usage = {meter: oracle_number(n, params) for meter, n in stage.get("usage", {}).items()}
            factor = Fraction(str(scenario.get("tokenizers", {}).get(model, 1)))
            times = oracle_number(stage.get("calls", 1), params)
            times *= 1 + oracle_number(stage.get("retries", 0), params)
            times *= share * oracle_number(stage.get("chance", 1), params)
            for meter, n in billed(stage.get("kind", "call"), said, usage).items():
                if n:
                    found.setdefault((model, meter), Fraction(0))
                    found[model, meter] += times * n * (factor if meter in TEXT else 1)

    found: dict[tuple[str, str], Fraction] = {}
    params, chosen = scenario.get("params", {}), scenario["designs"][design]
    models = chosen if isinstance(chosen, str) else chosen["models"]
    stages = {
        name: {
            **scenario["stages"].get(name, {}),
            **(chosen.get("stages", {}) if isinstance(chosen, dict) else {}).get(name, {}),
        }
        for name in [*scenario["stages"], *(chosen.get("stages", {}) if isinstance(chosen, dict) else {})]
    }
    for each in scenario.get("mix", {"all": {"share": 1}}).values():
        own = {**params, **each.get("params", {})}
        query(stages, models, own, oracle_number(each["share"], own))
    return found


def oracle_number(value: Any, params: Mapping[str, Any]) -> Fraction:
    """A number, a share or arithmetic over params."""
    if isinstance(value, str) and value.endswith("%"):
        return Fraction(value[:-1]) / 100
    if isinstance(value, str):
        known = {name: oracle_number(params[name], params) for name in params if name in value}
        return Fraction(eval(value, {"max": max, "min": min, "if_": None}, known))
    return Fraction(str(value))


def oracle_total(
    scenario: Mapping[str, Any],
    rates: Mapping[str, Mapping[str, str]],
    design: str,
    queries: int,
    n_months: int,
) -> Fraction:
    """Cost of a plan with equal months and prices [USD], with its fixed costs, contracts and contingency;
    a contract's models are listed as `test/NAME` or `test/*`."""
    params = scenario.get("params", {})
    bought = {cell: queries * n for cell, n in oracle_units(scenario, design).items()}
    plain = Fraction(0)
    for entry in scenario.get("fixed", {}).values():
        if isinstance(entry, dict):
            cell = (entry["model"], entry["meter"])
            bought[cell] = bought.get(cell, Fraction(0)) + oracle_number(entry["quantity"], params)
        else:
            plain += Fraction(entry)
    month, whole = plain + sum(n * oracle_rate(rates, *cell) for cell, n in bought.items()), Fraction(0)
    for contract in scenario.get("contracts", {}).values():
        mine = {
            (model, meter): n
            for (model, meter), n in bought.items()
            if {f"test/{model}", "test/*"} & set(contract["models"])
        }
        net = sum((n * oracle_rate(rates, *cell) for cell, n in mine.items()), Fraction(0))
        free = {meter: {0: "0%", n: "100%"} for meter, n in contract.get("included", {}).items()}
        for meter, steps in {**contract.get("steps", {}), **free}.items():
            total = sum(n for (_, each), n in mine.items() if each == meter)
            cost = sum(n * oracle_rate(rates, *cell) for cell, n in mine.items() if cell[1] == meter)
            starts = sorted(steps)
            paid = sum(
                max(Fraction(0), min(total, end) - start) * oracle_number(steps[start], params)
                for start, end in zip(starts, [*starts[1:], total], strict=True)
            )
            credit = cost * (1 - paid / total) if total else Fraction(0)
            month, net = month - credit, net - credit
        top_up = max(Fraction(0), Fraction(contract.get("minimum", 0)) - net)
        month += Fraction(contract.get("fee", 0)) + top_up
        whole += max(Fraction(0), Fraction(contract.get("commitment", 0)) - n_months * (net + top_up))
    return (month * n_months + whole) * (1 + oracle_number(scenario.get("contingency", 0), params))


def dumped(scenario: Mapping[str, Any]) -> str:
    """The scenario as YAML text."""
    return yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True)

"""An unknown model, meter, mode or region is an error that names it, whichever way into kplan it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kplan as api

from .conftest import Kplan

HAIKU = "claude-haiku-5-5"
STORE = [
    {"provider": "acme", "model": "store", "meter": "read_unit", "usd": "16", "per": 1_000_000},
    {"provider": "acme", "model": "store", "meter": "storage_gb_month", "usd": "0.33", "per": 1},
    {"provider": "acme", "model": "local", "meter": "input", "usd": "1", "per": 1_000_000, "region": "eu"},
]
SCENARIO: dict[str, Any] = {
    "kplan": 1,
    "volume": "1_000/month",
    "months": "2027-01..2027-02",
    "prices": {"book": "store.yaml"},
    "stages": {
        "find": {"kind": "retrieve", "read_units": 2, "model": "acme/store"},
        "answer": {"input": 1000, "output": 100, "usage": {"web_search": 1}},
        "again": {"like": "answer", "chance": "5%", "model": HAIKU},
    },
    "mix": {"few": {"share": "40%"}, "many": {"share": "60%", "stages": {"again": {"chance": "9%"}}}},
    "designs": {"mine": {"models": {"default": HAIKU}}},
    "fixed": {"files": {"model": "acme/store", "meter": "storage_gb_month", "quantity": 10}},
    "contracts": {
        "plan": {"models": "acme/store", "included": {"read_unit": 5}, "minimum": 1},
        "steps": {"models": f"anthropic/{HAIKU}", "steps": {"input": {0: "100%", 1000: "50%"}}},
    },
    "tokenizers": {HAIKU: 1.2},
    "candidates": ["claude-sonnet-5-5"],
    "checks": [{"metric": "mine.per_month", "max": "$100_000/month"}],
}
SLIPS: Mapping[str, tuple[str, object, str]] = {
    # what is wrong: (where, with what, what the error must name)
    "model of a design": ("designs.mine", "claude-nope", "claude-nope"),
    "model of all stages": ("designs.mine.models.default", "claude-nope", "claude-nope"),
    "model of a stage": ("designs.mine.models.answer", "claude-nope", "claude-nope"),
    "model of a provider": ("designs.mine.models.answer", f"nobody/{HAIKU}", f"nobody/{HAIKU}"),
    "model of a pin": ("stages.again.model", "claude-nope", "claude-nope"),
    "model of a service": ("stages.find.model", "acme/stroe", "acme/stroe"),
    "model of a class": ("mix.many.stages.again.model", "claude-nope", "claude-nope"),
    "model of a share": ("stages.again.model", {HAIKU: "50%", "claude-nope": "50%"}, "claude-nope"),
    "model of a candidate": ("candidates", ["claude-nope"], "claude-nope"),
    "model of a fixed use": ("fixed.files.model", "acme/stroe", "acme/stroe"),
    "model of a contract": ("contracts.plan.models", "acme/stroe", "acme/stroe"),
    "model of a tokenizer": ("tokenizers", {"claude-nope": 1.2}, "claude-nope"),
    "meter of a call": ("stages.answer.usage", {"web_serch": 1}, "web_serch"),
    "meter without a price": ("stages.answer.usage", {"page": 1}, "page"),
    "meter of another kind": ("stages.find.model", HAIKU, "read_unit"),
    "meter of a fixed use": ("fixed.files.meter", "storage_gb", "storage_gb"),
    "meter of an allowance": ("contracts.plan.included", {"read_unitt": 5}, "read_unitt"),
    "meter of steps": ("contracts.steps.steps", {"inputs": {0: "100%"}}, "inputs"),
    "mode of all stages": ("prices.mode", "turbo", "turbo"),
    "mode of a stage": ("stages.answer.mode", "turbo", "turbo"),
    "mode without a price": ("stages.answer.mode", "flex", "flex"),
    "mode of a service": ("stages.find.mode", "batch", "batch"),
    "region of all stages": ("prices.region", "mars", "mars"),
    "region of a stage": ("stages.answer.region", "mars", "mars"),
    "region of a service": ("stages.find.region", "mars", "mars"),
    "region that must be said": ("designs.mine.models.answer", "acme/local", "without a region"),
}
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "simulate": ("simulate", "bad.kplan.yaml", "--format", "json"),
    "simulate a folder": ("simulate", "."),
    "explain": ("explain", "bad.kplan.yaml", "mine.answer"),
    "validate": ("validate", "bad.kplan.yaml"),
    "check": ("check", "bad.kplan.yaml"),
    "diff to it": ("diff", "good.kplan.yaml", "bad.kplan.yaml"),
    "diff from it": ("diff", "bad.kplan.yaml", "good.kplan.yaml", "--format", "json"),
    "lock": ("lock", "bad.kplan.yaml"),
    "lock --check": ("lock", "--check", "bad.kplan.yaml"),
    "calendar": ("book", "calendar", "bad.kplan.yaml"),
}


def slipped(where: str, value: object) -> dict[str, Any]:
    """The scenario with one value of it replaced."""
    document = deepcopy(SCENARIO)
    *path, last = where.split(".")
    inner = document
    for name in path:
        inner = inner[name]
    inner[last] = value
    return document


def written(name: str, document: object) -> Path:
    path = Path(name)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def desk(kplan: Kplan) -> Kplan:
    """A folder with a good scenario and its price book; `bad.kplan.yaml` is good too, until it is written."""
    for path in Path().glob("*.kplan.yaml"):
        path.unlink()
    written("store.yaml", {"rows": STORE})
    for name in ("good", "bad"):
        written(f"{name}.kplan.yaml", SCENARIO)
    return kplan


@pytest.mark.parametrize("command", COMMANDS)
def test_the_scenario_is_good_without_the_slip(desk: Kplan, command: str) -> None:
    assert desk("lock", "bad.kplan.yaml", "--write").code == 0
    ran = desk(*COMMANDS[command])
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("slip", SLIPS)
def test_every_command_names_it(desk: Kplan, slip: str) -> None:
    where, value, named = SLIPS[slip]
    assert desk("lock", "bad.kplan.yaml", "--write").code == 0
    locks = {path: path.read_bytes() for path in Path().glob("*lock*")}
    written("bad.kplan.yaml", slipped(where, value))
    for command, words in COMMANDS.items():
        ran = desk(*words)
        assert (ran.code, "$" in ran.out) == (2, False), command
        assert named in ran.err + ran.out, command
    assert locks
    assert {path: path.read_bytes() for path in locks} == locks


@pytest.mark.parametrize("slip", SLIPS)
def test_the_public_api_names_it(desk: Kplan, slip: str) -> None:
    where, value, named = SLIPS[slip]
    path = written("bad.kplan.yaml", slipped(where, value))
    with pytest.raises(api.KplanError) as caught:
        api.simulate(api.load_scenario(path))
    assert named in str(caught.value)


CALLS: Mapping[str, tuple[dict[str, Any], str]] = {
    "model": ({"model": "claude-nope"}, "claude-nope"),
    "meter": ({"usage": {"input": 1, "web_serch": 1}}, "web_serch"),
    "meter without a price": ({"usage": {"page": 1}}, "page"),
    "mode": ({"mode": "turbo"}, "turbo"),
    "mode without a price": ({"mode": "flex"}, "flex"),
    "region": ({"region": "mars"}, "mars"),
    "region that must be said": ({"model": "acme/local"}, "without a region"),
}
"""What is wrong with a call, and what the error must name."""


def by_flags(desk: Kplan, call: dict[str, Any]) -> str:
    usage = [f"--usage={meter}={count}" for meter, count in call["usage"].items()]
    more = [f"--{name}={call[name]}" for name in ("mode", "region") if name in call]
    ran = desk("price", call["model"], *usage, *more, "--book", "store.yaml")
    assert (ran.code, ran.out) == (2, "")
    return ran.err


def by_file(desk: Kplan, call: dict[str, Any]) -> str:
    Path("calls.jsonl").write_text(json.dumps(call) + "\n", encoding="utf-8")
    ran = desk("price", "--calls", "calls.jsonl", "--book", "store.yaml")
    answer = json.loads(ran.out)
    assert (ran.code, list(answer)) == (2, ["error"])
    return str(answer["error"])


def by_columns(desk: Kplan, call: dict[str, Any]) -> str:
    usage = {meter: np.array([0, count]) for meter, count in call["usage"].items()}
    more = {name: call[name] for name in ("mode", "region") if name in call}
    book = api.load_price_book("store.yaml")
    with pytest.raises(api.KplanError) as caught:
        api.price_calls(book, model=call["model"], at=np.datetime64("2027-01-01"), usage=usage, **more)
    return str(caught.value)


@pytest.mark.parametrize("ask", [by_flags, by_file, by_columns])
@pytest.mark.parametrize("slip", CALLS)
def test_a_call_names_it(desk: Kplan, slip: str, ask: Callable[[Kplan, dict[str, Any]], str]) -> None:
    said, named = CALLS[slip]
    assert named in ask(desk, {"model": HAIKU, "usage": {"input": 1}, **said})


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("show", "claude-nope"), "claude-nope"),
        (("list", "claude-nope"), "claude-nope"),
        (("diff", "2026-11-01", "2026-12-01", "--models", "claude-nope"), "claude-nope"),
        (("set", "store.yaml", "acme/stroe", "input", "3", "--from", "2027-01-01"), "acme/stroe"),
        (("set", "store.yaml", HAIKU, "web_serch", "3", "--from", "2027-01-01"), "web_serch"),
        (("set", "store.yaml", HAIKU, "input", "3", "--from", "2027-01-01", "--mode", "turbo"), "turbo"),
        (("correct", "store.yaml", "acme/stroe read_unit", "3", "--evidence", "x"), "acme/stroe"),
        (("correct", "store.yaml", "acme/store read_unitt", "3", "--evidence", "x"), "read_unitt"),
    ],
)
def test_a_price_book_names_it(desk: Kplan, words: tuple[str, ...], named: str) -> None:
    before = Path("store.yaml").read_bytes()
    ran = desk("book", *words)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err
    assert Path("store.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("book", "named"),
    [
        ({"rows": [{**STORE[0], "mode": "turbo"}]}, "turbo"),
        ({"modifiers": [{"models": "acme/stroe", "multiplier": 2}]}, "acme/stroe"),
        ({"modifiers": [{"models": "acme/store", "meters": "web_serch", "multiplier": 2}]}, "web_serch"),
        ({"modifiers": [{"models": "acme/store", "mode": "turbo", "multiplier": 2}]}, "turbo"),
        ({"discounts": [{"models": "acme/store", "region": "mars", "rate": "5%"}]}, "mars"),
        (
            {"rows": [{"provider": "acme", "model": "cny", "meter": "input", "price": 1, "currency": "CNY"}]},
            "CNY",
        ),
    ],
)
def test_a_books_own_slips_are_named(desk: Kplan, book: object, named: str) -> None:
    written("mine.yaml", book)
    usage = ("acme/cny", "--input=1") if named == "CNY" else ("acme/store", "--usage=read_unit=1")
    ran = desk("price", *usage, "--book", "store.yaml", "--book", "mine.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err

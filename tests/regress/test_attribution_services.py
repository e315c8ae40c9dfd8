"""Effects add up for every meter and kind too, and what alone changed is all of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.simulate import simulate
from kplan.money import exact
from kplan.prices.book import Book
from kplan.regress.diff import DesignDiff, compared
from kplan.regress.runs import Run, run_of
from kplan.regress.saved import saved_run
from kplan.regress.shapley import Factor
from kplan.render import render
from kplan.scenario.load import load_scenario
from services import BOOK, PIPELINE, RATES
from support import book_of

DEARER = book_of({**RATES, "ranker": {"rerank_search": "2500"}})


def a_run(folder: Path, text: str = PIPELINE, book: Book = BOOK) -> Run:
    folder.mkdir(exist_ok=True)
    path = folder / "side.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    return run_of(simulate(load_scenario(path), book), {"": book}, "side")


def as_saved(folder: Path, text: str = PIPELINE, book: Book = BOOK) -> Run:
    folder.mkdir(exist_ok=True)
    path = folder / "side.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    saved = folder / "side.json"
    saved.write_bytes(render("json", simulate(load_scenario(path), book)))
    return saved_run(saved, "side.json")


CHANGES = {
    "a cache write": (Factor.TOKENS, "cache_write: 30%", "cache_write: 40%"),
    "searches of the web": (Factor.TOKENS, "web_search: 2", "web_search: 5"),
    "reasoning": (Factor.TOKENS, "reasoning: 250", "reasoning: 400"),
    "documents": (Factor.TOKENS, "documents: chunks * 10", "documents: chunks * 30"),
    "a namespace": (Factor.TOKENS, "gb: 40", "gb: 55"),
    "minutes": (Factor.TOKENS, "minutes: 4", "minutes: 5"),
    "who is looked at": (Factor.FLOW, "doubt: 3%", "doubt: 4%"),
    "queries of a retrieval": (Factor.FLOW, "calls: 3", "calls: 4"),
    "a tokenizer": (Factor.MODELS, "big: 1.35", "big: 1.2"),
}


def of_design(found: list[DesignDiff] | tuple[DesignDiff, ...], id_: str) -> DesignDiff:
    return next(design for design in found if design.id == id_)


def assert_adds_up(design: DesignDiff) -> None:
    with exact():
        assert sum(line.delta_usd for line in design.lines) == design.delta_usd
        assert sum(design.effects.values(), Decimal(0)) == design.delta_usd
        for line in design.lines:
            assert sum(line.effects.values(), Decimal(0)) == line.delta_usd


@pytest.mark.parametrize("name", CHANGES)
def test_what_alone_changed_is_all_of_it(tmp_path: Path, name: str) -> None:
    factor, old, new = CHANGES[name]
    assert old in PIPELINE
    diff = compared(a_run(tmp_path / "a"), a_run(tmp_path / "b", PIPELINE.replace(old, new)))
    design = of_design(diff.designs, "one")
    assert {each for each, usd in design.effects.items() if usd} == {factor}
    assert_adds_up(design)


def test_a_dearer_service_is_all_price(tmp_path: Path) -> None:
    diff = compared(a_run(tmp_path / "a"), a_run(tmp_path / "b", book=DEARER))
    design = of_design(diff.designs, "one")
    assert {factor for factor, usd in design.effects.items() if usd} == {Factor.PRICE}
    assert {line.name for line in design.lines if line.delta_usd} == {"rank"}
    assert_adds_up(design)


def test_moving_to_the_other_model_brings_its_tokenizer_along(tmp_path: Path) -> None:
    """Both the other price and the tokens that its tokenizer does not make are due to the model."""
    head = PIPELINE.replace("  one: big\n", "  one: {models: {answer: small}}\n").replace(
        "tokenizers: {big: 1.35}\n", ""
    )
    diff = compared(a_run(tmp_path / "a"), a_run(tmp_path / "b", head))
    design = of_design(diff.designs, "one")
    assert {factor for factor, usd in design.effects.items() if usd} == {Factor.MODELS}
    assert_adds_up(design)


@pytest.mark.parametrize("make", [a_run, as_saved])
def test_all_at_once_adds_up(tmp_path: Path, make: Callable[..., Run]) -> None:
    head = PIPELINE
    for _, old, new in CHANGES.values():
        head = head.replace(old, new)
    for text in (head, head.replace("kind: tool, usage: {page: 3", "kind: tool, usage: {page: 9")):
        diff = compared(make(tmp_path / "a"), make(tmp_path / "b", text, DEARER))
        for design in diff.designs:
            assert_adds_up(design)
        assert of_design(diff.designs, "one").delta_usd

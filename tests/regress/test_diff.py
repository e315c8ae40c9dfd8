"""What a comparison finds: designs and lines on one side, months, ranking, and hostile names."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.simulate import simulate
from kplan.errors import KplanError
from kplan.prices.book import Book
from kplan.regress import saved
from kplan.regress.diff import Change, Diff, compared
from kplan.regress.runs import Run, run_of
from kplan.regress.saved import saved_run
from kplan.regress.shapley import Factor
from kplan.render import DIFF_WRITERS, render
from kplan.render import json as results_json
from kplan.render.diff.markdown import TAG
from kplan.scenario.load import load_scenario
from support import book_of, dumped

STAGES = {"answer": {"input": 1000, "output": 100}}


def a_run(folder: Path, book: Book | None = None, **keys: Any) -> Run:
    text = dumped({"volume": "1_000/month", "months": "2027-01..2027-03", "stages": STAGES, **keys})
    path = folder / "side.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    used = book or book_of()
    return run_of(simulate(load_scenario(path), used), {"": used}, "side")


def test_designs_and_stages_on_one_side_are_added_or_removed(tmp_path: Path) -> None:
    base = a_run(tmp_path, designs={"a": "haiku", "gone": "sonnet"}, singles=False)
    stages = {**STAGES, "cite": {"input": 10, "output": 1}}
    head = a_run(tmp_path, designs={"a": "haiku", "new": "opus"}, stages=stages, singles=False)
    diff = compared(base, head)
    assert [(d.id, d.change) for d in diff.designs] == [
        ("a", Change.CHANGED),
        ("new", Change.ADDED),
        ("gone", Change.REMOVED),
    ]
    a, new, gone = diff.designs
    assert [(line.name, line.change) for line in a.lines] == [
        ("answer", Change.SAME),
        ("cite", Change.ADDED),
    ]
    assert (new.base_usd, new.delta_usd) == (0, new.head_usd)
    assert (gone.head_usd, gone.delta_usd) == (0, -gone.base_usd)
    assert [len(months) for months in (new.base_months, new.head_months)] == [0, 3]
    assert [len(months) for months in (gone.base_months, gone.head_months)] == [3, 0]


def test_a_design_on_one_side_alone_is_flow_and_fixed(tmp_path: Path) -> None:
    """1 000 queries x 3 months x (1 000 x $1 + 100 x $5) / 1M on haiku; the contingency is a tenth of all."""
    keys = {"fixed": {"store": "$5/month"}, "contingency": "10%", "singles": False}
    stages = {"answer": {"input": 1_000, "output": 100}, "format": {"kind": "code"}}
    base = a_run(tmp_path, designs={"a": "opus"}, stages=stages, **keys)
    head = a_run(tmp_path, designs={"b": "haiku"}, stages=stages, **keys)
    new = compared(base, head).designs[0]
    assert [(line.name, line.change, line.base_models, line.head_models) for line in new.lines] == [
        ("answer", Change.ADDED, (), ("haiku",)),
        ("format", Change.ADDED, (), ()),
        ("store", Change.ADDED, (), ()),
        ("contingency", Change.ADDED, (), ()),
    ]
    usage, store = Decimal("4.5"), Decimal(15)
    assert [dict(line.effects) for line in new.lines] == [
        {Factor.FLOW: usage},
        {},
        {Factor.FLOW: 0, Factor.FIXED: store},
        {Factor.FLOW: usage / 10, Factor.FIXED: store / 10},
    ]
    assert new.effects == {Factor.FLOW: usage * 11 / 10, Factor.FIXED: store * 11 / 10}
    gone = compared(head, base).designs[1]
    assert (gone.id, gone.change, gone.delta_usd) == ("b", Change.REMOVED, -new.delta_usd)
    assert gone.effects == {factor: -usd for factor, usd in new.effects.items()}


def test_a_model_swap_at_the_same_price_is_a_change(tmp_path: Path) -> None:
    rates = {name: {"input": "1", "output": "5"} for name in ("one", "two")}
    base = a_run(tmp_path, book_of(rates), designs={"a": {"models": {"answer": "one"}}}, singles=False)
    head = a_run(tmp_path, book_of(rates), designs={"a": {"models": {"answer": "two"}}}, singles=False)
    (design,) = compared(base, head).designs
    assert (design.change, design.delta_usd) == (Change.CHANGED, 0)
    assert (design.lines[0].base_models, design.lines[0].head_models) == (("one",), ("two",))


def test_designs_that_change_places_are_told(tmp_path: Path) -> None:
    """haiku is cheaper than sonnet until its price is 4 times as high."""
    designs = {"designs": {"h": "haiku", "s": "sonnet"}}
    dear = book_of({"haiku": {"input": "4", "output": "20"}, "sonnet": {"input": "3", "output": "15"}})
    diff = compared(a_run(tmp_path, **designs), a_run(tmp_path, dear, **designs))
    assert [(flip.cheaper, flip.dearer) for flip in diff.flips] == [("s", "h")]
    assert (diff.base_cheapest, diff.head_cheapest) == ("h", "s")
    level = book_of({"haiku": {"input": "3", "output": "15"}, "sonnet": {"input": "3", "output": "15"}})
    assert compared(a_run(tmp_path, **designs), a_run(tmp_path, level, **designs)).flips == ()


HOSTILE = "a|b`<script>\x1b[31m::error::%0A\n@team ![x](http://e.vil)"


@pytest.mark.parametrize(("before", "after"), [("2", "1"), ("1", "2"), ("1", "0.5"), ("0.5", "1")])
def test_a_tie_on_either_side_is_no_flip(tmp_path: Path, before: str, after: str) -> None:
    sides = [
        a_run(
            tmp_path,
            book_of({name: {"input": usd, "output": usd} for name, usd in (("one", usd), ("two", "1"))}),
            designs={"a": "one", "b": "two"},
            singles=False,
        )
        for usd in (before, after)
    ]
    assert compared(*sides).flips == ()


@pytest.fixture
def hostile(tmp_path: Path) -> Diff:
    stages = {HOSTILE: {"input": 1000, "output": 100}}
    designs = {HOSTILE: "haiku", "b": "sonnet"}
    keys: dict[str, Any] = {"stages": stages, "designs": designs, "fixed": {HOSTILE: "$5/month"}}
    return compared(a_run(tmp_path, **keys), a_run(tmp_path, **{**keys, "volume": "2_000/month"}))


@pytest.mark.parametrize("name", DIFF_WRITERS)
def test_hostile_names_stay_text_and_bytes_stay_the_same(hostile: Diff, name: str) -> None:
    text = render(name, hostile, DIFF_WRITERS).decode()
    assert render(name, hostile, DIFF_WRITERS).decode() == text
    assert "\x1b" not in text
    if name == "github":
        assert all(re.match(r"::(notice|warning) title=kplan diff::", line) for line in text.splitlines())
    if name == "markdown":
        table = [line for line in text.splitlines() if line.startswith("|")]
        assert all(len(re.findall(r"(?<!\\)\|", line)) == 8 for line in table)
    if name == "json":
        assert json.loads(text)["designs"][0]["id"] == HOSTILE


def test_markdown_is_tagged_short_and_says_what_it_left_out(tmp_path: Path) -> None:
    stages = {f"stage-{n:03}-{'x' * 400}": {"input": 1000 + n, "output": 100} for n in range(40)}
    designs = {
        f"design-{n}": {"models": {"default": "haiku", f"stage-{n:03}-{'x' * 400}": "sonnet"}}
        for n in range(6)
    }
    keys: dict[str, Any] = {"stages": stages, "designs": designs}
    diff = compared(a_run(tmp_path, **keys), a_run(tmp_path, **{**keys, "volume": "2_000/month"}))
    text = render("markdown", diff, DIFF_WRITERS).decode()
    assert text.startswith(f"{TAG}\n")
    assert len(text) < 60_000
    assert "Left out for length:" in text
    assert text.count("<details>") == text.count("</details>")


def test_json_effects_add_up_to_the_delta(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"designs": {"a": "haiku"}}
    diff = compared(a_run(tmp_path, **keys), a_run(tmp_path, **{**keys, "volume": "3_500/month"}))
    (design,) = json.loads(render("json", diff, DIFF_WRITERS))["designs"]
    assert sum(map(Decimal, design["effects"].values())) == Decimal(design["delta"])
    assert design["effects"]["volume"] == design["delta"]


def test_the_saved_kind_is_the_one_that_simulate_writes() -> None:
    assert (saved.KIND, saved.SCHEMA_VERSION) == (results_json.KIND, results_json.SCHEMA_VERSION)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is cut off"),
        ('{"kind": "kplan/res', "is cut off"),
        ('{"kind": kplan}', "is no JSON"),
        ("kplan: 1", "is no JSON"),
        ("[]", "is no saved result"),
        (f'{{"kind": {"9" * 5_000}}}', "is no JSON text"),
        ("[" * 99_999, "is no JSON text"),
        ('{"kind": "kplan/results", "schema_version": 99}', "schema_version 99"),
        ('{"kind": "kplan/results", "schema_version": 1}', "`scenario` is no object"),
    ],
)
def test_what_is_no_saved_result_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KplanError, match=said):
        saved_run(path, "x.json")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e999999", "ten"])
def test_an_amount_that_is_none_is_told_with_its_place(tmp_path: Path, amount: str) -> None:
    path = tmp_path / "side.kplan.yaml"
    a_run(tmp_path, designs={"a": "haiku"})
    document = json.loads(render("json", simulate(load_scenario(path), book_of())))
    document["designs"][0]["total"] = amount
    target = tmp_path / "x.json"
    target.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(KplanError, match=r"designs\.0: `total`"):
        saved_run(target, "x.json")


@pytest.mark.parametrize("edit", ["total", "ledger", "checksum"])
def test_a_saved_result_that_was_edited_is_refused(tmp_path: Path, edit: str) -> None:
    a_run(tmp_path, designs={"a": "haiku"})
    document = json.loads(render("json", simulate(load_scenario(tmp_path / "side.kplan.yaml"), book_of())))
    target = tmp_path / "x.json"
    target.write_text(json.dumps(document), encoding="utf-8")
    assert saved_run(target, "x.json").designs[0].id == "a"  # another layout is no edit
    if edit == "total":
        document["designs"][0]["total"] = "1"
    elif edit == "ledger":
        document["ledger"][0]["cost_usd"] = "12345"
    else:
        del document["checksum"]
    target.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(KplanError, match=r"x\.json:1:1: was edited since kplan wrote it"):
        saved_run(target, "x.json")

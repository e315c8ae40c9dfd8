"""A wrong operator in the page's script is told by the badge, and by a comparison with numpy."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from hashlib import sha256
from itertools import product
from typing import Any

import numpy as np
import pytest

from kplan.engine.results import Results
from kplan.form.arrays import evaluate
from kplan.form.graph import Graph, Node, Op
from kplan.form.script import Script
from kplan.render.html import render
from kplan.render.templates import environment

pytestmark = pytest.mark.slow

ALL = "router"
LOOPED = "multi-turn-chat"
STEPPED = "rag-services"
MUTANTS = {
    "add": (ALL, "(a, b) => a + b", "(a, b) => a - b"),
    "subtract": (STEPPED, "(a, b) => a - b,", "(a, b) => a + b,"),
    "multiply": (ALL, "(a, b) => a * b", "(a, b) => a / b"),
    "divide": (STEPPED, "(a, b) => a / b", "(a, b) => a * b"),
    "min": (LOOPED, "Math.min(a, b),", "Math.max(a, b),"),
    "max": (LOOPED, '"max": (a, b) => Math.max(a, b)', '"max": (a, b) => Math.min(a, b)'),
    "greater": (LOOPED, "a - b > 1e-6", "a - b < 1e-6"),
    "if": (LOOPED, "x !== 0 ? v", "x === 0 ? v"),
    "ceil": (STEPPED, "Math.ceil(x - 1e-9)", "Math.floor(x - 1e-9)"),
    "look": (ALL, "args[Math.trunc(x)]", "args[1]"),
    "fold": (ALL, "n < args.length; n++", "n < args.length - 1; n++"),
    "back": (ALL, "here - back", "here - back + (back > 40)"),
}
"""What to change in the script, and a scenario whose program has such a step."""


@cache
def script() -> str:
    """The script as it stands in every page."""
    return environment(str).get_template("whatif.js").render()


def with_script(page: str, text: str) -> str:
    """The page with another script, which its policy allows."""

    def allowed(of: str) -> str:
        return "sha256-" + b64encode(sha256(of.encode()).digest()).decode()

    assert script() in page
    return page.replace(script(), text).replace(allowed(script()), allowed(text))


def mutated(name: str) -> str:
    """The script with one mutant in it."""
    _, sound, wrong = MUTANTS[name]
    assert script().count(sound) == 1
    return script().replace(sound, wrong)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_badge_tells_a_wrong_operator(
    name: str, example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    page = opened(with_script(render(example(MUTANTS[name][0])).decode(), mutated(name)))
    assert page.check.startswith("MISMATCH: only ")
    assert "not to be used" in page.check
    assert not page.tab.locator("#whatif-board").is_visible()
    assert page.said == []


@pytest.mark.parametrize("name", [ALL, LOOPED, STEPPED])
def test_the_badge_says_so_where_all_is_well(
    name: str, example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    page = opened(example(name))
    n = 24 * len(example(name).plans)
    assert page.check == f"Checked just now: {n} of {n} test points equal kplan's engine to the last bit."
    assert page.tab.locator("#whatif-board").is_visible()


def every_step() -> tuple[Graph, list[Node]]:
    """A graph with every operation over numbers at which the evaluators could part, near-ties among them."""
    graph = Graph()
    amounts = ("0", "-0.1", "0.3", "2.000001", "2.0000021", "7", "1e-7", "3.0000000005", "3.000000002")
    leaves = [graph.leaf(f"x{n}", Decimal(text)) for n, text in enumerate(amounts)]
    choice = graph.choice("model", ("a", "b", "c"), 2)
    nodes = list(leaves)
    for op in (Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.GREATER, Op.MIN, Op.MAX):
        nodes += [graph.apply(op, a, b) for a, b in product(leaves, leaves)]
    nodes += [graph.apply(op, *leaves) for op in (Op.ADD, Op.SUM, Op.MULTIPLY, Op.GROW, Op.MIN, Op.MAX)]
    nodes += [graph.apply(Op.CEIL, leaf) for leaf in leaves]
    nodes += [graph.apply(Op.IF, a, b, leaves[5]) for a, b in product(leaves, leaves[:3])]
    nodes.append(graph.look(choice, leaves[:3]))
    return graph, nodes


@pytest.mark.parametrize("chosen", [1, 2, 3])
def test_every_operation_is_numpys_to_the_last_bit(
    chosen: int, example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    tab = opened(example("support")).tab
    assert differing(tab, chosen) == 0


@pytest.mark.parametrize(
    ("sound", "wrong"),
    [(sound, wrong) for _, sound, wrong in MUTANTS.values()] + [("> 1e-6", "> 0"), ("x - 1e-9", "x")],
)
def test_a_wrong_operator_is_not_numpys(
    sound: str, wrong: str, example: Callable[[str], Results], opened: Callable[..., Any]
) -> None:
    """Also those that are wrong only next to a tie."""
    text = script().replace(sound, wrong).replace("if (nEqual !== nPoints) {", "if (false) {")
    tab = opened(with_script(render(example("support")).decode(), text)).tab
    assert differing(tab, 3) > 0


def differing(tab: Any, chosen: int) -> int:
    """How many figures of the page differ from numpy's in any bit."""
    graph, nodes = every_step()
    made = Script.of(graph, nodes)
    [choice] = graph.options
    slots = [made.slots[node] for node in nodes]
    found = tab.evaluate(
        "([made, move, slots]) => { const v = kplan.run(kplan.program(made), move);"
        " return slots.map((slot) => v[slot]); }",
        [made.as_json(), [[made.slots[choice], chosen]], slots],
    )
    known = evaluate(graph, nodes, {choice: np.array(float(chosen))})
    mine = np.array([float(value) for value in found])
    return int(sum(_bits(a) != _bits(b) for a, b in zip(mine, np.array(known, dtype=float), strict=True)))


def _bits(value: float) -> bytes:
    """Its eight bytes; all that is no number is alike, and so are both zeros."""
    return b"nan" if np.isnan(value) else np.float64(value + 0.0).tobytes()

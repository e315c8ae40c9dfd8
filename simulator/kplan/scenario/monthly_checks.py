"""What is wrong with monthly uses and contracts that can be told without prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kplan.errors import KplanError, Problem
from kplan.form.expressions import Expression, names
from kplan.form.numbers import clipped
from kplan.money import ONE, ZERO, plain
from kplan.scenario.model import Scenario
from kplan.scenario.monthly import Contract, MonthlyUse, step_start
from kplan.scenario.stage_checks import unknown_names
from kplan.scenario.tree import Place
from kplan.scenario.values import Values


def monthly_problems(scenario: Scenario, values: Values) -> Iterator[Problem]:
    """Problems of `fixed` and `contracts`."""
    for label, fixed in scenario.fixed.items():
        if isinstance(fixed, MonthlyUse):
            for name in ("model", "meter"):
                if not getattr(fixed, name).strip():
                    yield scenario.problem(("fixed", label, name), f"a {name} is expected")
            yield from _amount(scenario, values, fixed.quantity, ("fixed", label, "quantity"))
    for id_, contract in scenario.contracts.items():
        yield from _contract(scenario, values, id_, contract)


def _contract(scenario: Scenario, values: Values, id_: str, contract: Contract) -> Iterator[Problem]:
    path: Place = ("contracts", id_)
    if not id_.strip():
        yield scenario.problem(path, "a name cannot be empty")
    if not contract.has_terms:
        what = "a contract needs a term: fee, minimum, commitment, included or steps"
        yield scenario.problem(path, what, at_key=True)
    if not contract.models:
        yield scenario.problem((*path, "models"), "a contract is about at least one model", at_key=True)
    for n, pattern in enumerate(contract.models):
        if not pattern.strip():
            yield scenario.problem((*path, "models", n), "a model or glob is expected")
    for place, amount in contract.amounts().items():
        yield from _amount(scenario, values, amount, (*path, *place), is_part=place[0] == "steps")
    for meter in contract.steps:
        if meter in contract.included:
            what = f"`{clipped(meter)}` has steps too; write what is included as a step: {{0: 0%, …}}"
            yield scenario.problem((*path, "included", meter), what, at_key=True)
        yield from _steps(scenario, (*path, "steps", meter), list(contract.steps[meter]))


def _steps(scenario: Scenario, path: Place, starts: list[str]) -> Iterator[Problem]:
    """The first step starts at 0, and no two at the same number of units."""
    seen: dict[Decimal, str] = {}
    for start in starts:
        try:
            value = step_start(start)
        except KplanError as e:
            yield scenario.problem((*path, start), str(e), at_key=True)
            continue
        if value in seen:
            what = f"two steps start at {plain(value)}: `{clipped(seen[value])}` and `{clipped(start)}`"
            yield scenario.problem((*path, start), what, at_key=True)
        seen[value] = start
    if ZERO not in seen:
        yield scenario.problem(path, "the first step starts at 0: {0: 100%, 1_000: 90%}", at_key=True)


def _amount(
    scenario: Scenario, values: Values, amount: Expression, path: Place, *, is_part: bool = False
) -> Iterator[Problem]:
    yield from unknown_names(scenario, amount, path, scenario.params)
    if any(name not in values.known for name in names(amount)):
        return
    try:
        value = values.value(amount)
    except KplanError as e:
        yield scenario.problem(path, str(e))
        return
    if value < ZERO:
        yield scenario.problem(path, f"comes to {clipped(plain(value))}; it cannot be negative")
    if is_part and value > ONE:
        what = f"comes to {clipped(plain(value))}; a step costs 0% to 100% of the book's price"
        yield scenario.problem(path, what)

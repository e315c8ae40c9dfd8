"""Size rules worked out in exact Decimals, over the same formulas that plans put into their graphs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches

from kplan.errors import KplanError, Problem
from kplan.form.bind import bind
from kplan.form.decimals import Decimals
from kplan.form.expressions import parse
from kplan.form.graph import Graph
from kplan.money import ZERO, plain
from kplan.prices.sizes import RULES, SizeRule


def units(rule: str, arguments: Mapping[str, Decimal]) -> Decimal:
    """The units that some sizes are billed as, such as 2 searches for 150 short documents.

    arguments   a value for each of the rule's arguments, in the unit that its name says; 0 for optional
                ones that are left out
    Raises KplanError for an unknown rule, with every argument that is missing, unknown, negative or not a
    number, and for a division by zero.
    """
    found = size_rule(rule)
    problems = [*_missing(found, arguments), *_wrong(found, arguments)]
    if problems:
        raise KplanError(problems)
    graph = Graph()
    given = dict.fromkeys(found.optional, ZERO) | dict(arguments)
    names = {name: graph.leaf(name, value) for name, value in given.items()}
    try:
        return Decimals(graph)[bind(graph, parse(found.formula), names)]
    except KplanError as error:
        raise KplanError(f"{rule}: {found.formula}: {error}") from error


def size_rule(name: str) -> SizeRule:
    """The rule of this name; raises KplanError with the nearest one."""
    if name not in RULES:
        near = get_close_matches(name, RULES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(RULES)}"
        raise KplanError(f'no size rule "{name}"; {hint} (kplan units)')
    return RULES[name]


def _missing(rule: SizeRule, arguments: Mapping[str, Decimal]) -> list[Problem]:
    missing = [name for name in rule.arguments if name not in (*arguments, *rule.optional)]
    return [Problem(f"{rule.name}: {', '.join(missing)} missing")] if missing else []


def _wrong(rule: SizeRule, arguments: Mapping[str, Decimal]) -> list[Problem]:
    problems = []
    for name, value in arguments.items():
        if name not in rule.arguments:
            hint = f"it takes {', '.join(rule.arguments)}"
            problems.append(Problem(f'{rule.name}: no argument "{name}"; {hint}'))
        elif not value.is_finite() or value < 0:
            shown = plain(value) if value.is_finite() else value
            problems.append(Problem(f"{rule.name}: {name} is {shown}; it must be a number of at least 0"))
    return problems

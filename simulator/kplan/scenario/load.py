"""From a file to a checked Scenario, or every problem of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kplan.errors import KplanError, Problem
from kplan.scenario.checks import found_wrong
from kplan.scenario.compose import composed, variant_names
from kplan.scenario.include import Composed, read_composed
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted
from kplan.scenario.problems import in_order
from kplan.scenario.repair import validated
from kplan.scenario.source import Piped
from kplan.scenario.tree import Place


class RefusedError(KplanError):
    """A file with problems; the scenario with what was wrong left out, where one could be made of it."""

    def __init__(self, problems: Iterable[Problem], scenarios: Iterable[Scenario] = ()) -> None:
        super().__init__(in_order(problems))
        self.scenarios = tuple(scenarios)


ALL = "all"
"""Instead of variant names: every variant of the scenario."""


def load_scenario(
    source: Path | Piped | str, *, sets: Sequence[str] = (), variant: str | None = None
) -> Scenario:
    """The scenario of a file (or piped in), with a variant and `a.b=VALUE` settings laid over it.

    Raises KplanError with all problems of the file, each with its line and column.
    """
    return _checked(composed(_read(source), sets, variant))


def load_variants(
    source: Path | Piped | str, sets: Sequence[str] = (), names: Sequence[str] | str = ALL
) -> dict[str, Scenario]:
    """The scenario under each of these variants, by name; `all` means every one it has.

    Raises KplanError with the problems of all of them.
    """
    base = _read(source)
    wanted = variant_names(base.root) if names == ALL else _listed(names)
    if not wanted:
        raise KplanError("this scenario has no variants").at(base.root.mark)
    loaded: dict[str, Scenario] = {}
    problems: list[Problem] = []
    mended: list[Scenario] = []
    for name in wanted:
        try:
            loaded[name] = _checked(composed(base, sets, name))
        except RefusedError as e:
            problems += e.problems
            mended += e.scenarios
        except KplanError as e:
            problems += e.problems
    if problems:
        raise RefusedError(problems, [*loaded.values(), *mended])
    return loaded


def has_variants(source: Path | Piped | str) -> bool:
    """Whether the file names any variants. Raises KplanError where it cannot be read at all."""
    return bool(variants_of(source))


def variants_of(source: Path | Piped | str) -> tuple[str, ...]:
    """The variants that the file names. Raises KplanError where it cannot be read at all."""
    return variant_names(_read(source).root)


def _read(source: Path | Piped | str) -> Composed:
    return read_composed(Path(source) if isinstance(source, str) else source)


def _listed(names: Sequence[str] | str) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _checked(tree: Composed) -> Scenario:
    if tree.is_partial:
        raise RefusedError(tree.problems)
    scenario, problems, mended = validated(tree.root)
    problems = [*tree.problems, *problems]
    if scenario is not None:
        problems += _apart_from(mended, problems, found_wrong(scenario))
    if scenario is None or problems:
        raise RefusedError(problems, [scenario] if scenario else [])
    return scenario


def _apart_from(
    mended: Iterable[Place], told: Iterable[Problem], problems: Iterable[Problem]
) -> list[Problem]:
    """The problems that do not come from what was mended: neither above such a place nor below it.

    Nor from a block that was left out, in whose place its stages say what they are inside of.
    """
    dots = [f"{dotted(place)}." for place in mended]
    blocks = {problem.mark for problem in told}
    return [
        problem
        for problem in problems
        if not any(f"{problem.path}.".startswith(dot) or dot.startswith(f"{problem.path}.") for dot in dots)
        and not (problem.path.endswith(".inside") and problem.mark in blocks)
    ]

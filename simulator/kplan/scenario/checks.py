"""What is wrong with a scenario whose values all have the right shape: names, shares, bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from kplan.errors import KplanError, Problem
from kplan.form.expressions import FUNCTIONS, names
from kplan.form.numbers import clipped
from kplan.money import ONE, ZERO, exact, plain
from kplan.scenario.bounds import PERCENT, MaxIncrease
from kplan.scenario.designs import DEFAULT_MODEL
from kplan.scenario.flow import choices
from kplan.scenario.ingestion_checks import ingestion_problems
from kplan.scenario.layers import lineage
from kplan.scenario.model import ONLY_CLASS, Scenario
from kplan.scenario.monthly_checks import monthly_problems
from kplan.scenario.names import meant
from kplan.scenario.parse import MAX_PROBLEMS
from kplan.scenario.quality_checks import quality_problems
from kplan.scenario.stage_checks import cache_problems, stage_problems, unknown_names
from kplan.scenario.tree import Place
from kplan.scenario.uncertain_checks import uncertain_problems
from kplan.scenario.values import CircleError, Values, order
from kplan.scenario.volume import MAX_QUERIES, MIN_GROWTH

MAX_PLACED = 20_000
"""Stages times designs times classes."""


def found_wrong(scenario: Scenario) -> list[Problem]:
    """Every problem of a scenario whose values all have the right shape, as far as anyone would read."""
    checks: tuple[Callable[[Scenario], Iterable[Problem]], ...] = (
        _names,
        _volume,
        _params,
        uncertain_problems,
        _designs,
        _references,
        _claims,
        _bounds,
        quality_problems,
        _targets,
        _files,
        _size,
    )
    problems = _first(problem for check in checks for problem in check(scenario))
    if any(_size(scenario)):
        return problems
    values, failures = _values(scenario)
    problems += failures
    problems += _mix(scenario, values[ONLY_CLASS])
    problems += _first(monthly_problems(scenario, values[ONLY_CLASS]))
    problems += _first(cache_problems(scenario, values))
    problems += _first(ingestion_problems(scenario))
    return problems + _first(stage_problems(scenario, values))


def _first(problems: Iterable[Problem]) -> list[Problem]:
    return list(islice(problems, MAX_PROBLEMS))


def _size(scenario: Scenario) -> Iterator[Problem]:
    n_stages = len(scenario.stages) + sum(len(design.stages) for design in scenario.designs.values())
    if n_stages * len(scenario.designs) * len(scenario.classes) > MAX_PLACED:
        what = f"stages times designs times classes come to more than {MAX_PLACED:,}"
        yield scenario.problem(("designs",), f"{what}; split the scenario")
    elif len(scenario.params) * len(scenario.classes) > MAX_PLACED:
        what = f"params times classes come to more than {MAX_PLACED:,}"
        yield scenario.problem(("params",), f"{what}; split the scenario")


def _names(scenario: Scenario) -> Iterator[Problem]:
    for section in ("params", "mix", "stages", "designs"):
        if any(not name.strip() for name in getattr(scenario, section)):
            yield scenario.problem((section,), "a name cannot be empty")
    for name in scenario.params:
        if not name.isidentifier() or name in FUNCTIONS:
            what = f"`{clipped(name)}` cannot be a parameter: use letters, digits and _, no digit first"
            if name in FUNCTIONS:
                what = f"`{name}` cannot be a parameter: it is a function"
            yield scenario.problem(("params", name), what, at_key=True)
    if DEFAULT_MODEL in scenario.stages:
        what = "no stage can be called `default`: under `models` that means all stages"
        yield scenario.problem(("stages", DEFAULT_MODEL), what, at_key=True)


def _volume(scenario: Scenario) -> Iterator[Problem]:
    peak, growth = scenario.volume.peak(), scenario.volume.growth()
    if peak > MAX_QUERIES:
        what = f"up to {peak:.1e} queries in a month, growth and seasons included"
        yield scenario.problem(("volume",), f"{what}; at most {MAX_QUERIES:.0e} are allowed")
    if growth < MIN_GROWTH:
        what = f"shrinks to {growth:.1e} of the first month's queries; at least {MIN_GROWTH:.0e} is allowed"
        yield scenario.problem(("volume",), what)


def _params(scenario: Scenario) -> Iterator[Problem]:
    for name, param in scenario.params.items():
        yield from unknown_names(scenario, param.value, ("params", name, "value"), scenario.params)
    for class_id, query_class in scenario.mix.items():
        for name, param in query_class.params.items():
            path = ("mix", class_id, "params", name)
            if name not in scenario.params:
                hint = meant(name, scenario.params) or "; the scenario has no params"
                yield scenario.problem(path, f"no parameter `{clipped(name)}`{hint}", at_key=True)
            yield from unknown_names(scenario, param.value, (*path, "value"), scenario.params)


def _values(scenario: Scenario) -> tuple[dict[str, Values], list[Problem]]:
    """What the params come to for each class, and why some do not."""
    values: dict[str, Values] = {}
    problems = []
    for class_id in dict.fromkeys((ONLY_CLASS, *scenario.mix)):
        params = scenario.params_of(class_id)
        try:
            values[class_id] = Values.of(params)
        except CircleError as e:
            problems.append(scenario.problem(("params", e.steps[0], "value"), str(e)))
            values[class_id] = Values.none(params)
            continue
        for name, error in values[class_id].failed.items():
            own = class_id in scenario.mix and name in scenario.mix[class_id].params
            path = (*(("mix", class_id) if own else ()), "params", name, "value")
            problems += [scenario.problem(path, problem.what) for problem in error.problems]
    return values, problems


def _mix(scenario: Scenario, values: Values) -> Iterator[Problem]:
    shares = []
    for class_id, query_class in scenario.mix.items():
        path = ("mix", class_id, "share")
        yield from unknown_names(scenario, query_class.share, path, scenario.params)
        if any(name not in values.known for name in names(query_class.share)):
            continue
        try:
            share = values.value(query_class.share)
        except KplanError as e:
            yield scenario.problem(path, str(e))
            continue
        if ZERO <= share <= ONE:
            shares.append(share)
        else:
            what = f"a share of {plain(share)}; it must lie between 0 and 1 (0% and 100%)"
            yield scenario.problem(path, what)
    if shares and len(shares) == len(scenario.mix):
        with exact():
            total = sum(shares, ZERO)
        if total != ONE:
            yield scenario.problem(("mix",), f"the shares add up to {plain(total)}, not 1")


def _designs(scenario: Scenario) -> Iterator[Problem]:
    for design_id, design in scenario.designs.items():
        try:
            stages = {name for _, each in lineage(scenario, design_id) for name in each.stages}
        except KplanError as e:
            yield from e.problems
            continue
        stages.update(scenario.stages, *(each.stages for each in scenario.mix.values()))
        for name in design.models:
            if name != DEFAULT_MODEL and name not in stages:
                hint = meant(name, [*stages, DEFAULT_MODEL])
                path = ("designs", design_id, "models", name)
                yield scenario.problem(path, f"no stage `{clipped(name)}`{hint}", at_key=True)


def _references(scenario: Scenario) -> Iterator[Problem]:
    for key, design in (("baseline", scenario.baseline), ("in_use", scenario.in_use)):
        if design is not None and design not in scenario.designs:
            hint = meant(design, scenario.designs)
            yield scenario.problem((key,), f"no design `{clipped(design)}`{hint}")
    for n, model in enumerate(scenario.candidates):
        if not model.strip():
            yield scenario.problem(("candidates", n), "a model name is expected")
    for path, choice in _by_class(scenario):
        for class_id, _ in choice:
            if class_id not in scenario.mix:
                hint = meant(class_id, scenario.mix) or "; the scenario has no mix (shares are numbers: 70%)"
                yield scenario.problem(
                    (*path, class_id), f"no class `{clipped(class_id)}`{hint}", at_key=True
                )


def _by_class(scenario: Scenario) -> Iterator[tuple[Place, tuple[tuple[str, object], ...]]]:
    for path, choice in choices(scenario):
        yield path, choice.by_class


def _claims(scenario: Scenario) -> Iterator[Problem]:
    ids = [claim.id for claim in scenario.claims]
    for n, claim in enumerate(scenario.claims):
        if ids.index(claim.id) < n:
            yield scenario.problem(("claims", n, "id"), f"two claims have the id `{clipped(claim.id)}`")
        if claim.follows is not None:
            yield from unknown_names(scenario, claim.follows, ("claims", n, "follows"), ids, "claim")
        for position, name in enumerate(claim.books):
            if name not in scenario.books:
                hint = meant(name, scenario.books) or "; the scenario has no `books`"
                path = ("claims", n, "books", position)
                yield scenario.problem(path, f"no price book `{clipped(name)}`{hint}")
    try:
        order({claim.id: claim.follows for claim in scenario.claims if claim.follows is not None})
    except CircleError as e:
        yield scenario.problem(("claims", ids.index(e.steps[0]), "follows"), str(e))


def _bounds(scenario: Scenario) -> Iterator[Problem]:
    """What is wrong with checks that can be told without results."""
    ids = [check.id for check in scenario.checks]
    for n, check in enumerate(scenario.checks):
        if check.id and ids.index(check.id) < n:
            yield scenario.problem(("checks", n, "id"), f"two checks have the id `{clipped(check.id)}`")
        if check.max is None and check.min is None and check.max_increase is None:
            yield scenario.problem(("checks", n), "a check needs `max`, `min` or `max_increase`")
        elif check.max and check.min and check.min.is_above(check.max):
            what = f"the least, {clipped(check.min.text)}, is above the most, {clipped(check.max.text)}"
            yield scenario.problem(("checks", n, "min"), what)

        if check.max_increase is not None:
            yield from _increase(scenario, check.max_increase, ("checks", n, "max_increase"))


def _increase(scenario: Scenario, increase: MaxIncrease, path: Place) -> Iterator[Problem]:
    """What is wrong with an increase that is allowed, whatever the metric."""
    if increase.usd is None and increase.pct is None:
        yield scenario.problem(path, "an increase needs `usd`, `pct` or both")
    for name, bound in (("usd", increase.usd), ("pct", increase.pct)):
        if bound is None:
            continue
        if bound.value < 0:
            what = f"`{clipped(bound.text)}` is below 0: a metric may always fall; `max` asks that it does"
            yield scenario.problem((*path, name), what)
        elif name == "pct" and bound.value and bound.unit != PERCENT:
            what = f"`{clipped(bound.text)}` is no percentage; write it with its % sign, such as 5%"
            yield scenario.problem((*path, name), what)


def _targets(scenario: Scenario) -> Iterator[Problem]:
    for name, target in scenario.targets.items():
        if name not in scenario.mix and name != ONLY_CLASS:
            hint = meant(name, [*scenario.mix, ONLY_CLASS])
            yield scenario.problem(("targets", name), f"no class `{clipped(name)}`{hint}", at_key=True)
        if not target.limits():
            what = f"a target needs one of {', '.join(type(target).model_fields)}"
            yield scenario.problem(("targets", name), what, at_key=True)


def _files(scenario: Scenario) -> Iterator[Problem]:
    named: Mapping[Place, Path] = {
        **{("prices", "book", n): path for n, path in enumerate(scenario.price_books())},
        **{("books", name): path for name, path in scenario.claim_books().items()},
    }
    for place, path in named.items():
        if not path.is_file():
            yield scenario.problem(place, f"no such file: {clipped(str(path), 200)}")

"""What is wrong with the stages of each design and class once all layers are laid on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from kplan.errors import KplanError, Problem
from kplan.form.expressions import Expression, names
from kplan.form.numbers import clipped
from kplan.money import ONE, ZERO, exact, plain
from kplan.scenario.flow import laid_out
from kplan.scenario.model import Scenario
from kplan.scenario.names import meant
from kplan.scenario.placed import PlacedStage
from kplan.scenario.quality_checks import floor_problems, second_pass_problems
from kplan.scenario.tree import Place
from kplan.scenario.values import Values


def stage_problems(scenario: Scenario, values: Mapping[str, Values]) -> Iterator[Problem]:
    """Problems of every design in every class, and of the bare pipeline that added designs use.

    values   what the params come to for each class
    """
    for class_id in scenario.classes:
        bare = {each.id: each for each in laid_out(scenario, None, class_id)[0]}
        for design_id in (*((None,) if scenario.singles else ()), *scenario.designs):
            placed, wrong = laid_out(scenario, design_id, class_id)
            yield from wrong
            for stage in placed:
                yield from _prefixes(scenario, stage)
                is_own = design_id is not None and not _has_wholes_of(stage, bare.get(stage.id))
                whose = [f"design {clipped(design_id)}"] if design_id and is_own else []
                whose += [f"class {clipped(class_id)}"] if scenario.mix else []
                yield from _wholes(scenario, stage, ", ".join(whose), values[class_id])
                yield from floor_problems(scenario, stage, {each.id for each in placed})
                yield from second_pass_problems(scenario, stage, class_id, values[class_id])
                yield from _constants(scenario, stage, class_id, values[class_id])


def unknown_names(
    scenario: Scenario, expression: Expression, path: Place, known: Collection[str], noun: str = "parameter"
) -> Iterator[Problem]:
    """A problem for each name of the expression that is not known."""
    for name in sorted(name for name in names(expression) if name not in known):
        hint = meant(name, known) or f"; the scenario has no {noun}s"
        yield scenario.problem(path, f"no {noun} `{clipped(name)}`{hint}")


def _constants(scenario: Scenario, stage: PlacedStage, class_id: str, values: Values) -> Iterator[Problem]:
    for field, expression in stage.expressions.items():
        if field == "chance" and field not in stage.places:
            continue  # one that is derived is told of where it comes from
        used = names(expression)
        path = stage.place(field)
        yield from unknown_names(scenario, expression, path, scenario.params)
        if any(name not in values.known for name in used):
            continue
        what = _out_of_bounds(field, expression, stage, values)
        if what:
            where = f" (class {clipped(class_id)})" if used and scenario.mix else ""
            yield scenario.problem(path, what + where)


def _prefixes(scenario: Scenario, stage: PlacedStage) -> Iterator[Problem]:
    """A problem for each prompt cache that is not there."""
    for name in getattr(stage.stage, "prefix", ()):
        if name not in scenario.prompt_caches:
            hint = meant(name, scenario.prompt_caches) or "; the scenario has no `prompt_caches`"
            yield scenario.problem(stage.place("prefix"), f"no prompt cache `{clipped(name)}`{hint}")


def cache_problems(scenario: Scenario, values: Mapping[str, Values]) -> Iterator[Problem]:
    """Problems of the prompt caches for each class: unknown names, negative tokens, shares above 1."""
    for name, cache in scenario.prompt_caches.items():
        if not name.strip() or "/" in name:
            path: Place = ("prompt_caches", name)
            yield scenario.problem(path, "a name cannot be empty or hold a `/`", at_key=True)
        for field, expression in (("tokens", cache.tokens), ("warm", cache.warm)):
            if expression is None:
                continue
            path = ("prompt_caches", name, field)
            yield from unknown_names(scenario, expression, path, scenario.params)
            for class_id in scenario.classes:
                known = values[class_id]
                if any(each not in known.known for each in names(expression)):
                    continue
                what = _bound(field, expression, known, is_part=field == "warm")
                if what:
                    yield scenario.problem(path, what)


def _parts_of_wholes(stage: PlacedStage) -> dict[str, list[Expression]]:
    wholes: dict[str, list[Expression]] = {}
    for field, expression in stage.expressions.items():
        if field.partition(".")[0] in getattr(stage.stage, "wholes", ()):
            wholes.setdefault(field.rpartition(".")[0], []).append(expression)
    return wholes


def _has_wholes_of(stage: PlacedStage, bare: PlacedStage | None) -> bool:
    """Whether a design leaves the parts of wholes as the pipeline has them."""
    return bare is not None and _parts_of_wholes(stage) == _parts_of_wholes(bare)


def _wholes(scenario: Scenario, stage: PlacedStage, whose: str, values: Values) -> Iterator[Problem]:
    """A problem for each field of parts that do not add to 1.

    whose   the design and the class that have them, in words
    """
    for field, parts in _parts_of_wholes(stage).items():
        if any(name not in values.known for part in parts for name in names(part)):
            continue
        try:
            with exact():
                total = sum((values.value(part) for part in parts), ZERO)
        except KplanError:
            continue  # told of the part itself
        if total != ONE:
            where = f" ({whose})" if whose else ""
            what = f"`{field}` adds up to {clipped(plain(total))}, not 1{where}"
            yield scenario.problem(stage.place(field), what)


def _out_of_bounds(field: str, expression: Expression, stage: PlacedStage, values: Values) -> str:
    kind = stage.stage
    what = _bound(field, expression, values, is_part=field.partition(".")[0] in kind.parts)
    if not what and field in kind.at_most and (value := values.value(expression)) > kind.at_most[field]:
        what = f"`{field}` comes to {clipped(plain(value))}; at most {kind.at_most[field]} are followed"
    return what


def _bound(field: str, expression: Expression, values: Values, *, is_part: bool) -> str:
    try:
        value = values.value(expression)
    except KplanError as e:
        return str(e)
    if value < ZERO:
        return f"`{field}` comes to {clipped(plain(value))}; it cannot be negative"
    if is_part and value > ONE:
        return f"`{field}` comes to {clipped(plain(value))}; a share lies between 0 and 1 (8% is 0.08)"
    return ""

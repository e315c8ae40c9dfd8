"""What each second pass comes to, and what it takes for granted, in words."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.amounts import chance
from kplan.engine.plan import Plan
from kplan.engine.scores import DECLARED
from kplan.engine.singles import placed_stages
from kplan.kinds.second_pass import SecondPass
from kplan.money import ONE
from kplan.scenario.second_passes import Judged, judged
from kplan.scenario.values import Values


def second_pass_notes(plan: Plan) -> tuple[str, ...]:
    """One line for each second pass with accuracies, of all designs and classes in which it is the same."""
    users: dict[tuple[str, str], dict[str, None]] = {}
    for design in plan.designs:
        for stage, said in _lines(plan, design.id) if not design.added else ():
            users.setdefault((stage, said), {})[plan.name_of(design.id)] = None
    return tuple(f"{stage} of {', '.join(designs)}: {said}" for (stage, said), designs in users.items())


def _lines(plan: Plan, design: str) -> Iterator[tuple[str, str]]:
    for query_class, stages in placed_stages(plan.scenario, design, {}).items():
        where = f" in class {query_class}" if plan.scenario.mix else ""
        values = Values.of(plan.scenario.params_of(query_class))
        for placed in stages:
            found = judged(placed.stage, values) if isinstance(placed.stage, SecondPass) else None
            if found is not None:
                yield f"{placed.id}{where}", _figures(found)


def _figures(found: Judged) -> str:
    said = f"{chance(found.verifier.rejected())} of the first answers are rejected"
    if found.served is None:
        return f"{said} ({DECLARED}); nothing is said of how right the second answers are"
    if found.served.coverage == ONE:
        said += f", {chance(found.served.right)} of those served are right ({DECLARED})"
    else:
        said += (
            f", {chance(found.served.coverage)} of the queries are served, and of these"
            f" {chance(found.served.accuracy)} right ({DECLARED})"
        )
    if not found.is_independent:
        return said
    return f"{said}; errors are assumed independent: no joint cases, fixes_wrong or keeps_right are given"

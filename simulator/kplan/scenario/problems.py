"""What pydantic refuses, as problems with a place in the file and a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from kplan.errors import Mark, Problem
from kplan.form.numbers import clipped
from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.fields import out_of_bounds, shape
from kplan.scenario.bounds import Check
from kplan.scenario.buys import OffersInUse, buy_model
from kplan.scenario.claims import Claim
from kplan.scenario.designs import Design, QueryClass
from kplan.scenario.latency import ModelSpeed, Target
from kplan.scenario.merge import matches
from kplan.scenario.model import Prices, Scenario
from kplan.scenario.monthly import Contract, MonthlyUse
from kplan.scenario.names import dotted, meant
from kplan.scenario.params import Param
from kplan.scenario.parse import MAX_PROBLEMS
from kplan.scenario.prompt_caches import PromptCache
from kplan.scenario.quality import Quality, Score
from kplan.scenario.stages import change_model
from kplan.scenario.tokenizers import Tokenizer
from kplan.scenario.traffic import Account, Burstiness, LimitsInUse, Traffic
from kplan.scenario.tree import Mapping, Node, Place, Scalar, Sequence
from kplan.scenario.volume import Profile, Volume

_MODELS: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), Scenario),
    (("volume",), Volume),
    (("params", "*"), Param),
    (("mix", "*"), QueryClass),
    (("mix", "*", "params", "*"), Param),
    (("designs", "*"), Design),
    (("tokenizers", "*"), Tokenizer),
    (("prompt_caches", "*"), PromptCache),
    (("latency", "*"), ModelSpeed),
    (("targets", "*"), Target),
    (("prices",), Prices),
    (("profile",), Profile),
    (("quality",), Quality),
    (("quality", "measured", "*", "*"), Score),
    (("quality", "end_to_end", "*"), Score),
    (("fixed", "*"), MonthlyUse),
    (("contracts", "*"), Contract),
    (("traffic",), Traffic),
    (("traffic", "burstiness"), Burstiness),
    (("offers",), OffersInUse),
    (("limits",), LimitsInUse),
    (("limits", "accounts", "*"), Account),
    (("claims", "*"), Claim),
    (("checks", "*"), Check),
)
"""Which model the map at a place is read with."""
_CHANGES = (("mix", "*", "stages", "*"), ("designs", "*", "stages", "*"))
"""Where changes to stages stand."""
_BUYS = ("designs", "*", "buys", "*")
"""Where purchases stand, of units or of own GPUs."""


def refused(error: ValidationError, root: Mapping) -> list[tuple[Place, Problem]]:
    """Each thing pydantic refused, with the place in the tree that is to blame."""
    errors = error.errors(include_url=False)
    return [_refused(each, root) for each in islice(errors, MAX_PROBLEMS)]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Without repetitions, file by file from top to bottom, cut at the most that are shown."""
    seen = list({(problem.mark, problem.what): problem for problem in problems}.values())
    files = {problem.mark.file: n for n, problem in reversed(list(enumerate(seen))) if problem.mark}
    ordered = sorted(
        seen, key=lambda p: (files[p.mark.file], p.mark.line, p.mark.column) if p.mark else (-1, 0, 0)
    )
    if len(ordered) <= MAX_PROBLEMS:
        return ordered
    return [*ordered[:MAX_PROBLEMS], Problem(f"and {len(ordered) - MAX_PROBLEMS} more problems")]


def _refused(error: Any, root: Mapping) -> tuple[Place, Problem]:
    kind = error["type"]
    path, key_mark, node = _found(root, error["loc"])
    if kind == "extra_forbidden":
        name = str(path[-1])
        known = _known_keys(root, path[:-1])
        return path, Problem(f"unknown key `{clipped(name)}`{meant(name, known)}", key_mark, dotted(path))
    if kind == "missing":
        name = str(error["loc"][-1])
        return path, Problem(f"`{name}` is missing", key_mark, dotted([*path, name]))
    if kind == "union_tag_invalid":
        node_kind = node.get("kind") if isinstance(node, Mapping) else None
        path, node = (*path, "kind"), node_kind or node
    mark = node.mark if isinstance(node, Scalar) else key_mark
    return path, Problem(_what(error, node), mark, dotted(path))


def _what(error: Any, node: Node) -> str:
    kind, written = error["type"], error["input"]
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"a map (key: value) is expected here, not {shape(written)}"
    if kind in ("list_type", "tuple_type"):
        return f"a list is expected here, not {shape(written)}"
    if kind == "string_type":
        return f"a text is expected here, not {shape(written)}"
    if kind == "too_short":
        return "at least one is needed"
    if kind == "union_tag_invalid":
        name = node.text if isinstance(node, Scalar) else "?"
        return f"no kind of stage `{clipped(name)}`{meant(name, KINDS)}"
    if kind == "literal_error":
        allowed = re.findall("'([^']*)'", error["ctx"]["expected"])
        return f"`{clipped(str(written))}` is not allowed here{meant(str(written), allowed)}"
    return out_of_bounds(error) or str(error["msg"])


def _found(root: Mapping, loc: tuple[str | int, ...]) -> tuple[Place, Mark, Node]:
    """The deepest place that pydantic's location leads to; its steps that are no keys are passed over."""
    path: Place = ()
    mark: Mark = root.mark
    node: Node = root
    for step in loc:
        if isinstance(node, Mapping) and str(step) in node.entries:
            mark, node = node.entries[str(step)]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            mark = node.mark
        else:
            continue
        path = (*path, step)
    return path, mark, node


def _known_keys(root: Mapping, path: Place) -> Iterable[str]:
    steps = tuple(str(step) for step in path)
    if len(steps) == 2 and steps[0] == "stages":
        _, _, stage = _found(root, path)
        kind = stage.get("kind") if isinstance(stage, Mapping) else None
        return KINDS[
            kind.text if isinstance(kind, Scalar) and kind.text in KINDS else DEFAULT_KIND
        ].model_fields
    if matches(steps, _BUYS):
        _, _, said = _found(root, path)
        return buy_model(said.entries if isinstance(said, Mapping) else None).model_fields
    if any(matches(steps, pattern) for pattern in _CHANGES):
        return change_model().model_fields
    return next((model.model_fields for pattern, model in _MODELS if matches(steps, pattern)), {})

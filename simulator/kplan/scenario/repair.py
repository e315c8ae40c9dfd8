"""A tree without what pydantic refused, so that the rest of a broken file can still be checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from kplan.errors import Problem
from kplan.kinds.varying import FileName
from kplan.scenario.model import Scenario
from kplan.scenario.problems import refused
from kplan.scenario.settings import SOURCE
from kplan.scenario.tree import Mapping, Node, Place, Scalar, Sequence, plain

_ATTEMPTS = 3


def validated(root: Mapping) -> tuple[Scenario | None, list[Problem], frozenset[Place]]:
    """The scenario, what is wrong with it, and the places that had to be mended to get one at all.

    No scenario where even a mended tree is refused.
    """
    problems: list[Problem] = []
    mended: set[Place] = set()
    tree = root
    for attempt in range(_ATTEMPTS):
        try:
            scenario = Scenario.model_validate(written(tree))
        except ValidationError as e:
            found = refused(e, tree)
            if attempt == 0:
                problems = [problem for _, problem in found]
            is_extra = {
                p
                for (p, _), each in zip(found, e.errors(), strict=False)
                if each["type"] == "extra_forbidden"
            }
            tree = _mended(tree, (place for place, _ in found), is_extra | mended)
            mended |= {place for place, _ in found}
        else:
            scenario.bind(tree)
            return scenario, problems, frozenset(mended)
    return None, problems, frozenset(mended)


def written(node: Node) -> object:
    """The tree as dicts, lists, texts and None; names of files know the folder of the file they stand in."""
    if isinstance(node, Sequence):
        return [written(item) for item in node.items]
    if isinstance(node, Scalar):
        return plain(node)
    found = {key: written(value) for key, (_, value) in node.entries.items()}
    name = node.get("file")
    if isinstance(name, Scalar) and not name.is_null:
        here = name.mark.file
        found["file"] = FileName.of(name.text, Path() if here == SOURCE else Path(here).parent)
    return found


def _mended(root: Mapping, places: Iterable[Place], dropped: Iterable[Place]) -> Mapping:
    """A single value becomes 1, which most fields take, and so does what varies; else it is left out."""
    gone = set(dropped)
    for place in places:
        if place:
            root = _edited_map(root, place, place in gone)
    return root


def _edited(node: Node, place: Place, drop: bool) -> Node:
    if isinstance(node, Mapping):
        return _edited_map(node, place, drop)
    step, rest = place[0], place[1:]
    if not isinstance(node, Sequence) or not isinstance(step, int) or not rest:
        return node
    items = list(node.items)
    items[step] = _edited(items[step], rest, drop)
    return Sequence(tuple(items), node.mark)


def _edited_map(node: Mapping, place: Place, drop: bool) -> Mapping:
    step, rest = str(place[0]), place[1:]
    if step not in node.entries:
        return node
    mark, value = node.entries[step]
    if rest:
        return node.with_entry(step, mark, _edited(value, rest, drop))
    if isinstance(value, Scalar) and not drop:
        harmless = "1/month" if step == "volume" else "1"
        return node.with_entry(step, mark, Scalar(harmless, False, value.mark))
    rest_of_it = Mapping({key: entry for key, entry in node.entries.items() if key != step}, node.mark)
    return rest_of_it.with_entry("value", mark, Scalar("1", False, mark)) if step == "varies" else rest_of_it

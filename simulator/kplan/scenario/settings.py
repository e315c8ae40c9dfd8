"""`--set a.b=VALUE`: values from the command line, laid over the tree."""

from __future__ import annotations

import re

from msgspec import Struct

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped
from kplan.scenario.merge import long_form, merged_maps
from kplan.scenario.names import dotted, meant
from kplan.scenario.nesting import flattened
from kplan.scenario.parse import parse
from kplan.scenario.tree import Mapping, Node, Scalar

SOURCE = "--set"
"""What stands for the file in the marks of these values."""

_NAMED = ("params", "mix", "stages", "designs", "tokenizers", "prompt_caches")
"""Maps whose keys the user chose: a step through one of them must name a key that is there."""

_FIXED = ("include", "variants")
"""What holds only where the file says it: both are laid before any setting."""

_STEP = re.compile(r"""(?:"([^"]*)"|'([^']*)'|([^.="']+))([.=])""")
_MARK = Mark(SOURCE, 1, 1)


class Setting(Struct, frozen=True):
    """One value and where it goes."""

    path: tuple[str, ...]
    value: Node


def setting(text: str) -> Setting:
    """From `designs.fast.models.verify=claude-haiku-5-5`; a step that holds a dot stands in quotes."""
    steps: list[str] = []
    start = 0
    while match := _STEP.match(text, start):
        steps.append(next(part for part in match.groups()[:3] if part is not None).strip())
        start = match.end()
        if match[4] == "=":
            return Setting(tuple(steps), _value(text[start:], steps))
    raise KplanError(f"`{clipped(text)}` is not of the form a.b=VALUE").at(_MARK)


def with_setting(root: Mapping, setting: Setting) -> Mapping:
    """The tree with the value laid over it; raises KplanError where the path leads nowhere."""
    first = setting.path[0]
    if first in _FIXED or first.startswith("x-"):
        raise _nowhere(f"`{clipped(first)}` cannot be set; write it in the file", setting.path)
    _check_path(root, setting.path)
    *above, last = setting.path
    over = Mapping({last: (setting.value.mark, setting.value)}, _MARK)
    for step in reversed(above):
        over = Mapping({step: (_MARK, over)}, _MARK)
    return merged_maps(root, flattened(over)[0])


def _value(text: str, steps: list[str]) -> Node:
    try:
        document = parse(text, SOURCE)
    except KplanError as e:
        raise e.at(_MARK, dotted(steps)) from e
    if document.problems:
        raise KplanError(document.problems)
    return document.root or Scalar("", False, _MARK)


def _check_path(root: Mapping, path: tuple[str, ...]) -> None:
    node: Node = root
    for depth, step in enumerate(path):
        here = path[:depth]
        if isinstance(node, Scalar):
            node = long_form(node, here) or node
        if not isinstance(node, Mapping):
            raise _nowhere(f"`{dotted(here)}` is a single value, not a map", here)
        value = node.get(step)
        if depth == 0 and step in _NAMED and value is None:
            value = Mapping({}, _MARK)
        if value is None:
            is_last = depth + 1 == len(path)
            if depth == 1 and here[0] in _NAMED and (not is_last or here == ("params",)):
                hint = meant(step, node.entries) or f"; the scenario has no {here[0]}"
                raise _nowhere(f"no `{clipped(step)}` in {here[0]}{hint}", path)
            return
        node = value


def _nowhere(what: str, path: tuple[str, ...]) -> KplanError:
    return KplanError(Problem(what, _MARK, dotted(path)))

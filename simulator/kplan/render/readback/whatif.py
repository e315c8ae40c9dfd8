"""A workbook's edits as a scenario file that lies over the one it was made from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from msgspec import Struct

from kplan.money import plain
from kplan.render.format import plain_text
from kplan.render.readback.edits import Edit, Readback
from kplan.render.readback.original import Original
from kplan.render.workbook.mapped import INPUT, STEP
from kplan.render.yaml_text import plainly, quoted
from kplan.scenario.heirs import heirs
from kplan.scenario.settings import setting
from kplan.scenario.tree import Place
from kplan.scenario.tree import plain as without_marks

_BARE = re.compile(r"[A-Za-z0-9_.$][A-Za-z0-9_.$%/+*-]*")
"""Texts that need no quotes: kplan reads every value as its text."""
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*([-./][A-Za-z0-9_]+)*|[0-9][0-9_]*")


class _Said(Struct, frozen=True):
    """A value, and what it was."""

    text: str
    remark: str = ""


_Value = str | None | _Said | Sequence["_Value"] | Mapping[str, "_Value"]
Tree = dict[str, _Value]


def scenario_text(
    read: Readback, original: Original, path: Path, books: Mapping[str, Path], source: str
) -> str:
    """The scenario file that includes the original and says what was edited.

    path    where it will lie: files are named relative to it
    books   the price book of the edited prices by variant
    source  where the numbers come from
    """
    tree: Tree = {"include": _relative(original.path, path)}
    for variant, scenario in original.scenarios.items():
        own = _tree(read, original, variant)
        if variant in books:
            named = [*scenario.price_books(), books[variant]]
            _put(own, ("prices", "book"), [_relative(each, path) for each in named])
        if own:
            _lay(tree, {"variants": {variant: own}} if variant else own)
    head = plain_text(f"# {source}, over {original.path.name}; written by kplan import")
    return "\n".join([head, *_lines(tree)]) + "\n"


def _relative(path: Path, to: Path) -> str:
    return PurePath(os.path.relpath(path, to.parent)).as_posix()


def _tree(read: Readback, original: Original, variant: str) -> Tree:
    """What a variant says differently: what was set on the command line, and over it what was edited."""
    tree: Tree = {}
    for text in original.sets:
        said = setting(text)
        value = without_marks(said.value)
        _put(tree, said.path, value)  # type: ignore[arg-type]  # a tree without marks is dicts, lists and texts
    chosen = [choice for choice in read.chosen if variant in choice.mapped.variants]
    for _, design, _, stage in (p for choice in chosen for p in choice.mapped.places if len(p) > 1):
        for heir, kept in heirs(original.scenarios[variant], str(design), str(stage)):
            _put(tree, ("designs", heir, "models", str(stage)), kept)
    for choice in chosen:
        for place in choice.mapped.places:
            _put(tree, place, _Said(_flow(choice.after), f"was {choice.before}, {choice.cell}"))
    edits = [edit for edit in read.edits if variant in edit.mapped.variants]
    for edit in edits:
        for place in edit.mapped.places if edit.mapped.kind == INPUT else ():
            _put_edit(tree, read, edit, variant, place)
    for edit in edits:
        for place in edit.mapped.places if edit.mapped.kind == STEP else ():
            *above, start = place
            share = read.numbers[variant, place]
            _put(tree, (*above, start), None)
            _put(tree, (*above, plain(edit.after)), _Said(plain(share), _remark(edit)))
    return tree


def _put_edit(tree: Tree, read: Readback, edit: Edit, variant: str, place: Place) -> None:
    """A number at its place; a list is said whole."""
    if not isinstance(place[-1], int):
        _put(tree, place, _Said(plain(edit.after), _remark(edit)))
        return
    listed = place[:-1]
    items = {p[-1]: n for (v, p), n in read.numbers.items() if v == variant and p[:-1] == listed}
    cells = [e for e in read.edits if variant in e.mapped.variants and e.mapped.places[0][:-1] == listed]
    remark = "; ".join(f"{e.name.rpartition('.')[2]} was {plain(e.before)}, {e.cell}" for e in cells)
    _put(tree, listed, _Said(f"[{', '.join(plain(items[n]) for n in sorted(items))}]", remark))


def _remark(edit: Edit) -> str:
    return f"was {plain(edit.before)}, {edit.cell}"


def _put(tree: Tree, place: Place, value: _Value) -> None:
    *above, last = map(str, place)
    for step in above:
        below = tree.get(step)
        if not isinstance(below, dict):
            below = tree[step] = {}
        tree = below
    if isinstance(value, Mapping):
        for key, each in value.items():
            _put(tree, (last, key), each)
    else:
        tree[last] = value


def _lay(tree: Tree, over: Mapping[str, _Value]) -> None:
    for key, value in over.items():
        _put(tree, (key,), value)


def _lines(tree: Tree, indent: str = "") -> Iterator[str]:
    for key, value in tree.items():
        name = key if _KEY.fullmatch(key) else quoted(key)
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _lines(value, f"{indent}  ")
        elif isinstance(value, _Said):
            remark = f"  # {plain_text(value.remark)}" if value.remark else ""
            yield f"{indent}{name}: {value.text}{remark}"
        else:
            yield f"{indent}{name}: {_flow(value)}"


def _flow(value: _Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value if _BARE.fullmatch(value) and value != "null" else quoted(value)
    if isinstance(value, _Said):
        return value.text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{plainly(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(_flow, value)) + "]"

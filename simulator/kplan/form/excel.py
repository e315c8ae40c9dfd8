"""The graph as spreadsheet formulas, in the part of the language that Excel and LibreOffice compute alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from msgspec import Struct, field

from kplan.errors import KplanError
from kplan.form.graph import Entry, Graph, LeafKind, Node, Op
from kplan.money import ONE, ZERO

MAX_CHARACTERS = 5_000
"""Longest formula planned; Excel takes 8,192 characters, and a reference may be longer than REFERENCE."""
MAX_INLINE = 400
"""Characters of a part above which it gets a cell of its own: longer ones nobody reads."""
MAX_NESTING = 24
"""Deepest nesting of parentheses and functions written; Excel takes 64 levels, older readers fewer."""
MAX_ARGUMENTS = 250
"""Most arguments of one MIN or MAX; Excel takes 255."""
REFERENCE = len("Inputs!$B$100")
"""Characters counted for a reference before the cells are known; the longest is half as long again."""

GREATER_BY = "0.000001"
"""kplan.form.graph.GREATER_BY without an exponent, which some readers take for a cell name."""
CEIL_SLACK = "0.000000001"


class Place(Struct, frozen=True):
    """A cell that holds a node's value: `Place("Inputs", "$C$8")`."""

    sheet: str
    cell: str

    def seen_from(self, sheet: str) -> str:
        """The reference to write on that sheet."""
        return self.cell if self.sheet == sheet else f"{_quoted(self.sheet)}!{self.cell}"


@cache
def _quoted(sheet: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z_]*", sheet):
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


class _Text(Struct, frozen=True):
    """A part of a formula: how tightly it binds, and how deep it is nested."""

    text: str
    level: int
    depth: int = 0


_SIGNED, _SUM, _PRODUCT, _ATOM = range(4)
_JOINED: Mapping[Op, tuple[str, int]] = {
    Op.ADD: ("+", _SUM),
    Op.SUM: ("+", _SUM),
    Op.SUBTRACT: ("-", _SUM),
    Op.MULTIPLY: ("*", _PRODUCT),
    Op.GROW: ("*", _PRODUCT),
    Op.DIVIDE: ("/", _PRODUCT),
}


class Formulas(Struct):
    """Formulas of one sheet over nodes that lie in cells; what lies nowhere is written out in place.

    places  cells of the nodes; every leaf but 0 and 1 needs one, since a formula holds no constants
    sheet   the sheet that the formulas stand on
    """

    graph: Graph
    places: Mapping[Node, Place]
    sheet: str
    _texts: dict[Node, _Text] = field(default_factory=dict)

    def formula(self, node: Node) -> str:
        """`=...` with the node's value; a link where the node lies in a cell."""
        return "=" + self.expression(node)

    def expression(self, node: Node) -> str:
        """The same without the sign, to stand alone between commas."""
        return self._text(node).text

    def operand(self, node: Node) -> str:
        """The same, to stand on either side of a multiplication."""
        return _wrapped(self._text(node), _ATOM).text

    def definition(self, node: Node) -> str:
        """`=...` for the node's own cell: its operation, never a link to itself."""
        entry = self.graph.entries[node]
        for arg in entry.args:
            self._text(arg)
        return "=" + self._written(entry).text

    def is_link(self, node: Node) -> bool:
        """Whether the formula is nothing but a reference to another sheet."""
        return node in self.places and self.places[node].sheet != self.sheet

    def _text(self, target: Node) -> _Text:
        """Depth first without recursion; every node is written once."""
        stack = [target]
        while stack:
            node = stack[-1]
            entry = self.graph.entries[node]
            waiting = () if node in self.places else [arg for arg in entry.args if arg not in self._texts]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if node not in self._texts:
                self._texts[node] = self._placed(node) or self._written(entry)
        return self._texts[target]

    def _placed(self, node: Node) -> _Text | None:
        place = self.places.get(node)
        return None if place is None else _Text(place.seen_from(self.sheet), _ATOM)

    def _written(self, entry: Entry) -> _Text:
        if entry.op is Op.LEAF:
            return _constant(entry)
        parts = [self._texts[arg] for arg in entry.args]
        if entry.op in _JOINED:
            return _joined(*_JOINED[entry.op], parts)
        if entry.op is Op.IF:
            return self._if(entry, parts)
        if entry.op is Op.RANDOM:
            return parts[0]
        return _FUNCTIONS[entry.op](parts)

    def _if(self, entry: Entry, parts: Sequence[_Text]) -> _Text:
        """A comparison that lies nowhere is the condition itself; any other value is held against 0."""
        condition = entry.args[0]
        asked = self.graph.entries[condition]
        if asked.op is Op.GREATER and condition not in self.places:
            test = _above([self._texts[arg] for arg in asked.args])
        else:
            test = f"{_wrapped(parts[0], _SUM).text}<>0"
        return _call("IF", test, *(part.text for part in parts[1:]), depth=_depth(parts))


def _constant(entry: Entry) -> _Text:
    if entry.value.is_nan():
        return _Text("NA()", _ATOM)
    if entry.kind is LeafKind.NUMBER and entry.value in (ZERO, ONE):
        return _Text("1" if entry.value else "0", _ATOM)
    raise ValueError(f"leaf {entry.name!r} of value {entry.value} lies in no cell")


def _joined(sign: str, level: int, parts: Sequence[_Text]) -> _Text:
    """A left fold: what stands on the right keeps its parentheses, even under + and *."""
    right = [_wrapped(part, level + 1) for part in parts[1:]]
    whole = [_wrapped(parts[0], level), *right]
    return _Text(sign.join(part.text for part in whole), level, max(part.depth for part in whole))


def _wrapped(part: _Text, level: int) -> _Text:
    return part if part.level >= level else _Text(f"({part.text})", _ATOM, part.depth + 1)


def _call(name: str, *arguments: str, depth: int) -> _Text:
    return _Text(f"{name}({','.join(arguments)})", _ATOM, depth + 1)


def _depth(parts: Sequence[_Text]) -> int:
    return max(part.depth for part in parts) + 1


def _above(parts: Sequence[_Text]) -> str:
    return f"({_joined('-', _SUM, parts).text})>{GREATER_BY}"


def _greater(parts: Sequence[_Text]) -> _Text:
    return _call("IF", _above(parts), "1", "0", depth=_depth(parts))


def _ceil(parts: Sequence[_Text]) -> _Text:
    """Minus the floor of minus x: INT goes down for negatives too; on CEILING programs do not agree."""
    inner = _joined("-", _SUM, [_Text(CEIL_SLACK, _ATOM), parts[0]])
    return _Text(f"-INT({inner.text})", _SIGNED, inner.depth + 1)


def _look(parts: Sequence[_Text]) -> _Text:
    """The first argument counts from 1, as CHOOSE does."""
    return _call("CHOOSE", *(part.text for part in parts), depth=_depth(parts))


def _extreme(name: str) -> Callable[[Sequence[_Text]], _Text]:
    def write(parts: Sequence[_Text]) -> _Text:
        left = list(parts)
        while len(left) > MAX_ARGUMENTS:
            head = left[:MAX_ARGUMENTS]
            left = [_call(name, *(part.text for part in head), depth=_depth(head)), *left[MAX_ARGUMENTS:]]
        return _call(name, *(part.text for part in left), depth=_depth(left))

    return write


_FUNCTIONS: Mapping[Op, Callable[[Sequence[_Text]], _Text]] = {
    Op.MIN: _extreme("MIN"),
    Op.MAX: _extreme("MAX"),
    Op.CEIL: _ceil,
    Op.GREATER: _greater,
    Op.LOOK: _look,
}

_OVERHEAD = len("IF(()-()>0.000001,,)") + 4
"""Characters that an operation adds to its arguments, at most; each argument adds up to three more."""


def steps(graph: Graph, targets: Iterable[Node], placed: Iterable[Node]) -> tuple[Node, ...]:
    """The inner nodes that need a cell of their own so that no formula gets too long or too deep.

    In the graph's order, so that each refers only to earlier ones.
    Raises KplanError for a single operation over more arguments than any formula holds.
    """
    sizes: dict[Node, tuple[int, int]] = dict.fromkeys(placed, (REFERENCE, 0))
    found: set[Node] = set()
    for node in graph.under(targets, until=set(sizes)):
        args = graph.entries[node].args
        found.update(_shortened(args, sizes))
        length = sum(sizes[arg][0] + 3 for arg in args) + _OVERHEAD
        depth = max((sizes[arg][1] for arg in args), default=-2) + 2
        if not args:
            length = REFERENCE
        if length > MAX_INLINE or depth > MAX_NESTING:
            found.add(node)
            length, depth = REFERENCE, 0
        sizes[node] = (length, depth)
    return tuple(sorted(found))


def _shortened(args: Sequence[Node], sizes: dict[Node, tuple[int, int]]) -> list[Node]:
    """The longest arguments, turned into references until the operation fits into one formula."""
    cells: list[Node] = []
    for arg in sorted(set(args), key=lambda arg: (-sizes[arg][0], arg)):
        if sum(sizes[each][0] + 3 for each in args) + _OVERHEAD <= MAX_CHARACTERS:
            return cells
        if sizes[arg][0] > REFERENCE:
            cells.append(arg)
            sizes[arg] = (REFERENCE, 0)
    if sum(sizes[each][0] + 3 for each in args) + _OVERHEAD > MAX_CHARACTERS:
        raise KplanError(f"an operation over {len(args):,} values is too long for a spreadsheet formula")
    return cells

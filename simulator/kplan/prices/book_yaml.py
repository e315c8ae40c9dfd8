"""Price books in YAML: lists of flat maps under `rows`, `models` and the like, every value with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

import yaml

from kplan.errors import KplanError, Mark, Problem
from kplan.prices.columns import ALIAS_SEPARATOR
from kplan.prices.records import TABLES, Cell, Record

_CURRENCY = "currency"
_KEYS = (*TABLES, _CURRENCY)
_MAX_DEPTH = 4
"""A map of lists of maps whose values may be lists."""


def tables(text: str, file: str) -> Mapping[str, Sequence[Record]]:
    """The tables of a YAML price book; raises KplanError with the place of what is wrong."""
    try:
        root = _tree(yaml.parse(text, Loader=yaml.CSafeLoader), file)
    except yaml.MarkedYAMLError as e:
        at = e.problem_mark
        mark = Mark(file, at.line + 1, at.column + 1) if at else None
        raise KplanError(Problem(f"not YAML: {e.problem or e}", mark)) from e
    except yaml.YAMLError as e:
        raise KplanError(f"{file}: not YAML: {e}") from e
    if isinstance(root, Cell) and not root.text:
        return {}
    if not isinstance(root, dict):
        raise KplanError(Problem("a price book is a map with `rows:` and `models:`", Mark(file, 1, 1)))
    problems = [_unknown_key(key, mark) for key, (mark, _) in root.items() if not _is_known(key)]
    if problems:
        raise KplanError(problems)
    found = {key: list(_records(*root[key])) for key in TABLES if key in root and key != "currencies"}
    if "currencies" in root:
        found["currencies"] = list(_currencies(*root["currencies"]))
    if _CURRENCY in root and "rows" in found:
        found["rows"] = [_in_currency(record, *root[_CURRENCY]) for record in found["rows"]]
    return found


def _currencies(mark: Mark, node: object) -> Iterator[Record]:
    """The dated rates of each currency, which is one more cell of theirs: `{CNY: [{usd: 0.14}]}`."""
    if isinstance(node, Cell) and not node.text:
        return
    if not isinstance(node, dict):
        raise KplanError(Problem("this must be a map such as {EUR: [{usd: 1.1, from: 2026-11-01}]}", mark))
    for name, (at, rates) in node.items():
        for record in _records(at, rates):
            yield Record({**record.cells, _CURRENCY: (at, Cell(name, at))}, record.mark)


def _in_currency(record: Record, mark: Mark, node: object) -> Record:
    """The record with the book's currency, where it gives a price and says none."""
    if "price" not in record.cells or _CURRENCY in record.cells:
        return record
    return Record({**record.cells, _CURRENCY: (mark, _flat(node, mark))}, record.mark)


def _is_known(key: str) -> bool:
    return key in _KEYS or key.startswith("x-")


def _unknown_key(key: str, mark: Mark) -> Problem:
    near = get_close_matches(key, _KEYS, 1)
    hint = f"did you mean {near[0]}?" if near else f"a price book has {', '.join(_KEYS)}"
    return Problem(f'unknown key "{key}"; {hint}', mark)


def _records(mark: Mark, node: object) -> Iterator[Record]:
    if isinstance(node, Cell) and not node.text:
        return
    if not isinstance(node, list):
        raise KplanError(Problem("this must be a list, one map for each row", mark))
    for entry in node:
        if not isinstance(entry, dict):
            raise KplanError(Problem("each row is a map, such as {provider: acme, ...}", mark))
        cells = {name: (at, _flat(value, at)) for name, (at, value) in entry.items()}
        yield Record(cells, next((at for at, _ in cells.values()), mark))


def _flat(node: object, mark: Mark) -> Cell:
    """A value as one cell; a list of texts is joined."""
    if isinstance(node, Cell):
        return node
    if isinstance(node, list) and all(isinstance(part, Cell) for part in node):
        return Cell(ALIAS_SEPARATOR.join(part.text for part in node), mark)
    raise KplanError(Problem("this must be one value, or a list of values", mark))


def _tree(events: Iterator[yaml.Event], file: str) -> object:
    """The tree of an event stream, without anchors, tags, duplicate keys and deep nesting."""
    stack: list[_Open] = [_Open(False)]
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            _refuse(event, file, len(stack))
        if isinstance(event, yaml.DocumentStartEvent) and stack[0].items:
            raise KplanError(Problem("a second document; a price book is one", _mark(event, file)))
        if isinstance(event, yaml.ScalarEvent):
            empty = event.implicit[0] and event.value in ("", "~", "null", "Null", "NULL")
            stack[-1].add(Cell("" if empty else event.value.strip(), _mark(event, file)), _mark(event, file))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            stack.append(_Open(isinstance(event, yaml.MappingStartEvent), _mark(event, file)))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            closed = stack.pop()
            stack[-1].add(closed.value(), closed.mark)
    return stack[0].items[0] if stack[0].items else {}


class _Open:
    """A list or a map whose end has not come yet."""

    def __init__(self, is_map: bool, mark: Mark | None = None) -> None:
        self.is_map = is_map
        self.mark = mark
        self.items: list[object] = []
        self._keys: dict[str, Mark] = {}

    def add(self, node: object, mark: Mark | None) -> None:
        if self.is_map and len(self.items) % 2 == 0:
            if not isinstance(node, Cell):
                raise KplanError(Problem("a key must be a text", mark))
            if first := self._keys.get(node.text):
                raise KplanError(
                    Problem(f'"{node.text}" stands twice, first on line {first.line}', node.mark)
                )
            self._keys[node.text] = node.mark
        self.items.append(node)

    def value(self) -> object:
        if not self.is_map:
            return self.items
        keys, values = self.items[::2], self.items[1::2]
        return {
            key.text: (key.mark, value)
            for key, value in zip(keys, values, strict=True)
            if isinstance(key, Cell)
        }


def _refuse(event: yaml.NodeEvent, file: str, depth: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise KplanError(Problem("anchors and aliases are not allowed in a price book", _mark(event, file)))
    if tag := getattr(event, "tag", None):
        raise KplanError(Problem(f"the tag {tag} is not allowed", _mark(event, file)))
    if depth > _MAX_DEPTH + 1:
        raise KplanError(Problem("nested too deeply for a price book", _mark(event, file)))


def _mark(event: yaml.Event, file: str) -> Mark:
    at = event.start_mark
    return Mark(file, at.line + 1, at.column + 1) if at else Mark(file, 1, 1)

"""From YAML text to the tree: our own builder over the event stream, which never recurses."""

from __future__ import annotations

from collections.abc import Iterable

import yaml
from msgspec import Struct, field

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped
from kplan.scenario.commas import joined_pairs, told
from kplan.scenario.names import dotted
from kplan.scenario.source import checked_text
from kplan.scenario.tree import Mapping, Node, Scalar, Sequence

MAX_DEPTH = 100
MAX_PROBLEMS = 100
"""Most that are remembered of one file."""
MAX_ENTRIES = 1_000
"""Entries of one map or list."""
MAX_NODES = 200_000
"""Values after aliases are expanded."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HINTS = {
    "\t": "; a tab cannot indent, use spaces",
    "@": "; text that begins with @ must stand in quotes",
    "`": "; text that begins with ` must stand in quotes",
    "%": "; text that begins with % must stand in quotes",
    ":": "; text that holds a colon and a blank must stand in quotes",
}


class Document(Struct, frozen=True):
    """A tree and what is wrong with it that did not keep it from being read."""

    root: Node | None
    problems: tuple[Problem, ...]


def parse(text: str, shown: str, max_entries: int = MAX_ENTRIES, max_nodes: int = MAX_NODES) -> Document:
    """The tree of one YAML document; `shown` names the file in marks.

    Raises KplanError where the text cannot be read any further.
    """
    checked_text(text, shown)
    builder = _Builder(shown, max_entries, max_nodes)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as e:
        raise KplanError([*builder.problems, _syntax_problem(e, text, shown)]) from e
    except yaml.YAMLError as e:
        raise KplanError(f"not valid YAML: {e}").at(Mark(shown, 1, 1)) from e
    return Document(builder.root, tuple(builder.problems))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, shown: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = Mark(shown, mark.line + 1, mark.column + 1) if mark else Mark(shown, 1, 1)
    lines = text.split("\n")
    line = lines[where.line - 1] if where.line <= len(lines) else ""
    hint = _HINTS.get(line[where.column - 1 : where.column], "")
    if error.context == "while scanning an alias":
        hint = "; put a text that begins with * in quotes"
    context = f" ({error.context})" if error.context else ""
    return Problem(f"not valid YAML: {error.problem}{context}{hint}", where)


class _Open(Struct):
    """A map or list whose end has not been read yet."""

    mark: Mark
    anchor: str | None
    is_map: bool
    is_flow: bool
    key: Scalar | None = None
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


class _Builder(Struct):
    """Takes events one by one; keeps the open maps and lists on a stack of its own."""

    shown: str
    max_entries: int
    max_nodes: int
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int, int]] = field(default_factory=dict)
    n_nodes: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event to the tree; raises KplanError where nothing can follow."""
        start = event.start_mark
        mark = Mark(self.shown, start.line + 1, start.column + 1) if start else Mark(self.shown, 1, 1)
        if isinstance(event, yaml.ScalarEvent):
            self._count(1, mark)
            self._refuse_tag(event.tag, mark)
            self._done(Scalar(event.value, bool(event.style), mark), event.anchor, 1, 1, mark)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._count(1, mark)
            self._refuse_tag(event.tag, mark)
            if len(self.stack) >= MAX_DEPTH:
                raise self._fatal(f"nested more than {MAX_DEPTH} deep", mark)
            is_map = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(_Open(mark, event.anchor, is_map, bool(event.flow_style)))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self.stack.pop()
            whole = self._mapping(done) if done.is_map else Sequence(tuple(done.items), done.mark)
            self._done(whole, done.anchor, done.size, done.height, done.mark)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "", mark)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self._fatal("a second document (`---`); one file holds one scenario", mark)

    def _alias(self, name: str, mark: Mark) -> None:
        if name not in self.anchors:
            raise self._fatal(f"alias `*{clipped(name)}` names no anchor `&{clipped(name)}` above it", mark)
        node, size, height = self.anchors[name]
        if len(self.stack) + height > MAX_DEPTH:
            raise self._fatal(f"nested more than {MAX_DEPTH} deep once aliases are expanded", mark)
        self._count(size, mark)
        self._done(node, None, size, height, mark)

    def _done(self, node: Node, anchor: str | None, size: int, height: int, mark: Mark) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, size, height)
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if max(len(parent.pairs), len(parent.items)) >= self.max_entries:
            raise self._fatal(f"more than {self.max_entries:,} entries in one map or list", mark)
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is not None:
            parent.pairs.append((parent.key, node))
            parent.key = None
        elif isinstance(node, Scalar):
            parent.key = Scalar(node.text, node.quoted, mark)
        else:
            raise self._fatal("a key must be a text, not a map or a list", mark)

    def _count(self, size: int, mark: Mark) -> None:
        self.n_nodes += size
        if self.n_nodes > self.max_nodes:
            raise self._fatal(
                f"more than {self.max_nodes:,} values once aliases are expanded (aliases of aliases?)", mark
            )

    def _mapping(self, done: _Open) -> Mapping:
        entries: dict[str, tuple[Mark, Node]] = {}
        pairs, split = joined_pairs(done.pairs) if done.is_flow else (done.pairs, [])
        for key, whole in split:
            self._problem(told(whole), whole.mark, key.text)
        for key, value in pairs:
            if key.text == "<<" and not key.quoted:
                what = "merge keys (`<<`) are not supported; use `extends` or `include`"
                self._problem(what, key.mark, key.text)
            elif key.text in entries:
                lines = f"on line {entries[key.text][0].line} and again on line {key.mark.line}"
                self._problem(f"duplicate key `{clipped(key.text)}`, {lines}", key.mark, key.text)
            else:
                entries[key.text] = (key.mark, value)
        return Mapping(entries, done.mark)

    def _refuse_tag(self, tag: str | None, mark: Mark) -> None:
        if tag is not None:
            self._problem(f"YAML tag `{clipped(tag)}`; tags are not supported, leave it out", mark)

    def _problem(self, what: str, mark: Mark, last: str = "") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(what, mark, self._path(last)))

    def _path(self, last: str) -> str:
        steps: Iterable[str] = (
            part.key.text if part.key is not None else str(len(part.items))
            for part in self.stack
            if part.key is not None or not part.is_map
        )
        return dotted([*steps, *([last] if last else [])])

    def _fatal(self, what: str, mark: Mark) -> KplanError:
        return KplanError([*self.problems, Problem(what, mark, self._path(""))])

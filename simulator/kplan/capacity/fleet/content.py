"""The content of a file of measurements: JSON documents or rows of CSV, each value with its place."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cached_property
from io import StringIO
from pathlib import Path

from msgspec import Struct

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped

MAX_BYTES = 500_000_000
"""A report that keeps each request of a long run is large; more is no report."""
_LEAST, _MOST = Decimal("1e-12"), Decimal("1e15")


class Node(Struct, frozen=True):
    """A value of a document, the place where it stands, and the list that problems are put in."""

    value: object
    place: str
    problems: list[Problem]

    def get(self, *keys: str) -> Node | None:
        """The value under these keys, or None where there is none, or null."""
        found, place = self.value, self.place
        for key in keys:
            if not isinstance(found, dict):
                return None
            found, place = found.get(key), f"{place}{'' if place.endswith(': ') else '.'}{clipped(key)}"
        return None if found is None else Node(found, place, self.problems)

    def items(self, key: str) -> Iterator[Node]:
        """The values of a list."""
        held = self.get(key)
        for n, value in enumerate(held.value if held and isinstance(held.value, list) else ()):
            assert held is not None
            yield Node(value, f"{held.place}[{n}]", self.problems)

    def wrong(self, what: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(what, path=self.place))

    def amount(self, *keys: str) -> Decimal | None:
        """A number of 0 or more; None where there is none, and where it is wrong, which is kept."""
        node = self.get(*keys)
        return None if node is None else node._number()

    def text(self, *keys: str) -> str:
        """A text; empty where there is none."""
        node = self.get(*keys)
        return node.value.strip() if node and isinstance(node.value, str) else ""

    def _number(self) -> Decimal | None:
        try:
            if isinstance(self.value, bool) or not isinstance(self.value, (int, str, Decimal)):
                raise InvalidOperation
            found = Decimal(self.value.strip() if isinstance(self.value, str) else self.value)
        except InvalidOperation:
            self.wrong(f"`{clipped(str(self.value))}` is not a number")
            return None
        if not found.is_finite():
            self.wrong(f"`{found}` is no measurement")
        elif found < 0:
            self.wrong(f"`{clipped(str(self.value))}` is below 0")
        elif found and not _LEAST <= found <= _MOST:
            self.wrong(f"`{clipped(str(self.value))}` is out of bounds: {_LEAST} to {_MOST}")
        else:
            return found
        return None


class Row(Struct, frozen=True):
    """The cells of a line of CSV."""

    cells: tuple[str, ...]
    line: int


class Content(Struct, frozen=True, dict=True):
    """A file's text, parsed when it is first asked for."""

    file: str
    text: str
    problems: list[Problem] = []

    @property
    def is_json(self) -> bool:
        """Whether it begins like a JSON object or list."""
        return self.text.lstrip()[:1] in ("{", "[")

    @cached_property
    def documents(self) -> tuple[Node, ...]:
        """The objects of the file: one, those of a list, or one a line; none of another file.

        Raises KplanError where it begins as JSON and is none.
        """
        if not self.is_json:
            return ()
        try:
            whole = _parsed(self.text)
        except json.JSONDecodeError as e:
            return self._by_line(e)
        except RecursionError as e:
            raise KplanError(Problem("JSON that is nested too deeply", Mark(self.file, 1, 1))) from e
        if isinstance(whole, list):
            return tuple(Node(each, f"{self.file}: [{n}]", self.problems) for n, each in enumerate(whole))
        return (Node(whole, f"{self.file}: ", self.problems),)

    def _by_line(self, error: json.JSONDecodeError) -> tuple[Node, ...]:
        """`vllm bench serve --append-result` writes one object a line."""
        found: list[Node] = []
        for n, line in enumerate(self.text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                found.append(Node(_parsed(line), f"{self.file}:{n}: ", self.problems))
            except (json.JSONDecodeError, RecursionError):
                mark = Mark(self.file, error.lineno, error.colno)
                raise KplanError(Problem(f"not JSON: {error.msg}", mark)) from error
        return tuple(found)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The lines of CSV that hold anything; none of a JSON file."""
        if self.is_json:
            return ()
        reader = csv.reader(StringIO(self.text))
        try:
            return tuple(
                Row(tuple(cell.strip() for cell in cells), reader.line_num)
                for cells in reader
                if any(cell.strip() for cell in cells)
            )
        except csv.Error as e:
            raise KplanError(Problem(f"not CSV: {e}", Mark(self.file, reader.line_num, 1))) from e


def read_content(path: Path) -> Content:
    """The text of a file in UTF-8; raises KplanError where it cannot be read."""
    start = Mark(str(path), 1, 1)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KplanError(Problem(f"larger than {MAX_BYTES // 1_000_000} MB", start))
        return Content(str(path), path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else "not a text file in UTF-8"
        raise KplanError(Problem(f"cannot be read: {reason}", start)) from e


def _parsed(text: str) -> object:
    return json.loads(text, parse_float=Decimal, parse_constant=Decimal)

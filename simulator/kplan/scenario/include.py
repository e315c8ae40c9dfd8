"""A scenario file together with the files it includes, as one tree."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct, field

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped
from kplan.scenario.merge import merged_maps
from kplan.scenario.nesting import flattened
from kplan.scenario.parse import parse
from kplan.scenario.source import Piped, read_text
from kplan.scenario.tree import Mapping, Node, Scalar, Sequence

MAX_FILES = 50
"""Files one scenario may be made of."""


class Composed(Struct, frozen=True):
    """A tree, what is wrong with it, and whether some part of it could not be read at all."""

    root: Mapping
    problems: tuple[Problem, ...]
    is_partial: bool


def read_composed(source: Path | Piped) -> Composed:
    """A scenario laid over everything it includes; raises KplanError where it cannot be read itself."""
    reader = _Reader()
    root = reader.read(source, ())
    return Composed(root, tuple(reader.problems), reader.is_partial)


class _Reader(Struct):
    n_files: int = 0
    is_partial: bool = False
    problems: list[Problem] = field(default_factory=list)

    def read(self, source: Path | Piped, above: tuple[str, ...]) -> Mapping:
        """The source's tree with what it includes below it; `above` are the files that led here."""
        self.n_files += 1
        shown = str(source)
        document = parse(read_text(source), shown)
        self.problems.extend(document.problems)
        root = document.root
        if not isinstance(root, Mapping):
            raise _no_map(root, shown)
        root, problems = flattened(root)
        self.problems.extend(problems)
        mine = Mapping({key: entry for key, entry in root.entries.items() if key != "include"}, root.mark)
        whole = Mapping({}, root.mark)
        chain = (*above, os.path.realpath(source)) if isinstance(source, Path) else above
        for file in self._included(root):
            whole = merged_maps(whole, self._below(file, chain))
        return merged_maps(whole, mine)

    def _included(self, root: Mapping) -> list[Scalar]:
        node = root.get("include")
        items = node.items if isinstance(node, Sequence) else (node,) if node else ()
        files = [item for item in items if isinstance(item, Scalar) and not item.is_null]
        for item in items:
            if item not in files:
                self._fail(KplanError("a file name or a list of file names is expected"), item.mark)
        return files

    def _below(self, file: Scalar, chain: tuple[str, ...]) -> Mapping:
        path = Path(file.mark.file).parent / file.text
        try:
            if "://" in file.text:
                raise KplanError(f"`{clipped(file.text)}`: only local files can be included")
            if os.path.realpath(path) in chain:
                raise KplanError(f"a circle of includes: {_circle(chain, path)}")
            if self.n_files >= MAX_FILES:
                raise KplanError(f"more than {MAX_FILES} files included")
            if not path.is_file():
                raise KplanError(f"`{clipped(file.text)}`: no such file (looked for {path})")
            return self.read(path, chain)
        except (KplanError, OSError, ValueError) as e:
            self._fail(e if isinstance(e, KplanError) else KplanError(str(e)), file.mark)
        return Mapping({}, file.mark)

    def _fail(self, error: KplanError, mark: Mark) -> None:
        self.is_partial = True
        self.problems.extend(error.at(mark, "include").problems)


def _circle(chain: tuple[str, ...], path: Path) -> str:
    steps = [*chain[chain.index(os.path.realpath(path)) :], os.path.realpath(path)]
    return " includes ".join(Path(step).name for step in steps)


def _no_map(root: Node | None, shown: str) -> KplanError:
    if root is None or (isinstance(root, Scalar) and root.is_null):
        return KplanError("an empty file; a scenario needs volume, stages and designs").at(Mark(shown, 1, 1))
    return KplanError("a scenario is a map: volume, stages, designs, …").at(root.mark)

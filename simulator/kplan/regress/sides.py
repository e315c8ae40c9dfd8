"""The sides of a comparison as users name them: a scenario, a saved result, a file of a commit."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from msgspec import Struct

from kplan.errors import KplanError, Problem
from kplan.regress.git_files import PREFIX, GitFile, fetched
from kplan.regress.lock.reader import LockFile, is_lock
from kplan.regress.lock.side import chosen_file, locked_run
from kplan.regress.run import books_of, run
from kplan.regress.runs import Run, run_of, without_added
from kplan.regress.saved import is_saved, saved_run
from kplan.scenario.source import Piped


class Side(Struct, frozen=True):
    """One side, and what is laid over it.

    source      a file (or one piped in), or the text `git:REF:path`; a .json is a saved result, as is
                piped JSON, and a lock knows itself
    book_paths  price books laid over those of a scenario
    """

    source: Path | Piped | str
    sets: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    book_paths: tuple[Path, ...] = ()
    allow_retired: bool = False

    singles: bool = True
    """Whether the designs that kplan added are compared, too."""

    @contextmanager
    def at_hand(self) -> Iterator[Path | Piped]:
        """The file, fetched where a commit holds it."""
        if isinstance(self.source, str) and self.source.startswith(PREFIX):
            with fetched(GitFile.of(self.source)) as path:
                yield path
        else:
            yield Path(self.source) if isinstance(self.source, str) else self.source

    def read(self, other: Side) -> Run:
        """The side's run; raises KplanError with every problem of it.

        other   the other side, which tells what of a lock is meant
        """
        with self.at_hand() as source:
            if isinstance(source, Path) and is_lock(source):
                self._refuse_layers("a lock", {"--set": self.sets, "--prices-…": self.book_paths})
                lock = LockFile.read(source)
                return locked_run(lock, self._meant(lock, other), self.variants, str(self.source))
            found = self._run(source)
            return found if self.singles else without_added(found)

    def _meant(self, lock: LockFile, other: Side) -> str:
        """Which of the lock's scenarios the other side is."""
        own = PurePosixPath(_path(self.source))
        paths = [posixpath.relpath(_path(other.source), own.parent)]
        alike = [file for file in lock.files if PurePosixPath(file).name == PurePosixPath(paths[0]).name]
        return chosen_file(lock, [*paths, *alike][: 1 + (len(alike) == 1)], str(self.source))

    def _run(self, source: Path | Piped) -> Run:
        if is_saved(source):
            layers = {"--set": self.sets, "--variant": self.variants, "--prices-…": self.book_paths}
            self._refuse_layers("a saved result", layers)
            return saved_run(source, str(self.source))
        results = run(
            source,
            sets=self.sets,
            variants=self.variants,
            book_paths=self.book_paths,
            allow_retired=self.allow_retired,
        )
        books = books_of({plan.variant: plan.scenario for plan in results.plans}, self.book_paths)
        return run_of(results, books, str(self.source))

    def _refuse_layers(self, what: str, layers: Mapping[str, object]) -> None:
        if any(layers.values()):
            named = ", ".join(layers)
            raise KplanError(f"{self.source}: {what} stays as it is; {named} need scenarios")


def _path(source: Path | Piped | str) -> str:
    """Where a side lies, from the top of the file system: a file of a commit where it would lie here."""
    if isinstance(source, str) and source.startswith(PREFIX):
        return os.path.realpath(GitFile.of(source).here())
    return os.path.realpath(str(source))


def read_both(base: Side, head: Side) -> tuple[Run, Run]:
    """Both runs; raises KplanError with the problems of both sides, each told once.

    A lock holds no designs that kplan added: the other side's are left out.
    """
    runs: list[Run] = []
    problems: dict[Problem, None] = {}
    for side, other in ((base, head), (head, base)):
        try:
            runs.append(side.read(other))
        except KplanError as e:
            problems |= dict.fromkeys(e.problems)
    if problems:
        raise KplanError(problems)
    if any(found.is_locked for found in runs):
        runs = [without_added(found) for found in runs]
    return runs[0], runs[1]

"""The sides of a comparison as users name them: a scenario, a saved result, a file of a commit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kplan.errors import KplanError, Problem
from kplan.regress.git_files import PREFIX, GitFile, fetched
from kplan.regress.run import books_of, run
from kplan.regress.runs import Run, run_of
from kplan.regress.saved import saved_run
from kplan.scenario.source import Piped


@dataclass(frozen=True, slots=True)
class Side:
    """One side, and what is laid over it.

    source      a file (or one piped in), or the text `git:REF:path`; a .json is a saved result
    book_paths  price books laid over those of a scenario
    """

    source: Path | Piped | str
    sets: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    book_paths: tuple[Path, ...] = ()
    allow_retired: bool = False

    def read(self) -> Run:
        """The side's run; raises KplanError with every problem of it."""
        if isinstance(self.source, str) and self.source.startswith(PREFIX):
            with fetched(GitFile.of(self.source)) as path:
                return self._run(path)
        return self._run(Path(self.source) if isinstance(self.source, str) else self.source)

    def _run(self, source: Path | Piped) -> Run:
        if isinstance(source, Path) and source.suffix.lower() == ".json":
            if self.sets or self.variants or self.book_paths:
                raise KplanError(
                    f"{self.source}: a saved result stays as it is; --set, --variant and --prices-… need"
                    " scenarios"
                )
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


def read_both(base: Side, head: Side) -> tuple[Run, Run]:
    """Both runs; raises KplanError with the problems of both sides, each told once."""
    runs: list[Run] = []
    problems: dict[Problem, None] = {}
    for side in (base, head):
        try:
            runs.append(side.read())
        except KplanError as e:
            problems |= dict.fromkeys(e.problems)
    if problems:
        raise KplanError(problems)
    return runs[0], runs[1]

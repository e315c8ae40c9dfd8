"""The sides of a comparison of portfolios: folders of scenarios, here or in a commit."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kplan.errors import KplanError, all_of
from kplan.regress.folders import scenarios_below
from kplan.regress.git_files import PREFIX, GitFile, fetched_below, is_folder
from kplan.regress.portfolio import Member, member
from kplan.regress.run import books_of, run
from kplan.regress.runs import Run, run_of


class Standing(Struct, frozen=True):
    """A scenario on one side: its design in use, and its run without the designs that kplan added."""

    member: Member
    run: Run


class FolderSide(Struct, frozen=True):
    """A folder of scenarios, here or in a commit (`git:REF:path`), and what is laid over each."""

    source: str
    sets: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    book_paths: tuple[Path, ...] = ()
    allow_retired: bool = False

    def read(self) -> dict[str, Standing]:
        """Each scenario by its path from the folder; raises KplanError with every problem of all."""
        with self._files() as files:
            if not files:
                raise KplanError(f"no *.kplan.yaml below {self.source}")
            found = all_of([partial(self._standing, name, path) for name, path in files.items()])
        return {standing.member.file: standing for standing in found}

    def _files(self) -> AbstractContextManager[dict[str, Path]]:
        if self.source.startswith(PREFIX):
            return fetched_below(GitFile.of(self.source))
        folder = Path(self.source)
        return nullcontext({name: folder / name for name in scenarios_below(folder)})

    def _standing(self, name: str, path: Path) -> Standing:
        results = run(
            path,
            sets=self.sets,
            variants=self.variants,
            book_paths=self.book_paths,
            allow_retired=self.allow_retired,
        )
        books = books_of({plan.variant: plan.scenario for plan in results.plans}, self.book_paths)
        whole = run_of(results, books, name)
        written = tuple(design for design in whole.designs if not design.added)
        return Standing(member(name, results), replace(whole, designs=written))


def is_portfolio(source: str) -> bool:
    """Whether a side's name is that of a folder, here or in a commit."""
    return is_folder(GitFile.of(source)) if source.startswith(PREFIX) else Path(source).is_dir()

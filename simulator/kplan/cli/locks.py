"""The lock that a command line means, the scenarios held against it, and when it may be written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from kplan.cli.inputs import STDIN, lock_layer_options
from kplan.cli.scenario_files import found_scenarios, scenario_files
from kplan.errors import KplanError
from kplan.regress.folders import ENDING
from kplan.regress.lock.place import NAME, lock_option, nearest
from kplan.render.files import write

NOT_CI = ("", "0", "false", "no", "off")
"""What CI may say where nothing runs; some services set their own name for true."""
LOCK_OPTION = click.option(
    "--lock",
    "lock_file",
    metavar="FILE",
    help=f"The lock; unless said, the nearest {NAME} from the folder of the first path up to here.",
)


def lock_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the scenarios, their lock, and what is laid over them."""
    return click.argument("paths", nargs=-1)(LOCK_OPTION(lock_layer_options(command)))


class Request(Struct, frozen=True):
    """Scenarios and their lock as the command line names them."""

    paths: tuple[str, ...]
    lock_file: str | None
    variants: tuple[str, ...]
    books: tuple[Path, ...]
    allow_retired: bool

    @property
    def lock_path(self) -> Path:
        """Where the lock is, or would be."""
        return lock_path(self.paths, self.lock_file)

    @property
    def options(self) -> tuple[str, ...]:
        """Words of another command line that mean the same lock and layers."""
        named = {"--variant": self.variants, "--book": self.books}
        words = [word for name, values in named.items() for value in values for word in (name, str(value))]
        return (*lock_option(self.lock_path), *words, *["--allow-retired"] * self.allow_retired)

    def read(self) -> Any:
        """The lock (`LockFile`), empty where there is none yet."""
        from kplan.regress.lock.reader import LockFile

        return LockFile.at(self.lock_path)

    def baselines(self, sources: Iterable[str]) -> dict[str, Any]:
        """What the lock says of each scenario (`Baseline`), read when it is first asked; stdin has none."""
        from functools import cache

        from kplan.regress.lock.baseline import Baseline

        read = cache(self.read)
        return {file: Baseline(read, Path(file), self.options) for file in sources if file != STDIN}

    def report(self, lock: Any, accepted: Sequence[str] = ()) -> Any:
        """Every design of the scenarios beside its entry (`Report`); accepted ones name their scenarios."""
        from kplan.regress.lock.scan import Layers, Report, drifts, files_under

        if STDIN in self.paths:
            raise KplanError("a lock keeps scenarios by their files; stdin has none")
        held = lock.files_of(accepted) if accepted else files_under(lock, self.paths or (".",))
        there = [str(lock.file(name)) for name in held if lock.file(name).is_file()]
        gone = [name for name in held if not lock.file(name).is_file()]
        named = [path for path in self.paths if path not in {str(lock.file(name)) for name in gone}]
        sources = there if accepted else self._sources(named, there, gone)
        layers = Layers(self.variants, self.books, self.allow_retired)
        found = drifts(lock, sources, gone, layers)
        return Report(str(self.lock_path), tuple(found), self.options, self.paths, lock.lines)

    def _sources(self, named: Sequence[str], there: Sequence[str], gone: Sequence[str]) -> list[str]:
        """The scenarios found at the paths and those of the lock; none is fine where all of them are gone."""
        paths = list(named) or ([] if self.paths else ["."])
        if not (there or gone):
            return found_scenarios(paths)
        return [file for _, files in scenario_files([*paths, *there]) for file in files]


def lock_path(paths: Sequence[str], lock_file: str | None) -> Path:
    """The lock that is named, or the nearest one from the folder of the first path up to here, or there.

    Raises KplanError for a lock that would be taken for a scenario.
    """
    if lock_file is not None:
        if lock_file.endswith(ENDING):
            raise KplanError(f"--lock {lock_file}: *{ENDING} are scenarios; call it {NAME}")
        return Path(lock_file)
    first = Path(paths[0]) if paths and paths[0] != STDIN else Path()
    return nearest(first if first.is_dir() else first.parent)


def refuse_in_ci(*, is_forced: bool) -> None:
    """Raise KplanError where CI is set: a build must not accept what it is there to find."""
    if os.environ.get("CI", "").lower() not in NOT_CI and not is_forced:
        raise KplanError(
            "CI is set, where a lock is written with --write alone; kplan lock --check only looks"
        )


def written(lock: Any, drifts: Iterable[Any], reason: str) -> dict[str, Any]:
    """Write what the designs cost now into the lock, touching no other entry; returns the changes."""
    from kplan.render.lock_yaml import rewritten

    changes = {
        drift.id: replace(drift.fresh, reason=reason) if drift.fresh is not None else None for drift in drifts
    }
    if changes:
        write(lock.path, rewritten(lock, changes), force=True)  # it was read as a lock, or is new
    return changes

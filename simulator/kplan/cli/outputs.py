"""Where a command's output goes: stdout, named files, or the default reports."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from msgspec import Struct

from kplan.errors import KplanError, Problem
from kplan.render import WRITERS, Writer, format_of, render
from kplan.render.files import write_all

REPORTS = Path("reports")
DEFAULT_REPORTS = ("html", "xlsx")
STDOUT = "-"
NARROWEST, WIDEST = 80, 120
"""Width without a terminal, and the widest that a screen is set [columns]."""
WIDEST_TABLE = 240
"""The widest where tables have columns for it; sentences fold before."""
NO_FILES: Mapping[Path, bytes] = MappingProxyType({})
FULL_BLOCKS, PLAIN_BLOCKS = "█▏▎▍▌▋▊▉▁▂▃▄▅▆▇", "#|||####.-:=+*%"
"""Signs of bars, and what stands for them where stdout has none of these."""


class Outputs(Struct, frozen=True):
    """What is written where: a format on stdout, and formats by file."""

    stdout: str | None
    files: dict[Path, str]
    folders: tuple[Path, ...] = ()
    """Get every table as CSV."""

    @classmethod
    def chosen(cls, stem: str, format_name: str | None, outputs: Sequence[str]) -> Outputs:
        """From `--format` and every `-o`; without either the table and the default reports.

        stem   what the default reports are called
        Raises KplanError for an ending that no format has, for a file named twice, and for a workbook
        on a terminal.
        """
        files = named_files([name for name in outputs if not is_folder(name)])
        if not outputs and format_name is None:
            files = {REPORTS / f"{stem}{WRITERS[name].suffix}": name for name in DEFAULT_REPORTS}
        is_silent = bool(outputs) and STDOUT not in outputs and format_name is None
        stdout = _fit_for_stdout(None if is_silent else format_name or "table", WRITERS)
        return cls(stdout, files, folders(outputs))

    @property
    def written(self) -> list[str]:
        """The files and folders, as people name them."""
        return [*map(str, self.files), *(f"{folder}/" for folder in self.folders)]

    def emit(self, results: Any, *, force: bool) -> None:
        """Render everything, then write the files and folders, then stdout."""
        rendered = {path: render(name, results) for path, name in self.files.items()}
        shown = (
            screen(results)
            if self.stdout == "table"
            else render(self.stdout, results)
            if self.stdout
            else b""
        )
        if any(path.parent == REPORTS for path in rendered):
            _make(REPORTS)
        if self.folders:
            from kplan.render.tables import saved_of

            write_tables(saved_of(results), self.folders, force=force, files=rendered)
        else:
            write_all(rendered, force=force)
        _echo(shown)


class Shown(Struct, frozen=True):
    """What a command without default reports writes: files that are named, and a format on stdout."""

    writers: Mapping[str, Writer]
    stdout: str | None
    files: dict[Path, str]

    @classmethod
    def chosen(
        cls,
        writers: Mapping[str, Writer],
        format_name: str | None,
        outputs: Sequence[str],
        unless_said: str = "table",
    ) -> Shown:
        """From `--format` and every `-o`.

        unless_said   the format on stdout without either
        Raises KplanError for a format or an ending that these writers lack, for a file named twice, and for
        a workbook on a terminal.
        """
        if format_name is not None and format_name not in writers:
            raise KplanError(
                f"--format {format_name} shows one scenario; of folders there is {', '.join(writers)}"
            )
        is_silent = bool(outputs) and STDOUT not in outputs and format_name is None
        stdout = _fit_for_stdout(None if is_silent else format_name or unless_said, writers)
        return cls(writers, stdout, named_files(outputs, writers))

    def emit(self, found: Any, *, force: bool, widest: int = WIDEST) -> None:
        """Render everything, then write the files, then stdout, a table as wide as the terminal."""
        write_all({path: render(name, found, self.writers) for path, name in self.files.items()}, force=force)
        if self.stdout == "table":
            module = import_module(self.writers["table"].target.partition(":")[0])
            shown = module.render(found, min(terminal_width(), widest), is_coloured())
        else:
            shown = render(self.stdout, found, self.writers) if self.stdout else b""
        _echo(shown)


def output_options(
    writers: Mapping[str, Writer],
    *,
    shows: str = "What is printed on stdout.",
    writes: str = "Write {} file instead of the table; repeatable.",
    forces: str = "Overwrite what kplan did not write or what was edited.",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: `--format`, `-o` and `--force` of a command that writes in these formats.

    writes   help of `-o`; `{}` stands for the endings
    """
    *endings, last = (
        f"{writer.suffix} (JUnit)" if name == "junit" else writer.suffix for name, writer in writers.items()
    )
    options = (
        click.option("--format", "format_name", type=click.Choice(list(writers)), help=shows),
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            metavar="FILE|-",
            help=writes.format(f"a {', '.join(endings)} or {last}"),
        ),
        click.option("--force", is_flag=True, help=forces),
    )

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


def named_files(outputs: Sequence[str], writers: Mapping[str, Writer] = WRITERS) -> dict[Path, str]:
    """The format of each file that `-o` names.

    Raises KplanError for an ending that no format has, and for a file named twice.
    """
    named = [path for path in outputs if path != STDOUT]
    return {Path(path): format_of(path, writers) for path in _distinct(named)}


def is_folder(output: str) -> bool:
    """Whether `-o` names a folder, which ends in a slash."""
    return output.endswith(("/", os.sep))


def folders(outputs: Sequence[str]) -> tuple[Path, ...]:
    """Those that `-o` names, each once."""
    return tuple(dict.fromkeys(Path(name) for name in outputs if is_folder(name)))


def write_tables(
    saved: Any, into: Sequence[Path], *, force: bool, files: Mapping[Path, bytes] = NO_FILES
) -> None:
    """Write every table of a result (`Saved`) as CSV into each of the folders, and the files beside them."""
    from kplan.render.tables.csv import folder

    write_folders(folder(saved) if into else {}, into, force=force, files=files)


def write_folders(
    tables: Mapping[str, bytes], into: Sequence[Path], *, force: bool, files: Mapping[Path, bytes] = NO_FILES
) -> None:
    """Write files by name into each of the folders, and the files beside them."""
    for path in into:
        _make(path)
    write_all(
        {**files, **{path / name: content for path in into for name, content in tables.items()}}, force=force
    )


def screen(results: Any, widest: int = WIDEST_TABLE) -> str:
    """The table for the terminal as it is now; at 80 columns and without colour anywhere else."""
    from kplan.render import terminal

    return terminal.render(results, min(terminal_width(), widest), is_coloured())


def terminal_width() -> int:
    """Columns of the terminal, or of COLUMNS; 80 where there is neither."""
    return shutil.get_terminal_size((NARROWEST, 24)).columns


def is_coloured() -> bool:
    """Whether stdout takes colours: a terminal without NO_COLOR, or FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def _fit_for_stdout(format_name: str | None, writers: Mapping[str, Writer]) -> str | None:
    """The format; raises KplanError where it is binary and stdout a terminal."""
    if format_name and writers[format_name].is_binary and sys.stdout.isatty():
        raise KplanError(f"--format {format_name} is binary, and stdout is a terminal; write it with -o")
    return format_name


def _distinct(paths: Sequence[str]) -> Sequence[str]:
    twice = [path for path, count in Counter(str(Path(path)) for path in paths).items() if count > 1]
    if twice:
        raise KplanError(Problem(f"-o {path} is given twice") for path in twice)
    return paths


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as e:
        raise KplanError(f"{folder}/ cannot be made here: {e.strerror}; -o FILE writes elsewhere") from e


def _echo(shown: str | bytes) -> None:
    """To stdout; bars in signs that it has."""
    if isinstance(shown, str) and not _has_blocks():
        shown = shown.translate(str.maketrans(FULL_BLOCKS, PLAIN_BLOCKS))
    click.echo(shown, nl=False, color=True)


def _has_blocks() -> bool:
    try:
        FULL_BLOCKS.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True

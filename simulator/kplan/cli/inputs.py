"""What every command on a scenario takes: the file, settings, variants and price books."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

STDIN = "-"


class Inputs(Struct, frozen=True):
    """A scenario as the command line names it."""

    path: str
    sets: tuple[str, ...]
    variants: tuple[str, ...]
    books: tuple[Path, ...]
    allow_retired: bool

    @property
    def stem(self) -> str:
        """The file's name without its ending: what reports on it are called."""
        if self.path == STDIN:
            return "stdin"
        name = Path(self.path).name
        for ending in (".kplan.yaml", ".kplan.yml", ".yaml", ".yml"):
            if name.endswith(ending) and name != ending:
                return name.removesuffix(ending)
        return Path(name).stem

    @property
    def options(self) -> tuple[str, ...]:
        """The words of the command line that stand before the scenario."""
        named = {"--set": self.sets, "--variant": self.variants, "--book": self.books}
        words = [word for name, values in named.items() for value in values for word in (name, str(value))]
        return (*words, *["--allow-retired"] * self.allow_retired)

    def arguments(self, figure: str) -> list[str]:
        """The same scenario and a figure of it as arguments of another command."""
        dashes = ["--"] if self.path.startswith("-") or figure.startswith("-") else []
        return [*self.options, *dashes, self.path, figure]

    def results(self, draws: int = 10_000, seed: int = 1, sample: int | None = None) -> Any:
        """Load and simulate: `kplan.engine.results.Results`; outputs call files by their names alone.

        draws, seed   of what the scenario says is uncertain
        sample        how many queries of each design are drawn, from the same seed
        Raises KplanError with every problem found.
        """
        from kplan.engine.montecarlo.found import Sample
        from kplan.engine.uncertainty.found import Draws
        from kplan.regress.run import run

        named = replace(self, books=tuple(Path(book.name) for book in self.books))
        return run(
            source(self.path),
            sets=self.sets,
            variants=self.variants,
            book_paths=self.books,
            allow_retired=self.allow_retired,
            options=named.options,
            draws=Draws(draws, seed),
            sample=None if sample is None else Sample(sample, seed),
        )


def source(path: str) -> Any:
    """What a command loads for an argument SCENARIO: its file, or all that stdin holds (`Piped`)."""
    if path != STDIN:
        return Path(path)
    from kplan.scenario.source import MAX_BYTES, Piped

    return Piped(sys.stdin.buffer.read(MAX_BYTES + 1))


_SETS = click.option(
    "--set", "sets", multiple=True, metavar="A.B=VALUE", help="Lay a value over a scenario; repeatable."
)
_LAYERS = (
    click.option(
        "--variant", "variants", multiple=True, metavar="NAME|all", help="A named variant, or all of them."
    ),
    click.option(
        "--book",
        "books",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="A price book laid over kplan's and the scenario's; repeatable.",
    ),
    click.option(
        "--allow-retired", is_flag=True, help="Price models outside their life, for audits of the past."
    ),
)


def layer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the options that lay something over scenarios and their prices."""
    return _SETS(lock_layer_options(command))


def lock_layer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: those of them that a lock can be checked against: what is set for once is no baseline."""
    for option in reversed(_LAYERS):
        command = option(command)
    return command


def scenario_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the argument SCENARIO and the options that go with it."""
    return click.argument("scenario")(layer_options(command))

"""`kplan init`: a folder to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

TEMPLATES = {
    "knowledge-base": "two kinds of queries, three designs, every feature explained",
    "rag": "the smallest comparison: one model everywhere, or one for each stage",
    "support": "what a price change does to the budget",
}
"""Scenarios of kplan that are good to start from; the first is the default."""

_DEFAULT = next(iter(TEMPLATES))
_OWN_PRICES = "prices: {book: pricing/overrides.yaml}   # your own prices, laid over kplan's\n"
"""Last line of the scenario that is made; where a template has it already, it is a comment there."""


@click.command()
@click.argument("template", default=_DEFAULT)
@click.option(
    "--into",
    "folder",
    metavar="DIR",
    default=".",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to make it in.  [default: this one]",
)
def init(template: str, folder: Path) -> None:
    """Make a workspace: a scenario, a file for your own prices, and a folder for reports.

    TEMPLATE is knowledge-base (if none is named), rag or support. Nothing is ever overwritten.
    """
    name = f"{template}.kplan.yaml"
    made = _contents(template, name)
    if (folder / name).exists():
        raise _error(
            f"{folder / name} is there already and stays as it is; choose another folder with --into"
        )
    for path, text in made.items():
        _make(folder / path, text)
    click.echo(f"Try: kplan simulate {folder / name}", err=True)


def _contents(template: str, name: str) -> dict[str, str]:
    """Text of each file of the workspace."""
    from kplan.places import folder

    if template not in TEMPLATES:
        known = "; ".join(f"{known} ({what})" for known, what in TEMPLATES.items())
        into = f"kplan init --into {shlex.quote(template)}"
        raise _error(f"no template {template!r}; there are {known}. For a folder of that name: {into}")
    scenario = (folder("scenarios") / name).read_text(encoding="utf-8")
    return {
        name: scenario.replace(f"# {_OWN_PRICES}", "") + _OWN_PRICES,
        "pricing/overrides.yaml": (folder("pricing") / "overrides.example.yaml").read_text(encoding="utf-8"),
        "reports/.gitkeep": "",
    }


def _make(path: Path, text: str) -> None:
    """Write a file that is not there yet, and say so on stdout."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        click.echo(f"kept   {path}, which was there")
    except OSError as e:
        raise _error(f"{path} cannot be written: {e.strerror}") from e
    else:
        click.echo(f"made   {path}")


def _error(what: str) -> Exception:
    from kplan.errors import KplanError

    return KplanError(what)

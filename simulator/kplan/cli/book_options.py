"""Options that several commands on price books share."""

from __future__ import annotations

from pathlib import Path

import click

books = click.option(
    "--book",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A YAML, CSV or xlsx price book, layered over the embedded one; may be given several times.",
)
day = click.DateTime(["%Y-%m-%d"])

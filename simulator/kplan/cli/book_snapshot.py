"""`kplan book snapshot`: the embedded book from the installed genai-prices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kplan.cli.book_options import day
from kplan.errors import KplanError


@click.command()
@click.option("--as-of", type=day, required=True, help="The day that the installed genai-prices describes.")
@click.option("--lives", type=click.Path(path_type=Path), help="LiteLLM's JSON: makes lives.csv anew.")
@click.option(
    "--lives-source", default="LiteLLM", show_default=True, help="What lives.csv says of its source."
)
@click.option("--into", type=click.Path(path_type=Path), help="Folder to write to; else kplan's own.")
def snapshot(as_of: datetime, lives: Path | None, lives_source: str, into: Path | None) -> None:
    """Write the embedded book from the installed genai-prices (for maintainers)."""
    from kplan.places import folder

    try:
        from kplan.prices.importers import genai_prices
    except ImportError as e:
        raise KplanError("genai-prices is not installed; pip install 'kplan[snapshot]'") from e
    from kplan.prices.importers import litellm_lives
    from kplan.prices.lives import LIVES_FILE, write_lives
    from kplan.prices.snapshot import write_snapshot

    pricing = into or folder("pricing")
    made = genai_prices.snapshot(as_of.date())
    if lives:
        write_lives(litellm_lives.lives(lives, lives_source, made.models), pricing / LIVES_FILE)
    for skip in write_snapshot(made, as_of.date(), pricing):
        click.echo(f"left out: {skip.what}: {skip.why}")
    for what, n in made.counts.items():
        click.echo(f"{n:>7,} {what}")

"""`kplan book`: the table of commands on price books."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import click

from kplan.cli.lazy import Command, Commands

BOOK_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "list": Command("kplan.cli.book_list:list_models", "The models of a price book"),
        "show": Command("kplan.cli.book_show:show", "All that is known of one model"),
        "diff": Command("kplan.cli.book_diff:diff", "What changes from one price book, or day, to another"),
        "lint": Command("kplan.cli.book_lint:lint", "Tell what looks wrong in a price book"),
        "import": Command("kplan.cli.book_import:import_book", "Make a book of what others publish"),
        "calendar": Command(
            "kplan.cli.book_calendar:calendar", "What happens to prices and models, and when"
        ),
        "set": Command("kplan.cli.book_set:set_price", "A price of your own book changes from a day on"),
        "correct": Command("kplan.cli.book_correct:correct", "A price of your own book was wrong"),
        "snapshot": Command("kplan.cli.book_snapshot:snapshot", "Write the embedded book, for maintainers"),
    }
)
"""A new command is one line here and one module."""


@click.command(cls=Commands, table=BOOK_COMMANDS)
def book() -> None:
    """Look into price books, compare and check them, and change your own."""

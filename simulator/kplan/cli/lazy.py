"""Groups of commands that import a command only when it is run, each from a table."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Command(NamedTuple):
    """One line of the help, and where the command lies."""

    target: str
    """`module:attribute`, imported when the command is run."""
    help: str
    for_newcomers: bool = False
    """Whether the short help shows it; a table without any shows all of them."""


SHOWS_ALL = "kplan.shows_all"


class Commands(click.Group):
    """A group that imports a command only when it is run; help imports none."""

    def __init__(self, *args: Any, table: Mapping[str, Command], **keys: Any) -> None:
        super().__init__(*args, **keys)
        self.table = table

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember `--all` before `--help` ends the run."""
        ctx.meta[SHOWS_ALL] = "--all" in args
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name].target.partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; raises UsageError with the nearest name."""
        if args[0] not in self.table and not args[0].startswith("-"):
            from difflib import get_close_matches

            from kplan.render.format import plain_text

            near = get_close_matches(args[0], self.table, 1)
            hint = f"did you mean {near[0]}?" if near else f"{self._help_on_all(ctx)} lists them"
            raise click.UsageError(f"no command {plain_text(args[0])!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The newcomers' commands, or all of them; from the table alone."""
        whole = [(name, command.help) for name, command in self.table.items()]
        few = [(name, help_) for name, help_ in whole if self.table[name].for_newcomers]
        shown = whole if ctx.meta.get(SHOWS_ALL, False) else few or whole
        with formatter.section("Commands"):
            formatter.write_dl(shown)
        if len(shown) < len(whole):
            formatter.write_paragraph()
            formatter.write_text(f"{self._help_on_all(ctx)} lists every command.")

    def _help_on_all(self, ctx: click.Context) -> str:
        """The words that show every command of the group."""
        has_short = any(command.for_newcomers for command in self.table.values())
        return f"{ctx.command_path} --help{' --all' if has_short else ''}"

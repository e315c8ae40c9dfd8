"""`kplan units`: how vendors turn sizes into billed units."""

from __future__ import annotations

import json

import click

from kplan.errors import KplanError, Problem
from kplan.money import ZERO, counted, plain
from kplan.prices.sizes import RULES, SizeRule
from kplan.render.listing import aligned

_PLURALS = {"search": "searches", "x": "x", "GB": "GB"}


class _Rules(click.Group):
    """A command for each size rule, made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every rule, in the order of the registry."""
        return list(RULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The rule, by its name with _ or with -."""
        name = cmd_name.replace("-", "_")
        return _command(RULES[name]) if name in RULES else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The rule that is meant; raises KplanError with the nearest one."""
        from kplan.form.sizes import size_rule

        if not args[0].startswith("-"):
            size_rule(args[0].replace("-", "_"))
        return super().resolve_command(ctx, args)


@click.group(cls=_Rules, invoke_without_command=True, subcommand_metavar="[RULE [ARGS]...]")
@click.pass_context
def units(context: click.Context) -> None:
    """Turn sizes into billed units by a vendor's RULE; without one, list the rules."""
    if context.invoked_subcommand is None:
        lines = [(rule.name, rule.unit, " ".join(map(_option, rule.arguments))) for rule in RULES.values()]
        click.echo("\n".join(aligned(("rule", "unit", "sizes"), lines)))


def _command(rule: SizeRule) -> click.Command:
    options: list[click.Parameter] = [
        click.Option(
            [_option(argument)], metavar="N", help="0 unless given." if argument in rule.optional else ""
        )
        for argument in rule.arguments
    ]
    options.append(click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."))

    def run(as_json: bool, **said: str | None) -> None:
        given = {name: text for name, text in said.items() if text is not None}
        click.echo(_answer(rule, given, as_json))

    text = f"{rule.formula}\n\n{rule.source}."
    return click.Command(rule.name, callback=run, params=options, help=text, short_help=rule.unit)


def _option(argument: str) -> str:
    return f"--{argument.replace('_', '-')}"


def _answer(rule: SizeRule, said: dict[str, str], as_json: bool) -> str:
    """The units, with the formula and where it was read."""
    from kplan.form.numbers import number
    from kplan.form.sizes import units as worked_out

    problems: list[Problem] = []
    sizes = dict.fromkeys(rule.optional, ZERO)
    for name, text in said.items():
        try:
            sizes[name] = number(text)
        except KplanError as e:
            problems += e.at(None, _option(name)).problems
    if missing := [_option(name) for name in rule.arguments if name not in (*said, *rule.optional)]:
        problems.append(Problem(f"{rule.name}: {', '.join(missing)} missing"))
    if problems:
        raise KplanError(problems)
    found = worked_out(rule.name, sizes)
    if as_json:
        document = {
            "kind": "units",
            "schema_version": 1,
            "rule": rule.name,
            "sizes": {name: plain(size) for name, size in sizes.items()},
            "units": plain(found),
            "unit": rule.unit,
            "formula": rule.formula,
            "source": rule.source,
        }
        return json.dumps(document, indent=2, ensure_ascii=False)
    unit = rule.unit if found == 1 else _PLURALS.get(rule.unit, f"{rule.unit}s")
    of = ", ".join(f"{name} {counted(sizes[name])}" for name in rule.arguments)
    return f"{counted(found)} {unit}\n  {of}\n  {rule.formula}\n  {rule.source}"

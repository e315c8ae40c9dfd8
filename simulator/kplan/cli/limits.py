"""`kplan limits`: what providers allow in a minute, and which limits hold for a model on a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

_FILES = click.option(
    "--limits",
    "paths",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A YAML file of limits laid over kplan's; repeatable.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def limits() -> None:
    """Rate limits of providers: requests and tokens a minute, queues of batches; dated, with sources."""


@limits.command("list")
@click.argument("pattern", required=False)
@_FILES
@_JSON
def list_limits(pattern: str | None, paths: tuple[Path, ...], as_json: bool) -> None:
    """List the limits whose provider, models, tier or way of calling hold PATTERN."""
    from kplan.capacity.limit_book import load_limits
    from kplan.errors import KplanError

    book = load_limits(paths)
    found = [
        each for each in book.limits() if not pattern or pattern.lower() in f"{each.id} {each.models}".lower()
    ]
    if not found:
        raise KplanError(f'no limit holds "{pattern}" (kplan limits list)')
    _print("limits.list", found, as_json)
    _warn(book, {each.provider for each in found})


@limits.command()
@click.argument("model")
@click.option("--tier", default="", help="As the provider calls it: Scale, 'Tier 3'.")
@click.option("--service", default="", help="Where it has several: GlobalStandard, cross-region, vertex.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="A day instead of today.")
@_FILES
@_JSON
def show(
    model: str, tier: str, service: str, day: datetime | None, paths: tuple[Path, ...], as_json: bool
) -> None:
    """Show the limits that hold for MODEL; exits with 2 where none is known, and says why."""
    from kplan.capacity.limit_book import load_limits
    from kplan.errors import KplanError
    from kplan.prices.book import load_book

    book, named = load_limits(paths), _model(model, load_book())
    on = day.date() if day else date.today()  # noqa: DTZ011 - the user's own day
    found = book.in_force(named, on, tier, service)
    if not found:
        raise KplanError(book.why_none(named, on, tier, service))
    _print("limits.show", found, as_json)
    _warn(book, {named.provider})


def _model(name: str, prices: Any) -> Any:
    """A model of the price book; with its provider also one that the book does not have."""
    from kplan.errors import KplanError
    from kplan.prices.models import ModelRow

    try:
        return prices.find(name)
    except KplanError:
        provider, slash, id_ = name.partition("/")
        if not slash:
            raise
        return ModelRow(provider, id_)


def _print(kind: str, found: Any, as_json: bool) -> None:
    import json

    from kplan.render.format import plain_text
    from kplan.render.listing import aligned

    if as_json:
        document = {"kind": kind, "schema_version": 1, "limits": [_as_json(each) for each in found]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    head = ("provider", "pool", "service", "tier", "limit", "counts", "checked", "status", "until")
    click.echo("\n".join(aligned(head, [tuple(map(plain_text, _line(each))) for each in found], ("limit",))))
    notes = dict.fromkeys(f"{each.pool}: {each.note}" for each in found if each.note)
    sources = dict.fromkeys(
        f"Source: {each.source} {each.source_url}".strip() for each in found if each.source
    )
    click.echo("\n".join(["", *map(plain_text, (*notes, *sources))]))


def _line(each: Any) -> tuple[str, ...]:
    until = str(each.valid_to or "")
    checked = str(each.checked_on or "unknown")
    return (
        each.provider,
        each.pool,
        each.service,
        each.tier,
        each.said(),
        _counts(each.counting),
        checked,
        each.status,
        until,
    )


def _counts(counting: Any) -> str:
    """`input + cache_write`, or the larger one of several sums."""
    from kplan.money import ONE, plain

    def of(weights: Any) -> str:
        return " + ".join(
            name if weight == ONE else f"{plain(weight)} x {name}" for name, weight in weights.items()
        )

    said = " or ".join(map(of, counting.counts))
    return f"{said}, then {of(counting.settles)}" if counting.settles else said


def _as_json(each: Any) -> dict[str, object]:
    from kplan.money import plain

    counting = each.counting
    weights = [{name: plain(weight) for name, weight in sums.items()} for sums in counting.counts]
    settles = counting.settles and {name: plain(weight) for name, weight in counting.settles.items()}
    return {
        "id": each.id,
        "provider": each.provider,
        "pool": each.pool,
        "models": list(each.models),
        "service": each.service,
        "tier": each.tier,
        "measures": counting.measures,
        "kind": counting.kind,
        "amount": plain(each.amount),
        "per_s": plain(counting.per_s) if counting.per_s else None,
        "window_s": plain(counting.window_s) if counting.window_s else None,
        "counts": weights,
        "settles": settles,
        "valid_from": each.valid_from and each.valid_from.isoformat(),
        "valid_to": each.valid_to and each.valid_to.isoformat(),
        "source": each.source,
        "source_url": each.source_url,
        "checked_on": each.checked_on and each.checked_on.isoformat(),
        "status": each.status,
        "note": each.note,
    }


def _warn(book: Any, providers: Collection[str]) -> None:
    """Say on stderr which figures of these were read too long ago."""
    from kplan.render.format import plain_text

    for sentence in book.stale(date.today()):  # noqa: DTZ011 - the user's own day
        if any(sentence.startswith(f"limits of {provider} ") for provider in providers):
            click.echo(plain_text(f"old: {sentence}"), err=True)

"""`kplan book import`: a price book made of what others publish, or brought up to date with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from kplan.cli.book_options import day
from kplan.errors import KplanError

STDOUT = "-"
_FLAGS = {
    "names": "--map",
    "ignored": "--ignore",
    "fills": "--fill or --per",
    "wide": "--wide",
    "zeros": "--zeros",
}


@click.command("import")
@click.argument("source")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The book, a .csv file.")
@click.option("--as-of", type=day, required=True, help="The day whose prices the source describes.")
@click.option(
    "--from",
    "start",
    type=day,
    help="First day of new and changed prices.  [default: --as-of; since ever for new models]",
)
@click.option("--zeros", is_flag=True, help="litellm: zero means free; else it is left out as unknown.")
@click.option("--map", "names", multiple=True, metavar="COLUMN=THEIRS", help="Table: their name of a column.")
@click.option("--ignore", "ignored", multiple=True, metavar="THEIRS", help="Table: a column to leave out.")
@click.option("--fill", "fills", multiple=True, metavar="COLUMN=TEXT", help="Table: what empty cells mean.")
@click.option("--per", help="Table: units that a price is for, such as 1_000_000; as --fill per=N.")
@click.option("--wide", is_flag=True, help="Table: a column of prices for each meter.")
@click.option("--skipped", metavar="FILE|-", help="List all that was left out, with its reason, as CSV.")
@click.option("--force", is_flag=True, help="Overwrite the --skipped file.")
@click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON.")
def import_book(
    source: str,
    file: Path | None,
    output: Path,
    as_of: datetime,
    start: datetime | None,
    skipped: str | None,
    force: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Import the prices of SOURCE into a book of your own.

    SOURCE is genai-prices (the installed package), litellm FILE (its JSON map of models), table FILE, or
    just a .csv or .xlsx FILE.

    Every price of the source becomes a row or is listed with its reason. A book that is there already is
    brought up to date: a changed price is a new row from --from on, one that is gone is ended, and all
    else stays to the letter. Importing the same again changes nothing.
    """
    from kplan.prices.update import updated_book
    from kplan.render.files import write_all

    if as_json and skipped == STDOUT:
        raise click.UsageError("--json and --skipped - both want stdout; name a file for one")
    name, path = _source(source, file)
    if path and output.exists() and path.exists() and path.samefile(output):
        raise KplanError(f"{output}: a book is not imported into itself; -o another file")
    imported = _read(name, path, as_of.date(), said)
    update = updated_book(output, imported, as_of.date(), start.date() if start else None)
    left_out = _left_out(imported, update)
    if skipped and skipped != STDOUT:
        write_all({Path(skipped): left_out.encode()}, force=force)
    write_all(update.contents, force=True)
    for line in _summary(imported, update, output):
        click.echo(line, err=True)
    if skipped == STDOUT:
        click.echo(left_out, nl=False)
    if as_json:
        click.echo(json.dumps(_json(imported, update, as_of.date()), indent=2, ensure_ascii=False))


def _source(source: str, file: Path | None) -> tuple[str, Path | None]:
    """The importer that is meant, and the file that it reads."""
    from kplan.prices.importers import SOURCES, TABLES

    if source in SOURCES:
        if SOURCES[source].takes_file != (file is not None):
            wants = f"wants a file: kplan book import {source} FILE" if not file else "takes no file"
            raise click.UsageError(f"{source} {wants}")
        return source, file
    if file is None and Path(source).suffix.lower() in TABLES:
        return "table", Path(source)
    known = "; ".join(f"{name}, {each.help}" for name, each in SOURCES.items())
    raise click.UsageError(f'no source "{source}"; known are {known}; or a {" or ".join(TABLES)} file')


def _read(name: str, path: Path | None, as_of: date, said: Mapping[str, Any]) -> Any:
    """What the source holds: `kplan.prices.importers.imported.Imported`."""
    from kplan.prices.importers import SOURCES, importer
    from kplan.prices.importers.imported import Wishes

    fills = _pairs("--fill", said["fills"]) | ({"per": said["per"]} if said["per"] else {})
    wishes = Wishes(said["zeros"], _pairs("--map", said["names"]), said["ignored"], fills, said["wide"])
    useless = [_FLAGS[wish] for wish in _FLAGS if getattr(wishes, wish) and wish not in SOURCES[name].wishes]
    if useless:
        raise click.UsageError(f"{', '.join(useless)}: not for {name}")
    return importer(name)(path, as_of, wishes)


def _pairs(flag: str, said: Sequence[str]) -> dict[str, str]:
    pairs = [(ours, theirs) for ours, _, theirs in (text.partition("=") for text in said)]
    if bad := [text for text in said if not all(text.partition("="))]:
        raise click.UsageError(f'{flag} "{bad[0]}"; write {flag} COLUMN=VALUE')
    names = [ours for ours, _ in pairs]
    if twice := sorted({ours for ours in names if names.count(ours) > 1}):
        raise click.UsageError(f"{flag} {twice[0]}= is given twice")
    return dict(pairs)


def _left_out(imported: Any, update: Any) -> str:
    """All that was left out, as CSV: prices, what else the source says, rows that the book refused."""
    from kplan.prices.book_csv import new_csv

    kinds = {"price": imported.skipped, "other": imported.remarks, "row": update.refresh.left}
    lines = [(kind, each.what, each.why) for kind, some in kinds.items() for each in some]
    return new_csv(("kind", "what", "why"), lines)


def _summary(imported: Any, update: Any, output: Path) -> list[str]:
    """What became of the source's prices, and of the book's rows."""
    counts, refresh = imported.counts, update.refresh
    book = [f"{n:,} {what}" for what, n in refresh.counts.items() if n]
    models = f"{len(refresh.added_models):,} new, {len(refresh.changed_models):,} changed"
    n_prices, n_imported, n_skipped = (counts[f"{what} prices"] for what in ("source", "imported", "skipped"))
    return [
        f"{imported.source}: {n_prices:,} source prices = {n_imported:,} imported + {n_skipped:,} skipped",
        *_reasons(imported.skipped),
        *(["also left out:", *_reasons(imported.remarks)] if imported.remarks else []),
        *(["rows that the book did not take:", *_reasons(refresh.left)] if refresh.left else []),
        f"{output}: {update.n_rows:,} rows ({', '.join(book)}), {update.n_models:,} models ({models})",
    ]


def _reasons(skipped: Iterable[Any]) -> list[str]:
    return [f"{n:>9,} {why}" for why, n in Counter(skip.why for skip in skipped).most_common()]


def _json(imported: Any, update: Any, as_of: date) -> dict[str, object]:
    refresh = update.refresh
    return {
        "kind": "book.import",
        "schema_version": 1,
        "source": imported.source,
        "as_of": as_of.isoformat(),
        "counts": dict(imported.counts),
        "skipped": dict(Counter(skip.why for skip in imported.skipped).most_common()),
        "also_left_out": dict(Counter(skip.why for skip in imported.remarks).most_common()),
        "rows": {"all": update.n_rows, **refresh.counts, "not_taken": len(refresh.left)},
        "models": {
            "all": update.n_models,
            "new": len(refresh.added_models),
            "changed": len(refresh.changed_models),
        },
    }

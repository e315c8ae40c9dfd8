"""Every table of a result, simulated now or saved: made in one place for every format."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct

from kplan.engine.results import Results
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.regress.runs import RunDesign, run_of
from kplan.regress.saved import Saved
from kplan.render.json import document
from kplan.render.tables.groups import GROUPINGS, added_up
from kplan.render.tables.ledger import LEDGER, ledger
from kplan.render.tables.listed import listed
from kplan.render.tables.listings import LISTINGS
from kplan.render.tables.table import Table
from kplan.scenario.names import meant

ALL = "all"
NAMES = (*LISTINGS, LEDGER)
"""What `kplan show --table` takes."""


class View(Struct, frozen=True):
    """The tables that were asked for, below the answer of the result that they are made of."""

    headline: tuple[str, ...]
    caveats: tuple[str, ...]
    design: str
    """The one that the answer is about."""
    tables: tuple[Table, ...]
    about: str
    """What the result was made from: file, price book, version of kplan."""


def saved_of(results: Results) -> Saved:
    """A simulation that was just made, as if it had been saved and read."""
    return Saved(run_of(results, {}, results.provenance.scenario_file), document(results))


def view(
    saved: Saved, *, by: str = "", table: str = "", designs: Sequence[str] = (), top: int | None = None
) -> View:
    """One kind of table, for the designs that are named.

    by, table   a name of `GROUPINGS`, or of `NAMES`; one of the two
    designs     ids, or names under every variant; `all`; without any, the one that the verdict is about for
                `by`, all for a table
    Raises KplanError for names that are not there, and for a table in which nothing stands.
    """
    _known(by, GROUPINGS) if by else _known(table, NAMES)
    chosen = _chosen(saved, designs or ([] if by else [ALL]))
    found = added_up(saved, by, chosen, top) if by else one(saved, table, chosen, top)
    if not found:
        raise KplanError(f"{saved.run.name}: there is no table {table}; it has {_held(saved)}")
    said = _verdict(saved)
    return View(
        _lines(said.get("headline")), _lines(said.get("caveats")), _told(saved), tuple(found), _about(saved)
    )


def _known(name: str, names: Collection[str]) -> None:
    if name not in names:
        raise KplanError(f"there is no table {clipped(name)}{meant(name, names)}")


def one(saved: Saved, name: str, designs: Sequence[RunDesign], top: int | None = None) -> list[Table]:
    """The table of this name; none where nothing stands in it."""
    if name == LEDGER:
        return ledger(saved, designs, top)
    return listed(saved, name, LISTINGS[name], designs, top)


def every(saved: Saved) -> dict[str, list[Table]]:
    """All tables of all designs in which something stands, by their name in files: `by-stage`, `prices`."""
    grouped = {f"by-{name}": added_up(saved, name, saved.run.designs) for name in GROUPINGS}
    rest = {name: one(saved, name, saved.run.designs) for name in NAMES}
    return {name: tables for name, tables in (grouped | rest).items() if any(t.rows for t in tables)}


def _held(saved: Saved) -> str:
    return ", ".join(name for name in NAMES if one(saved, name, saved.run.designs))


def _chosen(saved: Saved, named: Sequence[str]) -> tuple[RunDesign, ...]:
    """Each of the designs once, in the order of the result."""
    known = saved.run.designs
    wanted = set(named) or {_told(saved)}
    unknown = [name for name in named if name != ALL and not any(name in (d.id, d.design) for d in known)]
    if unknown:
        names = [design.id for design in known]
        raise KplanError(Problem(f"no design {clipped(name)}{meant(name, names)}") for name in unknown)
    if ALL in wanted and not any(ALL in (design.id, design.design) for design in known):
        return known
    return tuple(design for design in known if wanted & {design.id, design.design})


def _told(saved: Saved) -> str:
    """The design that the verdict is about, else the first."""
    told = _verdict(saved).get("design")
    ids = [design.id for design in saved.run.designs]
    return next((id_ for id_ in ids if id_ == told), next(iter(ids), ""))


def _verdict(saved: Saved) -> Mapping[str, Any]:
    verdict = saved.document.get("verdict")
    return verdict if isinstance(verdict, dict) else {}


def _lines(found: object) -> tuple[str, ...]:
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _about(saved: Saved) -> str:
    prices, scenario = (saved.document.get(key) for key in ("prices", "scenario"))
    book = prices if isinstance(prices, dict) else {}
    made = scenario if isinstance(scenario, dict) else {}
    dated = f" {book['as_of']}" if book.get("as_of") else ""
    return f"{made.get('file') or 'kplan'}; {book.get('book')}{dated}; kplan {saved.run.kplan_version}"

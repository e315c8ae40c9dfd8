"""How long queries take beside what they cost, as columns of printed cells: one table for every format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kplan.engine.results import DesignResult, Results
from kplan.engine.targets import TIME_FIGURES, ClassTime, Met
from kplan.render.columns import Column, Figures
from kplan.render.format import duration, duration_in_full, in_full, per_1000, per_query

UNKNOWN = "unknown"
WHOLE = "all queries"
NOTE = (
    "Time of a query until it is answered or stops, with no load on the models; so many percent of the"
    " queries are through within each percentile."
)
_DROPPED_AT = {"p50": 2, "p90": 4, "p99": 3}


class TimeRow(Struct, frozen=True):
    """The queries of one class, or all of them, under one design."""

    design: DesignResult
    name: str
    """The class; `all queries` for the whole mix."""
    time: ClassTime


def time_rows(designs: Iterable[DesignResult]) -> list[TimeRow]:
    """All queries of each design, and each of its classes; none where times are not asked for."""
    return [
        TimeRow(design, name, time)
        for design in designs
        if design.time is not None
        for name, time in (
            (WHOLE, design.time.whole),
            *((time.query_class, time) for time in design.time.classes),
        )
    ]


def whole_rows(results: Results) -> list[TimeRow]:
    """One for each design, all its queries."""
    return [row for row in time_rows(results.designs) if row.name == WHOLE]


def time_columns(rows: Sequence[TimeRow]) -> tuple[Column, ...]:
    """What stands right of each row's name: the cost, times where any are known, and targets."""
    costs = [row.time.cost_per_query_usd for row in rows]
    found = [
        Column("per 1,000", tuple(map(per_1000, costs)), values=tuple((usd.scaleb(3),) for usd in costs)),
    ]
    if any(row.time.times or (row.design.time and row.design.time.unknown) for row in rows):
        found += [
            Column(
                name,
                tuple(_time(row, name) for row in rows),
                _DROPPED_AT.get(name, 0),
                values=tuple(_seconds(row, name) for row in rows),
                parts=("in s",),
            )
            for name in TIME_FIGURES
        ]
    if any(row.time.targets for row in rows):
        cells = tuple(", ".join(map(said, row.time.targets)) for row in rows)
        found.append(Column("targets", cells, 1, is_text=True))
    return tuple(found)


def figures(rows: Sequence[TimeRow]) -> tuple[Column, ...]:
    """The same without the targets, where these are told in sentences."""
    return tuple(column for column in time_columns(rows) if not column.is_text)


def _time(row: TimeRow, name: str) -> str:
    return UNKNOWN if row.time.times is None else duration(row.time.times.by_name()[name])


def _seconds(row: TimeRow, name: str) -> Figures:
    return () if row.time.times is None else (row.time.times.by_name()[name],)


def said(met: Met) -> str:
    """`p95 500 ms met`, `per query $0.001 missed`, `mean 2 s unknown`."""
    is_cost = met.figure == "per_query"
    limit = in_full(met.limit) if is_cost else duration_in_full(met.limit)
    return f"{met.figure.replace('_', ' ')} {limit} {verdict(met)}"


def verdict(met: Met) -> str:
    """`met`, `missed` or `unknown`."""
    return {None: UNKNOWN, True: "met", False: "missed"}[met.is_met]


def missed(results: Results) -> Iterator[str]:
    """A line for each written design with targets: how many are met, and what those are that are not."""
    for design in results.designs:
        rows = [] if design.added else time_rows([design])
        targets = [(row.name, met) for row in rows for met in row.time.targets]
        if targets:
            kept = sum(met.is_met is True for _, met in targets)
            rest = [_short(name, met) for name, met in targets if not met.is_met]
            yield f"{design.id} meets {kept} of {len(targets)}" + (f"; not {', '.join(rest)}" if rest else "")


def _short(name: str, met: Met) -> str:
    value = met.value
    if value is None:
        return f"{name} {said(met)}"
    reached = per_query(value) if met.figure == "per_query" else duration(value)
    return f"{name} {said(met).rpartition(' ')[0]} ({reached})"


def accuracy(results: Results) -> str:
    """How far times may lie from the exact ones, where any were merged; else an empty text."""
    known = [row.time.times for row in time_rows(results.designs)]
    worst = max((times.within_s for times in known if times is not None), default=None)
    return f"They lie within {duration(worst)} of the exact ones." if worst else ""


def notes(results: Results) -> str:
    """What to know about the times; empty where none are known."""
    rows = time_rows(results.designs)
    if all(row.time.times is None for row in rows):
        return ""
    return " ".join(filter(None, (NOTE, accuracy(results))))

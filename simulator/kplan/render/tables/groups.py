"""The ledger of a design added up by stage, model, class, meter or month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from msgspec import Struct

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.results import MonthCost
from kplan.money import ZERO, exact, quotient
from kplan.regress.runs import RunDesign
from kplan.regress.saved import Saved
from kplan.render.format import money, per_1000, plain_text, round_quantity, share
from kplan.render.tables.table import Field, Row, Table, Value


class Grouping(Struct, frozen=True):
    """What lines are added up by."""

    name_of: Callable[[LedgerRow], str]
    """Empty for a line that has none, which is then called by its label."""
    splits_queries: bool = False
    """Whether each query belongs to one group: its queries and their cost are told, too."""
    is_dated: bool = False
    """Whether groups stand in the order of time, not of their cost."""
    units: bool = False
    """Whether units can be added up within a group."""
    models: bool = False
    """Whether the models that a group runs on are told."""


GROUPINGS: Mapping[str, Grouping] = MappingProxyType(
    {
        "stage": Grouping(lambda row: row.stage, models=True),
        "model": Grouping(lambda row: row.model),
        "class": Grouping(lambda row: row.query_class, splits_queries=True),
        "meter": Grouping(lambda row: row.meter, units=True),
        "month": Grouping(lambda row: row.month, splits_queries=True, is_dated=True),
    }
)
"""What `kplan show --by` takes; another grouping is one line here."""


class Group(Struct, frozen=True):
    """Lines of a design that go together."""

    name: str
    lines: tuple[LedgerRow, ...]
    is_whole: bool = False
    """Whether it is all that the design costs."""

    @property
    def usd(self) -> Decimal:
        """Over the plan, exact [USD]."""
        return _sum(row.cost_usd for row in self.lines)

    def usd_in(self, month: str) -> Decimal:
        """In one month, exact [USD]."""
        return _sum(row.cost_usd for row in self.lines if row.month == month)

    @property
    def units(self) -> Decimal | None:
        """Units of its one meter over the plan; none where there are several, or none at all."""
        if len({row.meter for row in self.lines}) != 1 or not self.lines[0].meter:
            return None
        with exact():
            return _sum(row.quantity_per_query * row.queries for row in self.lines)


def added_up(
    saved: Saved, grouping: str, designs: Sequence[RunDesign], top: int | None = None
) -> list[Table]:
    """One table a design, the dearest groups first.

    top   so many groups are kept; the others are one line
    """
    make = partial(_table, saved, grouping, GROUPINGS[grouping], top)
    return list(map(make, designs))


def _table(saved: Saved, name: str, grouping: Grouping, top: int | None, design: RunDesign) -> Table:
    groups = _groups(saved.run.lines(design), grouping)
    ranked = sorted(groups, key=lambda group: -group.usd)
    kept, rest = (ranked, []) if top is None else (ranked[:top], ranked[top:])
    if grouping.is_dated:
        kept = [group for group in groups if group in kept]
    fields = _fields(name, grouping, design, groups)
    row = partial(_row, saved, grouping, design)
    more = Group(f"{len(rest)} more", tuple(line for group in rest for line in group.lines))
    whole = Group("total", saved.run.lines(design), is_whole=True)
    return Table(
        name=f"by-{name}",
        title=f"{plain_text(design.id)}, by {name}",
        fields=fields,
        rows=tuple(map(row, kept)),
        more=row(more) if rest else None,
        total=row(whole) if groups else None,
        bar="cost_usd",
        notes=_notes(saved, grouping, design) if groups else ("it costs nothing",),
    )


def _groups(lines: Iterable[LedgerRow], grouping: Grouping) -> list[Group]:
    """In the order of the ledger, months in their own; what lines by the month are called is in brackets."""
    found: dict[tuple[str, str], list[LedgerRow]] = {}
    for line in lines:
        name = grouping.name_of(line)
        found.setdefault((name, "" if name else line.label or line.kind.value), []).append(line)
    keys = sorted(found) if grouping.is_dated else found
    return [Group(name or f"({label})", tuple(found[name, label])) for name, label in keys]


def _fields(name: str, grouping: Grouping, design: RunDesign, groups: Sequence[Group]) -> tuple[Field, ...]:
    months = [month.month for month in design.months]
    is_steady = all(len({group.usd_in(month) for month in months}) == 1 for group in groups)
    span = f"{len(months)} month{'' if len(months) == 1 else 's'}"
    return (
        Field("design"),
        Field("variant"),
        Field(name, name, plain_text, is_text=True),
        *([Field("models", "model", plain_text, 1, is_text=True)] if grouping.models else []),
        *([Field("queries", "queries", round_quantity, 3)] if grouping.splits_queries else []),
        *([Field("units", "units", round_quantity, 3)] if grouping.units else []),
        Field("cost_per_query_usd", "per 1,000", per_1000, 0, sums=not grouping.splits_queries),
        *(
            []
            if grouping.is_dated
            else [Field("first_month_usd", "a month" if is_steady else "first month", money, 4, sums=True)]
        ),
        Field("cost_usd", "cost" if grouping.is_dated else span, money, sums=True),
        Field("share", "share", share, 2, sums=True),
        *([Field("over_budget", "budget", _over, 5, is_text=True)] if grouping.is_dated else []),
    )


def _row(saved: Saved, grouping: Grouping, design: RunDesign, group: Group) -> Row:
    own = _queries(group, grouping, design)
    values: list[Value] = [design.design, design.variant, group.name]
    if grouping.models:
        values.append(_models(design, group))
    if grouping.splits_queries:
        values.append(own or None)
    if grouping.units:
        values.append(group.units)
    values.append(quotient(group.usd, own) if own else None)
    if not grouping.is_dated:
        values.append(group.usd_in(design.months[0].month) if design.months else None)
    whole = _sum(line.cost_usd for line in saved.run.lines(design))
    values += [group.usd, quotient(group.usd, whole) if whole else None]
    if grouping.is_dated:
        months = _months(group, design)
        values.append((len(months) == 1 and months[0].over_budget) or None)
    return tuple(values)


def _months(group: Group, design: RunDesign) -> list[MonthCost]:
    held = {line.month for line in group.lines}
    return [month for month in design.months if month.month in held]


def _queries(group: Group, grouping: Grouping, design: RunDesign) -> Decimal:
    """What a group's cost per query is counted by: its own queries where it has any, else all."""
    if group.is_whole or not grouping.splits_queries:
        return _sum(month.queries for month in design.months)
    if grouping.is_dated:
        return _sum(month.queries for month in _months(group, design))
    return _of_class(group)


def _of_class(group: Group) -> Decimal:
    """Queries of the group's classes, each period once; none for lines by the month."""
    periods = {(line.query_class, line.starts_on): line.queries for line in group.lines if line.query_class}
    return _sum(periods.values())


def _models(design: RunDesign, group: Group) -> str | None:
    """As the scenario names them; where a stage has none, the meters that it is billed by, in brackets."""
    stages = {line.stage for line in group.lines}
    if group.is_whole or len(stages) != 1 or "" in stages:
        return None
    named = design.stages.get(stages.pop(), ())
    meters = dict.fromkeys(line.meter for line in group.lines if line.meter)
    return " + ".join(named) or f"({', '.join(meters)})"


def _notes(saved: Saved, grouping: Grouping, design: RunDesign) -> tuple[str, ...]:
    events = saved.run.events if grouping.is_dated else ()
    return (
        *_all_in(saved.run.lines(design)),
        *(event.text for event in events if design.id in event.designs),
    )


def _all_in(lines: Sequence[LedgerRow]) -> Iterator[str]:
    """What the cost per query counts here, where it is more than usage, which other tables show alone."""
    further = dict.fromkeys(
        line.kind.value for line in lines if line.kind is not Kind.USAGE and line.cost_usd
    )
    if further:
        yield f"per 1,000: usage, {', '.join(further)}; the table of designs counts usage alone"


def _over(is_over: bool) -> str:
    return "over" if is_over else ""


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with exact():
        return sum(amounts, ZERO)

"""Many scenarios as one bill: what their designs in use cost together, by month and by tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from msgspec import Struct

from kplan.engine.results import DesignResult, MonthCost, Provenance, Results
from kplan.errors import KplanError, all_of
from kplan.form.numbers import clipped
from kplan.money import ZERO, exact, quotient
from kplan.regress.run import run
from kplan.scenario.names import meant
from kplan.scenario.source import Piped

IN_USE, BASELINE, FIRST = "in_use", "baseline", "first"
"""What makes a design count: the scenario says so, or it is the baseline, or the first one written."""


class Member(Struct, frozen=True):
    """A scenario of a portfolio and the design of it that counts."""

    file: str
    """As the command line names it, or from the folder that is compared."""
    design: DesignResult
    chosen_by: str
    """`in_use`, `baseline` or `first`."""
    cheapest: DesignResult
    """The cheapest of the designs that the scenario itself writes."""
    tags: Mapping[str, str]
    provenance: Provenance

    @property
    def months(self) -> tuple[MonthCost, ...]:
        """Every month of its plan."""
        return self.design.months

    @property
    def total_usd(self) -> Decimal:
        """All months of its plan [USD]."""
        return self.design.total_usd

    @property
    def saving_share(self) -> Decimal | None:
        """Part of its total that the cheapest design written would save [0..1]; none where that is 0."""
        with exact():
            saved_usd = self.total_usd - self.cheapest.total_usd
        return quotient(saved_usd, self.total_usd) if saved_usd else None


class MonthTotal(Struct, frozen=True):
    """A month over all scenarios whose plan holds it."""

    month: str
    n_scenarios: int
    cost_usd: Decimal


class Group(Struct, frozen=True):
    """The scenarios that share a tag's value."""

    value: str | None
    """None: they lack the tag."""
    members: tuple[Member, ...]

    @property
    def total_usd(self) -> Decimal:
        """Every month of every member [USD]."""
        return total_usd(self.members)

    @property
    def months(self) -> tuple[MonthTotal, ...]:
        """Each month of any member."""
        return months_of(self.members)


class Portfolio(Struct, frozen=True):
    """Scenarios with one total."""

    members: tuple[Member, ...]
    by: str
    """The tag that the groups share a value of; empty for no groups."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The members by the value of the tag, dearest first; those without it last."""
        return grouped(self.members, self.by) if self.by else ()

    @property
    def total_usd(self) -> Decimal:
        """Every month of every member [USD]."""
        return total_usd(self.members)

    @property
    def months(self) -> tuple[MonthTotal, ...]:
        """Each month of any member."""
        return months_of(self.members)


def portfolio_of(
    sources: Mapping[str, Path | Piped],
    *,
    by: str = "",
    sets: Sequence[str] = (),
    variants: Sequence[str] = (),
    book_paths: Sequence[Path] = (),
    allow_retired: bool = False,
) -> Portfolio:
    """The scenarios of these files, by name, as one bill.

    Raises KplanError with every problem of all files, and for a tag that no scenario has.
    """
    simulated = partial(run, sets=sets, variants=variants, book_paths=book_paths, allow_retired=allow_retired)
    parts = [partial(lambda file, source: member(file, simulated(source)), *each) for each in sources.items()]
    members = tuple(all_of(parts))
    check_tag(by, members)
    return Portfolio(members, by)


def member(file: str, results: Results) -> Member:
    """The scenario with its design in use: what `in_use` names, else the baseline, else the first one."""
    if len(results.plans) > 1:
        raise KplanError(f"{clipped(file)}: a total takes each scenario once; name one variant")
    plan = results.plans[0]
    written = [design for design in results.designs if not design.added]
    said = ((IN_USE, plan.scenario.in_use), (BASELINE, plan.scenario.baseline), (FIRST, written[0].design))
    chosen_by, name = next((how, name) for how, name in said if name is not None)
    return Member(
        file=file,
        design=next(design for design in written if design.design == name),
        chosen_by=chosen_by,
        cheapest=min(written, key=lambda design: design.total_usd),
        tags=dict(results.tags),
        provenance=results.provenance,
    )


def check_tag(tag: str, members: Sequence[Member]) -> None:
    """Raise KplanError for a tag that no scenario has."""
    known = {name for each in members for name in each.tags}
    if tag and tag not in known:
        hint = meant(tag, known) or "; no scenario here has `tags`"
        raise KplanError(f"no scenario has the tag `{clipped(tag)}`{hint}")


def grouped(members: Sequence[Member], tag: str) -> tuple[Group, ...]:
    """The members by the value of a tag, dearest first; those without it last."""
    values = dict.fromkeys(each.tags.get(tag) for each in members)
    groups = [Group(value, tuple(m for m in members if m.tags.get(tag) == value)) for value in values]
    return tuple(sorted(groups, key=lambda group: (group.value is None, -group.total_usd)))


def total_usd(members: Sequence[Member]) -> Decimal:
    """Every month of every member [USD]."""
    with exact():
        return sum((each.total_usd for each in members), ZERO)


def months_of(members: Sequence[Member]) -> tuple[MonthTotal, ...]:
    """Each month of any member with what all that have it cost together, in order."""
    costs: dict[str, list[Decimal]] = {}
    for each in members:
        for month in each.months:
            costs.setdefault(month.month, []).append(month.cost_usd)
    with exact():
        return tuple(MonthTotal(month, len(usd), sum(usd, ZERO)) for month, usd in sorted(costs.items()))

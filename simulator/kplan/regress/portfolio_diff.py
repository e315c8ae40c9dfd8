"""What differs between two portfolios: which scenarios move, by how much, from when on, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from kplan.engine.results import MonthCost
from kplan.errors import all_of
from kplan.money import ZERO, exact, quotient
from kplan.regress.attribution import Effects
from kplan.regress.diff import Change, Diff, RankFlip, compared
from kplan.regress.folder_sides import FolderSide, Standing
from kplan.regress.portfolio import Member, check_tag, grouped, total_usd
from kplan.regress.shapley import Factor, settled, summed


class ScenarioDiff(Struct, frozen=True):
    """A scenario on both sides: its designs in use, each over its plan [USD]."""

    file: str
    change: Change
    """Changed where the bill of the design in use is another one, or the ranking of the designs."""
    base: Member | None
    head: Member | None
    base_usd: Decimal
    head_usd: Decimal
    delta_usd: Decimal
    delta_share: Decimal | None
    """Of the base's total; none where that is 0 or the scenario is on one side only."""
    effects: Effects
    """They add up to the delta exactly; empty for a scenario that one side lacks."""
    parts_in: str
    """The first month in which the bills differ; empty where none does."""
    flips: tuple[RankFlip, ...]
    """Among the designs that the scenario itself writes."""
    others: tuple[str, ...]
    """The designs that are not in use and changed, came or went."""


class TagDiff(Struct, frozen=True):
    """The scenarios that share a tag's value, on each side under the tag that they have there [USD]."""

    value: str | None
    base_usd: Decimal
    head_usd: Decimal
    delta_usd: Decimal


class PortfolioDiff(Struct, frozen=True):
    """The whole comparison."""

    base_name: str
    head_name: str
    scenarios: tuple[ScenarioDiff, ...]
    """Those that move first, the largest change first; the same ones last."""
    by: str
    tags: tuple[TagDiff, ...]
    """By the value of the tag `by`; none without one."""
    base_usd: Decimal
    head_usd: Decimal
    delta_usd: Decimal
    effects: Effects
    """Sums over the scenarios of both sides; with those added and removed they add up to the delta."""
    added_usd: Decimal
    removed_usd: Decimal
    """What the scenarios that went cost before; not negative."""

    @property
    def changed(self) -> tuple[ScenarioDiff, ...]:
        """The scenarios that are not the same on both sides."""
        return tuple(each for each in self.scenarios if each.change is not Change.SAME)

    @property
    def same(self) -> tuple[ScenarioDiff, ...]:
        """The scenarios that are."""
        return tuple(each for each in self.scenarios if each.change is Change.SAME)


def portfolios_compared(base: FolderSide, head: FolderSide, by: str = "") -> PortfolioDiff:
    """The head's scenarios held against the base's, matched by their path from the folder.

    by   a tag; its totals are told for each value
    Raises KplanError with every problem of both sides.
    """
    old, new = all_of([base.read, head.read])
    both = [standing.member for side in (old, new) for standing in side.values()]
    check_tag(by, both)
    found = [_scenario(name, old.get(name), new.get(name)) for name in dict.fromkeys((*new, *old))]
    sides = [[standing.member for standing in side.values()] for side in (old, new)]
    base_usd, head_usd = map(total_usd, sides)
    with exact():
        delta_usd = head_usd - base_usd
        added = sum((each.head_usd for each in found if each.change is Change.ADDED), ZERO)
        removed = sum((each.base_usd for each in found if each.change is Change.REMOVED), ZERO)
    return PortfolioDiff(
        base_name=base.source,
        head_name=head.source,
        scenarios=tuple(sorted(found, key=lambda each: (each.change is Change.SAME, -abs(each.delta_usd)))),
        by=by,
        tags=_tags(sides, by) if by else (),
        base_usd=base_usd,
        head_usd=head_usd,
        delta_usd=delta_usd,
        effects=summed([each.effects for each in found]),
        added_usd=added,
        removed_usd=removed,
    )


def _scenario(name: str, old: Standing | None, new: Standing | None) -> ScenarioDiff:
    if old is None or new is None:
        return _one_sided(name, old, new)
    diff = compared(old.run, new.run)
    base, head = old.member, new.member
    effects = in_use_effects(diff, base.design.id, head.design.id)
    with exact():
        delta = head.total_usd - base.total_usd
    moves = base.design.id != head.design.id or any(effects.values()) or diff.flips
    return ScenarioDiff(
        file=name,
        change=Change.CHANGED if moves else Change.SAME,
        base=base,
        head=head,
        base_usd=base.total_usd,
        head_usd=head.total_usd,
        delta_usd=delta,
        delta_share=quotient(delta, base.total_usd) if base.total_usd else None,
        effects=effects,
        parts_in=_parts_in(base.months, head.months),
        flips=diff.flips,
        others=tuple(each.id for each in diff.changed if each.id not in (base.design.id, head.design.id)),
    )


def _one_sided(name: str, old: Standing | None, new: Standing | None) -> ScenarioDiff:
    base, head = (standing.member if standing else None for standing in (old, new))
    months = [each.months for each in (base, head) if each]
    usd = [each.total_usd if each else ZERO for each in (base, head)]
    with exact():
        delta = usd[1] - usd[0]
    change = Change.ADDED if head else Change.REMOVED
    return ScenarioDiff(name, change, base, head, usd[0], usd[1], delta, None, {}, months[0][0].month, (), ())


def in_use_effects(diff: Diff, old: str, new: str) -> Effects:
    """Why the bill of the design in use changed; the effects add up to the change exactly [USD].

    Where another design is in use on the head's side, the change of design and all other changes are two
    players of a Shapley split: each counts as the mean of what it adds first and what it adds last. An
    order is left out where a side lacks the design that it goes through; where both are, all is `design`.
    """
    designs = {design.id: design for design in diff.designs}
    if old == new:
        return designs[old].effects
    usd = {(id_, side): getattr(design, f"{side}_usd") for id_, design in designs.items() for side in _SIDES}
    with exact():
        delta = usd[new, "head"] - usd[old, "base"]
    held = {side: {design.id for design in getattr(diff, side).designs} for side in _SIDES}
    paths = [through for through in (old, new) if all(through in held[side] for side in _SIDES)]
    effects: dict[Factor, Fraction] = {Factor.DESIGN: Fraction(delta)}
    for through in paths:
        for factor, amount in designs[through].effects.items():
            part = Fraction(amount) / len(paths)
            effects[factor] = effects.get(factor, Fraction(0)) + part
            effects[Factor.DESIGN] -= part
    return settled(effects, delta)


_SIDES = ("base", "head")


def _parts_in(base: Sequence[MonthCost], head: Sequence[MonthCost]) -> str:
    """The first month in which the bills differ; a month that one plan lacks is different."""
    old, new = ({month.month: month.cost_usd for month in months} for months in (base, head))
    return next((month for month in sorted({*old, *new}) if old.get(month) != new.get(month)), "")


def _tags(sides: Sequence[Sequence[Member]], tag: str) -> tuple[TagDiff, ...]:
    """The totals by the value of a tag, the largest change first; those without it last."""
    usd: list[Mapping[str | None, Decimal]] = [
        {group.value: group.total_usd for group in grouped(members, tag)} for members in sides
    ]
    found = []
    for value in dict.fromkeys((*usd[1], *usd[0])):
        old, new = (side.get(value, ZERO) for side in usd)
        with exact():
            found.append(TagDiff(value, old, new, new - old))
    return tuple(sorted(found, key=lambda each: (each.value is None, -abs(each.delta_usd))))

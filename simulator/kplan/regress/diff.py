"""What differs between two runs: designs, their stages, the months, the ranking, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.ledger import Kind
from kplan.engine.results import MonthCost
from kplan.money import ZERO, exact, quotient
from kplan.regress.attribution import Attribution, Effects, LineId, effects_alone, lines_usd
from kplan.regress.jumps import Jump, jumps
from kplan.regress.runs import Run, RunDesign
from kplan.regress.shapley import summed


class Change(Enum):
    """What became of a design or a line; the value is its sign."""

    CHANGED = "~"
    ADDED = "+"
    REMOVED = "-"
    SAME = "="


class LineDiff(Struct, frozen=True):
    """A stage, a fixed cost or the contingency of a design on both sides, over the horizon [USD]."""

    kind: Kind
    name: str
    change: Change
    base_usd: Decimal
    head_usd: Decimal
    delta_usd: Decimal
    effects: Effects
    """They add up to the delta exactly."""
    base_models: tuple[str, ...]
    head_models: tuple[str, ...]


class DesignDiff(Struct, frozen=True):
    """A design on both sides, over the horizon [USD]."""

    id: str
    added_by_kplan: bool
    change: Change
    base_usd: Decimal
    head_usd: Decimal
    delta_usd: Decimal
    delta_share: Decimal | None
    """Of the base's total; none where that is 0 or the design is on one side only."""
    effects: Effects
    """Sums over the lines; they add up to the delta exactly."""
    lines: tuple[LineDiff, ...]
    base_months: tuple[MonthCost, ...]
    head_months: tuple[MonthCost, ...]
    parts_in: str
    """The first month of both sides in which they cost differently; empty where there is none."""
    jumps: tuple[Jump, ...]


class RankFlip(Struct, frozen=True):
    """Two designs that changed places."""

    cheaper: str
    """The cheaper one on the head's side; on the base's it was the dearer one."""
    dearer: str


class Diff(Struct, frozen=True):
    """The whole comparison."""

    base: Run
    head: Run
    designs: tuple[DesignDiff, ...]
    """Changed and added ones first, in the head's order, then removed ones; the same ones last."""
    flips: tuple[RankFlip, ...]
    base_cheapest: str
    head_cheapest: str
    is_by_ledger: bool
    """Whether a side is a saved result, so that tokens, flow and models are one effect."""

    @property
    def changed(self) -> tuple[DesignDiff, ...]:
        """The designs that are not the same on both sides."""
        return tuple(design for design in self.designs if design.change is not Change.SAME)

    @property
    def same(self) -> tuple[DesignDiff, ...]:
        """The designs that are."""
        return tuple(design for design in self.designs if design.change is Change.SAME)


def compared(base: Run, head: Run) -> Diff:
    """The head's run held against the base's, designs matched by id."""
    old = {design.id: design for design in base.designs}
    new = {design.id: design for design in head.designs}
    attribution = Attribution(base, head)
    found = [
        _both(attribution, old[id_], design) if id_ in old else _one_sided(head, design, Change.ADDED)
        for id_, design in new.items()
    ]
    found += [_one_sided(base, design, Change.REMOVED) for id_, design in old.items() if id_ not in new]
    return Diff(
        base=base,
        head=head,
        designs=tuple(sorted(found, key=lambda design: design.change is Change.SAME)),
        flips=tuple(_flips(old, new)),
        base_cheapest=_cheapest(base),
        head_cheapest=_cheapest(head),
        is_by_ledger=not (base.plans and head.plans),
    )


def _cheapest(run: Run) -> str:
    return min(run.designs, key=lambda design: design.total_usd).id if run.designs else ""


def _both(attribution: Attribution, old: RunDesign, new: RunDesign) -> DesignDiff:
    base, head = attribution.base, attribution.head
    rows = (base.lines(old), head.lines(new))
    sums = (lines_usd(rows[0]), lines_usd(rows[1]))
    is_same = rows[0] == rows[1] and old.stages == new.stages
    effects: Mapping[LineId, Effects] = {} if is_same else attribution.effects(old, new)
    lines = tuple(_line(line, sums, effects.get(line, {}), (old, new)) for line in _line_ids(old, new, sums))
    whole = summed([line.effects for line in lines])
    with exact():
        delta = new.total_usd - old.total_usd
    is_changed = any(line.change is not Change.SAME for line in lines)
    return DesignDiff(
        id=new.id,
        added_by_kplan=new.added,
        change=Change.CHANGED if is_changed else Change.SAME,
        base_usd=old.total_usd,
        head_usd=new.total_usd,
        delta_usd=delta,
        delta_share=quotient(delta, old.total_usd) if old.total_usd else None,
        effects=whole,
        lines=lines,
        base_months=old.months,
        head_months=new.months,
        parts_in=_parts_in(old, new),
        jumps=(*jumps("base", base, old), *jumps("head", head, new)),
    )


def _line_ids(old: RunDesign, new: RunDesign, sums: Sequence[Mapping[LineId, Decimal]]) -> list[LineId]:
    """Every line of either side: the head's stages, those that went, then what is paid by the month."""
    stages = [LineId(Kind.USAGE, stage) for stage in (*new.stages, *old.stages)]
    return list(dict.fromkeys([*stages, *sums[1], *sums[0]]))


def _line(
    line: LineId,
    sums: tuple[Mapping[LineId, Decimal], Mapping[LineId, Decimal]],
    effects: Effects,
    designs: tuple[RunDesign, RunDesign],
) -> LineDiff:
    old, new = (side.get(line, ZERO) for side in sums)
    held = [
        line.name in design.stages if line.kind is Kind.USAGE else line in side
        for design, side in zip(designs, sums, strict=True)
    ]
    models = [design.stages.get(line.name, ()) if line.kind is Kind.USAGE else () for design in designs]
    with exact():
        delta = new - old
    is_same = not delta and not any(effects.values()) and models[0] == models[1]
    change = Change.SAME if is_same else Change.CHANGED
    if held[0] != held[1]:
        change = Change.ADDED if held[1] else Change.REMOVED
    return LineDiff(line.kind, line.name, change, old, new, delta, effects, models[0], models[1])


def _one_sided(run: Run, design: RunDesign, change: Change) -> DesignDiff:
    is_new = change is Change.ADDED
    held, nothing = lines_usd(run.lines(design)), replace(design, stages={})
    effects = effects_alone(held if is_new else {line: usd.copy_negate() for line, usd in held.items()})
    sums: tuple[Mapping[LineId, Decimal], Mapping[LineId, Decimal]] = ({}, held) if is_new else (held, {})
    designs = (nothing, design) if is_new else (design, nothing)
    lines = tuple(_line(line, sums, effects.get(line, {}), designs) for line in _line_ids(*designs, sums))
    usd = design.total_usd
    return DesignDiff(
        id=design.id,
        added_by_kplan=design.added,
        change=change,
        base_usd=ZERO if is_new else usd,
        head_usd=usd if is_new else ZERO,
        delta_usd=usd if is_new else usd.copy_negate(),
        delta_share=None,
        effects=summed([line.effects for line in lines]),
        lines=lines,
        base_months=() if is_new else design.months,
        head_months=design.months if is_new else (),
        parts_in="",
        jumps=jumps("head" if is_new else "base", run, design),
    )


def _parts_in(old: RunDesign, new: RunDesign) -> str:
    before = {month.month: month.cost_usd for month in old.months}
    return next(
        (
            month.month
            for month in new.months
            if month.month in before and month.cost_usd != before[month.month]
        ),
        "",
    )


def _flips(old: Mapping[str, RunDesign], new: Mapping[str, RunDesign]) -> Iterator[RankFlip]:
    """Designs of both sides of which the dearer one became the cheaper one."""
    for one, other in combinations([id_ for id_ in new if id_ in old], 2):
        was = old[one].total_usd.compare(old[other].total_usd)
        now = new[one].total_usd.compare(new[other].total_usd)
        if was > 0 > now:
            yield RankFlip(one, other)
        elif was < 0 < now:
            yield RankFlip(other, one)

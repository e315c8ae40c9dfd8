"""The answer in words, made once for every writer: what is cheapest, by how much, and what that proves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from kplan.amounts import money
from kplan.amounts import share as share_of
from kplan.engine.results import DesignResult, Verdict
from kplan.money import exact, quotient


def verdict(designs: Sequence[DesignResult], budget_usd_per_month: Decimal | None) -> Verdict:
    """The verdict over the designs of one variant, or of several.

    Without quality nothing is called best: the cheapest design that the user wrote is told with its
    saving against the baseline, then what a single model everywhere would cost (DESIGN section 7).
    """
    groups = _by_variant(designs)
    told = groups[0]
    headline = [*_answer(told), *_budget(told, budget_usd_per_month)]
    caveats = _caveats(told)
    if len(groups) > 1:
        headline = _rankings(groups)
        caveats = ["No quality is stated: cheapest is not the same as good enough."]
    subject = _subject(told)
    return Verdict(
        headline=tuple(headline),
        caveats=tuple(caveats),
        design=subject.id,
        baseline=_baseline(told).id,
        cheapest_single=single.id if (single := cheapest_single(told)) else "",
        cheapest=_cheapest(told).id,
    )


def cheapest_single(designs: Sequence[DesignResult]) -> DesignResult | None:
    """The cheapest design that runs one model everywhere, written or added."""
    singles = [design for design in designs if design.single_model]
    return _cheapest(singles) if singles else None


def _by_variant(designs: Sequence[DesignResult]) -> list[list[DesignResult]]:
    return [list(group) for _, group in groupby(designs, key=lambda design: design.variant)]


def _cheapest(designs: Sequence[DesignResult]) -> DesignResult:
    return min(designs, key=lambda design: design.total_usd)


def _written(designs: Sequence[DesignResult]) -> list[DesignResult]:
    return [design for design in designs if not design.added]


def _baseline(designs: Sequence[DesignResult]) -> DesignResult:
    return next(design for design in designs if design.saving is None and not design.added)


def _subject(designs: Sequence[DesignResult]) -> DesignResult:
    """The cheapest of the designs that the user wrote; on a tie the first."""
    return _cheapest(_written(designs))


def _answer(designs: Sequence[DesignResult]) -> list[str]:
    written = _written(designs)
    leaders = _leaders(written)
    if len(leaders) > 1:
        return [_over_time(leaders, written)]
    subject, baseline = _subject(designs), _baseline(designs)
    price, other, when = _prices(subject, baseline)
    if subject.id == baseline.id:
        rest = ", the cheapest of the designs written" if len(written) > 1 else ""
        return [f"{subject.id} costs {price} {when}{rest}."]
    share = subject.saving.share if subject.saving else None
    less = f"{share_of(share)} less than" if share else "as much as"
    return [f"{subject.id} costs {price} {when}, {less} {baseline.id} ({other})."]


def _prices(subject: DesignResult, baseline: DesignResult) -> tuple[str, str, str]:
    """Both amounts and their span: a month where all months are alike, else the horizon."""
    if _steady(subject) and _steady(baseline):
        return (money(subject.months[0].cost_usd), money(baseline.months[0].cost_usd), "a month")
    span = f"over {len(subject.months)} months"
    return money(subject.total_usd), money(baseline.total_usd), span


def _steady(design: DesignResult) -> bool:
    return len({month.cost_usd for month in design.months}) == 1


def _leaders(designs: Sequence[DesignResult]) -> list[tuple[str, str, str]]:
    """Who is cheapest from when to when: (design, first month, last month)."""
    months = [month.month for month in designs[0].months]
    costs = zip(*([month.cost_usd for month in design.months] for design in designs), strict=True)
    best = [designs[row.index(min(row))].id for row in costs]
    spans = []
    for leader, group in groupby(zip(months, best, strict=True), key=lambda pair: pair[1]):
        held = [month for month, _ in group]
        spans.append((leader, held[0], held[-1]))
    return spans


def _over_time(leaders: list[tuple[str, str, str]], designs: Sequence[DesignResult]) -> str:
    first, *later = leaders
    by_id = {design.id: design for design in designs}
    parts = [f"{first[0]} is cheapest to {first[2]}"]
    before = first[0]
    for leader, start, _ in later:
        ahead = _month(by_id[before], start) - _month(by_id[leader], start)
        parts.append(f"from {start} {leader} is, by {money(ahead)} a month")
        before = leader
    return "; ".join(parts) + "."


def _month(design: DesignResult, month: str) -> Decimal:
    return next(found.cost_usd for found in design.months if found.month == month)


def _budget(designs: Sequence[DesignResult], budget: Decimal | None) -> list[str]:
    if budget is None:
        return []
    said = []
    for design in _written(designs):
        over = [month.month for month in design.months if month.over_budget]
        if over:
            said.append(
                f"{design.id} breaks the {money(budget)} budget in {len(over)} of {len(design.months)}"
                f" months, first {over[0]}."
            )
    return said or [f"Every design written stays within the {money(budget)} monthly budget."]


def _caveats(designs: Sequence[DesignResult]) -> list[str]:
    subject, single = _subject(designs), cheapest_single(designs)
    cheapest = _cheapest(designs)
    if cheapest.total_usd == subject.total_usd:
        return ["No quality is stated: cheapest of the designs shown, not known to be good enough."]
    if single is not None and single.total_usd < subject.total_usd:
        cheapest = single
    price, _, when = _prices(cheapest, subject)
    with exact():
        saved = subject.total_usd - cheapest.total_usd
    name = f"all {cheapest.single_model}" if cheapest.single_model else cheapest.id
    share = share_of(quotient(saved, subject.total_usd))
    span = "" if when == "a month" else f" {when}"
    return [
        f"Not proven cheapest: {name} would cost {price}{span}, {share} less again.",
        "No quality is stated, so nothing here says which design is good enough.",
    ]


def _rankings(groups: list[list[DesignResult]]) -> list[str]:
    """Whether the designs rank differently under the variants, which of them, and who leads each."""
    orders = {tuple(_ranked(designs)) for designs in groups}
    if len(orders) == 1:
        return ["The designs rank alike under every variant.", *map(_leader, groups)]
    differ = f"The ranking of the designs differs between variants: {len(orders)} different orders."
    return [differ, *_turns(groups), *map(_leader, groups)]


def _ranked(designs: Sequence[DesignResult]) -> list[str]:
    return [design.design for design in sorted(_written(designs), key=lambda design: design.total_usd)]


def _leader(designs: Sequence[DesignResult]) -> str:
    cheapest, baseline = _subject(designs), _baseline(designs)
    share = cheapest.saving.share if cheapest.saving else None
    less = f"{share_of(share)} less than {baseline.design}" if share else "and the baseline"
    return f"{cheapest.variant}: {cheapest.design} is the cheapest design written, {less}."


def _turns(groups: list[list[DesignResult]]) -> list[str]:
    """The designs that are cheaper than the baseline under some variants and dearer under others."""
    said = []
    for design in _written(groups[0]):
        cheaper: list[str] = []
        dearer: list[str] = []
        for designs in groups:
            same = next((found for found in designs if found.design == design.design), None)
            if same is not None and same.saving is not None and same.saving.usd:
                (cheaper if same.saving.usd > 0 else dearer).append(same.variant)
        if cheaper and dearer:
            baseline = _baseline(groups[0]).design
            said.append(
                f"{design.design} is cheaper than {baseline} under {', '.join(cheaper)},"
                f" dearer under {', '.join(dearer)}."
            )
    return said

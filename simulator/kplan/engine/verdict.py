"""The answer in words, made once for every writer: what is cheapest, by how much, and what that proves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from kplan.amounts import money
from kplan.amounts import share as share_of
from kplan.engine import floors
from kplan.engine.results import DesignResult, Verdict
from kplan.engine.told import prices, saved, total
from kplan.money import ZERO, exact, quotient, rounded
from kplan.ranges import allowed


def verdict(designs: Sequence[DesignResult]) -> Verdict:
    """The verdict over the designs of one variant, or of several.

    With floors it is the cheapest design that clears them. Without them nothing is called best: the
    cheapest design that the user wrote is told with its saving against the baseline, then what a single
    model everywhere would cost (DESIGN section 7).
    """
    groups = _by_variant(designs)
    told = groups[0]
    if len(groups) == 1:
        headline, caveats = [*_answer(told), *_budget(told)], _caveats(told)
    else:
        headline = _rankings(groups)
        caveats = [f"{group[0].variant}: {caveat}" for group in groups for caveat in _caveats(group)[:1]]
    is_floored = floors.has_floors(told)
    single = floors.single(told) if is_floored else cheapest_single(told)
    best = floors.winner(told) if is_floored else None
    return Verdict(
        headline=tuple(headline),
        caveats=tuple(caveats),
        design=(best or _subject(told)).id,
        baseline=_baseline(told).id,
        cheapest_single=single.id if single else "",
        cheapest=_cheapest(designs).id,
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
    if not floors.has_floors(designs):
        return _cheapest_written(designs)
    said = [floors.answer(designs, _baseline(designs))]
    return said if floors.winner(designs) else [*said, *_cheapest_written(designs)]


def _cheapest_written(designs: Sequence[DesignResult]) -> list[str]:
    written = _written(designs)
    leaders = _leaders(written)
    if len(leaders) > 1 and not written[0].is_settled_at_end:
        return [_over_time(leaders, written), _over_all(designs)]
    subject, baseline = _subject(designs), _baseline(designs)
    price, other, when = prices(subject, baseline)
    if subject.id == baseline.id:
        rest = ", the cheapest of the designs written" if len(written) > 1 else ""
        return [f"{subject.id} costs {price} {when}{rest}."]
    share = subject.saving.share if subject.saving else None
    less = f"{saved(subject, share)} less than" if share else "as much as"
    return [f"{subject.id} costs {price} {when}, {less} {baseline.id} ({other})."]


def _leaders(designs: Sequence[DesignResult]) -> list[tuple[str, str, str]]:
    """Who is cheapest from when to when: (design, first month, last month); a tie changes no leader."""
    spans: list[tuple[str, str, str]] = []
    for months in zip(*(design.months for design in designs), strict=True):
        least = min(month.cost_usd for month in months)
        cheapest = [
            design.id for design, month in zip(designs, months, strict=True) if month.cost_usd == least
        ]
        here = months[0].month
        if spans and spans[-1][0] in cheapest:
            spans[-1] = (spans[-1][0], spans[-1][1], here)
        else:
            spans.append((cheapest[0], here, here))
    return spans


def _over_all(designs: Sequence[DesignResult]) -> str:
    """Who is cheapest over the whole horizon, where the months disagree."""
    subject, baseline = _subject(designs), _baseline(designs)
    said = f"Over all {len(subject.months)} months {subject.id} costs {total(subject)}"
    if subject.saving is None or not subject.saving.share:
        return f"{said}."
    share = saved(subject, subject.saving.share)
    return f"{said}, {share} less than {baseline.id} ({total(baseline, allowed)})."


def _over_time(leaders: list[tuple[str, str, str]], designs: Sequence[DesignResult]) -> str:
    first, *later = leaders
    by_id = {design.id: design for design in designs}
    parts = [f"{first[0]} is cheapest to {first[2]}"]
    before = first[0]
    for leader, start, end in later:
        ahead = _ahead(by_id[leader], by_id[before], start, end)
        whom = f" against {before}" if len(designs) > 2 else ""
        parts.append(f"from {start} {leader} is, by {ahead}{whom}")
        before = leader
    return "; ".join(parts) + "."


def _ahead(leader: DesignResult, before: DesignResult, start: str, end: str) -> str:
    """How much cheaper a design is over a span of months: by the month where all of them agree."""
    with exact():
        gaps = [
            old.cost_usd - new.cost_usd
            for old, new in zip(before.months, leader.months, strict=True)
            if start <= new.month <= end
        ]
        total = sum(gaps, ZERO)
    return f"{money(gaps[0])} a month" if len(set(gaps)) == 1 else f"{money(total)} in all to {end}"


def _budget(designs: Sequence[DesignResult]) -> list[str]:
    budget = designs[0].budget_usd_per_month
    if budget is None:
        return []
    said = []
    for design in _written(designs):
        over = [month.month for month in design.months if month.over_budget]
        if over:
            said.append(
                f"{design.design} breaks the {_typed(budget)} budget in {len(over)} of {len(design.months)}"
                f" months, first {over[0]}."
            )
    return said or [f"Every design written stays within the {_typed(budget)} monthly budget."]


def _typed(budget: Decimal) -> str:
    """The budget to the cent where it has cents, so that no cost rounds onto it."""
    return f"${rounded(budget, 0 if budget == budget.to_integral_value() else 2):,}"


def _caveats(designs: Sequence[DesignResult]) -> list[str]:
    if floors.has_floors(designs):
        return floors.caveats(designs)
    subject = _subject(designs)
    cheapest = _cheapest(designs)
    if cheapest.total_usd == subject.total_usd:
        return [f"{_unasked(designs)}: cheapest of the designs shown, not known to be good enough."]
    price, _, when = prices(cheapest, subject)
    with exact():
        saved = subject.total_usd - cheapest.total_usd
    name = f"all {cheapest.single_model}" if cheapest.single_model else cheapest.id
    share = share_of(quotient(saved, subject.total_usd))
    span = "" if when == "a month" else f" {when}"
    return [
        f"Not proven cheapest: {name} would cost {price}{span}, {share} less again.",
        f"{_unasked(designs)}, so nothing here says which design is good enough.",
    ]


def _unasked(designs: Sequence[DesignResult]) -> str:
    is_stated = any(design.quality is not None for design in designs)
    return "No floor is asked of the quality" if is_stated else "No quality is stated"


def _rankings(groups: list[list[DesignResult]]) -> list[str]:
    """Whether the designs rank differently under the variants, which of them, and who leads each."""
    common = set.intersection(*({design.design for design in _written(group)} for group in groups))
    orders = {tuple(_ranked([each for each in group if each.design in common])) for group in groups}
    budgets = [f"{group[0].variant}: {said}" for group in groups for said in _budget(group)]
    leaders = [_leader(group) for group in groups]
    if len(common) < 2:
        return [*leaders, *budgets]
    if len(orders) == 1:
        return ["The designs rank alike under every variant.", *leaders, *budgets]
    differ = f"The ranking of the designs differs between variants: {len(orders)} different orders."
    return [differ, *_turns(groups), *leaders, *budgets]


def _ranked(designs: Sequence[DesignResult]) -> list[str]:
    return [design.design for design in sorted(_written(designs), key=lambda design: design.total_usd)]


def _leader(designs: Sequence[DesignResult]) -> str:
    if floors.has_floors(designs):
        return f"{designs[0].variant}: {floors.answer(designs, _baseline(designs))}"
    cheapest, baseline = _subject(designs), _baseline(designs)
    share = cheapest.saving.share if cheapest.saving else None
    price, _, when = prices(cheapest, baseline)
    less = f"{saved(cheapest, share)} less than" if share else "as much as"
    against = "the baseline itself" if cheapest.id == baseline.id else f"{less} {baseline.design}"
    return (
        f"{cheapest.variant}: {cheapest.design} is the cheapest design written at {price} {when}, {against}."
    )


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

"""The words of a comparison that all its text formats share; names in them are still foreign text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from kplan.engine.ledger import OF_SUMS, Kind
from kplan.regress.diff import Change, DesignDiff, Diff, LineDiff
from kplan.regress.jumps import Jump
from kplan.regress.shapley import Factor
from kplan.render.format import added, change, money

KEY = "Key: ~ changed, + added, - removed; amounts are totals over the plan"
METHOD = (
    "Each change is split into effects that add up to it exactly before rounding, whatever the order"
    " (Shapley): what a factor adds, averaged over all orders in which the factors could change. A"
    " contingency follows what it is counted on."
)
ALONE = "A design on one side alone comes or goes by flow, what it pays by the month by fixed."
BY_LEDGER = (
    "A side is a saved result: its ledger tells volume and price apart, but not tokens, flow and models."
)
SAME = "Nothing changed."
_MOST_NAMED = 12


def signed(usd: Decimal) -> str:
    """A change of an amount: `+$561`, `-$743`, `$0`."""
    return f"+{money(usd)}" if usd > 0 else money(usd)


def moved(base_usd: Decimal, head_usd: Decimal) -> str:
    """`$743 -> $1,303`."""
    return f"{money(base_usd)} -> {money(head_usd)}"


def percent(design: DesignDiff) -> str:
    """The change of the base's total: `+66.7%`; empty where there is none."""
    return "" if design.delta_share is None else change(-design.delta_share)


def effects(found: Mapping[Factor, Decimal]) -> str:
    """What changed it, largest first: `price +$5,268, volume -$120`; empty where there is no split."""
    held = sorted(((f, usd) for f, usd in found.items() if usd), key=lambda item: -abs(item[1]))
    return ", ".join(f"{_named(factor)} {signed(usd)}" for factor, usd in held)


def _named(factor: Factor) -> str:
    return f"({factor.value})" if factor is Factor.USAGE else factor.value


def line_title(line: LineDiff) -> str:
    """`answer (a -> b)` where its models changed, else its name; fixed costs say what they are."""
    if line.kind is Kind.FIXED:
        return f"{line.name} (fixed)"
    if line.kind in OF_SUMS:
        return f"{line.name} ({line.kind.value})"
    if line.base_models and line.head_models and line.base_models != line.head_models:
        return f"{line.name} ({' + '.join(line.base_models)} -> {' + '.join(line.head_models)})"
    return line.name


def title(diff: Diff) -> str:
    """What is compared, and over which months."""
    spans = [_span(diff.designs, side) for side in ("base", "head")]
    over = f"over {spans[0]}" if spans[0] == spans[1] else f"over {spans[0]} and {spans[1]}"
    return f"{diff.base.name} -> {diff.head.name}, {over}"


def _span(designs: Iterable[DesignDiff], side: str) -> str:
    all_months = (d.base_months if side == "base" else d.head_months for d in designs)
    months = next((found for found in all_months if found), ())
    return f"{months[0].month}..{months[-1].month}" if months else "no months"


def headline(diff: Diff) -> Iterator[str]:
    """How many designs changed, which is cheapest, and who changed places."""
    yield f"{len(diff.changed)} of {counted(len(diff.designs), 'design')} changed." if diff.changed else SAME
    base, head = diff.base_cheapest, diff.head_cheapest
    totals = {design.id: (design.base_usd, design.head_usd) for design in diff.designs}
    if base == head and base:
        yield f"Cheapest on both sides: {base}, {moved(*totals[base])}."
    elif base and head:
        yield f"Cheapest: {base} ({money(totals[base][0])}) -> {head} ({money(totals[head][1])})."
    if diff.flips:
        named = [f"{flip.cheaper} is now cheaper than {flip.dearer}" for flip in diff.flips[:_MOST_NAMED]]
        more = len(diff.flips) - len(named)
        yield f"Ranking flips: {', '.join(named)}{f', and {more} more' if more else ''}."


def months(design: DesignDiff) -> Iterator[str]:
    """From when on the sides differ, and in which months a bill jumps."""
    if design.parts_in and design.head_months and design.parts_in != design.head_months[0].month:
        yield f"The sides differ from {design.parts_in} on."
    told: dict[tuple[str, tuple[str, ...]], list[Jump]] = {}
    for jump in design.jumps:
        told.setdefault((jump.month, jump.because), []).append(jump)
    for (month, because), found in told.items():
        yield f"The bill jumps in {month}: {'; '.join(map(_jump, found))} ({'; '.join(because)})"


def _jump(jump: Jump) -> str:
    return f"{moved(jump.before_usd, jump.after_usd)} a month in {jump.side}"


def unchanged_lines(design: DesignDiff) -> str:
    """How many lines of a changed design are the same, and what they come to; empty where none is."""
    same = [line for line in design.lines if line.change is Change.SAME]
    if not same:
        return ""
    return f"{counted(len(same), 'line')} unchanged: {money(added(line.head_usd for line in same))}"


def unchanged_designs(diff: Diff) -> str:
    """How many designs are the same, with their totals; empty where none is."""
    if not diff.same:
        return ""
    named = ", ".join(f"{design.id} {money(design.head_usd)}" for design in diff.same)
    return f"{counted(len(diff.same), 'design')} unchanged: {named}"


def counted(count: int, noun: str) -> str:
    """`1 design`, `2 designs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def method(diff: Diff) -> Iterator[str]:
    """How the effects are found, as far as this comparison needs it."""
    yield METHOD
    if any(design.change is not Change.CHANGED for design in diff.changed):
        yield ALONE
    if diff.is_by_ledger:
        yield BY_LEDGER


def made_with(diff: Diff) -> str:
    """What tells two runs apart: scenario and price book of each side."""
    if diff.base.is_locked or diff.head.is_locked:
        return "A side is a lock: kplan lock --check tells whether scenario, prices or kplan are others."
    scenarios = diff.base.scenario_sha256 == diff.head.scenario_sha256
    books = diff.base.book_sha256 == diff.head.book_sha256
    return (
        f"The scenario is {'the same' if scenarios else 'another one'},"
        f" the price book is {'the same' if books else 'another one'}."
    )

"""What is said below the tables, in words that every text format shares."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from kplan.engine.floors import has_floors
from kplan.engine.ledger import Kind, grouped_usd
from kplan.engine.results import ClaimResult, DesignResult, Results, StageResult
from kplan.money import ONE
from kplan.regress.checks import checked, tally
from kplan.regress.claims import FOLLOWS, NOT_REPRODUCED, REPRODUCED
from kplan.regress.printed import Printed
from kplan.render.format import chance, money, plain_text, visits
from kplan.scenario.source import STDIN

LAYERED = " + "
"""Between the names of books that are laid over one another."""
LEGEND = "(+ one model everywhere, added by kplan; --no-singles)"


def shown_design(results: Results) -> DesignResult | None:
    """The design whose stages are shown: the one that the verdict is about."""
    return next((design for design in results.designs if design.id == results.verdict.design), None)


def prices(results: Results) -> str:
    """Which book and whose prices, and whether they hold to the end of the plan."""
    made = results.provenance
    dated = f", as of {made.book_as_of}" if LAYERED in made.book_name else f" {made.book_as_of}"
    book = made.book_name if made.book_as_of is None else made.book_name + dated
    providers = ", ".join(dict.fromkeys(row.provider for row in results.price_rows))
    last = max((month for plan in results.plans for month in plan.months), default="")
    steady = f"; no change known to {last}" if last and not results.events else ""
    return plain_text(f"{book}{', ' if providers else ''}{providers}{steady}.")


def beside_usage(design: DesignResult, results: Results) -> str:
    """The first month's lines that are not usage, and those that come later; empty without any."""
    rows = [
        row
        for row in results.ledger
        if (row.design, row.variant) == (design.design, design.variant) and row.kind is not Kind.USAGE
    ]
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.label or row.kind.value, row.month)
    sums = grouped_usd(rows, lambda row: (row.label or row.kind.value, row.month))
    told = [(month, f"{plain_text(label)} {money(sums[label, month])}") for label, month in first.items()]
    by_month = {m: ", ".join(text for month, text in told if month == m) for m in sorted(set(first.values()))}
    listed = "; in ".join(f"{month}: {texts}" for month, texts in by_month.items())
    return f"Beside usage, {plain_text(design.id)} pays in {listed}." if listed else ""


def fits(results: Results) -> str:
    """Which limit binds the design that the verdict is about, and its room to grow; empty without limits."""
    shown = shown_design(results)
    return f"{shown.fit.text}." if shown is not None and shown.fit is not None else ""


def pins(results: Results) -> list[str]:
    """Which pinned models the added designs override, one line for those that override the same."""
    by_stages: dict[tuple[str, ...], list[str]] = {}
    for design in results.designs:
        if design.pins_overridden:
            by_stages.setdefault(design.pins_overridden, []).append(design.id)
    return [
        plain_text(f"({', '.join(designs)}: the model pinned for {', '.join(stages)} is overridden)")
        for stages, designs in by_stages.items()
    ]


def claims_summary(claims: Iterable[ClaimResult]) -> str:
    """How many claims came out how."""
    counts = Counter(claim.verdict for claim in claims)
    return (
        f"{counts[REPRODUCED]} {REPRODUCED}, {counts[FOLLOWS]} follow from printed claims,"
        f" {counts[NOT_REPRODUCED]} {NOT_REPRODUCED}"
    )


def checks_summary(results: Results) -> str:
    """How many checks of the scenario came out how, and which command shows them; empty without checks."""
    checks = checked(results)
    file = results.provenance.scenario_file
    command = f" ({shlex.join(['kplan', 'check', file])})" if file not in ("", STDIN) else ""
    return plain_text(f"{tally(checks)}{command}") if checks else ""


def computed(claim: ClaimResult) -> str:
    """The computed figure in the printed one's own manner; empty where nothing was computed."""
    return "" if claim.computed is None else Printed.of(claim.printed).like(claim.computed)


def off(claim: ClaimResult) -> str:
    """How far the computed figure is off, in the same manner; empty where nothing was computed."""
    return "" if claim.computed is None else Printed.of(claim.printed).off(claim.computed)


def not_reproduced(claims: Iterable[ClaimResult]) -> list[ClaimResult]:
    """The claims that neither reproduce nor follow."""
    return [claim for claim in claims if claim.verdict == NOT_REPRODUCED]


def cheapest_single(designs: Sequence[DesignResult]) -> str:
    """What the one-model design is called that savings are also against: with floors it has to clear them."""
    return f"cheapest single model{' that clears' if has_floors(designs) else ''}"


def stage_name(stage: StageResult) -> str:
    """A stage that has a chance, with how many queries visit it: `second_pass  8%`; `judge  2.5x` in a loop.

    A chance within a block is one of the visits to the block, which alone would tell a reader nothing.
    """
    name = plain_text(stage.id)
    if stage.chance is None:
        return name
    return f"{name}  {chance(stage.visits) if stage.visits <= ONE else f'{visits(stage.visits)}x'}"


def models(stage: StageResult) -> str:
    """What a stage runs on: its models by name, or its kind in brackets where it needs none."""
    return " + ".join(stage.models) or f"({stage.kind})"


def rounding(what: str, cells: Iterable[str], total: str) -> str:
    """Why printed amounts do not add up to the printed total, where they do not."""
    try:
        adds_up = sum(map(_amount, cells)) == _amount(total)
    except InvalidOperation:
        adds_up = False
    return "" if adds_up else f"{what} are rounded; unrounded they add up to {total}."


def _amount(printed: str) -> Decimal:
    return Decimal(printed.strip("$%").replace(",", ""))

"""What the report's page shows: groups of designs, tiles, totals, prices, all of it read off the results."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from markupsafe import Markup, escape
from msgspec import Struct

from kplan.engine.ledger import Kind, grouped_usd
from kplan.engine.results import ClaimResult, DesignResult, Event, Flip, Results, Saving, StageResult
from kplan.engine.uncertainty.found import DEFAULT
from kplan.money import ZERO, plain
from kplan.regress.checks import FAIL, PASS, WARN, CheckResult
from kplan.regress.claims import FOLLOWS, NOT_REPRODUCED, REPRODUCED
from kplan.regress.units import said
from kplan.render.format import change, plain_text
from kplan.scenario.source import Piped

MOST_SENTENCES = 4
"""So many sentences stand open below the headline; the others unfold."""

TABLE_DESIGNS = 10
"""So many designs stand side by side in one table; more make a second table below."""

BUDGET_IN_SIGHT = 4
"""A budget above so many times the dearest month would flatten the lines, and is told in words instead."""


class Group(Struct, frozen=True):
    """The designs of one variant; a scenario without variants has one group without a name."""

    id: str
    variant: str
    designs: tuple[DesignResult, ...]

    @property
    def budget_usd(self) -> Decimal | None:
        """The variant's budget a month."""
        return self.designs[0].budget_usd_per_month

    @property
    def chunks(self) -> tuple[tuple[DesignResult, ...], ...]:
        """The designs in parts that fit side by side, as even as can be."""
        count = -(-len(self.designs) // TABLE_DESIGNS)
        size = -(-len(self.designs) // count)
        return tuple(self.designs[at : at + size] for at in range(0, len(self.designs), size))

    @property
    def stages(self) -> tuple[str, ...]:
        """All stages of the group's designs; one that only some have comes where it first stands."""
        found: list[str] = []
        for design in self.designs:
            place = 0
            for stage in design.stages:
                if stage.id not in found:
                    found.insert(place, stage.id)
                place = found.index(stage.id) + 1
        return tuple(found)


class Composition(Struct, frozen=True):
    """A design's total by what it is for; a part that it does not have is none."""

    design: DesignResult
    parts: tuple[Decimal | None, ...]


def groups(results: Results) -> tuple[Group, ...]:
    """The designs by variant, both in their order."""
    variants = list(dict.fromkeys(design.variant for design in results.designs))
    return tuple(
        Group(f"v{n}", variant, tuple(d for d in results.designs if d.variant == variant))
        for n, variant in enumerate(variants)
    )


def name(design: DesignResult) -> str:
    """A design's name within its group; a plus marks one that kplan added."""
    return f"+\u00a0{design.design}" if design.added else design.design


def full_name(results: Results, id_: str) -> str:
    """A design's name where no heading names its variant."""
    found = next((design for design in results.designs if design.id == id_), None)
    return f"+\u00a0{id_}" if found is not None and found.added else id_


def name_of(results: Results, id_: str) -> str:
    """A design's name where a heading names its variant."""
    return next((name(design) for design in results.designs if design.id == id_), id_)


def is_main(results: Results, design: DesignResult) -> bool:
    """Whether the headline is about this design, under this or another variant."""
    return design.design == results.design(results.verdict.design).design


def is_baseline(design: DesignResult) -> bool:
    """Whether savings of its variant are told against this design."""
    return design.saving is None and not design.added


def stage_of(design: DesignResult, stage: str) -> StageResult | None:
    """The design's stage of this name; none where it has none."""
    return next((found for found in design.stages if found.id == stage), None)


def saved_percent(saving: Saving) -> str:
    """The saving in percent; negative where the design costs more."""
    return "–" if saving.share is None else change(-saving.share).removeprefix("+")


def span(results: Results) -> str:
    """The horizon in words: `12 months, 2026-12 to 2027-11`."""
    months = results.designs[0].months
    until = f" to {months[-1].month}" if len(months) > 1 else ""
    return f"{count(len(months), 'month')}, {months[0].month}{until}"


def thousand(usd_per_query: Decimal) -> Decimal:
    """What a thousand queries cost, exactly [USD]."""
    return usd_per_query.scaleb(3)


def percent(part: Decimal | None) -> Decimal | None:
    """A part of a whole in percent, exactly; none where there is no whole."""
    return None if part is None else part.scaleb(2)


def unrounded(figures: Decimal | Sequence[Decimal | None]) -> str:
    """Numbers behind a cell, the shortest that are the same in double precision: `0.034885 0.03 0.04`."""
    listed = [figures] if isinstance(figures, Decimal) else figures
    return " ".join(plain(Decimal(repr(float(figure)))) for figure in listed if figure is not None)


def num(text: str, value: Decimal | None, style: str = "") -> Markup:
    """A cell of a table with the number behind what is printed, where there is one."""
    classes = f' class="{style}"' if style else ""
    behind = "" if value is None else f' data-v="{unrounded(value)}"'
    return Markup(f"<td{classes}{behind}>{escape(plain_text(text))}</td>")  # noqa: S704 - ours but for the text


def count(number: int, word: str) -> str:
    """A number with its word: `1 month`, `12 months`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def compositions(results: Results) -> tuple[tuple[str, ...], tuple[Composition, ...]]:
    """Totals by usage, fixed cost, line of a contract and contingency: names, and the designs' parts.

    Empty where there is nothing but usage.
    """
    if all(row.kind is Kind.USAGE for row in results.ledger):
        return (), ()
    sums = grouped_usd(results.ledger, lambda row: (row.variant, row.design, row.kind, row.label))
    parts = sorted(dict.fromkeys(key[2:] for key in sums), key=lambda part: list(Kind).index(part[0]))
    return (
        tuple(label or kind.value for kind, label in parts),
        tuple(
            Composition(d, tuple(sums.get((d.variant, d.design, *part)) for part in parts))
            for d in results.designs
        ),
    )


def event_numbers(results: Results) -> list[tuple[str, Event]]:
    """The events by date, numbered from 1, as the charts mark them."""
    ordered = sorted(results.events, key=lambda event: event.on)
    return [(str(number), event) for number, event in enumerate(ordered, start=1)]


def flip_heading(flip: Flip) -> str:
    """Which chance the flip is about, and the other design."""
    return f"{flip.design} {flip.stage}, against {flip.other}"


_CHECK_STYLES = {PASS: ("ok", "✓"), WARN: ("part", "!"), FAIL: ("fail", "✗")}


def check_style(check: CheckResult) -> tuple[str, str]:
    """The class of a check's verdict, and its sign."""
    return _CHECK_STYLES[check.verdict]


def metric(check: CheckResult) -> str:
    """What a checked metric comes to, as it is printed."""
    return said(check.value, check.unit)


def checks_elsewhere(results: Results, found: Sequence[CheckResult]) -> int:
    """How many of the scenario's checks need more than the results: a lock, or what day it is."""
    asked = {id(check): check for plan in results.plans for check in plan.scenario.checks}
    answered = {id(each.check) for each in found}
    return sum(check.max_increase is not None or key not in answered for key, check in asked.items())


_CLAIM_STYLES = {REPRODUCED: ("ok", "✓"), FOLLOWS: ("part", "≈"), NOT_REPRODUCED: ("fail", "✗")}


def claim_style(claim: ClaimResult) -> tuple[str, str]:
    """The class of a claim's verdict, and its sign."""
    return _CLAIM_STYLES[claim.verdict]


def claims_by_source(results: Results) -> list[tuple[str, list[ClaimResult]]]:
    """The claims in their order, those of one source that follow each other together."""
    return [
        (source, list(found)) for source, found in groupby(results.claims, key=lambda claim: claim.source)
    ]


def command(results: Results) -> str:
    """What to type to get the figures again; nothing where the scenario was no file."""
    made = results.provenance
    draws = () if made.draws in (None, DEFAULT) else made.draws.options
    sample = () if made.sample is None else made.sample.options
    seed = ("--seed", str(made.sample.seed)) if made.sample and made.sample.seed != 1 and not draws else ()
    words = ("kplan", "simulate", *made.options, *draws, *sample, *seed, made.scenario_file)
    is_file = made.scenario_file not in ("", str(Piped(b"")))
    return shlex.join(map(plain_text, words)) if is_file else ""


def largest_month(results: Results) -> Decimal:
    """The dearest month of all designs [USD]."""
    return max((month.cost_usd for design in results.designs for month in design.months), default=ZERO)


def is_budget_in_sight(results: Results, budget: Decimal | None) -> bool:
    """Whether the budget can be drawn without flattening the lines."""
    return budget is not None and budget <= BUDGET_IN_SIGHT * largest_month(results)

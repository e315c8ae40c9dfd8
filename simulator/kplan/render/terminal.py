"""Results on a terminal: the verdict first, then designs, stages, and what to know about the figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from kplan.engine.results import DesignResult, Results, StageResult
from kplan.render import samples, sensitivity, sentences, times
from kplan.render.columns import Column, design_columns, design_names
from kplan.render.format import added, per_1000, plain_text, share
from kplan.render.grid import MAIN_BAR, NO_BARS, OTHER_BAR, STAGE_BAR, Bars, fitted
from kplan.render.quality import quality_columns
from kplan.render.screen import NARROWEST, answer, printed

PAGE_WIDTH = 120
MOST_FLIPS = 6
SMALL_STAGE = 3
"""Stages below this share [%] that run on the same models share a line."""


def page(results: Results) -> bytes:
    """The screen as a text file, 120 columns wide."""
    return render(results, PAGE_WIDTH, color=False).encode()


def render(results: Results, width: int, color: bool) -> str:
    """The whole screen; no line is longer than the width [columns], see `printed`."""
    return printed(_blocks(results, max(width, NARROWEST)), width, color)


def _blocks(results: Results, width: int) -> Iterator[list[RenderableType]]:
    verdict = results.verdict
    yield list(answer(verdict.headline, verdict.caveats, verdict.design))
    yield list(_designs(results, width))
    if columns := quality_columns(results):
        yield list(_table("Quality", columns, results, width))
    if rows := times.whole_rows(results):
        yield list(_latency(rows, results, width))
    if results.provenance.draws:
        yield list(_sensitivity(results, width))
    if results.provenance.sample:
        yield list(_samples(results, width))
    shown = sentences.shown_design(results)
    if shown is not None and shown.stages:
        yield list(_stages(shown, width))
    yield list(_below(results))


def _table(
    head: str, columns: Sequence[Column], results: Results, width: int, bars: Bars = NO_BARS
) -> Iterator[RenderableType]:
    """The designs with some of their figures, and which of these the width has no room for."""
    styles = [_style(design, results) for design in results.designs]
    table, dropped = fitted(head, design_names(results), columns, styles, width, bars)
    yield table
    if dropped:
        yield _line(
            f"(no room for: {', '.join(dropped)}; a wider terminal or --format markdown has all)", "dim"
        )


def _latency(rows: Sequence[times.TimeRow], results: Results, width: int) -> Iterator[RenderableType]:
    """All designs, then the classes of the one that the verdict is about, then what is missed."""
    yield from _table("Latency", times.figures(rows), results, width)
    shown = sentences.shown_design(results)
    classes = [] if shown is None else times.time_rows([shown])[1:]
    if shown is not None and classes:
        names = tuple(plain_text(row.name) for row in classes)
        table, _ = fitted(plain_text(shown.id), names, times.figures(classes), [""] * len(names), width)
        yield table
    yield from _listed("Targets", [f"{line}." for line in times.missed(results)])
    if told := times.notes(results):
        yield _line(f"({told})", "dim")


def _designs(results: Results, width: int) -> Iterator[RenderableType]:
    bars = Bars(
        tuple(design.total_usd for design in results.designs),
        tuple(MAIN_BAR if d.id == results.verdict.design else OTHER_BAR for d in results.designs),
    )
    yield from _table("Design", design_columns(results), results, width, bars)
    if any(design.added for design in results.designs):
        yield from (_line(line, "dim") for line in [sentences.LEGEND, *sentences.pins(results)])
    shown = sentences.shown_design(results)
    if shown is not None and (beside := sentences.beside_usage(shown, results)):
        yield _line(beside)


def _sensitivity(results: Results, width: int) -> Iterator[RenderableType]:
    """The ranges of all designs, then what moves the one that the verdict is about."""
    names = [("+ " if d.added else "") + plain_text(d.id) for d, _ in sensitivity.ranged(results)]
    styles = [_style(design, results) for design, _ in sensitivity.ranged(results)]
    columns = sensitivity.range_columns(results)
    yield _line(f"{sensitivity.title(results)} of what is uncertain:")
    yield from _lines(("Design", names), columns, styles, width)
    if doubt := sensitivity.doubtful(results):
        yield _line(doubt)
    shown = sentences.shown_design(results)
    if shown is not None and (parameters := sensitivity.driver_names(shown)):
        head, columns = f"What moves {plain_text(shown.id)}", sensitivity.driver_columns(shown)
        yield Text("")
        yield from _lines((head, parameters), columns, [""] * len(parameters), width)
        yield from (_line(f"{turn}.") for turn in sensitivity.turns(shown))


def _samples(results: Results, width: int) -> Iterator[RenderableType]:
    """How the cost of a query spreads under every design."""
    found = samples.sampled(results)
    names = [("+ " if design.added else "") + plain_text(design.id) for design, _ in found]
    styles = [_style(design, results) for design, _ in found]
    yield _line(f"{samples.title(results)}; ± is a 95 % confidence interval:")
    yield from _lines(("Design", names), samples.sample_columns(results), styles, width)


def _lines(
    first: tuple[str, Sequence[str]], columns: Sequence[Column], styles: Sequence[str], width: int
) -> Iterator[RenderableType]:
    """A table of other lines than designs, its first column by head and cells."""
    table, dropped = fitted(*first, columns, styles, width)
    yield table
    if dropped:
        yield _line(f"(no room for: {', '.join(dropped)}; --format markdown has all)", "dim")


def _style(design: DesignResult, results: Results) -> str:
    if design.id == results.verdict.design:
        return f"bold {MAIN_BAR}"
    return "dim" if design.added else ""


def _stages(design: DesignResult, width: int) -> Iterator[RenderableType]:
    groups = _grouped(design.stages)
    names = [_names(group) for group in groups]
    models = tuple(plain_text(sentences.models(group[0])) for group in groups)
    columns = [
        Column("model", models, 1, is_text=True),
        Column("per 1,000", tuple(per_1000(_usd(group)) for group in groups)),
        Column("share", tuple(share(_part(group)) for group in groups)),
    ]
    bars = Bars(tuple(map(_usd, groups)), (STAGE_BAR,) * len(groups))
    table, dropped = fitted(plain_text(design.id), names, columns, [""] * len(names), width, bars)
    yield table
    if dropped:
        yield _line(f"(no room for: {', '.join(dropped)})", "dim")
    whole = "100%" if design.cost_per_query_usd else "0%"
    amounts = ("Amounts", columns[1].cells, per_1000(design.cost_per_query_usd))
    for printed_sum in (amounts, ("Shares", columns[2].cells, whole)):
        if why := sentences.rounding(*printed_sum):
            yield _line(f"({why})", "dim")


def _grouped(stages: Sequence[StageResult]) -> list[list[StageResult]]:
    """Stages by cost, the costliest first; small ones on the same models at the end, on one line."""
    ordered = sorted(stages, key=lambda stage: -stage.cost_per_query_usd)
    small: dict[tuple[str, ...], list[StageResult]] = {}
    single = []
    for stage in ordered:
        if stage.share * 100 < SMALL_STAGE and stage.chance is None:
            small.setdefault(stage.models, []).append(stage)
        else:
            single.append([stage])
    return [*single, *sorted(small.values(), key=lambda group: -_usd(group))]


def _usd(group: Sequence[StageResult]) -> Decimal:
    return added(stage.cost_per_query_usd for stage in group)


def _part(group: Sequence[StageResult]) -> Decimal:
    return added(stage.share for stage in group)


def _names(group: Sequence[StageResult]) -> str:
    return ", ".join(map(sentences.stage_name, group))


def _below(results: Results) -> Iterator[RenderableType]:
    yield from _flips(results)
    yield from _listed("Price events", [event.text for event in results.events])
    yield from _listed("Prices", [sentences.prices(results)])
    if fits := sentences.fits(results):
        yield from _listed("Limits", [fits])
    yield from _listed("Note", results.notes)
    if results.claims:
        yield from _listed("Claims", [f"{sentences.claims_summary(results.claims)}."])
        yield _bulleted(claim.text for claim in sentences.not_reproduced(results.claims))
    if checks := sentences.checks_summary(results):
        yield from _listed("Checks", [checks])
    if results.not_included:
        yield from _listed("Not in it", [f"{', '.join(map(plain_text, results.not_included))}."])


def _flips(results: Results) -> Iterator[RenderableType]:
    """Of the design that the verdict is about; how many others there are is said."""
    told = results.verdict.design
    mine = [flip for flip in results.flips if told in (flip.design, flip.other)][:MOST_FLIPS]
    yield from _listed("Flips", [f"{flip.text.rstrip('.')}." for flip in mine])
    if more := len(results.flips) - len(mine):
        yield _line(
            f"{'       ' if mine else 'Flips: '}{more} more between the designs: --format markdown", "dim"
        )


def _bulleted(texts: Iterable[str]) -> Table:
    """Each text behind a dash; what does not fit on its line goes on below its first word."""
    table = Table.grid(padding=(0, 1, 0, 0))
    for text in texts:
        table.add_row("  -", _line(text))
    return table


def _listed(head: str, lines: Iterable[str]) -> Iterator[Text]:
    """`Head: first line`, the others set below the first."""
    for number, line in enumerate(lines):
        lead = f"{head}: " if not number else " " * (len(head) + 2)
        yield Text.assemble((lead, "bold"), plain_text(line), overflow="fold")


def _line(text: str, style: str = "") -> Text:
    return Text(plain_text(text), style=style, overflow="fold")

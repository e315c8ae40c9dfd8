"""Sheet Notes: how it was worked out, what is left out, what was assumed, and what it was made from."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.engine.ledger import CONTRACT_KINDS, Kind
from kplan.form.graph import Node
from kplan.render import sources
from kplan.render.workbook.export import BUDGET, Export, VariantCells
from kplan.render.workbook.sheet import Sheet

TEXT_WIDTH = 120
METHOD = """\
Cost per query is the sum over all charges of quantity x rate. A charge is one meter of one model in one \
stage; its quantity is calls per query x units per call, averaged over chances, retries and shares.
A class of queries counts with its share. Queries of a month spread evenly over its days; growth starts in \
the second month. Where a price changes inside a month, each part is billed at its own price.
The total of a month is usage + fixed costs + contingency on both. Nothing is rounded before it is shown.
Every figure is a formula down to the blue cells of Inputs and Prices. The values stored in this file are \
kplan's own, worked out in exact decimals; a spreadsheet's differ from the sixteenth digit on.
A comparison a > b means more than 0.000001 above, and rounding up ignores 0.000000001, since spreadsheets \
snap near ties. Which long-context price a call pays follows its tokens, live.
The model of a stage is chosen on sheet Models from those that the scenario names and that can run it as it \
is; costs follow, quality and latency stay those of the planned models.
Fixed at export: which price holds on which day, the hours of the week that windowed prices share, the \
calendar, the totals at low and high on Sensitivity, and the sentences of the summary. Simulate again when \
a date or a design changes.
"""
CONTRACTS = """\
Contracts add lines to the total of a month. An included or cheaper unit is worth the month's average price \
of its meter. A minimum tops a month's costs less credits up, a commitment those of the whole plan in its \
last month; fees count toward neither. Contingency is counted on these lines too.
"""
DISTRIBUTIONS = """\
Amounts that differ from draw to draw count with their mean wherever a formula is straight in them. The rest \
(long-context prices, minima, maxima, rounding up) is the mean over the whole distribution: kplan computed \
it, Inputs shows it under its own heading, and it does not follow the cells. What shapes it is grey.
"""
TRAFFIC = """\
How often a query finds a shared prompt cache warm comes of how many queries use it: kplan computed it, \
Inputs shows it under its own heading, and it does not follow the cells. The traffic and the chances behind \
it are grey.
"""
UNITS = """\
Units of provisioned throughput serve a share of the calls to a model, which the usage still counts in full: \
what they cost and what they take off are lines of their own on Budget. kplan computed the share of each \
month from the hours of the week; it does not follow the cells, and what it comes of is grey.
"""
EMPTY = "none"


def write(sheet: Sheet, export: Export) -> None:
    """Write the sheet."""
    sheet.title("Notes", "Method, what is not included, assumptions, events, claims, provenance.")
    row = 3
    for heading, lines in _sections(export):
        sheet.band(row, heading, 1)
        row += 1
        for label, text in lines or [("", EMPTY)]:
            sheet.text(row, 0, label, "top", "muted")
            sheet.paragraph(row, 1, text, TEXT_WIDTH)
            row += 1
        row += 1
    sheet.column_width(1, TEXT_WIDTH)
    sheet.worksheet.freeze_panes(3, 0)
    sheet.finish(row, 1, 0, export.footer, narrowest=14, widest=TEXT_WIDTH)


def _sections(export: Export) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    results = export.results
    has_contracts = any(row.kind in CONTRACT_KINDS for row in results.ledger)
    method = METHOD + CONTRACTS if has_contracts else METHOD
    kinds = {kind for cells in export.variants for kind in _kinds(cells)}
    method += "".join(kind for kind in (DISTRIBUTIONS, TRAFFIC, UNITS) if kind in kinds)
    yield "Method", [(str(n), text) for n, text in enumerate(method.splitlines(), 1)]
    yield "Not included", [("", text) for text in results.not_included]
    yield "Figures without a source", [("", sources.said(results)), ("how", sources.HOW)]
    if baked := list(_baked(export)):
        yield "Figures that kplan worked out beforehand: they do not follow the cells", baked
    yield "Assumptions", [("", text) for text in dict.fromkeys(results.notes)]
    yield "Price changes and retirements inside the horizon", [(e.kind, e.text) for e in results.events]
    yield "Where the ranking flips", [("", flip.text) for flip in results.flips]
    if results.claims:
        yield "Claims audited", [(claim.id, f"{claim.text} [{claim.verdict}]") for claim in results.claims]
    yield "Provenance", list(_provenance(export))


def _kinds(cells: VariantCells) -> Iterator[str]:
    """What the baked figures that some design uses were computed from."""
    graph, bought = cells.plan.graph, frozenset[Node]().union(*(nodes for _, nodes in _bought(cells)))
    for node in cells.used & graph.baked.keys():
        of_traffic = cells.plan.month_queries[0] in graph.baked[node]
        yield UNITS if node in bought else TRAFFIC if of_traffic else DISTRIBUTIONS


def _bought(cells: VariantCells) -> Iterator[tuple[str, frozenset[Node]]]:
    """The lines of units that are bought, with the figures of theirs that were found beforehand."""
    for design in cells.plan.designs:
        for line in design.lines:
            if line.kind is Kind.CAPACITY:
                own = cells.plan.graph.baked.keys() & {*line.months, *line.served}
                yield f"{design.id}: {line.label}, month by month on {BUDGET}", frozenset(own)


def _baked(export: Export) -> Iterator[tuple[str, str]]:
    """Names of the baked figures that some design uses, with their variant where there are several."""
    for cells in export.variants:
        variant = (cells.plan.variant or "base") if export.has_variants else ""
        lines = list(_bought(cells))
        bought = frozenset[Node]().union(*(nodes for _, nodes in lines))
        for node in sorted((cells.used & cells.plan.graph.baked.keys()) - bought):
            yield variant, cells.entry(node).name
        yield from ((variant, label) for label, _ in lines)


def _provenance(export: Export) -> Iterator[tuple[str, str]]:
    made = export.results.provenance
    yield "scenario", " ".join(filter(None, (made.scenario_name, f"({made.scenario_file})")))
    yield "scenario sha256", made.scenario_sha256
    as_of = f", as of {made.book_as_of}" if made.book_as_of else ""
    yield "price book", f"{made.book_name}{as_of}"
    yield "book sha256", made.book_sha256
    yield "made by", f"kplan {made.kplan_version}"
    yield "currency", export.results.currency
    yield from export.results.tags.items()

"""The report as one web page: what its sections show of the results."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from kplan.engine.ledger import CONTRACT_KINDS, Kind
from kplan.engine.results import Results
from kplan.regress.checks import checked, tally
from kplan.render import (
    charts,
    columns,
    lines,
    page,
    paper,
    quality,
    samples,
    sections,
    sensitivity,
    sentences,
    sources,
    tiles,
    times,
    tradeoffs,
    whatif,
)
from kplan.render import format as words

WHATIF, CAPACITY = "whatif.js", "capacity.css"


def render(results: Results) -> bytes:
    """The page, UTF-8; the same results give the same bytes."""
    moved = whatif.view(results)
    return paper.printed(
        results,
        f"{results.provenance.scenario_name}: what it costs",
        [section for section in sections.shown(results) if moved or section.name != "whatif"],
        {"whatif": moved, **_views(results), **_fit(results)},
        styles=("whatif.css", *((CAPACITY,) if sections.has_limits(results) else ())),
        scripts=(WHATIF,) if moved else (),
    )


def _fit(results: Results) -> Mapping[str, object]:
    if not sections.has_limits(results):
        return {}
    from kplan.render.capacity_page import fit

    return fit.views(results)


def _views(results: Results) -> dict[str, object]:
    colours = charts.stage_colours(results)
    parts, compositions = page.compositions(results)
    return {
        "groups": page.groups(results),
        "tiles": tiles.tiles(results),
        "headline": [_sentence(text, is_first=n == 0) for n, text in enumerate(results.verdict.headline)],
        "colours": colours,
        "quality": quality.quality_columns(results),
        **_times(results),
        **_checks(results),
        "sources": sources,
        "parts": parts,
        "has_contracts": any(row.kind in CONTRACT_KINDS for row in results.ledger),
        "has_units": any(row.kind is Kind.CAPACITY for row in results.ledger),
        "compositions": compositions,
        "periods": columns.price_periods(results)[1:],
        "events": page.event_numbers(results),
        "claim_counts": sentences.claims_summary(results.claims),
        "cheapest_single": sentences.cheapest_single,
        "computed": sentences.computed,
        "off": sentences.off,
        "span": page.span(results),
        "command": page.command(results),
        "charts": charts,
        "most_named": lines.MOST_NAMED,
        "samples": samples,
        "sensitivity": sensitivity,
        "tradeoffs": tradeoffs,
    }


def _times(results: Results) -> dict[str, object]:
    rows = times.time_rows(results.designs)
    return {
        "times": rows,
        "times_note": times.notes(results),
        "time_columns": times.time_columns(rows),
        "has_targets": any(row.time.targets for row in rows),
    }


def _checks(results: Results) -> dict[str, object]:
    found = checked(results)
    return {
        "checks": found,
        "check_tally": tally(found),
        "checks_elsewhere": page.checks_elsewhere(results, found),
    }


def _sentence(text: str, *, is_first: bool) -> Markup:
    """A sentence whose dates do not break, and whose first amount is set off if it is the first of all."""
    said = Markup("")
    for part in paper.FIGURES.split(words.plain_text(text)):
        if part.startswith(("$", "-$")) and is_first and paper.FIGURES.fullmatch(part):
            said += Markup("<em>{}</em>").format(part)
            is_first = False
        elif paper.FIGURES.fullmatch(part):
            said += Markup('<span class="nw">{}</span>').format(part)
        else:
            said += part
    return said

"""The report as one web page: a single file that asks for nothing, under a strict content security policy."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from jinja2 import Environment
from markupsafe import Markup

from kplan.engine.ledger import CONTRACT_KINDS
from kplan.engine.results import Results
from kplan.regress.checks import checked, tally
from kplan.render import (
    charts,
    columns,
    lines,
    page,
    palette,
    price_row,
    quality,
    samples,
    sections,
    sensitivity,
    sentences,
    sources,
    templates,
    tiles,
    times,
    tradeoffs,
    whatif,
)
from kplan.render import format as words
from kplan.render.marks import marked

WHATIF = "whatif.js"
SCRIPTS = ("tables.js", WHATIF)
"""Templates of the scripts that the page runs, that of the what-if only where it has one."""
STYLES = ("report.css", "whatif.css")
"""Style sheets, one after the other."""
_AMOUNT = r"-?\$[\d,]*\d(?:\.\d+)?(?:(?:k|M|bn)\b)?"
_FIGURES = re.compile(rf"(\({_AMOUNT}–{_AMOUNT}\)|{_AMOUNT}|\b\d{{4}}-\d\d(?:-\d\d)?\b)")
"""Ranges, amounts and dates in a sentence."""
_WORDS = (
    "money",
    "per_1000",
    "per_query",
    "share",
    "chance",
    "quantity",
    "round_quantity",
    "decimal",
    "visits",
)
_PRICE_ROW = ("conditions", "rate", "per", "validity", "link", "made_of")
_PAGE = ("is_baseline", "name", "saved_percent", "count", "unrounded", "thousand", "percent", "metric")


def render(results: Results) -> bytes:
    """The page, UTF-8; the same results give the same bytes."""
    environment = _environment()
    moved = whatif.view(results)
    style = _ours("".join(environment.get_template(name).render(palette=palette) for name in STYLES))
    named = SCRIPTS if moved else [name for name in SCRIPTS if name != WHATIF]
    scripts = [_ours(environment.get_template(name).render()) for name in named]
    text = environment.get_template("report.html.j2").render(
        results=results,
        style=style,
        scripts=scripts,
        whatif=moved,
        sections=[section for section in sections.shown(results) if moved or section.name != "whatif"],
        policy=_policy(style, scripts),
        **_views(results),
    )
    return marked(text.encode(), ".html")


def _ours(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - a style sheet or a script of ours, which holds nothing of the user's


def _environment() -> Environment:
    """Templates in which every value is stripped of control codes and then escaped."""
    environment = templates.environment(words.plain_text)
    environment.filters.update({name: getattr(words, name) for name in _WORDS})
    environment.filters.update({name: getattr(page, name) for name in _PAGE})
    environment.filters.update({name: getattr(price_row, name) for name in _PRICE_ROW})
    environment.globals["num"] = page.num
    environment.filters["target"] = times.said
    environment.filters["over_budget"] = columns.over_budget
    return environment


def _policy(style: str, scripts: Sequence[str]) -> str:
    """What a browser may do: apply this style sheet, run these scripts, and nothing else."""
    allowed = (
        "default-src 'none'",
        f"style-src {_digest(style)}",
        f"script-src {' '.join(map(_digest, scripts))}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(allowed)


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


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
        "own_templates": templates.own_templates(),
        "parts": parts,
        "has_contracts": any(row.kind in CONTRACT_KINDS for row in results.ledger),
        "compositions": compositions,
        "periods": columns.price_periods(results)[1:],
        "events": page.event_numbers(results),
        "claim_counts": sentences.claims_summary(results.claims),
        "computed": sentences.computed,
        "off": sentences.off,
        "span": page.span(results),
        "command": page.command(results),
        "charts": charts,
        "most_named": lines.MOST_NAMED,
        "page": page,
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
    for part in _FIGURES.split(words.plain_text(text)):
        if part.startswith(("$", "-$")) and is_first and _FIGURES.fullmatch(part):
            said += Markup("<em>{}</em>").format(part)
            is_first = False
        elif _FIGURES.fullmatch(part):
            said += Markup('<span class="nw">{}</span>').format(part)
        else:
            said += part
    return said

"""What every page is made on: one file that asks for nothing, under a strict content security policy."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Protocol

from jinja2 import Environment
from markupsafe import Markup

from kplan.engine.results import Results
from kplan.render import columns, page, palette, price_row, templates, times
from kplan.render import format as words
from kplan.render.marks import marked

STYLE, TABLES = "report.css", "tables.js"
"""The style sheet and the script of every page."""
_AMOUNT = r"-?\$[\d,]*\d(?:\.\d+)?(?:(?:k|M|bn)\b)?"
FIGURES = re.compile(rf"(\({_AMOUNT}–{_AMOUNT}\)|{_AMOUNT}|\b\d{{4}}-\d\d(?:-\d\d)?\b)")
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


class Section(Protocol):
    """A part of a page, which the head leads to where it has a title."""

    @property
    def name(self) -> str:
        """The anchor that the head leads to."""

    @property
    def title(self) -> str:
        """What the head calls it; empty where nothing leads to it."""

    @property
    def template(self) -> str:
        """Its file among the templates."""


def printed(
    results: Results,
    title: str,
    sections: Sequence[Section],
    views: Mapping[str, object],
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
) -> bytes:
    """The page of these sections, UTF-8 with its mark; the same views give the same bytes.

    views             what the templates of the sections and the style sheets read
    styles, scripts   names of templates besides those of every page
    """
    environment = _environment()
    style = _ours(
        "".join(environment.get_template(name).render(palette=palette, **views) for name in (STYLE, *styles))
    )
    run = [_ours(environment.get_template(name).render()) for name in (TABLES, *scripts)]
    text = environment.get_template("report.html.j2").render(
        results=results,
        title=title,
        style=style,
        scripts=run,
        sections=sections,
        policy=_policy(style, run),
        own_templates=templates.own_templates(),
        page=page,
        **views,
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

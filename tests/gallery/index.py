"""The index of the samples: a card each, with the verdict and a small picture of the designs' totals."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kplan.engine.results import DesignResult, Results
from kplan.places import folder
from kplan.render import palette
from kplan.render.format import money, plain_text
from kplan.render.marks import marked
from kplan.render.page import count
from kplan.render.svg import drawing, element, fitted, label
from kplan.version import __version__

CAPACITY = "-capacity.html"
"""Ending of pages on capacity."""
MOST_BARS = 6
WIDTH, STEP, BAR = 320.0, 34.0, 10.0


@dataclass(frozen=True)
class Card:
    """What the index says of a sample."""

    name: str
    verdict: str
    beside: tuple[str, ...]
    """Whether the variants agree, and what the figures do not prove."""
    page: str
    picture: Markup
    about: str
    links: tuple[tuple[str, str], ...]
    prices_of: str
    """The day of the price book."""


def page(cards: Sequence[Card]) -> bytes:
    """Self-contained, without scripts, in the look of the reports."""
    loader = FileSystemLoader([Path(__file__).parent, folder("templates")])
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    sheets = ("report.css", "index.css")
    style = Markup("".join(environment.get_template(name).render(palette=palette) for name in sheets))
    digest = b64encode(sha256(style.encode()).digest()).decode()
    text = environment.get_template("index.html.j2").render(
        cards=cards,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        version=__version__,
        as_of=max(card.prices_of for card in cards),
    )
    return marked(text.encode(), ".html")


def card(results: Results, name: str, links: Sequence[str]) -> Card:
    """A scenario's verdict and picture; `links` are its files, the page first."""
    ranking, verdict = plain_text(results.verdict.headline[0]), plain_text(told(results))
    words = {".html": "Page", ".md": "Markdown", ".xlsx": "Workbook", ".yaml": "Scenario"}
    return Card(
        name=name,
        verdict=verdict,
        beside=tuple(filter(None, (ranking if ranking != verdict else "", *results.verdict.caveats[:1]))),
        page=links[0],
        picture=picture(results, name),
        about=about(results),
        links=tuple(
            ("Capacity" if link.endswith(CAPACITY) else words[PurePath(link).suffix], link) for link in links
        ),
        prices_of=str(results.provenance.book_as_of or ""),
    )


def told(results: Results) -> str:
    """The sentence on the design that the verdict is about, of its variant where there are several."""
    headline, variant = results.verdict.headline, results.design(results.verdict.design).variant
    return next((said for said in headline if variant and said.startswith(f"{variant}: ")), headline[0])


def about(results: Results) -> str:
    """How large the scenario is, and what it is made of besides."""
    written = [design for design in results.designs if not design.added]
    variants = {design.variant for design in written} - {""}
    counts = {
        "design": len({design.design for design in written}),
        "stage": max(len(design.stages) for design in written),
        "month": len(written[0].months),
        "variant": len(variants),
        "price event": len(results.events),
        "claim": len(results.claims),
    }
    return ", ".join(count(number, word) for word, number in counts.items() if number)


def picture(results: Results, name: str) -> Markup:
    """The totals of the written designs of the verdict's variant as bars, the verdict's own set off."""
    told = results.design(results.verdict.design)
    designs = [d for d in results.designs if d.variant == told.variant and not d.added]
    kept = [d for d in designs if d is told or d in designs[: MOST_BARS - 1]][:MOST_BARS]
    most = max(float(design.total_usd) for design in kept) or 1.0
    marks = [mark for n, design in enumerate(kept) for mark in _bar(design, design is told, n, most)]
    if more := len(designs) - len(kept):
        marks.append(label(f"and {more} more", 0, len(kept) * STEP + 12, "mut"))
    said = "; ".join(f"{design.design} {money(design.total_usd)}" for design in kept)
    height = len(kept) * STEP + (20 if more else 0)
    title = f"Total of each design, {count(len(told.months), 'month')}"
    return drawing(marks, id_=f"p-{name}", width=WIDTH, height=height, title=title, desc=said, class_="any")


def _bar(design: DesignResult, is_main: bool, n: int, most: float) -> list[Markup]:
    y, style, fill = n * STEP, "main" if is_main else "", "b-main" if is_main else "b-other"
    width = max(1.0, float(design.total_usd) / most * WIDTH)
    return [
        label(fitted(design.design, WIDTH - 90), 0, y + 13, style),
        label(money(design.total_usd), WIDTH, y + 13, f"{style} num".strip(), "end"),
        element(
            "rect",
            class_=fill,
            x=0.0,
            y=y + 18,
            width=width,
            height=BAR,
            rx=2,
        ),
    ]

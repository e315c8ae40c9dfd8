"""Scenarios for the report's page, and a page taken apart as a browser would see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.prices.book import Book
from kplan.prices.models import ModelRow
from kplan.scenario.load import load_scenario, load_variants
from support import RATES, book_of, priced

FLAGSHIP = """
name: Knowledge-base assistant
volume: {queries_per_month: 250_000, start: 2026-12, months: 12, growth_per_month: 3%}
params: {chunks: 8, chunk_tokens: 1_200, redo: 8%}
stages:
  expand:     {input: 180, output: 120}
  route:      {input: 900, output: 20}
  rerank:     {input: chunks * chunk_tokens, output: 200}
  synthesize: {input: chunks * chunk_tokens + 900, output: 650}
  verify:     {input: chunks * chunk_tokens + 1_600, output: 150}
  cite:       {input: 900, output: 700}
designs:
  all-sonnet: sonnet
  stratified:
    models: {default: haiku, synthesize: sonnet}
    stages:
      verify: {output: 30}
      second_pass: {after: verify, chance: redo, like: synthesize, model: opus}
  flash-mix: {extends: stratified, models: {default: flash, synthesize: sonnet}}
baseline: all-sonnet
budget: $25_000/month
contingency: 10%
fixed: {vector store: $450/month}
tags: {team: search}
"""

VARIANTS = FLAGSHIP + "variants: {busy: {volume: 400_000/month}, quiet: {volume: 90_000/month}}\n"


TRADEOFFS = """
volume: 250_000/month
months: 2027-01..2027-03
singles: false
stages: {answer: {input: 1_000, output: 1_000}}
designs:
  haiku: haiku
  sonnet: sonnet
  opus: opus
  dull: {models: {default: haiku}, stages: {answer: {output: 2_200}}}
quality: {end_to_end: {haiku: 412/500, sonnet: 465/500, opus: 480/500, dull: 400/500}}
latency:
  haiku: {first_token: 400ms, tokens_per_s: 200}
  sonnet: {first_token: 800ms, tokens_per_s: 80}
  opus: {first_token: 1.5s, tokens_per_s: 50}
"""
"""Four designs with their quality measured and their times known; a thousand cost $6, $18, $90 and $12."""


def flagship(folder: Path, text: str = FLAGSHIP) -> Results:
    """Six designs of seven stages over twelve months, with a price change, a retirement and a budget."""
    path = folder / "rag.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    return simulate(load_scenario(path), page_book())


def of_variants(folder: Path, text: str = VARIANTS) -> Results:
    """The same under variants."""
    path = folder / "rag.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    return simulate(load_variants(path), page_book())


def page_book() -> Book:
    """Sonnet, haiku and opus, and flash, whose price doubles inside May; sonnet retires in September."""
    rows = (
        priced("flash", "output", "3", source="list", source_url="javascript:alert(1)"),
        priced(
            "flash", "input", "0.5", valid_to=date(2027, 5, 18), source_url="https://example.com/a?b=1&c=2"
        ),
        priced("flash", "input", "1", valid_from=date(2027, 5, 18), status="announced", source="blog"),
    )
    retiring = ModelRow("test", "sonnet", retires_on=date(2027, 9, 1), successor="sonnet-next")
    return book_of(RATES, rows, (retiring,))


@dataclass
class Element:
    """One element: its tag, its attributes and all text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Elements in the order of the page; the text of an element includes that of its children."""

    html: str
    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        assert self._open == [], f"never closed: {self._open[0].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "small":
            self.handle_data(" ")
        element = Element(tag, {key: value or "" for key, value in attrs})
        self.elements.append(element)
        if tag not in ("meta", "br", "link", "img", "input"):
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()
        if tag in ("td", "th", "dt", "dd", "small", "title", "p"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """The elements of these tags with these attributes (`class_` for `class`)."""
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag in tags and wanted.items() <= element.attributes.items()
        ]

    def texts(self, *tags: str, **attributes: str) -> list[str]:
        """Their texts, with runs of white space as one space."""
        return [" ".join(element.text.split()) for element in self.all(*tags, **attributes)]

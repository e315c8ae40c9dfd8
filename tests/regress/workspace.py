"""A small scenario with price books of its own, in a folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from kplan.engine.results import Results
from kplan.regress.run import run

PIPELINE = """\
volume: 1_000/month
months: 2026-01..2026-12
prices: {freeze: 2026-01-01, book: own.yaml}
singles: false
stages:
  read:  {input: 1_000_000, output: 0}
  write: {input: 0, output: 1_000_000}
designs:
  small: tiny
  large: huge
books: {half: half.yaml, double: double.yaml}
variants:
  cheap: {prices: {book: half.yaml}}
  dear: {prices: {book: [own.yaml, double.yaml]}}
"""
"""With the own book, reading costs $1 (small) or $10 (large) a query, writing $5 or $50."""


class Workspace:
    """A folder with the scenario and its books."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "test.kplan.yaml"
        self.book("own.yaml", tiny=("1", "5"), huge=("10", "50"))
        self.book("half.yaml", tiny=("0.5", "2.5"), huge=("5", "25"))
        self.book("double.yaml", tiny=("2", "10"))

    def book(self, name: str, **models: tuple[str, str]) -> Path:
        """A price book: input and output of each model [USD per million tokens]."""
        rows = [
            f"  - {{provider: acme, model: {model}, meter: {meter}, usd: {usd}}}"
            for model, usds in models.items()
            for meter, usd in zip(("input", "output"), usds, strict=True)
        ]
        return self.write(name, "\n".join(["rows:", *rows, ""]))

    def write(self, name: str, text: str) -> Path:
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def run(self, claims: str = "", **options: Any) -> Results:
        """The results of the scenario with these claims."""
        self.path.write_text(PIPELINE + dedent(claims), encoding="utf-8")
        return run(self.path, **options)

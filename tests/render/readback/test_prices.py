"""Edited prices as a price book: laid over the old one it gives the edited prices, and nothing else moves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.prices.book import Book, load_book
from kplan.prices.rows import PriceRow
from kplan.render.readback.edits import Edit
from kplan.render.readback.prices import book_rows, book_text
from kplan.render.workbook.mapped import PRICE, Mapped

TURN = date(2027, 3, 15)
BOOK = """
rows:
  - {provider: acme, model: big, meter: input, per: 1000000, usd: 3, valid_to: 2027-03-15}
  - {provider: acme, model: big, meter: input, per: 1000000, usd: 4, valid_from: 2027-03-15}
  - {provider: acme, model: big, meter: input, per: 1000000, usd: 6, over_input_tokens: 200000}
  - {provider: acme, model: big, meter: input, per: 1000000, usd: 1, hours: "00:00-06:00"}
  - {provider: acme, model: big, meter: output, per: 1000000, usd: 15}
"""
DISCOUNTS = "discounts: [{models: acme/*, rate: 12%, source: contract}]\n"


def book(folder: Path, text: str) -> Book:
    path = folder / "book.yaml"
    path.write_text(text, encoding="utf-8")
    return load_book([path], embedded=False)


def rows(found: Book) -> dict[str, PriceRow]:
    return {row.id: row for row in found.rows(found.find("acme/big"))}


def edit(row: PriceRow, after: str) -> Edit:
    mapped = Mapped(PRICE, ("",), row.id, (), str(row.usd), ((row.provider, row.model),), "0")
    return Edit(mapped, "Prices!D5", row.usd, Decimal(after))


@pytest.mark.parametrize("text", [BOOK, DISCOUNTS + BOOK], ids=["plain", "discounts"])
@pytest.mark.parametrize(
    "name",
    ["acme/big input", f"acme/big input @{TURN}", "acme/big input >200000", "acme/big input 00:00-06:00"],
)
def test_one_price_moves_alone(tmp_path: Path, text: str, name: str) -> None:
    """Steps and windows that a plain row replaces by lying over them are said again."""
    old = book(tmp_path, text)
    made = book_rows(old, [edit(rows(old)[name], "2.64")], "edited in budget.xlsx")
    path = tmp_path / "whatif.prices.yaml"
    path.write_text(book_text(made, path), encoding="utf-8")
    new = rows(old.with_files([path]))
    assert {row_id: row.usd for row_id, row in new.items()} == {
        row_id: Decimal("2.64") if row_id == name else row.usd for row_id, row in rows(old).items()
    }
    assert (new[name].source, new[name].status) == ("edited in budget.xlsx", "estimated")
    assert all(new[other].status == "effective" for other in new if other != name)


def test_a_price_that_the_book_lacks_by_now_is_told(tmp_path: Path) -> None:
    old = book(tmp_path, BOOK)
    gone = PriceRow("acme", "big", "cache_read", Decimal("0.3"))
    with pytest.raises(KplanError, match=r"Prices!D5: the price books have no acme/big cache_read any more"):
        book_rows(old, [edit(gone, "1")], "edited in budget.xlsx")

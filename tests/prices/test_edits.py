from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.prices.book import load_book
from kplan.prices.book_text import edited
from kplan.prices.edits import Edit, change, correction
from kplan.prices.files import read_rows
from kplan.prices.rows import PriceRow

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def row(usd: str = "1", start: date | None = None, end: date | None = None, **keys: Any) -> PriceRow:
    return PriceRow(
        "acme", "m", keys.pop("meter", "input"), Decimal(usd), valid_from=start, valid_to=end, **keys
    )


def test_a_change_ends_the_price_before_it() -> None:
    edit = change([row("1"), row("9", meter="output")], row("2", FEB))
    assert edit.rows == (row("1", None, FEB), row("9", meter="output"), row("2", FEB))


def test_a_change_takes_over_the_end_of_the_price_before_it() -> None:
    assert change([row("1", JAN, APR)], row("2", FEB)).rows == (row("1", JAN, FEB), row("2", FEB, APR))
    assert change([row("1", JAN, FEB)], row("2", FEB)).rows == (row("1", JAN, FEB), row("2", FEB))


def test_history_is_not_changed() -> None:
    rows = [row("1", None, FEB), row("2", FEB)]
    for day in (JAN, FEB):
        with pytest.raises(KplanError, match=r"is not after 2026-02-01.*kplan book correct FILE"):
            change(rows, row("3", day))
    assert change(rows, row("3", MAR)).rows[1].valid_to == MAR
    assert change([row("1"), row("2", FEB, status="cancelled")], row("3", JAN)).rows[0].valid_to == JAN


def test_a_correction_keeps_the_wrong_row_as_a_record() -> None:
    rows = [row("1", JAN, MAR, recorded_on=JAN)]
    edit = correction(rows, [], "acme/m input @2026-01-01", Decimal(2), "https://acme.example/prices", FEB)
    assert edit.rows[0] == row("1", JAN, MAR, recorded_on=JAN, status="corrected")
    new = edit.rows[1]
    assert (new.usd, new.valid_from, new.valid_to, new.recorded_on) == (2, JAN, MAR, FEB)
    assert (new.source_url, new.note) == ("https://acme.example/prices", "corrects 1 of this book")
    assert len({r.id for r in edit.rows}) == 2


def test_what_was_known_before_a_correction_stays_known() -> None:
    """Three figures for the same day: as recorded, corrected in February, corrected again in March."""
    rows = [row("1", JAN, recorded_on=JAN)]
    for usd, on in (("2", FEB), ("3", MAR)):
        rows = list(correction(rows, [], "acme/m input @2026-01-01", Decimal(usd), "a letter", on).rows)
    book = load_book([], embedded=False).with_rows("mine", rows)
    model = book.find("acme/m")

    def usd_known(day: date | None) -> Decimal:
        return book.rates_on(model, APR, known_on=day).tiers("input").tiers[0].rows[0].row.usd

    days = (JAN, date(2026, 1, 31), FEB, date(2026, 2, 28), MAR, None)
    assert list(map(usd_known, days)) == [1, 1, 2, 2, 3, 3]
    assert len({r.id for r in rows}) == 3


def test_a_change_and_then_a_correction_each_in_its_time() -> None:
    rows = list(change([row("1")], row("2", MAR, recorded_on=FEB)).rows)
    rows = list(correction(rows, [], "acme/m input", Decimal("1.5"), "a letter", APR).rows)
    book = load_book([], embedded=False).with_rows("mine", rows)
    model = book.find("acme/m")
    seen = {
        (known, day): book.rates_on(model, day, known_on=known).tiers("input").tiers[0].rows[0].row.usd
        for known in (JAN, FEB, None)
        for day in (FEB, MAR)
    }
    assert list(seen.values()) == [1, 1, 1, 2, Decimal("1.5"), 2]


def test_what_cannot_be_corrected() -> None:
    rows = [row("1", recorded_on=FEB)]
    with pytest.raises(KplanError, match='no row "acme/m inptu"; did you mean "acme/m input"'):
        correction(rows, [], "acme/m inptu", Decimal(2), "x", MAR)
    with pytest.raises(KplanError, match="says 1 already"):
        correction(rows, [], "acme/m input", Decimal("1.0"), "x", MAR)
    with pytest.raises(KplanError, match="recorded on 2026-02-01 too"):
        correction(rows, [], "acme/m input", Decimal(2), "x", FEB)
    with pytest.raises(KplanError, match="on a later day than 2026-01-01"):
        correction(rows, [], "acme/m input", Decimal(2), "x", JAN)


def test_a_correction_of_a_lower_book_keeps_its_steps() -> None:
    base, step = row("1"), row("2", over_input_tokens=100)
    edit = correction([], [base, step], "acme/m input", Decimal("1.5"), "x", FEB)
    assert edit.rows == (edit.new, step)
    assert correction([], [base, step], "acme/m input >100", Decimal(9), "x", FEB).kept == ()


BLOCK = """\
# my book
rows:
- provider: acme   # ours
  model: m
  meter: input
  usd: "1"    # per million

- {provider: acme, model: n, meter: input, usd: 3, valid_to: ~}
# the end of the rows
models:
- {provider: acme, id: m}
"""
FLOW = """x-note: {a: 1}
rows: [{provider: acme, model: m, meter: input, usd: "1"}, {provider: acme, model: n,
  meter: input, usd: 3}]"""
JSON = """{"rows": [{"provider": "acme", "model": "m", "meter": "input", "usd": "1"},
{"provider": "acme", "model": "n", "meter": "input", "usd": 3}]}"""
CSV = 'note,provider,model,meter,usd\n"two\nlines, one note",acme,m,input,1\n\n,acme,n,input, 3\n'
CRLF = "provider,model,meter,usd\r\nacme,m,input,1\r\nacme,n,input,3"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", BLOCK),
        ("b.yml", FLOW),
        ("c.csv", CSV),
        ("d.csv", CRLF),
        ("g.yaml", BLOCK.replace('"1"    # per million', '"1"\n  note: |\n    two\n    lines')),
        ("h.yaml", JSON),
        ("f.csv", "provider,model,meter,usd,note,source,valid_to\nacme,m,input,1\nacme,n,input,3,,,\n"),
        ("e.yaml", BLOCK.replace("\n", "\r\n")),
    ],
)
def test_the_text_of_a_book_stays_as_it_is_around_an_edit(tmp_path: Path, name: str, text: str) -> None:
    original, path = text, tmp_path / name
    path.write_bytes(text.encode())
    old = tuple(read_rows(path)[0])
    for new in (
        row("2", FEB, note='a "quoted": note, #1'),
        PriceRow("acme", "n", "input", Decimal(4), valid_from=MAR),
    ):
        edit = change(old, new)
        after = edited(text, path, edit)
        path.write_bytes(after.encode())
        assert tuple(read_rows(path)[0]) == edit.rows
        kept = [line for line in text.splitlines() if line and line in after.splitlines()]
        assert len(kept) >= len([line for line in text.splitlines() if line]) - (3 if "," in text else 1)
        assert ("\r\n" in after, "\n" in after.replace("\r\n", "")) == ("\r\n" in text, "\r\n" not in text)
        text, old = after, edit.rows
    comments = ("# my book", "# ours", "# per million", "# the end of the rows", "two")
    assert [part in text for part in comments] == [part in original for part in comments]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rows:\n",
        "rows: []\n",
        "rows: ~\n",
        "# only this\n",
        "models:\n- {provider: acme, id: m}\n",
        "rows: # none yet\nmodels:\n",
    ],
)
def test_the_first_row_of_a_book(text: str) -> None:
    after = edited(text, Path("a.yaml"), change([], row("2", FEB)))
    assert all(
        line in after for line in text.replace("[]", "").replace("~", "").splitlines() if line != "rows: "
    )
    assert after.count("provider: acme, model: m, meter: input") == 1


def test_formats_that_are_not_changed_in_place() -> None:
    with pytest.raises(KplanError, match=r"a \.yaml or \.csv book can be changed"):
        edited("", Path("a.xlsx"), change([], row("2", FEB)))
    with pytest.raises(KplanError, match="cannot be printed"):
        edited("", Path("a.yaml"), change([], row("2", FEB, note="\x1b[31m")))


@given(
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=12), st.sampled_from(["a.yaml", "a.csv"])
)
@settings(max_examples=150, deadline=None)
def test_any_text_survives_being_written(note: str, name: str) -> None:
    new = row("2", FEB, note=note, source=note)
    edit = Edit((), {}, new)
    assert edited("", Path(name), edit)

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from kplan.places import folder
from kplan.prices.embedded import MODELS_FILE, ROWS_FILE, load_embedded
from kplan.prices.layers import overlaps
from kplan.prices.lives import LIVES_FILE, VENDOR_LIVES_FILE

genai_prices = pytest.importorskip(
    "genai_prices", reason="genai-prices is not installed (pip install 'kplan[snapshot]')"
)

from kplan.prices.importers import genai_prices as importer  # noqa: E402 - only where it is installed
from kplan.prices.importers.genai_tally import NO_PRICE  # noqa: E402
from kplan.prices.importers.imported import Imported  # noqa: E402
from kplan.prices.snapshot import write_snapshot  # noqa: E402

AS_OF = date(2026, 11, 21)


@pytest.fixture(scope="module")
def made() -> Imported:
    return importer.snapshot(AS_OF)


def test_every_source_price_is_a_row_or_a_skip(made: Imported) -> None:
    counts = made.counts
    assert counts["source prices"] == counts["imported prices"] + counts["skipped prices"] == 7994
    assert counts["rows"] == len(made.rows)
    assert len(made.skipped) == counts["skipped prices"] == 1
    assert "search_type=fast" in made.skipped[0].what
    assert {skip.why for skip in made.remarks} == {NO_PRICE}
    assert len(made.remarks) == counts["entries without a price"]


def test_what_starts_after_the_day_is_announced(made: Imported) -> None:
    announced = {row.status for row in made.rows if row.valid_from and row.valid_from > AS_OF}
    assert announced == {"announced"}
    assert all(
        row.status == "effective" for row in made.rows if not row.valid_from or row.valid_from <= AS_OF
    )
    assert made.counts["announced rows"] == 46


def test_no_price_carries_float_dust(made: Imported) -> None:
    assert all(len(row.usd.as_tuple().digits) <= 12 for row in made.rows)


def test_history_is_half_open_and_without_gaps(made: Imported) -> None:
    rows = [
        r
        for r in made.rows
        if r.model == "deepseek-v4-flash" and r.provider == "deepseek" and r.meter == "input"
    ]
    days = [(str(r.usd), r.valid_from, r.valid_to) for r in rows if not r.hours]
    assert sorted(days, key=lambda d: d[1] or date.min) == [
        ("0.14", None, date(2026, 8, 17)),
        ("0.22", date(2026, 8, 17), date(2026, 9, 10)),
        ("0.15", date(2026, 9, 10), None),
    ]
    assert {r.valid_from for r in rows if r.hours} == {date(2026, 9, 10)}


def test_several_starts_of_a_variant_become_dated_rows(made: Imported) -> None:
    rows = [r for r in made.rows if r.model == "mistral-large-4" and r.mode == "batch" and r.meter == "input"]
    assert [(r.valid_from, r.valid_to) for r in sorted(rows, key=lambda r: r.valid_from or date.min)] == [
        (date(2026, 10, 14), date(2026, 10, 20)),
        (date(2026, 10, 20), date(2026, 10, 29)),
        (date(2026, 10, 29), None),
    ]


def test_the_shipped_book_is_made_from_the_installed_package(made: Imported, tmp_path: Path) -> None:
    for name in (LIVES_FILE, VENDOR_LIVES_FILE):
        shutil.copy(folder("pricing") / name, tmp_path)
    write_snapshot(made, AS_OF, tmp_path)
    shipped, again = load_embedded(folder("pricing")), load_embedded(tmp_path)
    assert again.rows_csv == shipped.rows_csv
    assert again.models_csv == shipped.models_csv


def test_writing_twice_gives_the_same_bytes(made: Imported, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_snapshot(made, AS_OF, tmp_path / name)
        written.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert written[0] == written[1]


def test_the_description_names_the_files_by_their_hash() -> None:
    pricing = folder("pricing")
    meta = json.loads((pricing / "book.meta.json").read_text(encoding="utf-8"))
    assert meta["sha256"] == {
        name: hashlib.sha256((pricing / name).read_bytes()).hexdigest() for name in (ROWS_FILE, MODELS_FILE)
    }
    assert meta["as_of"] == "2026-11-21"
    assert "Permission is hereby granted" in (pricing / "LICENSE.genai-prices").read_text(encoding="utf-8")


def test_nothing_in_the_shipped_book_overlaps() -> None:
    embedded = load_embedded(folder("pricing"))
    assert not [p for m in embedded.models() for p in overlaps(embedded.rows(m.provider, m.id))]

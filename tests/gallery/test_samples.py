"""The samples in reports/samples are what the scenarios come to now; `make samples` writes them anew."""

from __future__ import annotations

import os
import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from gallery.index import CAPACITY, MOST_BARS, about, card, page, picture
from gallery.samples import FOLDER, INDEX, WORKBOOKS, Sample, name_of, sample, scenarios, simulated
from kplan.engine.results import Results
from kplan.render.marks import is_ours

ANEW = "make samples writes it anew"
PICTURES = ("page.png", "workbook.png", "terminal.png")
LIMITED = ("agent-limits", "base-load")
"""Scenarios that say their limits."""
MOST_BYTES, MOST_BYTES_A_PICTURE = 12_000_000, 250_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder; without it the tests are skipped, and fail where CI=true."""
    if FOLDER.is_dir():
        return FOLDER
    missing = f"there is no {FOLDER.relative_to(FOLDER.parents[1])}: make samples"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="module")
def results() -> Results:
    return simulated(next(path for path in scenarios() if name_of(path) == "knowledge-base"))


def content(data: bytes, name: str) -> object:
    """Bytes; of a workbook its parts, since how they are packed depends on the machine's zlib."""
    if not name.endswith(".xlsx"):
        return data
    with zipfile.ZipFile(BytesIO(data)) as parts:
        return {part: parts.read(part) for part in parts.namelist()}


@cache
def made_anew(path: Path) -> Sample:
    return sample(path)


@pytest.mark.parametrize("path", scenarios(), ids=name_of)
def test_samples_are_fresh(folder: Path, path: Path) -> None:
    for name, made in made_anew(path).files.items():
        assert (folder / name).is_file(), f"{name} is not there: {ANEW}"
        assert content((folder / name).read_bytes(), name) == content(made, name), f"{name}: {ANEW}"


def test_the_index_is_fresh_and_links_all(folder: Path) -> None:
    made = [made_anew(path) for path in scenarios()]
    shown = page([each.card for each in made])
    assert (folder / INDEX).read_bytes() == shown, f"{INDEX}: {ANEW}"
    links = set(re.findall(r'href="([^"]+)"', shown.decode()))
    assert links == {name for each in made for name in each.files} | {
        f"../../scenarios/{path.name}" for path in scenarios()
    }
    assert all((folder / link).is_file() for link in links)


def test_nothing_else_lies_there(folder: Path) -> None:
    names = {name_of(path) for path in scenarios()}
    known = {f"{name}.{ending}" for name in names for ending in ("html", "md")} | {INDEX, *PICTURES}
    known |= {f"{name}.xlsx" for name in WORKBOOKS} | {f"{name}{CAPACITY}" for name in LIMITED}
    assert set(WORKBOOKS) <= names
    assert {path.name for path in folder.iterdir()} == known
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES
    for name in PICTURES:
        data = (folder / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < MOST_BYTES_A_PICTURE


def test_the_index_stands_by_itself(results: Results) -> None:
    shown = page([card(results, "knowledge-base", ("a.html", "../a.kplan.yaml"))]).decode()
    assert is_ours(shown.encode(), ".html")
    assert "lean costs $144,925 over 12 months, 57% less than all-sonnet ($334,267)." in shown
    assert not re.search(r"<script|src=|@import|url\(|https?://(?!www\.w3\.org)", shown)
    assert "Not proven cheapest: all claude-haiku-5-5 would cost $23,861" in shown
    assert "default-src &#39;none&#39;" in shown
    assert ">Page</a>" in shown
    assert ">Scenario</a>" in shown


def test_the_picture_shows_the_totals(results: Results) -> None:
    drawn = str(picture(results, "x"))
    assert re.findall(r'class="b-(\w+)"', drawn) == ["other", "other", "main"]
    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', drawn)]
    totals = [float(design.total_usd) for design in results.designs if not design.added]
    assert widths == [pytest.approx(320 * usd / max(totals), abs=0.06) for usd in totals]
    assert about(results) == "3 designs, 6 stages, 12 months"


def test_of_many_designs_the_one_that_the_verdict_is_about_is_shown() -> None:
    from msgspec.structs import replace

    found = simulated(next(path for path in scenarios() if name_of(path) == "rag"))
    (first, *others) = found.designs
    many = tuple(replace(first, id=f"d{n}", design=f"d{n}") for n in range(9))
    drawn = str(picture(replace(found, designs=(*many, *others)), "x"))
    assert drawn.count("<rect") == MOST_BARS
    assert drawn.count('class="b-main"') == 1
    assert ">and 4 more</text>" in drawn

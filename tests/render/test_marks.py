"""kplan knows its own unedited files, and only those."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from kplan.checksum import CHECKSUM, json_checksum
from kplan.render.marks import PLACEHOLDER, PROPERTY, is_ours, marked

CUSTOM = f'<property pid="2" name="{PROPERTY}"><vt:lpwstr>{PLACEHOLDER}</vt:lpwstr></property>'


def workbook(sheet: str, custom: str | None = CUSTOM) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sheet1.xml", sheet)
        if custom is not None:
            parts.writestr("docProps/custom.xml", custom)
    return out.getvalue()


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_comment(suffix: str) -> None:
    page = marked(b"<p>hello</p>", suffix)
    assert page.splitlines()[-1].startswith(b"<!-- kplan sha256:")
    assert is_ours(page, suffix)
    assert not is_ours(page.replace(b"hello", b"Hello"), suffix)
    assert not is_ours(page + b" ", suffix)
    assert marked(page, suffix) == page


def test_remark() -> None:
    text = marked(b"kplan: 1", ".yaml")
    assert text.startswith(b"kplan: 1\n# kplan sha256:")
    assert is_ours(text, ".yaml")
    assert not is_ours(text.replace(b"1", b"2", 1), ".yaml")
    assert not is_ours(text + b"name: x\n", ".yaml")
    assert marked(text, ".yaml") == text


def test_stale_mark_is_replaced() -> None:
    page = marked(b"a\n", ".md").replace(b"a\n", b"b\n", 1)
    assert marked(page, ".md") == marked(b"b\n", ".md")


def test_json() -> None:
    rest = {"kind": "kplan/results", "n": "1"}
    document = rest | {CHECKSUM: json_checksum(rest)}
    assert is_ours(json.dumps(document).encode(), ".json")
    assert is_ours(json.dumps(document, indent=8).encode(), ".json")
    assert not is_ours(json.dumps(document | {"n": "2"}).encode(), ".json")
    assert not is_ours(b"[1]", ".json")
    assert not is_ours(b"[" * 100_000, ".json")


def test_workbook() -> None:
    book = marked(workbook("<a/>"), ".xlsx")
    assert is_ours(book, ".xlsx")
    assert marked(book, ".xlsx") == book
    custom = zipfile.ZipFile(BytesIO(book)).read("docProps/custom.xml").decode()
    assert is_ours(workbook("<a/>", custom), ".xlsx")
    assert not is_ours(workbook("<b/>", custom), ".xlsx")
    assert not is_ours(workbook("<a/>"), ".xlsx")


@pytest.mark.parametrize("content", [workbook("<a/>", None), b"", b"PK\x03\x04 not a zip"])
def test_workbook_without_the_property_is_not_ours(content: bytes) -> None:
    assert not is_ours(content, ".xlsx")


def test_formats_that_carry_no_mark() -> None:
    assert marked(b"a,b\n", ".csv") == b"a,b\n"
    assert not is_ours(b"a,b\n", ".csv")

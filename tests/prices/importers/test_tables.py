from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kplan.errors import KplanError
from kplan.money import plain
from kplan.prices.importers import tables
from kplan.prices.importers.imported import Imported, Wishes

AS_OF = date(2026, 11, 22)


def imported(tmp_path: Path, text: str, **wishes: Any) -> Imported:
    path = tmp_path / "theirs.csv"
    path.write_text(text, encoding="utf-8")
    return tables.read(path, AS_OF, Wishes(**wishes))


def said(found: Imported) -> list[tuple[str, str, str, int]]:
    return [(f"{row.provider}/{row.model}", row.meter, plain(row.usd), row.per) for row in found.rows]


def test_a_table_with_the_columns_of_a_price_book(tmp_path: Path) -> None:
    found = imported(
        tmp_path, "provider,model,meter,usd,source\nacme,m,input,$3.00,\nacme,m,output,15,list\n"
    )
    assert said(found) == [("acme/m", "input", "3", 1_000_000), ("acme/m", "output", "15", 1_000_000)]
    assert [row.source for row in found.rows] == ["theirs.csv", "list"]
    assert {(row.checked_on, row.recorded_on) for row in found.rows} == {(AS_OF, AS_OF)}
    assert dict(found.counts) == {"source prices": 2, "imported prices": 2, "skipped prices": 0, "rows": 2}


def test_a_table_with_names_of_its_own(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        "Model,Kind,Price,Remark\nm,input,3,nice\n",
        names={"model": "Model", "meter": "Kind", "usd": "Price"},
        ignored=["Remark"],
        fills={"provider": "acme", "per": "1_000"},
    )
    assert said(found) == [("acme/m", "input", "3", 1_000)]


def test_a_column_of_prices_for_each_meter(tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        "provider,model,input,cached,searches,mode\nacme,m,3,0.3,,batch\nacme,n,,,10,\nacme,o,,,,\n",
        wide=True,
        names={"cache_read": "cached", "web_search": "searches"},
        fills={"per": "1000"},
    )
    assert said(found) == [
        ("acme/m", "input", "3", 1000),
        ("acme/m", "cache_read", "0.3", 1000),
        ("acme/n", "web_search", "10", 1000),
    ]
    assert [row.mode for row in found.rows] == ["batch", "batch", "standard"]
    assert found.counts["source prices"] == 3
    assert [(each.what, each.why) for each in found.remarks] == [("line 4", "no price in it")]


def test_a_meter_of_the_users_own_has_to_be_named(tmp_path: Path) -> None:
    text = "provider,model,tool_use\nacme,m,3\n"
    with pytest.raises(KplanError, match=r'theirs.csv:1:3: "tool_use" is not .* or a meter'):
        imported(tmp_path, text, wide=True)
    found = imported(tmp_path, text, wide=True, names={"tool_use": "tool_use"}, fills={"per": "1"})
    assert said(found) == [("acme/m", "tool_use", "3", 1)]


def test_every_bad_cell_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(KplanError) as e:
        imported(tmp_path, "provider,model,input,output\nacme,m,n/a,1\nacme,,3,-1\n", wide=True)
    told = [str(problem).split("theirs.csv:")[1] for problem in e.value.problems]
    assert told == [
        '2:3: usd: "n/a" is not a price; write 3.00',
        "3:1: model missing",
        '3:4: usd: "-1" is not a price; write 3.00',
    ]


def test_every_unknown_column_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(KplanError) as e:
        imported(
            tmp_path,
            "Name,meter,Cost\nm,input,3\n",
            names={"usd": "Price"},
            ignored=["Note"],
            fills={"vendor": "x"},
        )
    told = "\n".join(str(problem).split("theirs.csv:")[-1] for problem in e.value.problems)
    assert '1:1: "Name" is not a column of a price book; say which it is (--map usd="Name")' in told
    assert '1:3: "Cost" is not a column of a price book' in told
    assert 'no column "Price"; it has Name, meter, Cost' in told
    assert 'no column "Note"' in told
    assert '"vendor" is no column of a price book' in told


def test_two_columns_for_one_thing(tmp_path: Path) -> None:
    text = "provider,model,meter,usd,price\nacme,m,input,3,4\n"
    with pytest.raises(KplanError, match='"price" and "usd" are both usd; ignore one'):
        imported(tmp_path, text, names={"usd": "price"})
    assert said(imported(tmp_path, text, names={"usd": "price"}, ignored=["usd"]))[0][2] == "4"


def test_a_wide_table_has_no_meter_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match='"meter" is not'):
        imported(tmp_path, "provider,model,meter,input\nacme,m,input,3\n", wide=True)


def test_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["provider", "model", "input", "valid_from"], ["acme", "m", 0.1, date(2026, 12, 1)]):
        sheet.append(line)
    book.save(tmp_path / "theirs.xlsx")
    found = tables.read(tmp_path / "theirs.xlsx", AS_OF, Wishes(wide=True))
    assert said(found) == [("acme/m", "input", "0.1", 1_000_000)]
    assert found.rows[0].valid_from == date(2026, 12, 1)

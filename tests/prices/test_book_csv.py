from __future__ import annotations

import pytest

from kplan.errors import KplanError
from kplan.prices.book_csv import new_csv, updated_csv

COLUMNS = ("name", "usd", "note")
TEXT = 'name,usd,mine\r\na,3.00,x\r\n\r\n"b,c", 2 ,"two\r\nlines"\r\nd,1,\r\n'


def test_a_table_of_its_own() -> None:
    assert new_csv(COLUMNS, [("a", "1", ""), ("b,c", "2", "")]) == 'name,usd,note\na,1,\n"b,c",2,\n'


def test_nothing_to_do_changes_no_byte() -> None:
    assert updated_csv(TEXT, COLUMNS, {}, []) == TEXT


def test_other_lines_stay_to_the_letter_and_so_do_the_users_columns() -> None:
    """Row 1 is the second one: the empty line counts for nothing, its cell has two lines."""
    text = updated_csv(TEXT, ("name", "usd"), {1: ("b,c", "5")}, [("e", "7")])
    assert text == TEXT.replace('"b,c", 2 ,', '"b,c",5,') + "e,7,\r\n"


def test_a_column_that_is_missing_is_added() -> None:
    """Other lines end before it, as short lines may."""
    text = updated_csv("name,usd\na,3.00\nb,2", COLUMNS, {1: ("b", "2", "gone")}, [])
    assert text == "name,usd,note\na,3.00\nb,2,gone\n"


def test_a_column_that_would_stay_empty_is_not_added() -> None:
    assert updated_csv("usd,name\n1,a\n", COLUMNS, {}, [("b", "2", "")]) == "usd,name\n1,a\n2,b\n"


def test_a_last_line_without_its_end_and_a_byte_order_mark() -> None:
    assert updated_csv("\ufeffname,usd\na,1", COLUMNS, {}, [("b", "2", "")]) == "\ufeffname,usd\na,1\nb,2\n"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_header_alone(end: str) -> None:
    text = updated_csv(f"usd , name{end}", COLUMNS, {}, [("b", "2", "")])
    assert text == f"usd , name{end or chr(10)}2,b{end or chr(10)}"


def test_an_empty_file_has_no_columns() -> None:
    with pytest.raises(KplanError, match="empty file"):
        updated_csv("", COLUMNS, {}, [("b", "2", "")])

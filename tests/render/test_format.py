"""Numbers half up, and foreign text that stays text."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.render import format as words


@pytest.mark.parametrize(
    ("usd", "printed"),
    [
        ("0", "$0"),
        ("8721.25", "$8,721"),
        ("8721.5", "$8,722"),
        ("9.994", "$9.99"),
        ("9.995", "$10"),
        ("10.4", "$10"),
        ("0.095", "$0.10"),
        ("0.0949", "$0.095"),
        ("0.00416", "$0.0042"),
        ("0.0000000004", "<$0.000000001"),
        ("-12.5", "-$13"),
        ("-0.001", "-$0.001"),
        ("1e20", "$1.00e20"),
    ],
)
def test_money(usd: str, printed: str) -> None:
    assert words.money(Decimal(usd)) == printed


@pytest.mark.parametrize(
    ("usd", "printed"),
    [("0.034885", "$34.89"), ("0.08296", "$82.96"), ("2", "$2,000.00"), ("0.000004", "$0.004"), ("0", "$0")],
)
def test_per_1000(usd: str, printed: str) -> None:
    assert words.per_1000(Decimal(usd)) == printed


@pytest.mark.parametrize(
    ("saved", "printed"),
    [("0.5795", "-58.0%"), ("0.57949", "-57.9%"), ("-1", "+100.0%"), ("0", "0.0%"), ("-12.5", "+1,250.0%")],
)
def test_change_is_what_it_costs_more_or_less(saved: str, printed: str) -> None:
    assert words.change(Decimal(saved)) == printed


@pytest.mark.parametrize(
    ("part", "printed"),
    [
        ("0.785", "79%"),
        ("0.7849", "78%"),
        ("0.004", "<1%"),
        ("0.005", "1%"),
        ("0", "0%"),
        ("0.9949", "99%"),
        ("0.996", ">99%"),
        ("1", "100%"),
    ],
)
def test_share(part: str, printed: str) -> None:
    assert words.share(Decimal(part)) == printed


@pytest.mark.parametrize(
    ("probability", "printed"),
    [("0.08", "8%"), ("0.0255", "2.55%"), ("0.000001", "<0.01%"), ("0.99999", ">99.99%"), ("1", "100%")],
)
def test_chance(probability: str, printed: str) -> None:
    assert words.chance(Decimal(probability)) == printed


@pytest.mark.parametrize(
    ("usd", "printed"),
    [
        ("0.003632", "$0.003632"),
        ("0", "$0"),
        ("12.5", "$12.5"),
        ("-12.5", "-$12.5"),
        ("0.00033333333333333333", "~$0.0003333333333"),
        ("-0.00033333333333333333", "~-$0.0003333333333"),
    ],
)
def test_in_full(usd: str, printed: str) -> None:
    assert words.in_full(Decimal(usd)) == printed
    assert words.in_full(Decimal(usd), "") == printed.replace("$", "")


@pytest.mark.parametrize(
    ("times", "printed"),
    [
        ("0", "0"),
        ("1", "1"),
        ("2.5", "2.5"),
        ("0.6987496061", "0.6987"),
        ("0.69875", "0.6988"),
        ("0.00001234567", "0.00001235"),
        ("999.94", "999.9"),
        ("999.95", "1000"),
        ("1041.975", "1,042"),
    ],
)
def test_visits(times: str, printed: str) -> None:
    assert words.visits(Decimal(times)) == printed


@pytest.mark.parametrize(
    ("units", "printed"),
    [
        ("10500", "10,500"),
        ("908.80", "908.8"),
        ("0.08", "0.08"),
        ("333.33333333333", "~333.33"),
        ("0", "0"),
        ("1e-9", "0.000000001"),
        ("1e30", "1.00e30"),
    ],
)
def test_quantity(units: str, printed: str) -> None:
    assert words.quantity(Decimal(units)) == printed


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[31mred", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x9b31mred", "31mred"),
        ("a\nb\tc", "a b c"),
        ("abc\u202edcba", "abcdcba"),
        ("a[/b]", "a[/b]"),
        ("<script>", "<script>"),
        ("日本", "日本"),
    ],
)
def test_plain_text(text: str, plain: str) -> None:
    assert words.plain_text(text) == plain


@given(st.text())
def test_plain_text_is_one_line_without_controls(text: str) -> None:
    plain = words.plain_text(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in plain)
    assert len(plain.splitlines()) <= 1
    assert words.plain_text(plain) == plain


@pytest.mark.parametrize("text", ["=1+1", "+a", "-b", "@c", "\t=1", " =1", "\uff1d1"])
def test_csv_text_is_no_formula(text: str) -> None:
    assert words.csv_text(text).startswith("'")


@pytest.mark.parametrize("text", ["a=1", "stratified", "a-b", ""])
def test_csv_text_that_is_harmless_stays(text: str) -> None:
    assert words.csv_text(text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a|b", "`a\\|b`"), ("@c", "`@c`"), ("", "`  `")],
)
def test_markdown_code(text: str, code: str) -> None:
    assert words.markdown_code(text) == code


def test_markdown_text_escapes_what_markdown_acts_upon() -> None:
    assert words.markdown_text("<b> a|b [x](y) *z* `c`") == r"\<b\> a\|b \[x\](y) \*z\* \`c\`"


@pytest.mark.parametrize(
    "text",
    ["@octocat", "see https://evil.example", "www.evil.example", "WWW.evil.example", "a@b.example", "#1"],
)
def test_markdown_text_mentions_nobody_and_links_nowhere(text: str) -> None:
    """GitHub acts on these even where they are escaped; a blank without width keeps them apart."""
    shown = words.markdown_text(text)
    assert not re.search(r"@\w|://\w|www\.\w|#\d", shown, re.IGNORECASE)
    assert shown.replace("\u200b", "").replace("\\", "") == text

"""Modifiers, discounts and currencies of a user's book: what they make of the rows, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.prices.book import Book, load_book
from kplan.prices.rows import PriceRow
from kplan.prices.terms import Term, Terms

ROWS = """\
rows:
  - {provider: acme, model: big, meter: input, usd: 3}
  - {provider: acme, model: big, meter: output, usd: 15}
  - {provider: acme, model: big, meter: input, usd: 1.5, mode: batch}
  - {provider: acme, model: small, meter: input, usd: 1, valid_to: 2027-01-01}
  - {provider: acme, model: small, meter: input, usd: 2, valid_from: 2027-01-01}
"""
Made = Callable[[str], Book]


@pytest.fixture
def book(tmp_path: Path) -> Made:
    def made(text: str) -> Book:
        path = tmp_path / "b.yaml"
        path.write_text(text, encoding="utf-8")
        return load_book([path], embedded=False)

    return made


def billed(
    book: Book, on: str, meter: str = "input", model: str = "big", mode: str = "standard", region: str = ""
) -> PriceRow:
    """The row that a meter is billed at, at noon of a day."""
    noon = datetime.fromisoformat(f"{on}T12:00").replace(tzinfo=UTC)
    ((weighted,),) = [
        tier.rows for tier in book.rates_at(book.find(model), noon, mode, region).tiers(meter).tiers
    ]
    return weighted.row


def refused(text: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "b.yaml"
    path.write_text(ROWS + text, encoding="utf-8")
    with pytest.raises(KplanError) as caught:
        load_book([path], embedded=False)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_a_modifier_multiplies_within_its_dates(book: Made) -> None:
    prices = book(
        ROWS + "modifiers:\n"
        "  - {models: acme/big, meters: [input], multiplier: 1.1, from: 2026-12-01, to: 2027-02-01,"
        " source: them}"
    )
    days = ("2026-11-30", "2026-12-01", "2027-01-31", "2027-02-01")
    assert [str(billed(prices, day).usd) for day in days] == ["3", "3.3", "3.3", "3"]
    assert billed(prices, "2026-12-01", "output").usd == 15
    assert billed(prices, "2026-12-01").audit == ("3 USD in the book", "x 1.1 modifier (them)")
    assert billed(prices, "2026-11-30").audit == ()
    assert prices.changes(prices.find("big"), date(2026, 1, 1), date(2028, 1, 1)) == (
        date(2026, 12, 1),
        date(2027, 2, 1),
    )


def test_ids_of_split_rows_differ(book: Made) -> None:
    prices = book(ROWS + "discounts:\n  - {models: acme/*, rate: 12%, from: 2026-12-01, to: 2027-02-01}")
    for model in ("big", "small"):
        ids = [row.id for row in prices.rows(prices.find(model))]
        assert len(set(ids)) == len(ids)
    small = [(row.id, str(row.usd)) for row in prices.rows(prices.find("small"))]
    assert small == [
        ("acme/small input", "1"),
        ("acme/small input @2026-12-01", "0.88"),
        ("acme/small input @2027-01-01", "1.76"),
        ("acme/small input @2027-02-01", "2"),
    ]


def test_a_region_is_made_from_the_rows_of_everywhere_in_each_mode(book: Made) -> None:
    prices = book(ROWS + "modifiers:\n  - {models: acme/big, region: us, multiplier: 1.1, from: 2026-12-01}")
    assert billed(prices, "2026-12-01", region="us").usd == Decimal("3.3")
    assert billed(prices, "2026-12-01", region="us", mode="batch").usd == Decimal("1.65")
    assert billed(prices, "2026-12-01").usd == 3
    before = billed(prices, "2026-11-30", region="us")
    assert (before.usd, before.audit) == (3, ("3 USD in the book, everywhere",))
    with pytest.raises(KplanError, match='no price for region "eu"; it has us'):
        billed(prices, "2026-12-01", region="eu")


def test_a_region_with_rows_of_its_own_keeps_them_times_the_factor(book: Made) -> None:
    own = "  - {provider: acme, model: big, meter: input, usd: 4, region: us}\n"
    prices = book(
        ROWS.replace("models:", "") + own + "modifiers: [{models: acme/big, region: us, multiplier: 2}]"
    )
    assert billed(prices, "2026-12-01", region="us").usd == 8
    assert billed(prices, "2026-12-01", "output", region="us").usd == 30


def test_a_mode_is_made_only_where_a_modifier_says_so_and_while_it_holds(book: Made) -> None:
    prices = book(
        ROWS + "modifiers:\n"
        "  - {models: acme/big, mode: priority, multiplier: 2, from: 2026-12-01}\n"
        "  - {models: acme/big, mode: batch, multiplier: 0.5}\n"
    )
    assert billed(prices, "2026-12-01", mode="priority").usd == 6
    with pytest.raises(KplanError, match="no priority price in force on 2026-11-30"):
        billed(prices, "2026-11-30", mode="priority")
    assert billed(prices, "2026-12-01", mode="batch").usd == Decimal("0.75"), "its own batch row, halved"
    assert billed(prices, "2026-12-01", "output", mode="batch").usd == Decimal("7.5")
    assert (
        billed(prices, "2026-12-01", "output", mode="batch").listed
        == "15 USD in the book, standard everywhere"
    )
    with pytest.raises(KplanError, match="no flex price"):
        billed(prices, "2026-12-01", mode="flex")


def test_a_mode_in_a_region_is_made_from_what_is_nearest(book: Made) -> None:
    prices = book(ROWS + "modifiers: [{models: acme/big, mode: batch, region: eu, multiplier: 3}]")
    assert billed(prices, "2026-12-01", mode="batch", region="eu").usd == Decimal("4.5")
    assert billed(prices, "2026-12-01", "output", mode="batch", region="eu").usd == 45


def test_modifiers_multiply_in_the_order_of_the_file_and_a_discount_comes_after(book: Made) -> None:
    prices = book(
        "discounts: [{models: acme/*, rate: 10%, source: contract}]\n" + ROWS + "modifiers:\n"
        "  - {models: acme/*, region: us, multiplier: 1.1, note: us uplift, source: page}\n"
        "  - {models: acme/big, multiplier: 2}\n"
    )
    row = billed(prices, "2026-12-01", region="us")
    assert row.usd == Decimal("5.94")
    assert row.audit == (
        "3 USD in the book, everywhere",
        "x 1.1 us uplift (page)",
        "x 2 modifier",
        "x 0.9 discount of 10% (contract)",
    )


def test_terms_of_one_book_reach_the_prices_of_another(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(ROWS)
    (tmp_path / "terms.yaml").write_text("discounts: [{models: 'acme/b*', rate: 50%}]\n")
    prices = load_book([tmp_path / "rows.yaml", tmp_path / "terms.yaml"], embedded=False)
    assert billed(prices, "2026-12-01").usd == Decimal("1.5")
    assert billed(prices, "2026-12-01", model="small").usd == 1
    assert prices.sha256 != load_book([tmp_path / "rows.yaml"], embedded=False).sha256


def test_tiers_windows_and_cancelled_rows_go_along(book: Made) -> None:
    prices = book("""\
rows:
  - {provider: acme, model: m, meter: input, usd: 2}
  - {provider: acme, model: m, meter: input, usd: 4, over_input_tokens: 200_000}
  - {provider: acme, model: m, meter: input, usd: 1, hours: "00:00-06:00"}
  - {provider: acme, model: m, meter: input, usd: 9, valid_from: 2027-01-01, status: cancelled}
modifiers: [{models: acme/m, region: us, multiplier: 1.5}]
""")
    found = [(r.id, str(r.usd)) for r in prices.rows(prices.find("m")) if r.region == "us"]
    assert found == [
        ("acme/m input us", "3.0"),
        ("acme/m input us 00:00-06:00", "1.5"),
        ("acme/m input >200000 us", "6.0"),
    ]


CNY = """\
rows:
  - {provider: qwen, model: q, meter: input, price: 1.2, currency: CNY}
  - {provider: qwen, model: q, meter: output, usd: 1}
currencies:
  CNY:
    - {usd: "0.14", from: 2026-12-01, source: bank}
    - {usd: "0.1389", from: 2026-11-01, source: bank}
"""


def test_a_currency_has_dated_rates_and_no_rate_is_no_price(book: Made) -> None:
    prices = book(CNY)
    assert billed(prices, "2026-11-01", model="q").usd == Decimal("0.16668")
    assert billed(prices, "2026-11-30", model="q").audit == (
        "1.2 CNY in the book",
        "x 0.1389 USD/CNY of 2026-11-01 (bank)",
    )
    assert billed(prices, "2026-12-01", model="q").usd == Decimal("0.168")
    with pytest.raises(KplanError, match=r"priced in CNY, and no price book says .* before 2026-11-01"):
        billed(prices, "2026-10-31", model="q")
    assert billed(prices, "2026-10-31", "output", model="q").usd_per_unit * 10**6 == 1


def test_a_currency_without_any_rate_is_no_price(book: Made) -> None:
    prices = book(CNY.partition("currencies")[0])
    with pytest.raises(KplanError, match="priced in CNY"):
        billed(prices, "2026-12-01", model="q")
    row = next(row for row in prices.rows(prices.find("q")) if row.meter == "input")
    with pytest.raises(KplanError, match="priced in CNY"):
        _ = row.usd_per_unit


def test_the_currency_of_a_whole_book_is_that_of_its_prices_never_of_usd(book: Made) -> None:
    prices = book("currency: CNY\n" + CNY.replace(", currency: CNY", ""))
    assert billed(prices, "2026-12-01", model="q").usd == Decimal("0.168")
    assert billed(prices, "2026-12-01", "output", model="q").usd == 1


def test_modifiers_and_discounts_come_before_the_currency(book: Made) -> None:
    row = billed(book(CNY + "discounts: [{models: qwen/*, rate: 50%}]"), "2026-12-01", model="q")
    assert row.usd == Decimal("0.084")
    assert [step.partition(" ")[0] + step.partition(" ")[2][:5] for step in row.audit] == [
        "1.2CNY i",
        "x0.5 d",
        "x0.14 ",
    ]


def test_rates_of_a_later_book_replace_those_of_an_earlier(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CNY)
    (tmp_path / "b.yaml").write_text("currencies: {CNY: [{usd: 0.15}]}\n")
    prices = load_book([tmp_path / "a.yaml", tmp_path / "b.yaml"], embedded=False)
    assert billed(prices, "2020-01-01", model="q").usd == Decimal("0.18")


def test_the_same_in_csv(tmp_path: Path) -> None:
    files = {
        "b.csv": "provider,model,meter,price,currency\nqwen,q,input,1.2,CNY\n",
        "b.currencies.csv": "currency,usd,from\nCNY,0.14,2026-12-01\n",
        "b.discounts.csv": "models,rate\nqwen/q,50%\n",
        "b.modifiers.csv": "models,meters,region,multiplier\nqwen/q,input|output,us,2\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    prices = load_book([tmp_path / "b.csv"], embedded=False)
    assert billed(prices, "2026-12-01", model="q").usd == Decimal("0.084")
    assert billed(prices, "2026-12-01", model="q", region="us").usd == Decimal("0.168")


def test_the_same_in_xlsx(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheets = {
        "rows": [("provider", "model", "meter", "price", "currency"), ("qwen", "q", "input", 1.2, "CNY")],
        "currencies": [("currency", "usd", "from"), ("CNY", 0.14, date(2026, 12, 1))],
        "discounts": [("models", "rate"), ("qwen/q", "50%")],
    }
    for name, lines in sheets.items():
        sheet = workbook.create_sheet(name)
        for line in lines:
            sheet.append(line)
    workbook.save(tmp_path / "b.xlsx")
    prices = load_book([tmp_path / "b.xlsx"], embedded=False)
    assert billed(prices, "2026-12-01", model="q").usd == Decimal("0.084")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "discounts:\n  - {models: acme/*, rate: 12%}\n  - {models: acme/big, rate: 5%, from: 2027-01-01}",
            ["9:6: two discounts at once on acme/big"],
        ),
        (
            (
                "discounts:\n  - {models: acme/*, rate: 5%, meters: [output]}\n"
                "  - {models: acme/*, rate: 5%, meters: [inptu, output, inp*]}\n"
                "  - {models: acmy/*, rate: 5%}"
            ),
            [
                '9:6: no meter fits "inptu"; did you mean input?',
                '10:6: "acmy/*" fits no model',
                "9:6: two discounts at once on acme/big output",
            ],
        ),
        (
            (
                "modifiers:\n  - {models: acme/*, multiplier: 2}\n"
                "  - {models: acme/*, multiplier: 2, meters: [page]}"
            ),
            ["has no price for page on its days"],
        ),
        ("modifiers: [{models: acme/bog, multiplier: 2}]", ["did you mean acme/big?"]),
        ("modifiers: [{models: big, multiplier: 2}]", ['"big" fits no model of the book']),
        (
            "modifiers: [{models: acme/*, meters: [inptu], multiplier: 2}]",
            ['no meter fits "inptu"'],
        ),
        ("discounts: [{models: acme/*, rate: 5%, region: uss}]", ["has no price for uss on its days"]),
        ("discounts: [{models: acme/*, rate: 12}]", ['"12" is not between 0% and 100%']),
        ("discounts: [{models: acme/*, rate: 100%}]", ["is not between 0% and 100%"]),
        ("discounts: [{models: acme/*, rate: much}]", ['"much" is not a discount; write 12%']),
        ("modifiers: [{models: acme/*, multiplier: 0}]", ['"0" is not a number above 0']),
        ("modifiers: [{models: acme/*, mode: fats, multiplier: 2}]", ["did you mean fast?"]),
        (
            "modifiers: [{models: acme/*, multiplier: 2, region: us, until: 2027-01-01}]",
            ['unknown column "until"'],
        ),
        ("modifiers: [{multiplier: 2}]", ["models missing"]),
        (
            "modifiers: [{models: acme/*, multiplier: 2, from: 2027-01-01, to: 2027-01-01}]",
            ["to 2027-01-01 must be after from 2027-01-01"],
        ),
        ("currencies: {USD: [{usd: 1}]}", ["USD needs no rate"]),
        ("currencies: {CNY: [{usd: 0}]}", ["is not a number above 0"]),
        ("currencies: {yuan: [{usd: 1}]}", ['"yuan" is not a currency']),
        ("currencies: {CNY: [{usd: 1}, {usd: 2}]}", ["two rates for CNY from ever"]),
        ("currencies: [{usd: 1}]", ["this must be a map"]),
        ("discount: [{models: acme/*, rate: 5%}]", ["did you mean discounts?"]),
        (
            "modifiers: [{models: acme/*, multiplier: two}]\ndiscounts: [{models: acme/*, rate: much}]",
            ["is not a number|is not a price", "is not a discount"],
        ),
    ],
)
def test_what_is_refused(text: str, said: list[str], tmp_path: Path) -> None:
    found = refused(text, tmp_path)
    assert len(found) == len(said)
    for problem, part in zip(found, said, strict=True):
        assert any(each in problem for each in part.split("|")), problem
        assert re.match(r"\d+:\d+: ", problem), problem


@pytest.mark.parametrize("cells", ["usd: 1, currency: CNY", "usd: 1, price: 2", "price: 1, currency: yen"])
def test_an_amount_is_either_usd_or_a_price_in_a_currency(cells: str, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(f"rows: [{{provider: a, model: m, meter: input, {cells}}}]")
    with pytest.raises(KplanError, match=r"usd is in US dollars|both given|not a currency"):
        load_book([path], embedded=False)


def test_known_on_leaves_out_terms_recorded_later(book: Made) -> None:
    prices = book(ROWS + "discounts: [{models: acme/*, rate: 50%, recorded_on: 2026-12-10}]")
    model = prices.find("big")
    known = {row.usd for row in prices.rows(model, date(2026, 12, 9)) if row.meter == "output"}
    later = {row.usd for row in prices.rows(model, date(2026, 12, 10)) if row.meter == "output"}
    assert (known, later) == ({15}, {Decimal("7.5")})


TWO_MODELS = """
rows:
  - {provider: acme, model: a, meter: input, usd: 3}
  - {provider: acme, model: b, meter: input, usd: 3, valid_from: 2027-01-01}
discounts:
  - {models: acme/*, rate: 10%}
"""


@pytest.mark.parametrize(
    ("more", "is_refused"),
    [
        ("{models: acme/b, rate: 5%}", True),
        ("{models: acme/b, rate: 5%, to: 2027-01-02}", True),
        ("{models: acme/b, rate: 5%, from: 2026-12-01, to: 2027-01-01, meters: [input]}", False),
    ],
)
def test_two_discounts_at_once_on_any_model_are_told_when_the_book_is_read(
    tmp_path: Path, more: str, is_refused: bool
) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(f"{TWO_MODELS}  - {more}\n", encoding="utf-8")
    with pytest.raises(KplanError) as caught:
        load_book([path], embedded=False)
    said = "two discounts at once on acme/b input" if is_refused else "has no price for input on its days"
    assert said in str(caught.value)


def test_discounts_of_two_books_may_not_meet_either(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(TWO_MODELS, encoding="utf-8")
    two.write_text("discounts: [{models: acme/b, rate: 5%}]\n", encoding="utf-8")
    below = load_book([one], embedded=False)
    with pytest.raises(
        KplanError, match=r"acme/b input @2027-01-01: .*one.yaml:6:6\) and .acme/b. discount of 5%"
    ):
        below.with_files([two])


def test_a_second_discount_may_begin_on_the_day_the_first_ends(book: Made) -> None:
    prices = book(
        ROWS + "discounts:\n  - {models: acme/*, rate: 10%, to: 2027-01-01}\n"
        "  - {models: acme/*, rate: 20%, from: 2027-01-01}"
    )
    days = {on: billed(prices, on, "output").usd for on in ("2026-12-31", "2027-01-01")}
    assert days == {"2026-12-31": Decimal("13.5"), "2027-01-01": 12}


DAYS = st.none() | st.integers(0, 30).map(lambda n: date.fromordinal(date(2027, 1, 1).toordinal() + n))


@st.composite
def spans(draw: st.DrawFn) -> tuple[date | None, date | None]:
    start, end = draw(DAYS), draw(DAYS)
    return (end, start) if start and end and end < start else (start, None if start == end else end)


@settings(deadline=None)
@given(spans(), st.lists(st.tuples(spans(), st.integers(2, 9)), max_size=4))
def test_each_day_has_one_row_at_the_product_of_the_factors_of_that_day(
    days: tuple[date | None, date | None], factors: list[tuple[tuple[date | None, date | None], int]]
) -> None:
    row = PriceRow("acme", "m", "input", Decimal(1), valid_from=days[0], valid_to=days[1])
    terms = Terms(tuple(Term("acme/*", Decimal(n), "x", valid_from=a, valid_to=b) for (a, b), n in factors))
    found = terms.applied("acme/m", [row])
    for day in (date.fromordinal(date(2026, 12, 31).toordinal() + n) for n in range(34)):
        expected = 1
        for (start, end), n in factors:
            inside = (start is None or start <= day) and (end is None or day < end)
            expected *= n if inside else 1
        held = [piece for piece in found if piece.holds_on(day)]
        assert [piece.usd for piece in held] == ([expected] if row.holds_on(day) else [])

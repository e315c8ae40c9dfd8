from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.errors import KplanError
from kplan.prices.book import Book, load_book
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.windows import HourProfile, Windows

DECEMBER = date(2026, 12, 1)


@pytest.fixture(scope="module")
def embedded() -> Book:
    return load_book()


def row(provider: str, model: str, usd: str, **keys: Any) -> PriceRow:
    return PriceRow(provider, model, keys.pop("meter", "input"), Decimal(usd), **keys)


def usd(book: Book, ref: str, at: datetime, mode: str = "standard", **keys: Any) -> list[str]:
    """The prices of input at an instant, by size of request."""
    found = book.rates_at(book.find(ref), at, mode, **keys).tiers("input")
    return [str(weighted.row.usd) for tier in found.tiers for weighted in tier.rows]


def test_the_embedded_book_says_what_it_is(embedded: Book) -> None:
    assert embedded.name == "kplan book"
    assert embedded.as_of == date(2026, 11, 21)
    assert len(embedded.sha256) == 64


def test_a_dated_change_in_pairs(embedded: Book) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    before = midnight - timedelta(seconds=1)
    assert usd(embedded, "gemini-4-argon", before) == ["2"]
    assert usd(embedded, "gemini-4-argon", midnight) == ["4"]
    assert usd(embedded, "gemini-4-argon", before, "batch") == ["1"]
    assert usd(embedded, "gemini-4-argon", midnight, "batch") == ["2"]
    assert usd(embedded, "gemini-4-argon", midnight.replace(tzinfo=None)) == ["4"]


def test_a_day_is_a_day_in_utc(embedded: Book) -> None:
    eastward = datetime.fromisoformat("2026-12-01T00:30:00+01:00")
    assert usd(embedded, "gemini-4-argon", eastward) == ["2"]


def test_changes_lie_strictly_inside(embedded: Book) -> None:
    model = embedded.find("gemini-4-argon")
    day = timedelta(days=1)
    assert embedded.changes(model, DECEMBER - day, DECEMBER + day) == (DECEMBER,)
    assert embedded.changes(model, DECEMBER, DECEMBER + day) == ()
    assert embedded.changes(model, DECEMBER - day, DECEMBER) == ()


def test_changes_of_clocks_are_changes_where_prices_have_hours(embedded: Book) -> None:
    berlin = HourProfile.within(Windows.parse(hours="09:00-17:00", tz="Europe/Berlin"), Decimal(1))
    year = date(2027, 1, 1), date(2028, 1, 1)
    clocks = (date(2027, 3, 28), date(2027, 10, 31))
    book = embedded.with_rows(
        "mine",
        [
            row("acme", "flat", "1", tz="Europe/Berlin"),
            row("acme", "utc", "1"),
            row("acme", "utc", "2", hours="01:00-02:00"),
            row("acme", "office", "1"),
            row("acme", "office", "2", hours="09:00-17:00", tz="Europe/Berlin"),
        ],
    )
    assert book.changes(book.find("flat"), *year, berlin) == ()
    assert book.changes(book.find("utc"), *year) == ()
    assert book.changes(book.find("utc"), *year, berlin) == clocks
    assert book.changes(book.find("office"), *year) == clocks


def test_what_was_known_then(embedded: Book) -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    assert usd(embedded, "gemini-4-argon", at, known_on=date(2026, 11, 21)) == ["4"]
    assert usd(embedded, "gemini-4-argon", at, known_on=date(2026, 11, 20)) == ["2"]
    model = embedded.find("gemini-4-argon")
    assert embedded.changes(model, date(2026, 11, 1), at.date(), known_on=date(2026, 11, 20)) == ()


def test_what_was_known_then_of_two_books() -> None:
    """A row recorded later takes nothing from the lower book, not even the days around its own."""
    june = date(2026, 6, 1)
    book = load_book([], embedded=False)
    book = book.with_rows(
        "low", [row("acme", "m", "3", valid_to=june), row("acme", "m", "2", valid_from=june)]
    )
    late = row(
        "acme",
        "m",
        "9",
        valid_from=date(2026, 5, 1),
        valid_to=date(2026, 7, 1),
        recorded_on=date(2026, 12, 1),
    )
    book = book.with_rows("high", [late])
    days = [datetime(2026, month, 15, tzinfo=UTC) for month in (4, 5, 6, 7)]
    assert [usd(book, "m", day) for day in days] == [["3"], ["9"], ["9"], ["2"]]
    assert [usd(book, "m", day, known_on=date(2026, 11, 30)) for day in days] == [["3"], ["3"], ["2"], ["2"]]
    assert [usd(book, "m", day, known_on=date(2026, 12, 1)) for day in days] == [["3"], ["9"], ["9"], ["2"]]
    known = date(2026, 11, 30)
    assert book.changes(book.find("m"), date(2026, 1, 1), date(2027, 1, 1), known_on=known) == (june,)


def test_calls_of_one_price_period_share_their_rates(embedded: Book) -> None:
    model = embedded.find("gemini-4-argon")
    days = [datetime(2026, month, day, 5, tzinfo=UTC) for month, day in ((11, 29), (11, 30), (12, 1))]
    first, second, third = (embedded.rates_at(model, day) for day in days)
    assert first is second
    assert second is not third
    assert embedded.rates_at(model, days[0], "batch") is not first


def test_calls_of_other_hours_do_not_share_their_rates(embedded: Book) -> None:
    model = embedded.find("deepseek-v4-flash")
    hours = [datetime(2026, 9, 10, hour, tzinfo=UTC) for hour in (0, 1, 3, 4)]
    night, peak, still_peak, after = (embedded.rates_at(model, hour) for hour in hours)
    assert night is after
    assert peak is still_peak
    assert night is not peak


def test_a_mode_before_its_first_day_is_refused_with_the_day(embedded: Book) -> None:
    with pytest.raises(KplanError, match=r"no batch price in force on 2026-10-13.*starts on 2026-10-14"):
        usd(embedded, "claude-haiku-5-5", datetime(2026, 10, 13, tzinfo=UTC), "batch")
    assert usd(embedded, "claude-haiku-5-5", datetime(2026, 10, 14, tzinfo=UTC), "batch") == ["0.05", "0.25"]


def test_a_day_without_any_price_is_refused(embedded: Book) -> None:
    book = embedded.with_rows("mine", [row("acme", "m", "1", valid_from=DECEMBER, valid_to=date(2027, 1, 1))])
    with pytest.raises(
        KplanError, match="no price in force on 2026-11-30; its first one after that starts on 2026-12-01"
    ):
        usd(book, "m", datetime(2026, 11, 30, tzinfo=UTC))
    with pytest.raises(KplanError, match="no price in force on 2027-01-01; its last one ended on 2027-01-01"):
        usd(book, "m", datetime(2027, 1, 1, tzinfo=UTC))
    assert usd(book, "m", datetime(2026, 12, 31, tzinfo=UTC)) == ["1"]


def test_hours_of_the_day_win_from_the_last_dated_price_on(embedded: Book) -> None:
    peak = datetime(2026, 9, 10, 1, tzinfo=UTC)
    assert usd(embedded, "deepseek-v4-flash", peak) == ["0.3"]
    assert usd(embedded, "deepseek-v4-flash", peak - timedelta(seconds=1)) == ["0.15"]
    assert usd(embedded, "deepseek-v4-flash", peak - timedelta(days=1)) == ["0.22"]


def test_a_users_row_replaces_its_key_and_dates(embedded: Book) -> None:
    book = embedded.with_rows("mine", [row("google", "gemini-4-argon", "3", valid_from=date(2026, 12, 15))])
    days = [datetime(2026, 12, day, tzinfo=UTC) for day in (14, 15)]
    assert [usd(book, "gemini-4-argon", day) for day in days] == [["4"], ["3"]]
    assert usd(book, "gemini-4-argon", days[1], "batch") == ["2"]
    assert book.find("gemini-4-argon").context_window == 1_048_576
    assert book.name == "kplan book + mine"
    assert book.sha256 != embedded.sha256


def test_later_books_lie_over_earlier_ones(tmp_path: Path) -> None:
    paths = []
    for name, price in (("one", "1"), ("two", "2")):
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text(f"provider,model,meter,usd\nacme,m,input,{price}\n", encoding="utf-8")
    assert usd(load_book(paths, embedded=False), "m", datetime(2027, 1, 1, tzinfo=UTC)) == ["2"]
    assert usd(load_book(paths[::-1]), "m", datetime(2027, 1, 1, tzinfo=UTC)) == ["1"]


def test_a_user_cancels_an_announced_change(embedded: Book) -> None:
    cancelled = row("google", "gemini-4-argon", "4", valid_from=DECEMBER, status="cancelled")
    book = embedded.with_rows("mine", [cancelled])
    assert usd(book, "gemini-4-argon", datetime(2027, 1, 1, tzinfo=UTC)) == ["2"]


def test_overlap_within_one_book_names_both_rows(embedded: Book) -> None:
    with pytest.raises(KplanError, match=r"mine: .*acme/m input \(\.\.\) and acme/m input @2026-12-01"):
        embedded.with_rows("mine", [row("acme", "m", "1"), row("acme", "m", "2", valid_from=DECEMBER)])


def test_hours_of_two_books_that_fight_are_refused(embedded: Book) -> None:
    book = embedded.with_rows("mine", [row("deepseek", "deepseek-v4-flash", "9", hours="03:00-05:00")])
    with pytest.raises(KplanError, match=r"kplan book \+ mine: two prices at once"):
        book.rows(book.find("deepseek-v4-flash"))


def test_a_flat_row_replaces_the_price_of_the_day_whatever_its_zone(embedded: Book) -> None:
    book = embedded.with_rows("mine", [row("google", "gemini-4-argon", "3", tz="Europe/Berlin")])
    assert usd(book, "gemini-4-argon", datetime(2026, 11, 21, tzinfo=UTC)) == ["3"]


def test_two_books_of_one_name_both_count(tmp_path: Path) -> None:
    paths = []
    for folder, meter in (("one", "input"), ("two", "output")):
        paths.append(tmp_path / folder / "prices.csv")
        paths[-1].parent.mkdir()
        paths[-1].write_text(f"provider,model,meter,usd\nacme,m,{meter},1\n", encoding="utf-8")
    book = load_book(paths, embedded=False)
    assert [row.meter for row in book.rows(book.find("m"))] == ["input", "output"]


def test_a_life_has_a_first_and_a_last_day(embedded: Book) -> None:
    model = ModelRow("acme", "m", released_on=DECEMBER, retires_on=date(2027, 1, 1), successor="acme/n")
    embedded.alive(model, DECEMBER)
    embedded.alive(model, date(2026, 12, 31))
    with pytest.raises(KplanError, match="released on 2026-12-01, after 2026-11-30"):
        embedded.alive(model, date(2026, 11, 30))
    with pytest.raises(KplanError, match=r"retired since 2027-01-01.*its successor is acme/n"):
        embedded.alive(model, date(2027, 1, 1))
    embedded.alive(ModelRow("acme", "unknown"), date(1999, 1, 1))


@pytest.mark.parametrize(
    "name",
    [
        *("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"),
        *("gemini-3.8-flash", "gpt-5.4-mini", "gemini-4-argon"),
    ],
)
def test_current_models_live_through_the_next_year(embedded: Book, name: str) -> None:
    embedded.alive(embedded.find(name), date(2027, 11, 30))


def test_ids_hold_a_text_or_fit_a_glob(embedded: Book) -> None:
    assert embedded.ids("anthropic/*haiku-5-5") == ["anthropic/claude-haiku-5-5"]
    assert "anthropic/claude-haiku-5-5" in embedded.ids("HAIKU")
    assert len(embedded.ids()) == 2330
    assert embedded.ids("no such thing") == []


def test_a_model_without_prices_is_not_free(embedded: Book) -> None:
    book = embedded.with_rows("mine", [], [ModelRow("acme", "m")])
    with pytest.raises(KplanError, match="acme/m is in the book without any price"):
        book.rows(book.find("m"))


def test_a_free_model_says_zero(embedded: Book) -> None:
    book = embedded.with_rows("mine", [row("acme", "m", "0")])
    assert usd(book, "m", datetime(2027, 1, 1, tzinfo=UTC)) == ["0"]

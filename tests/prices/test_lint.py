from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kplan.prices.book import Book, load_book
from kplan.prices.findings import ERROR, WARN, Finding, LintedBook, Placed
from kplan.prices.lint import LINTS, lint, lint_against
from kplan.prices.models import ModelRow
from kplan.prices.reference import BookReference
from kplan.prices.rows import PriceRow

TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(scope="module")
def embedded() -> Book:
    return load_book()


@pytest.fixture(scope="module")
def reference(embedded: Book) -> BookReference:
    return BookReference(embedded)


def row(meter: str, usd: str, **keys: Any) -> PriceRow:
    provider, model = keys.pop("ref", "acme/m").split("/")
    return PriceRow(provider, model, meter, Decimal(usd), **keys)


@pytest.fixture
def found(reference: BookReference) -> Any:
    def look(*rows: PriceRow, **keys: Any) -> list[tuple[str, str]]:
        return [(finding.lint, finding.severity) for finding in findings(*rows, **keys)]

    def findings(*rows: PriceRow, **keys: Any) -> list[Finding]:
        models = {("acme", "m"): keys.pop("model", ModelRow("acme", "m"))}
        book = LintedBook("mine", tuple(map(Placed, rows)), models, reference, TODAY, 90, **keys)
        return list(lint(book))

    look.findings = findings  # type: ignore[attr-defined]
    return look


def test_a_sound_book_has_no_findings(found: Any) -> None:
    assert not found(
        row("input", "3"),
        row("cache_read", "3"),
        row("cache_write_5m", "3"),
        row("cache_write_1h", "3"),
        row("output", "3"),
        *(row(meter, "1.5", mode="batch") for meter in ("input", "output")),
    )


@pytest.mark.parametrize(
    ("rows", "lint_id", "severity"),
    [
        ([row("input", "3"), row("cache_read", "3.01")], "cache-read", ERROR),
        ([row("input", "3"), row("cache_write_5m", "2.99")], "cache-write", WARN),
        ([row("cache_write_5m", "3"), row("cache_write_1h", "2.99")], "hour-write", ERROR),
        ([row("output", "3"), row("output", "3.01", mode="batch")], "batch", ERROR),
        ([row("input", "3"), row("output", "2.99")], "output", WARN),
        ([row("input", "500.1")], "bounds", ERROR),
        ([row("output", "0.0029")], "bounds", ERROR),
        ([row("web_search", "10", per=1)], "bounds", ERROR),
        ([row("inptu", "3", per=1)], "meter", WARN),
        ([row("input", "0")], "free", WARN),
        ([row("input", "3", valid_to=TODAY), row("input", "4", valid_from=TOMORROW)], "gap", WARN),
        ([row("input", "3", status="announced", valid_from=TODAY)], "overdue", WARN),
        ([row("input", "3", checked_on=TODAY - timedelta(days=91))], "stale", WARN),
        ([row("input", "3"), row("input", "4", valid_from=TODAY)], "overlap", ERROR),
        ([row("input", "3", over_input_tokens=1)], "partial", WARN),
        ([row("input", "3", over_input_tokens=1), row("input", "3", mode="flex")], "partial", WARN),
        ([row("input", "3", hours="01:00-24:00")], "partial", WARN),
        ([row("input", "3", ref="anthropic/claude-5-5-haiku")], "alias", WARN),
        ([row("input", "3", checked_on=TOMORROW)], "future", WARN),
        ([row("input", "3", recorded_on=TOMORROW)], "future", WARN),
    ],
)
def test_each_lint_finds_what_it_is_for(
    found: Any, rows: list[PriceRow], lint_id: str, severity: str
) -> None:
    assert found(*rows) == [(lint_id, severity)]
    assert found.findings(*rows)[0].places


@pytest.mark.parametrize(
    "rows",
    [
        [row("input", "500")],
        [row("output", "0.003")],
        [row("web_search", "10", per=1000)],
        [row("input", "0", note="a promotion")],
        [row("input", "3", valid_to=TODAY), row("input", "4", valid_from=TODAY)],
        [row("input", "3", status="announced", valid_from=TOMORROW)],
        [row("input", "3", checked_on=TODAY - timedelta(days=90))],
        [row("input", "3", checked_on=TODAY - timedelta(days=91), valid_to=TODAY)],
        [row("input", "3"), row("input", "4", valid_from=TODAY, status="cancelled")],
        [row("input", "3"), row("cache_read", "4", mode="batch"), row("input", "4", mode="batch")],
        [row("input", "3"), row("cache_read", "4", region="eu")],
        [row("input", "3", valid_to=TODAY), row("cache_read", "4", valid_from=TODAY)],
        [row("input", "3"), row("input", "4", over_input_tokens=1)],
        [row("input", "0.2", over_input_tokens=9, ref="anthropic/claude-haiku-5-5")],
        [row("input", "3", hours="00:00-12:00"), row("input", "2", hours="12:00-24:00")],
        [row("input", "3", hours="00:00-12:00"), row("input", "2")],
        [row("input", "0.2", ref="anthropic/claude-haiku-5-5")],
        [row("input", "3", checked_on=TODAY, recorded_on=TODAY)],
    ],
)
def test_what_is_just_right_or_about_something_else_is_no_finding(found: Any, rows: list[PriceRow]) -> None:
    assert [lint_id for lint_id, _ in found(*rows) if lint_id != "batch"] == []


def test_of_steps_the_one_for_the_size_of_the_request_counts(found: Any) -> None:
    steps = [row("input", "3"), row("input", "6", over_input_tokens=200_000)]
    base = row("cache_read", "1")
    assert not found(*steps, base, row("cache_read", "5", over_input_tokens=200_000))
    assert found(*steps, base, row("cache_read", "5", over_input_tokens=100_000)) == [("cache-read", ERROR)]


def test_of_windows_the_same_one_counts_else_the_row_for_the_rest(found: Any) -> None:
    day, night = row("input", "6"), row("input", "3", hours="00:00-08:00")
    rest = row("cache_read", "2")
    assert found(day, night, rest, row("cache_read", "4", hours="00:00-08:00")) == [("cache-read", ERROR)]
    assert not found(day, night, rest, row("cache_read", "4", hours="09:00-10:00"))


def test_a_book_that_is_old_as_a_whole(found: Any) -> None:
    assert found(as_of=TODAY - timedelta(days=91)) == [("stale", WARN)]
    assert not found(as_of=TODAY - timedelta(days=90))


def test_a_retired_model_whose_prices_go_on(found: Any) -> None:
    gone = ModelRow("acme", "m", retires_on=TODAY)
    (finding,) = found.findings(row("input", "3"), row("output", "9"), model=gone)
    assert (finding.lint, len(finding.places)) == ("retired", 2)
    assert not found(row("input", "3", valid_to=TODAY), model=gone)
    assert not found(row("input", "3"), model=ModelRow("acme", "m", retires_on=TOMORROW))


@pytest.mark.parametrize(
    ("usd", "per", "slip"),
    [
        ("0.0001", 1_000_000, "about 1/1,000 of"),
        ("100", 1_000_000, "about 1,000 times"),
        ("0.1", 1, "about 1,000,000 times"),
        ("0.05", 1_000_000, ""),
        ("20", 1_000_000, ""),
    ],
)
def test_slips_of_a_thousand_or_a_million_against_the_same_price(
    found: Any, usd: str, per: int, slip: str
) -> None:
    """claude-haiku-5-5 input is 0.1 for a million in kplan's book; a discount of any size is no slip."""
    told = found.findings(row("input", usd, per=per, ref="anthropic/claude-haiku-5-5"))
    whats = [finding.what for finding in told if finding.lint == "scale"]
    assert bool(whats) == bool(slip)
    assert all(slip in what and "anthropic/claude-haiku-5-5 input" in what for what in whats)


def test_a_slip_of_an_unknown_model_shows_against_its_family(found: Any) -> None:
    assert found(row("input", "0.003", ref="anthropic/claude-new-9")) == [("scale", ERROR)]
    assert not found(row("input", "3", ref="anthropic/claude-new-9"))
    assert not found(row("input", "0.003", ref="anthropic/another-9"))


def test_kplans_own_book_has_no_slip_no_overlap_and_no_gap(embedded: Book, reference: BookReference) -> None:
    models = {(m.provider, m.id): m for m in embedded.models()}
    rows = tuple(Placed(r) for m in models.values() if embedded.has_rows(m) for r in embedded.rows(m))
    told = list(lint(LintedBook("embedded", rows, models, reference, TODAY, 90, embedded.as_of)))
    assert {finding.lint for finding in told} == {"cache-read", "cache-write", "output", "retired"}
    assert [finding.places[0].row.id for finding in told if finding.severity == ERROR] == [
        "openrouter/~deepseek/deepseek-pro-latest cache_read"
    ]


def test_disagreement_names_both_rows_on_the_day_alone(reference: BookReference) -> None:
    mine = (Placed(row("input", "3", valid_to=TOMORROW)), Placed(row("input", "4", valid_from=TOMORROW)))
    book = LintedBook("mine", mine, {}, reference, TODAY, 90)
    other = row("input", "4", source="theirs")
    (finding,) = lint_against(book, (other, row("output", "9")), "theirs.csv")
    assert [placed.row for placed in finding.places] == [mine[0].row, other]
    assert "is 3 for 1M, in theirs.csv 4 for 1M" in finding.what
    assert not list(lint_against(book, (row("input", "0.003", per=1000),), "theirs.csv"))


def test_every_lint_says_what_it_is_for() -> None:
    assert all(rule.lint.__doc__ for rule in LINTS.values())


def test_windows_of_a_zone_cover_the_week_only_on_the_same_clock(found: Any) -> None:
    berlin = row("input", "3", hours="06:00-22:00", tz="Europe/Berlin")
    assert not found(berlin, row("input", "2", hours="22:00-06:00", tz="Europe/Berlin"))
    assert ("partial", WARN) in found(berlin, row("input", "2", hours="21:00-05:00"))


def test_an_id_is_no_other_name_even_where_another_model_has_it_as_one() -> None:
    models = [ModelRow("acme", "a"), ModelRow("acme", "b", ("a", "bee"))]
    rows = [row("input", "3", ref="acme/a"), row("input", "3", ref="acme/b")]
    book = BookReference(load_book([], embedded=False).with_rows("mine", rows, models))
    assert book.other_name("acme", "a") is book.other_name("acme", "c") is None
    assert book.other_name("acme", "bee") == models[1]

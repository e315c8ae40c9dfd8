"""What contracts add to a month or give back, against published bills and by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.engine.ledger import Kind, total_usd
from kplan.engine.results import Results
from kplan.form.decimals import Decimals
from kplan.money import exact
from kplan.prices.book import Book
from support import RATES, book_of, dumped, priced, simulated

PLAN: dict[str, Any] = {
    "months": "2027-01..2027-03",
    "volume": "1_000_000/month",
    "stages": {"answer": {"input": 1, "output": 0}},
    "designs": {"d": "haiku"},
    "singles": False,
}
"""Usage of $1 a month."""
MOVED = date(2027, 2, 15)


def shop() -> Book:
    """Services beside the models: hours, users, storage that gets dearer in the middle of February."""
    rows = (
        priced("pro", "mau", "0.00325", per=1),
        priced("credits", "page", "1", per=1),
        priced("gsu", "instance_hour", "3.2877", per=1),
        priced("session", "instance_hour", "0.08", per=1),
        priced("bucket", "storage_gb_month", "0.02", per=1, valid_to=MOVED),
        priced("bucket", "storage_gb_month", "0.03", per=1, valid_from=MOVED, status="announced"),
    )
    return book_of(RATES, rows)


def bills(folder: Path, **keys: Any) -> Results:
    return simulated(folder, dumped({**PLAN, **keys}), shop())


def lines(results: Results, month: str = "2027-01", design: str = "d") -> dict[tuple[str, str], Decimal]:
    return {
        (row.kind.value, row.label): row.cost_usd
        for row in results.ledger
        if (row.month, row.design) == (month, design) and row.kind is not Kind.USAGE
    }


def use(model: str, meter: str, quantity: object) -> dict[str, object]:
    return {"model": model, "meter": meter, "quantity": quantity}


@pytest.mark.parametrize(
    ("minimum", "usage", "top_up"),
    [
        # Pinecone docs, "Understand Pinecone cost": $20 of usage on a $50 minimum: a $30 true-up line
        ("$50/month", 20, "30"),
        # Railway Pro in a measured bill (Yemen Opportunity Navigator, 30 Sept 2026): max($20, $6.40) = $20
        ("$20/month", "6.4", "13.6"),
        ("$20/month", "19.99", "0.01"),
    ],
)
def test_a_minimum_tops_a_month_up(tmp_path: Path, minimum: str, usage: object, top_up: str) -> None:
    results = bills(
        tmp_path,
        fixed={"usage": use("credits", "page", usage)},
        contracts={"plan": {"models": "test/credits", "minimum": minimum}},
    )
    assert lines(results)["true-up", "plan minimum"] == Decimal(top_up)
    with exact():
        assert results.design("d").months[0].cost_usd == 1 + Decimal(str(usage)) + Decimal(top_up)


@pytest.mark.parametrize("usage", [20, "20.01"])
def test_a_minimum_that_is_reached_makes_no_line(tmp_path: Path, usage: object) -> None:
    results = bills(
        tmp_path,
        fixed={"usage": use("credits", "page", usage)},
        contracts={"plan": {"models": "test/credits", "minimum": "$20/month"}},
    )
    assert list(lines(results)) == [("fixed", "usage")]


@pytest.mark.parametrize(
    ("users", "bill"),
    # Supabase Pro, $25 with 100,000 monthly active users, $0.00325 for each more (the same measured bill)
    [(150_000, "187.5"), (200_000, "350"), (100_000, "25"), (99_999, "25"), (100_001, "25.00325"), (0, "25")],
)
def test_included_units_are_free(tmp_path: Path, users: int, bill: str) -> None:
    results = bills(
        tmp_path,
        fixed={"users": use("pro", "mau", users)},
        contracts={"supabase": {"models": "test/pro", "fee": "$25/month", "included": {"mau": "100_000"}}},
    )
    assert results.design("d").months[0].cost_usd - 1 == Decimal(bill)
    assert lines(results)["fee", "supabase fee"] == 25


def test_published_hours(tmp_path: Path) -> None:
    """Vertex AI: $3.2877 a GSU-hour is about $2,400 a month of 730 hours; a managed-agent session hour is
    $0.08 (Anthropic's pricing page)."""
    results = bills(
        tmp_path,
        params={"sessions": 1},
        fixed={"gsu": use("gsu", "instance_hour", 730), "agent": use("session", "instance_hour", "sessions")},
    )
    found = lines(results)
    assert found["fixed", "gsu"] == Decimal("2400.021")
    assert found["fixed", "agent"] == Decimal("0.08")


def test_a_published_week_and_a_published_session(tmp_path: Path) -> None:
    """Vertex AI: $7.14 a GSU-hour is about $1,200 a week of 168 hours. Anthropic's pricing page: a session of
    50,000 input and 15,000 output tokens at $5 and $25 and one hour at $0.08 costs $0.705."""
    rows = (priced("gsu", "instance_hour", "7.14", per=1), priced("session", "instance_hour", "0.08", per=1))
    text = dumped(
        {
            **PLAN,
            "months": "2027-01..2027-01",
            "volume": "1/month",
            "stages": {"answer": {"input": 50_000, "output": 15_000}},
            "designs": {"d": "five"},
            "fixed": {"hours": use("session", "instance_hour", 1)},
        }
    )
    book = book_of({"five": {"input": "5", "output": "25"}}, rows)
    assert simulated(tmp_path, text, book).design("d").total_usd == Decimal("0.705")
    week = text.replace("model: session", "model: gsu").replace("quantity: 1", "quantity: 168")
    assert lines(simulated(tmp_path, week, book)) == {("fixed", "hours"): Decimal("1199.52")}


@pytest.mark.parametrize(
    ("units", "paid"),
    # 10 at the full price, the next 90 at half of it, all above at a tenth
    [(10, 10), (11, "10.5"), (100, 55), (101, "55.1"), (0, 0), (1_000, 145)],
)
def test_each_unit_pays_the_step_it_falls_in(tmp_path: Path, units: int, paid: object) -> None:
    results = bills(
        tmp_path,
        fixed={"pages": use("credits", "page", units)},
        contracts={
            "ladder": {"models": "test/credits", "steps": {"page": {0: "100%", 100: "10%", 10: "50%"}}}
        },
    )
    assert results.design("d").months[0].cost_usd - 1 == Decimal(str(paid))


def test_a_credit_is_worth_the_average_price_of_its_month(tmp_path: Path) -> None:
    """February has 14 days at 2 cents and 14 at 3: 250 of 1,000 GB free are worth 250 x 2.5 cents."""
    results = bills(
        tmp_path,
        fixed={"files": use("bucket", "storage_gb_month", 1000)},
        contracts={"files": {"models": "test/bucket", "included": {"storage_gb_month": 250}}},
    )
    credit = ("credit", "files storage_gb_month included")
    found = [lines(results, month)[credit] for month in ("2027-01", "2027-02", "2027-03")]
    assert found == [Decimal("-5"), Decimal("-6.25"), Decimal("-7.5")]
    assert "contract files: a unit of storage_gb_month is worth the month's average price" in results.notes
    assert [event.designs for event in results.events] == [("d",)]


def test_models_share_an_allowance_by_what_they_cost(tmp_path: Path) -> None:
    """Two models use a million tokens each at $1 and $3; one of the two million free is worth $2."""
    results = bills(
        tmp_path,
        stages={"a": {"input": 1, "output": 0, "model": "haiku"}, "b": {"input": 1, "output": 0}},
        designs={"d": {"models": {"b": "sonnet"}}},
        contracts={"all": {"models": "test/*", "included": {"input": "1_000_000"}}},
    )
    credits_ = {row.model: row.cost_usd for row in results.ledger if row.kind is Kind.CREDIT}
    assert credits_ == {"test/haiku": Decimal("-0.5"), "test/sonnet": Decimal("-1.5")}


def test_a_commitment_is_settled_in_the_last_month(tmp_path: Path) -> None:
    """Three months of $1 against $10; the minimum's top-ups count, the fee does not."""
    terms: dict[str, Any] = {"models": ["haiku"], "commitment": "$10", "fee": "$100/month"}
    plain = bills(tmp_path, contracts={"vendor": terms})
    assert lines(plain, "2027-02") == {("fee", "vendor fee"): Decimal(100)}
    assert lines(plain, "2027-03")["true-up", "vendor commitment"] == 7
    topped = bills(tmp_path, contracts={"vendor": {**terms, "minimum": "$3/month"}})
    assert lines(topped, "2027-03")["true-up", "vendor commitment"] == 1


def test_credits_of_another_contract_lower_what_counts(tmp_path: Path) -> None:
    contracts = {
        "free": {"models": "test/haiku", "included": {"input": 400_000}},
        "least": {"models": "test/*", "minimum": "$5/month"},
    }
    found = lines(bills(tmp_path, contracts=contracts))
    assert found["credit", "free input included"] == Decimal("-0.4")
    assert found["true-up", "least minimum"] == Decimal("4.4")


def test_contingency_is_counted_on_every_line(tmp_path: Path) -> None:
    terms = {"models": "test/haiku", "minimum": "$50/month", "fee": "$10/month"}
    results = bills(tmp_path, contingency="10%", contracts={"vendor": terms})
    assert lines(results)["contingency", "contingency"] == 6
    assert results.design("d").months[0].cost_usd == 66


def test_amounts_are_arithmetic_over_params(tmp_path: Path) -> None:
    terms = {"models": "test/haiku", "fee": "seats * 25", "minimum": "seats * 10", "commitment": "seats * 99"}
    results = bills(tmp_path, params={"seats": 4}, contracts={"vendor": terms})
    assert lines(results) == {("fee", "vendor fee"): 100, ("true-up", "vendor minimum"): 39}
    assert lines(results, "2027-03")["true-up", "vendor commitment"] == 4 * 99 - 3 * 40


def test_a_design_without_the_models_pays_all_the_same_and_the_notes_say_so(tmp_path: Path) -> None:
    results = bills(
        tmp_path,
        designs={"d": "haiku", "other": "opus"},
        contracts={"vendor": {"models": "haiku", "minimum": "$50/month"}},
    )
    assert lines(results, design="other")["true-up", "vendor minimum"] == 50
    assert "contract vendor is paid whatever runs; none of its models is used by other" in results.notes


def test_under_a_commitment_months_are_not_ranked(tmp_path: Path) -> None:
    """haiku is the cheaper one until the last month, in which it pays what it has not used."""
    keys: dict[str, Any] = {"designs": {"a": "haiku", "b": "opus"}, "volume": "10_000_000/month"}
    ranked = bills(tmp_path, **keys, contracts={"v": {"models": "test/*", "commitment": "$10_000"}})
    assert not any("is cheapest to" in said for said in ranked.verdict.headline)
    assert "costs $10,000 over 3 months" in ranked.verdict.headline[0]


FLIP = {
    "volume": "100_000/month",
    "months": "2027-01..2027-12",
    "stages": {"a": {"input": 1000, "output": 100}},
    "designs": {
        "mine": {
            "models": {"default": "haiku"},
            "stages": {"again": {"after": "a", "chance": "10%", "like": "a", "model": "sonnet"}},
        },
        "other": "sonnet",
    },
    "singles": False,
}


def test_no_break_even_is_given_where_a_contract_bends_the_cost(tmp_path: Path) -> None:
    straight = bills(tmp_path, **FLIP)
    assert len(straight.flips) == 1
    bent = bills(tmp_path, **FLIP, contracts={"v": {"models": "sonnet", "minimum": "$300/month"}})
    assert not bent.flips
    said = "no break-even is given for mine.again: the cost is no straight line in it"
    assert said in bent.notes


def test_a_contract_beside_the_chance_moves_no_break_even(tmp_path: Path) -> None:
    """The whole minimum is paid by both, since neither stage runs on opus; the break-even stays."""
    keys = {**FLIP, "fixed": {"o": use("opus", "input", 1)}}
    straight = bills(tmp_path, **keys)
    with_minimum = bills(tmp_path, **keys, contracts={"v": {"models": "opus", "minimum": "$300/month"}})
    assert [flip.chance_at for flip in with_minimum.flips] == [flip.chance_at for flip in straight.flips]
    assert len(straight.flips) == 1


def test_another_design_that_a_contract_bends_is_named(tmp_path: Path) -> None:
    """Both run the second pass with one chance; only `other` runs it on the contract's model."""
    stages = {"again": {"after": "a", "chance": "redo", "like": "a", "model": "haiku"}}
    bent = {"again": {**stages["again"], "model": "sonnet"}}
    keys: dict[str, Any] = {
        **FLIP,
        "params": {"redo": "10%"},
        "designs": {
            "mine": {"models": {"default": "haiku"}, "stages": stages},
            "other": {"models": {"default": "haiku"}, "stages": bent},
        },
    }
    results = bills(tmp_path, **keys, contracts={"v": {"models": "sonnet", "minimum": "$300/month"}})
    assert not results.flips
    assert "no break-even is given for mine.again against other: contracts bend the cost" in results.notes


amounts = st.integers(0, 5_000)


def total(folder: Path, volume: int, contracts: dict[str, Any]) -> Fraction:
    keys = {"volume": f"{volume}_000_000/month", "designs": {"d": {"models": {"answer": "sonnet"}}}}
    return Fraction(bills(folder, **keys, contracts=contracts).design("d").total_usd)


@settings(max_examples=15, deadline=None)
@given(volume=st.integers(1, 500), more=st.integers(1, 500), least=amounts, free=st.integers(0, 10**9))
def test_minimums_and_allowances_are_bounds(
    tmp_path_factory: pytest.TempPathFactory, volume: int, more: int, least: int, free: int
) -> None:
    """A minimum holds and never lowers a bill, an allowance never raises it, more usage never costs less."""
    folder = tmp_path_factory.mktemp("bounds")
    plain = total(folder, volume, {})
    for term in ({"minimum": least}, {"commitment": least * 3}):
        topped = total(folder, volume, {"v": {"models": "test/*", **term}})
        assert topped == max(plain, Fraction(least * 3))
        assert total(folder, volume + more, {"v": {"models": "test/*", **term}}) >= topped
    credited = total(folder, volume, {"v": {"models": "test/*", "included": {"input": free}}})
    assert 0 <= credited <= plain
    both = {"v": {"models": "test/*", "included": {"input": free}, "minimum": least}}
    assert total(folder, volume, both) == max(credited, Fraction(least * 3))
    assert total(folder, volume + more, both) >= total(folder, volume, both)


@settings(max_examples=10, deadline=None)
@given(least=amounts, free=st.integers(0, 2_000), rate=st.sampled_from(["0%", "7%"]))
def test_totals_are_sums_of_lines_and_of_the_graph(
    tmp_path_factory: pytest.TempPathFactory, least: int, free: int, rate: str
) -> None:
    """Across a price change and under growth, with every kind of line."""
    terms = {
        "models": "test/*", "fee": 7, "minimum": least, "commitment": 4 * least,
        "included": {"storage_gb_month": free}, "steps": {"input": {0: "90%", 1_000_000: "80%"}},
    }  # fmt: skip
    results = bills(
        tmp_path_factory.mktemp("sums"),
        volume={"queries_per_month": 1_000_000, "growth_per_month": rate},
        fixed={"rent": 5, "files": use("bucket", "storage_gb_month", 1_000)},
        contracts={"all": terms},
        contingency="10%",
    )
    values = Decimals(results.plans[0].graph)
    design, planned = results.designs[0], results.plans[0].designs[0]
    assert design.total_usd == total_usd(results.ledger) == values[planned.total]
    for month, node in zip(design.months, planned.month_costs, strict=True):
        assert month.cost_usd == values[node]


def test_an_allowance_is_for_the_contract_s_own_models(tmp_path: Path) -> None:
    """Another vendor's units of the same meter stand under a contract of their own."""
    fixed = {
        "ours": {"model": "pro", "meter": "mau", "quantity": 100},
        "theirs": {"model": "other", "meter": "mau", "quantity": 1_000},
    }
    contracts = {
        "one": {"models": "pro", "included": {"mau": 10}},
        "two": {"models": "other", "minimum": 5},
    }
    book = book_of(RATES, (priced("pro", "mau", "1", per=1), priced("other", "mau", "2", per=1)))
    results = simulated(tmp_path, dumped({**PLAN, "fixed": fixed, "contracts": contracts}), book)
    lines = [row for row in results.ledger if row.kind is Kind.CREDIT]
    assert {(row.label, row.model, row.cost_usd) for row in lines} == {("one mau included", "test/pro", -10)}

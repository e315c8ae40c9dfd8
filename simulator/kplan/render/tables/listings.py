"""What a result lists, line by line: designs, prices, claims, ranges and the like, each with its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from kplan.amounts import lower_bound, upper_bound
from kplan.money import rounded
from kplan.render.format import (
    accuracy,
    chance,
    decimal,
    duration,
    money,
    per_1000,
    quantity,
    share,
    visits,
)
from kplan.render.price_row import dollars
from kplan.render.tables.listed import Cell, Listing, number, text
from kplan.render.tables.records import designs, latency, listed_at, of_designs, targets

_DESIGN = (text("design"), text("variant"), text("", "design", "design_id"))
"""Machines have both names apart, people read them as one."""
_DIGITS = 3


def _interval(name: str, unit: str, head: str, say: Callable[[Decimal], str], path: str) -> list[Cell]:
    """The three percentiles of one figure; people see the outer two, where there is a head."""
    heads = {"p10": f"{head} P10", "p50": "", "p90": f"{head} P90"}
    return [number(f"{name}_{p}{unit}", heads[p] if head else "", say, f"{path}.{p}") for p in heads]


def _percent(percent: Decimal) -> str:
    return f"{rounded(percent, 1):,}%"


def _digits(value: Decimal) -> str:
    """Three of them or so, as people read a percentile of a parameter."""
    return quantity(rounded(value, _DIGITS - 1 - value.adjusted())) if value else "0"


LISTINGS: Mapping[str, Listing] = MappingProxyType(
    {
        "designs": Listing(
            "Designs",
            designs,
            (
                *_DESIGN,
                number("cost_per_query_usd", "per 1,000", per_1000, "cost_per_query"),
                number("first_month_usd", "first month", money, "first_month", 3),
                number("total_usd", "total", money, "total"),
                number("total_per_query_usd", "", per_1000, "total_per_query"),
                text("saving_against", "against", "saving.against", 1),
                number("saving_usd", "saves", money, "saving.usd", 2),
                number("saving_pct", "saves %", _percent, "saving.pct", 5),
                text("months_over_budget"),
                text("added"),
            ),
        ),
        "stages": Listing(
            "Stages on the first day of the plan",
            of_designs("stages"),
            (
                *_DESIGN,
                text("stage", "stage", "id"),
                text("block", "in", "block", 4),
                text("kind", "kind", "kind", 5),
                text("model", "model", "model", 2),
                number("visits", "visits", visits, "visits", 3),
                number("chance", "chance", chance, "chance", 6),
                number("cost_per_query_usd", "per 1,000", per_1000, "cost_per_query"),
                number("share", "share", share, "share", 1),
            ),
        ),
        "prices": Listing(
            "Prices that were paid",
            listed_at("prices.rows"),
            (
                text("price_row", "row", "id"),
                text("model"),
                text("meter"),
                number("usd", "price", dollars, "usd"),
                number("per_units", "per", quantity, "per"),
                text("valid_from", "from", "valid_from", 3),
                text("valid_to", "until before", "valid_to", 3),
                text("status", "status", "status", 4),
                text("source", "source", "source", 2),
                text("source_url"),
                text("checked_on", "checked on", "checked_on", 5),
                text("made_of", "", "audit"),
            ),
        ),
        "events": Listing(
            "Price changes and ends of models",
            listed_at("events"),
            (
                text("on"),
                text("event", "what changes", "text"),
                text("kind", "kind", "kind", 3),
                text("model"),
                text("meters"),
                text("status"),
                text("designs", "designs", "designs", 2),
            ),
        ),
        "flips": Listing(
            "Where the answer flips",
            listed_at("flips"),
            (
                text("design", "design"),
                text("stage", "rate of", "stage", 1),
                number("chance_now", "now", chance),
                number("chance_at", "flips at", chance),
                text("other", "against"),
                text("cheaper_above"),
                text("flip", "", "text"),
            ),
        ),
        "claims": Listing(
            "Claims under audit",
            listed_at("claims"),
            (
                text("claim", "claim", "id"),
                text("printed", "printed"),
                text("verdict", "verdict"),
                number("computed", "computed", decimal, "computed", 1),
                number("difference", "off by", decimal, "difference", 3),
                text("figure", "figure", "figure", 4),
                text("book", "book", "book", 5),
                text("source", "", "source"),
                text("said", "", "text"),
            ),
        ),
        "checks": Listing(
            "Checks",
            listed_at("checks"),
            (
                text("check", "", "id"),
                text("metric"),
                text("said", "check", "text"),
                text("verdict", "verdict"),
                number("value", "", decimal),
                text("unit"),
                number("min", "", decimal),
                number("max", "", decimal),
                number("off", "", decimal),
                text("severity"),
                text("message", "message", "message", 1),
            ),
        ),
        "quality": Listing(
            "Quality",
            of_designs("quality"),
            (
                *_DESIGN,
                text("floors", "floors", "standing"),
                number("right", "right", accuracy, "right"),
                number("right_from", "from", lower_bound, "between.0", 3),
                number("right_to", "to", upper_bound, "between.1", 3),
                number("served", "served", accuracy, "served", 2),
                number("cost_per_right_answer_usd", "per 1,000 right", per_1000, "cost_per_correct", 4),
                number("wrong_answer_usd", "", money, "wrong_answer"),
                number("cost_with_errors_usd", "with wrong ones", per_1000, "cost_with_errors", 5),
                text("basis", "rests on", "basis", 6),
                text("declared"),
                text("reasons"),
            ),
        ),
        "latency": Listing(
            "Latency",
            latency,
            (
                *_DESIGN,
                text("class", "queries"),
                number("cost_per_query_usd", "per 1,000", per_1000, "cost_per_query", 5),
                number("mean_s", "mean", duration, "seconds.mean"),
                number("p50_s", "p50", duration, "seconds.p50", 2),
                number("p90_s", "p90", duration, "seconds.p90", 4),
                number("p95_s", "p95", duration, "seconds.p95"),
                number("p99_s", "p99", duration, "seconds.p99", 3),
                number("within_s", "", duration, "within"),
                text("unknown", "unknown because", "unknown", 6),
            ),
        ),
        "targets": Listing(
            "Targets of latency [s] and of cost per query [USD]",
            targets,
            (
                *_DESIGN,
                text("class", "queries"),
                text("figure", "figure"),
                number("value", "value", decimal),
                number("limit", "at most", decimal),
                text("verdict", "verdict"),
            ),
        ),
        "ranges": Listing(
            "Ranges over the draws",
            of_designs("ranges"),
            (
                *_DESIGN,
                *_interval("cost_per_query", "_usd", "per 1,000", per_1000, "per_query"),
                *_interval("first_month", "_usd", "", money, "first_month"),
                *_interval("total", "_usd", "total", money, "total"),
                *_interval("saving", "_usd", "", money, "saving"),
                *_interval("saving_share", "", "", share, "saving_share"),
                number("cheapest_in", "cheapest in", share, "cheapest", 1),
                number("over_budget_in", "over budget in", share, "over_budget", 2),
            ),
        ),
        "sensitivity": Listing(
            "What moves the totals",
            of_designs("ranges.drivers"),
            (
                *_DESIGN,
                text("parameter", "parameter"),
                text("unit", "unit", "unit", 3),
                number("value", "value", _digits, "value", 4),
                number("p10", "P10", _digits, "p10", 1),
                number("p90", "P90", _digits, "p90", 1),
                number("total_at_p10_usd", "total at P10", money, "total_at_p10"),
                number("total_at_p90_usd", "total at P90", money, "total_at_p90"),
                number("rank_correlation", "rank corr.", decimal, "rank_correlation", 2),
                text("cheapest_at_p10"),
                text("cheapest_at_p90"),
            ),
        ),
        "queries": Listing(
            "Queries that were drawn",
            of_designs("sample"),
            (
                *_DESIGN,
                number("cost_mean_usd", "mean per 1,000", per_1000, "cost.mean.value"),
                number("cost_mean_low_usd", "", per_1000, "cost.mean.low"),
                number("cost_mean_high_usd", "", per_1000, "cost.mean.high"),
                *(number(f"cost_p{p}_usd", f"P{p}", per_1000, f"cost.p{p}.value") for p in (50, 90, 95, 99)),
                number("time_mean_s", "time", duration, "time.mean.value", 3),
                number("time_p95_s", "P95 time", duration, "time.p95.value", 2),
                number("stopped", "stop", share, "stopped.value", 4),
                number("queries", "queries", quantity, "queries", 5),
            ),
        ),
    }
)
"""What `kplan show --table` takes; another table is one entry here."""

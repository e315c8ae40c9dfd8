"""Results built by hand: the figures of scenario A as the first screen shows them, without the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from kplan.engine.ledger import Kind, LedgerRow
from kplan.engine.plan import Epoch, Plan
from kplan.engine.results import (
    ClaimResult,
    DesignResult,
    Event,
    Flip,
    MonthCost,
    Provenance,
    Results,
    Saving,
    StageResult,
    Verdict,
)
from kplan.form.graph import Graph
from kplan.money import quotient
from kplan.prices.rows import PriceRow
from kplan.scenario.model import Scenario

MONTHS = tuple(f"{2026 + (11 + n) // 12}-{(11 + n) % 12 + 1:02}" for n in range(12))
QUERIES = Decimal(250_000)
HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"
STAGES = {
    "expand": (HAIKU, "0.000078", None),
    "rerank": (HAIKU, "0.00106", None),
    "synthesize": (SONNET, "0.0275", None),
    "verify": (HAIKU, "0.001135", None),
    "cite": (HAIKU, "0.00044", None),
    "second_pass": (OPUS, "0.004672", "0.08"),
}
PER_QUERY = {"all-sonnet": "0.08296", "stratified": "0.034885", HAIKU: "0.004148", OPUS: "0.16592"}

Build = Callable[..., Results]


@pytest.fixture
def built() -> Build:
    """`built(rename={"stratified": "other"})`: the results, with other names where asked for."""
    return _results


def _results(rename: Mapping[str, str] | None = None, budget: str | None = None) -> Results:
    names = dict(rename or {})

    def called(name: str) -> str:
        return names.get(name, name)

    designs = [_design(id_, names, budget) for id_ in PER_QUERY]
    return Results(
        provenance=Provenance(
            "", "rag.kplan.yaml", "a" * 64, "kplan book", date(2026, 11, 21), "b" * 64, "0.1.0"
        ),
        plans=(_plan(),),
        verdict=Verdict(
            headline=(f"{called('stratified')} costs $8,721 a month, less than {called('all-sonnet')}.",),
            caveats=("Not proven cheapest.", "No quality is stated."),
            design=called("stratified"),
            baseline=called("all-sonnet"),
            cheapest_single=called(HAIKU),
            cheapest=called(HAIKU),
        ),
        designs=tuple(designs),
        ledger=tuple(_ledger(designs, called)),
        events=(),
        flips=(
            Flip(
                called("stratified"),
                called("second_pass"),
                Decimal("0.08"),
                Decimal("0.9"),
                called("all-sonnet"),
                True,
                f"{called('all-sonnet')} is cheaper only above a 90% rate of {called('second_pass')}",
            ),
        ),
        claims=(),
        not_included=("embedding", "vector store", "retries"),
        price_rows=(PriceRow("anthropic", HAIKU, "input", Decimal("0.1")),),
        notes=("the plan starts in 2026-12, the month after the price book's date",),
        budget_usd_per_month=Decimal(budget) if budget else None,
    )


def _design(id_: str, names: Mapping[str, str], budget: str | None) -> DesignResult:
    usd = Decimal(PER_QUERY[id_])
    month = usd * QUERIES
    base, single = Decimal(PER_QUERY["all-sonnet"]), Decimal(PER_QUERY[HAIKU])
    is_single = id_ != "stratified"
    name = names.get(id_, id_)
    return DesignResult(
        id=name,
        design=name,
        variant="",
        added=id_ in (HAIKU, OPUS),
        single_model=names.get(SONNET, SONNET) if id_ == "all-sonnet" else name if is_single else "",
        cost_per_query_usd=usd,
        months=tuple(
            MonthCost(m, QUERIES, month, budget is not None and month > Decimal(budget)) for m in MONTHS
        ),
        total_usd=month * 12,
        total_per_query_usd=usd,
        saving=None if id_ == "all-sonnet" else _saving(names.get("all-sonnet", "all-sonnet"), base, usd),
        saving_vs_cheapest_single=None if id_ == HAIKU else _saving(names.get(HAIKU, HAIKU), single, usd),
        stages=tuple(_stages(names, usd)) if id_ == "stratified" else (),
        budget_usd_per_month=Decimal(budget) if budget else None,
        epochs_usd=(usd,),
        pins_overridden=(),
    )


def _saving(against: str, other: Decimal, mine: Decimal) -> Saving:
    return Saving(against, (other - mine) * QUERIES * 12, quotient(other - mine, other))


def _stages(names: Mapping[str, str], whole: Decimal) -> Sequence[StageResult]:
    return [
        StageResult(
            id=names.get(id_, id_),
            kind="second_pass" if chance else "call",
            block="",
            models=(names.get(model, model),),
            visits=Decimal(chance or 1),
            chance=Decimal(chance) if chance else None,
            cost_per_query_usd=Decimal(usd),
            share=quotient(Decimal(usd), whole),
        )
        for id_, (model, usd, chance) in STAGES.items()
    ]


def _plan() -> Plan:
    scenario = Scenario.model_validate(
        {"volume": {"queries_per_month": 250_000}, "stages": {"answer": {"input": 1}}, "designs": {"d": "m"}}
    )
    epochs = (Epoch(date(2026, 12, 1), date(2027, 12, 1)),)
    return Plan("", scenario, Graph(), MONTHS, (), epochs, (), {}, (), (), None, {}, ())


def _ledger(designs: Sequence[DesignResult], called: Callable[[str], str]) -> Sequence[LedgerRow]:
    """One line a design and month, as if it were one stage."""
    return [
        LedgerRow(
            variant="",
            design=design.design,
            query_class="all",
            stage=called("answer"),
            model=called("anthropic/claude-haiku-5-5"),
            meter="input",
            price_row="anthropic/claude-haiku-5-5 input",
            month=month.month,
            starts_on=date(int(month.month[:4]), int(month.month[5:]), 1),
            ends_on=date(int(month.month[:4]), int(month.month[5:]), 28),
            kind=Kind.USAGE,
            label="",
            quantity_per_query=Decimal(1),
            unit_price_usd=design.cost_per_query_usd,
            cost_per_query_usd=design.cost_per_query_usd,
            queries=month.queries,
            cost_usd=month.cost_usd,
        )
        for design in designs
        for month in design.months
    ]


@pytest.fixture
def january(built: Build) -> Results:
    """Two price periods, a budget that one design breaks, and an event, as in scenario B."""
    results = built(budget="9_000")
    cut = (Epoch(date(2026, 12, 1), date(2027, 1, 1)), Epoch(date(2027, 1, 1), date(2027, 12, 1)))
    event = Event(
        date(2027, 1, 1),
        "price",
        "anthropic/claude-sonnet-5-5",
        ("input",),
        "2027-01-01 claude-sonnet-5-5 input x2 (announced)",
        ("all-sonnet",),
        "announced",
    )
    designs = tuple(
        replace(d, epochs_usd=(d.cost_per_query_usd, d.cost_per_query_usd * 2)) for d in results.designs
    )
    return replace(results, plans=(replace(results.plans[0], epochs=cut),), events=(event,), designs=designs)


@pytest.fixture
def claimed(built: Build) -> Results:
    """Three claims, one of each verdict."""
    claims = (
        ClaimResult(
            "a", "0.083", "reproduced", "f", Decimal("0.08296"), Decimal("-0.00004"), "", "post", "a is 0.083"
        ),
        ClaimResult("b", "42%", "follows from printed claims", "f", None, None, "", "post", "b follows"),
        ClaimResult(
            "c", "42%", "not reproduced", "f", Decimal("0.72"), Decimal("0.3"), "", "post", "c: 42%, not 72%"
        ),
    )
    return replace(built(), claims=claims)

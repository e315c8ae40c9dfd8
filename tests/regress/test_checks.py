"""Checks: metrics read off the results, bounds in pairs, and names that are told when they are wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from kplan.errors import KplanError
from kplan.regress.check_files import check_files
from kplan.regress.checks import Against, CheckResult, checked, tally
from kplan.regress.metrics import METRICS
from kplan.regress.run import check, run
from regress.workspace import PIPELINE, Workspace

BASE = "baseline: large\nbudget: $6_000/month\n"
"""small costs $6 a query ($1 to read, $5 to write) and $6,000 a month, large ten times that."""

VALUES = {
    "small.per_query": "6",
    "small.per_month": "6_000",
    "small.total": "72_000",
    "small.total_per_query": "6",
    "small.dearest_month": "6_000",
    "small.saving": "0.9",
    "large.months_over_budget": "12",
    "small.months_over_budget": "0",
    "small.read": "1",
    "large.write": "50",
    "small.share.read": "0.5",
}
"""By hand; the share with $1 of output (200 000 tokens) beside $1 of input."""


def checks_of(workspace: Workspace, text: str, **options: object) -> tuple[CheckResult, ...]:
    return checked(workspace.run(f"{BASE}{text}", **options))


def one(workspace: Workspace, metric: str, bounds: str, **options: object) -> CheckResult:
    (found,) = checks_of(workspace, f'checks: [{{metric: "{metric}", {bounds}}}]', **options)
    return found


def problems(workspace: Workspace, check: str) -> list[str]:
    with pytest.raises(KplanError) as error:
        checks_of(workspace, f"checks:\n  - {check}\n")
    return [str(problem).removeprefix(f"{workspace.path}:") for problem in error.value.problems]


def half(metric: str) -> dict[str, list[str]]:
    return {"sets": ["stages.write.output=200_000"]} if ".share." in metric else {}


@pytest.mark.parametrize("metric", VALUES)
def test_each_metric_keeps_a_bound_that_it_just_meets_and_breaks_the_next(
    workspace: Workspace, metric: str
) -> None:
    value = Decimal(VALUES[metric].replace("_", ""))
    step = Decimal(1) if "months_over" in metric else Decimal("1e-12")
    found = one(workspace, metric, f"max: {value:f}, min: {value:f}", **half(metric))
    assert (found.metric, found.value, found.off, found.verdict) == (metric, value, 0, "pass")
    above = one(workspace, metric, f"min: {value + step:f}", **half(metric))
    assert (above.verdict, above.off) == ("fail", step)
    if value:
        below = one(workspace, metric, f"max: {value - step:f}", **half(metric))
        assert (below.verdict, below.off) == ("fail", step)


def test_every_metric_of_the_registry_is_tested() -> None:
    """Those of times in test_latency, of limits in capacity/test_fits, the age of prices below."""
    elsewhere = {"price_age", "headroom", "saturation", "p50_under_load", "p95_under_load", "p99_under_load"}
    elsewhere |= {name for name in METRICS if name.startswith("latency.")}
    assert set(METRICS) <= {name.partition(".")[2] for name in VALUES} | elsewhere


@pytest.mark.parametrize(
    ("metric", "bound"),
    [
        ("small.per_month", "$6_000"),
        ("small.per_month", "$6_000/month"),
        ("small.per_month", "6000"),
        ("small.per_query", "$6.00/query"),
        ("small.read", "$1/query"),
        ("small.total", "$72_000"),
        ("small.saving", "90%"),
        ("small.saving", "0.9"),
        ("large.months_over_budget", "12"),
    ],
)
def test_units_in_which_a_bound_may_be_written(workspace: Workspace, metric: str, bound: str) -> None:
    assert one(workspace, metric, f"max: {bound}, min: {bound}").verdict == "pass"


@pytest.mark.parametrize(
    ("metric", "bound", "what"),
    [
        ("small.per_month", "30%", "`30%` is no bound for this metric; an amount such as $9_000 is expected"),
        ("small.per_month", "$3/query", "`$3/query` is no bound for this metric"),
        ("small.per_query", "$3/month", "`$3/month` is no bound for this metric; an amount such as $0.04"),
        ("small.total", "$3/month", "`$3/month` is no bound for this metric; an amount such as $9_000"),
        ("small.total", "-1", "`-1` is below 0, where no USD ever is"),
        ("small.saving", "$3", "`$3` is no bound for this metric; a share such as 30% is expected"),
        ("small.share.read", "30", "`30` would be 3000%; write a share with its % sign"),
        ("small.saving", "-2", "`-2` would be -200%; write a share with its % sign"),
        ("small.months_over_budget", "1%", "a number of months such as 0 is expected"),
        ("small.months_over_budget", "$1", "a number of months such as 0 is expected"),
    ],
)
@pytest.mark.parametrize("side", ["max", "min"])
def test_a_bound_in_a_wrong_unit_stands_at_the_bound(
    workspace: Workspace, metric: str, bound: str, what: str, side: str
) -> None:
    check = f"{{metric: {metric}, {side}: {bound}}}"
    (problem,) = problems(workspace, check)
    line = PIPELINE.count("\n") + BASE.count("\n") + 2
    assert problem.startswith(f"{line}:{check.index(bound) + 5}: checks.0.{side}: ")
    assert what in problem


@pytest.mark.parametrize(
    ("metric", "what"),
    [
        ("smal.per_month", "no design `smal`; did you mean small?"),
        ("small.per_mnth", "no metric or stage `per_mnth` in small; did you mean per_month?"),
        ("small.raed", "no metric or stage `raed` in small; did you mean read?"),
        ("small.share.wrte", "no stage `wrte` in small; did you mean write?"),
        ("smal.share.write", "no design `smal`; did you mean small?"),
        ("'*.per_mnth'", "no metric or stage `per_mnth` in any design; did you mean per_month?"),
        ("'*.share.wrte'", "no stage `wrte` in any design; did you mean write?"),
        ("small@cheap.per_month", "no design `small@cheap`; did you mean small?"),
        ("per_month", "`per_month` is no metric; write DESIGN.per_query, DESIGN.per_month"),
        ("''", "`` is no metric; write DESIGN.per_query"),
        ("large.saving", "large is the baseline itself and has no saving"),
    ],
)
def test_a_metric_that_is_not_there_is_told_with_its_place(
    workspace: Workspace, metric: str, what: str
) -> None:
    (problem,) = problems(workspace, f"{{metric: {metric}, max: 1}}")
    line = PIPELINE.count("\n") + BASE.count("\n") + 2
    assert problem.startswith(f"{line}:14: checks.0.metric: {what}")


@pytest.mark.parametrize(
    ("check", "what"),
    [
        ("{metric: small.total}", "5: checks.0: a check needs `max`, `min` or `max_increase`"),
        ("{max: 1}", "5: checks.0.metric: `metric` is missing"),
        ("{metric: a.b, max_increse: 1}", "19: checks.0.max_increse: unknown key `max_increse`"),
        (
            "{metric: a.b, max_increase: {}}",
            "19: checks.0.max_increase: an increase needs `usd`, `pct`",
        ),
        ("{metric: a.b, max_increase: {usd: -1}}", "39: checks.0.max_increase.usd: `-1` is below 0"),
        ("{metric: a.b, max_increase: {pct: 5}}", "39: checks.0.max_increase.pct: `5` is no percentage"),
        ("{metric: small.read, max_increase: {usd: 5%}}", "26: checks.0.max_increase: `5%` is no bound for"),
        (
            "{metric: small.saving, max_increase: {usd: 5}}",
            "28: checks.0.max_increase: `5`: the metric is",
        ),
        ("{metric: small.price_age, max: 90d}", "14: checks.0.metric: nobody knows when acme/tiny input was"),
        ("{metric: a.b, max: 1, severity: wran}", "37: checks.0.severity: `wran` is not allowed here; did"),
        ("{metric: a.b, max: 2, min: 3}", "32: checks.0.min: the least, 3, is above the most, 2"),
        ("{metric: a.b, max: 40%, min: 0.5}", "34: checks.0.min: the least, 0.5, is above the most, 40%"),
        ("{metric: a.b, max: $x}", "24: checks.0.max: `$x` is no bound; write for example $9_000"),
        ("{metric: a.b, max: $3%}", "24: checks.0.max: `$3%` is no bound"),
        ("{metric: a.b, max: 3$}", "24: checks.0.max: `3$` is no bound"),
        ("{metric: a.b, max: 3/day}", "24: checks.0.max: `3/day` is no bound"),
        ("{metric: a.b, max: 30%/month}", "24: checks.0.max: `30%/month` is no bound"),
        ("{metric: a.b, max: [1]}", "19: checks.0.max: a bound such as $9_000 or 30% is expected here"),
        ("{metric: a.b, max: 1e999}", "24: checks.0.max: `1e999` is out of bounds"),
        ("{metric: *.total, max: 1}", "put a text that begins with * in quotes"),
    ],
)
def test_what_is_wrong_with_a_check_on_its_own(workspace: Workspace, check: str, what: str) -> None:
    assert what in problems(workspace, check)[0]


def test_two_checks_of_one_id(workspace: Workspace) -> None:
    text = "{id: a, metric: small.total, max: 1}\n  - {id: a, metric: small.total, max: 2}"
    assert problems(workspace, text)[0].endswith("checks.1.id: two checks have the id `a`")


def test_problems_of_claims_and_checks_are_told_at_once(workspace: Workspace) -> None:
    with pytest.raises(KplanError) as error:
        workspace.run(
            "checks: [{metric: smal.total, max: 1}, {metric: small.total, max: 1%}]\n"
            "claims: [{id: a, printed: 1, figure: smal.total}]\n"
        )
    assert [problem.path for problem in error.value.problems] == [
        "checks.0.metric",
        "checks.1.max",
        "claims.0.figure",
    ]


def test_simulate_and_validate_refuse_a_misspelt_metric(workspace: Workspace) -> None:
    workspace.path.write_text(f"{PIPELINE}checks: [{{metric: smal.total, max: 1}}]\n")
    for refuse in (run, check):
        with pytest.raises(KplanError, match="no design `smal`; did you mean small"):
            refuse(workspace.path)


def test_a_budget_and_a_baseline_are_needed_where_they_are_asked_about(workspace: Workspace) -> None:
    with pytest.raises(KplanError, match="there is no budget; say one at the top"):
        workspace.run("checks: [{metric: small.months_over_budget, max: 0}]")
    alone = PIPELINE.replace("  large: huge\n", "") + "checks: [{metric: '*.saving', min: 1%}]\n"
    workspace.path.write_text(alone)
    with pytest.raises(KplanError, match="no design has a saving"):
        run(workspace.path)


def test_severity_says_what_a_broken_bound_is(workspace: Workspace) -> None:
    text = """\
        checks:
          - {metric: small.total, max: 71_999, severity: warn}
          - {metric: small.total, max: 71_999, severity: fail}
          - {metric: small.total, max: 71_999}
          - {metric: small.total, max: 72_000, severity: warn}
    """
    found = checks_of(workspace, dedent(text))
    assert [each.verdict for each in found] == ["warn", "fail", "fail", "pass"]
    assert tally(found) == "1 passes, 1 warns, 2 fail"


def test_a_star_means_every_written_design_and_passes_over_what_it_cannot_mean(workspace: Workspace) -> None:
    text = """\
        checks:
          - {metric: "*.per_month", max: 1}
          - {metric: "*.saving", min: 10%}
          - {metric: "*.again", max: 1}
    """
    sets = ["singles=true", "designs.small={models: {default: tiny, write: huge}}"]
    sets += ["designs.third={models: {default: tiny}, stages: {again: {like: read}}}"]
    found = checks_of(workspace, dedent(text), sets=sets)
    assert [each.metric for each in found] == [
        "small.per_month",
        "large.per_month",
        "third.per_month",
        "small.saving",
        "third.saving",
        "third.again",
    ]


def test_a_design_that_kplan_added_may_be_named(workspace: Workspace) -> None:
    options = {"sets": ["singles=true", "designs.small={models: {default: tiny, write: huge}}"]}
    assert one(workspace, "tiny.per_query", "max: 6", **options).value == 6


@pytest.mark.parametrize(("design", "stage"), [("d.per_month", "x"), ("a.b", "c.d")])
def test_names_with_dots(workspace: Workspace, design: str, stage: str) -> None:
    workspace.run()
    text = PIPELINE.replace("small:", f"{design}:").replace("read:", f"{stage}:")
    checks = (
        f"checks:\n  - {{metric: {design}.{stage}, max: 1}}\n  - {{metric: {design}.per_month, max: 1}}\n"
    )
    workspace.path.write_text(text + checks)
    stage_cost, month = checked(run(workspace.path))
    assert (stage_cost.value, month.value) == (1, 6_000)


@pytest.mark.parametrize("name", ["per_month", "saving"])
def test_a_name_that_means_two_things_is_refused(workspace: Workspace, name: str) -> None:
    workspace.run()
    checks = f"{BASE}checks: [{{metric: small.{name}, max: 1}}]\n"
    workspace.path.write_text(PIPELINE.replace("read:", f"{name}:") + checks)
    with pytest.raises(KplanError, match=rf"`small\.{name}` means several things"):
        run(workspace.path)


def test_variants_are_checked_with_their_own_results(workspace: Workspace) -> None:
    found = checks_of(workspace, "checks: [{metric: small.per_query, max: 6}]", variants="all")
    assert [(each.metric, each.value, each.verdict) for each in found] == [
        ("small@cheap.per_query", 3, "pass"),
        ("small@dear.per_query", 12, "fail"),
    ]


def test_all_variants_and_the_scenario_as_it_stands(workspace: Workspace) -> None:
    workspace.run("checks: [{metric: small.per_query, max: 6}]")
    sources = {"it": workspace.path}
    (file,) = check_files(sources, variants=["all"])
    assert [each.variant for each in file.checks] == ["", "cheap", "dear"]
    assert [each.variant for each in check_files(sources, variants=["dear"])[0].checks] == ["dear"]
    assert [each.variant for each in check_files(sources)[0].checks] == [""]


def test_all_of_a_scenario_without_variants_is_the_scenario(workspace: Workspace) -> None:
    workspace.run()
    workspace.path.write_text(
        PIPELINE.partition("variants:")[0] + "checks: [{metric: small.total, max: 1}]\n"
    )
    (file,) = check_files({"it": workspace.path}, variants=["all"])
    assert [each.variant for each in file.checks] == [""]


def test_the_dearest_month_and_the_first_over_the_budget_are_named(workspace: Workspace) -> None:
    volume = "volume={queries_per_month: 1_000, growth_per_month: 100%}"
    dearest = one(workspace, "small.dearest_month", "max: $1", sets=[volume])
    assert dearest.value == 6_000 * 2**11
    assert dearest.text == "small.dearest_month is $12,288,000 in 2026-12: $12,287,999 over the $1 allowed"
    over = one(workspace, "small.months_over_budget", "max: 1", sets=[volume])
    assert over.text == (
        "small.months_over_budget is 11 months, first 2026-02: 10 months over the 1 month allowed"
    )


@pytest.mark.parametrize(
    ("metric", "bounds", "text"),
    [
        ("small.per_month", "max: $6_100.50", "$6,000 in 2026-01: $101 under the $6,100.5 allowed"),
        ("small.per_month", "max: 5_999.999", "$6,000 in 2026-01: $0.001 over the $5,999.999 allowed"),
        ("small.per_month", "max: 6_000", "$6,000 in 2026-01: just the $6,000 allowed"),
        ("small.per_month", "min: 7_000", "$6,000 in 2026-01: $1,000 under the $7,000 asked for"),
        ("small.per_month", "min: 5_000", "$6,000 in 2026-01: $1,000 over the $5,000 asked for"),
        ("small.per_month", "min: 5_000, max: 7_000", "$6,000 in 2026-01: within $5,000 to $7,000"),
        ("small.per_month", "min: 5_000, max: 5_500", "$6,000 in 2026-01: $500 over the $5,500 allowed"),
        ("small.per_month", "min: 7_000, max: 8_000", "$6,000 in 2026-01: $1,000 under the $7,000 asked for"),
        ("small.saving", "min: 92.5%", "90% against large: 2.5 points under the 92.5% asked for"),
        ("small.saving", "max: 0.8999999", "90% against large: <0.01 points over the 89.99999% allowed"),
        ("small.read", "max: $0.0349", "$1.00000: $0.97 over the $0.0349 allowed"),
    ],
)
def test_one_line_says_value_bound_and_by_how_much(
    workspace: Workspace, metric: str, bounds: str, text: str
) -> None:
    assert one(workspace, metric, bounds).text == f"{metric} is {text}"


def test_the_mark_is_the_line_of_the_metric(workspace: Workspace) -> None:
    mark = one(workspace, "small.total", "max: 1").mark
    assert mark is not None
    assert (
        workspace.path.read_text().splitlines()[mark.line - 1][mark.column - 1 :].startswith('"small.total')
    )


DATED = """\
rows:
  - {provider: acme, model: tiny, meter: input, usd: 1, checked_on: 2026-03-01}
  - {provider: acme, model: tiny, meter: output, usd: 5, checked_on: 2026-01-31}
  - {provider: acme, model: huge, meter: input, usd: 10, checked_on: 2025-06-01}
  - {provider: acme, model: huge, meter: output, usd: 50, checked_on: 2026-01-31}
"""
"""The oldest row that small pays was checked 90 days before 2026-05-01; large pays one of 2025."""


@pytest.mark.parametrize(("bound", "today", "off"), [("90d", 1, 0), (90, 1, 0), ("90d", 2, 1), ("89d", 1, 1)])
def test_the_age_of_prices_counts_from_the_oldest_row_that_is_paid(
    workspace: Workspace, bound: object, today: int, off: int
) -> None:
    workspace.write("own.yaml", DATED)
    results = workspace.run(f"checks: [{{metric: small.price_age, max: {bound}}}]\n")
    assert checked(results) == ()  # nobody said what today is
    (found,) = checked(results, Against(today=date(2026, 5, today)))
    assert (found.value, found.off) == (89 + today, off)
    assert found.detail == " (acme/tiny output, checked 2026-01-31)"


def test_a_row_without_a_date_is_as_old_as_its_book(tmp_path: Path) -> None:
    """What kplan's own book holds has the book's day."""
    path = tmp_path / "a.kplan.yaml"
    stages = "stages: {a: {input: 1, output: 1}}\ndesigns: {d: claude-haiku-5-5}\nsingles: false\n"
    text = f"volume: 1/month\nmonths: 2026-12..2026-12\n{stages}checks: [{{metric: d.price_age, max: 0}}]\n"
    path.write_text(text, encoding="utf-8")
    results = run(path)
    as_of = results.provenance.book_as_of
    assert as_of is not None
    (found,) = checked(results, Against(today=as_of + timedelta(days=3)))
    assert (found.value, found.off) == (3, 3)

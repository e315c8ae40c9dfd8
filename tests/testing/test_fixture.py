"""The fixture `kplan` for tests written in Python: what it gives, and how it fails."""

from __future__ import annotations

import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.regress.figures import FIGURES
from kplan.regress.metrics import METRICS
from kplan.regress.run import run
from kplan.regress.shapley import Factor
from kplan.testing import Kplan
from kplan.testing.words import KplanWarning

ROOT = Path(__file__).parents[2]
CHECKED = "scenarios/support-checks.kplan.yaml"


TIMES = tuple(metric for metric in METRICS if metric.startswith("latency."))
"""Unknown where nothing says how fast models are."""


@pytest.fixture
def kplan() -> Kplan:
    return Kplan(ROOT)


def test_figures_by_design_name(kplan: Kplan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths count from the rootdir, wherever the test stands."""
    monkeypatch.chdir(tmp_path)
    designs = kplan.simulate("scenarios/rag.kplan.yaml")
    results = run(ROOT / "scenarios" / "rag.kplan.yaml")
    assert list(designs) == [design.id for design in results.designs]
    found, expected = designs["stratified"], results.design("stratified")
    assert found.per_month == expected.months[0].cost_usd
    assert found.months == {month.month: month.cost_usd for month in expected.months}
    assert sum(found.months.values()) == found.total == expected.total_usd
    assert found.dearest_month == max(found.months.values())
    assert found.per_query == expected.cost_per_query_usd
    assert all(isinstance(found[metric], Decimal) for metric in FIGURES if metric not in TIMES)
    assert sum(found[f"share.{stage.id}"] for stage in expected.stages) == pytest.approx(Decimal(1))


def test_every_metric_can_be_asked_for(kplan: Kplan) -> None:
    switch = kplan.simulate(CHECKED)["switch"]
    fits = ("headroom", "saturation", *(f"{part}_under_load" for part in ("p50", "p95", "p99")))
    known = [metric for metric in METRICS if metric not in (*TIMES, *fits)]
    assert {metric: isinstance(switch[metric], Decimal) for metric in known} == dict.fromkeys(known, True)
    for metric in fits:
        with pytest.raises(KplanError, match="there are no limits to fit into"):
            _ = switch[metric]
    with pytest.raises(KplanError, match="the latency of switch is unknown"):
        _ = switch["latency.p95"]
    with pytest.raises(
        KplanError, match=r"no metric or stage `per_mnth` in switch; did you mean per_month\?"
    ):
        _ = switch["per_mnth"]


def test_settings_variants_and_books(kplan: Kplan, tmp_path: Path) -> None:
    plain = kplan.simulate(CHECKED)["stay"]
    doubled = kplan.simulate(CHECKED, sets=["volume=840_000/month"])["stay"]
    assert doubled.per_query == plain.per_query
    assert doubled.per_month != plain.per_month
    book = tmp_path / "free.csv"
    rows = [f"google,gemini-3.8-flash,{meter},0,1000000\n" for meter in ("input", "output", "cache_read")]
    book.write_text("provider,model,meter,usd,per\n" + "".join(rows))
    assert kplan.simulate("scenarios/support.kplan.yaml", books=[book])["stay"].per_query == 0
    variants = tmp_path / "v.kplan.yaml"
    text = (ROOT / "scenarios" / "support.kplan.yaml").read_text()
    variants.write_text(f"{text}variants: {{calm: {{volume: 9/month}}}}\n")
    assert kplan.simulate(variants, variant="calm")["stay@calm"].per_month < 1


def test_check_fails_the_test_in_few_lines(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(pytest.fail.Exception) as caught:
        kplan.check(CHECKED)
    assert str(caught.value).splitlines() == [
        "stay.months_over_budget is 4 months, first 2027-01: 4 months over the 0 months allowed",
        f"{CHECKED}:6:14",
        f"next: kplan explain {CHECKED} stay.answer",
    ]
    assert not caught.value.pytrace


def test_check_warns_and_returns_what_it_found(kplan: Kplan) -> None:
    sets = ["checks=[{metric: stay.per_query, max: 0, severity: warn}, {metric: switch.total, min: 0}]"]
    with pytest.warns(KplanWarning, match=r"stay\.per_query is .* over the \$0 allowed"):
        found = kplan.check(CHECKED, sets=sets)
    assert [(check.metric, check.verdict) for check in found] == [
        ("stay.per_query", "warn"),
        ("switch.total", "pass"),
    ]


def test_diff_by_design_name(kplan: Kplan) -> None:
    found = kplan.diff("scenarios/support-budgeted.kplan.yaml", "scenarios/support.kplan.yaml")
    base = kplan.simulate("scenarios/support-budgeted.kplan.yaml")
    head = kplan.simulate("scenarios/support.kplan.yaml")
    for name in ("stay", "switch"):
        assert found[name].delta_usd == head[name].total - base[name].total
        assert sum(found[name].effects.values()) == found[name].delta_usd
    assert found["stay"].effects[Factor.PRICE] > 0


def test_diff_of_prices_alone(kplan: Kplan, tmp_path: Path) -> None:
    book = tmp_path / "dear.csv"
    book.write_text("provider,model,meter,usd,per\nopenai,gpt-5.4-mini,output,99,1000000\n")
    found = kplan.diff(CHECKED, CHECKED, head_books=[book])
    assert found["stay"].delta_usd == 0
    assert found["switch"].delta_usd == found["switch"].effects[Factor.PRICE] > 0
    assert kplan.diff(CHECKED, CHECKED, base_books=[book])["switch"].delta_usd < 0


def test_problems_have_their_places(kplan: Kplan, tmp_path: Path) -> None:
    with warnings.catch_warnings(), pytest.raises(KplanError, match=r"no\.kplan\.yaml:1:1: cannot be read"):
        kplan.simulate("no.kplan.yaml")

"""Own GPUs in designs: months by hand, what exceeds a number of replicas, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kplan.capacity.buying import buying
from kplan.capacity.fits import headrooms_of
from kplan.capacity.fleet.bought import replicas_bought
from kplan.capacity.market import Market
from kplan.capacity.pattern import limit_book, pattern
from kplan.capacity.week import WEEKS
from kplan.engine.bought import Bought
from kplan.engine.results import Results
from kplan.engine.simulate import simulate
from kplan.errors import KplanError
from kplan.money import quotient, rounded
from kplan.prices.book import load_book
from kplan.scenario.load import load_scenario
from kplan.scenario.own_gpus import OwnGpus
from support import book_of

D = Decimal
CURVE = """\
rps_per_replica,offered_rps,ttft_p95_ms,input_tokens,output_tokens,gpus_per_replica
2,2,100,1000,100,2
4,4,400,1000,100,2
6,6,900,1000,100,2
"""
SCENARIO = """\
kplan: 1
volume: {queries_per_month: 26_784_000, growth_per_month: 50%}
months: 2027-01..2027-03
traffic: {week: WEEK}
stages: {answer: {input: 1_000, output: 100}}
designs:
  api: haiku
  own: {extends: api, buys: {test/haiku: BUY}}
"""
OWN = "{curve: curve.csv, slo: {ttft_p95: 500ms}, usd_per_gpu_hour: 2.50}"


def simulated(folder: Path, buy: str = OWN, week: str = "even", text: str = SCENARIO) -> Results:
    (folder / "curve.csv").write_text(CURVE, encoding="utf-8")
    path = folder / "test.kplan.yaml"
    path.write_text(text.replace("BUY", buy).replace("WEEK", week), encoding="utf-8")
    return simulate(load_scenario(path), book_of(), buying=buying)


def bought(results: Results) -> Bought:
    [design] = [each for each in results.plans[0].designs if each.id == "own"]
    [found] = design.bought
    return found


def extra(buy: str) -> str:
    return f"{OWN[:-1]}, {buy}}}"


def complaint(folder: Path, buy: str, text: str = SCENARIO) -> list[str]:
    with pytest.raises(KplanError) as caught:
        simulated(folder, buy, text=text)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_months_by_hand(tmp_path: Path) -> None:
    """10, 15 x 31/28 and 22.5 requests/s on 4 a replica: 3, 5 and 6 replicas of two GPUs at $2.50.

    January has 2,678,400 s: 26,784,000 queries are 10 a second; February has 2,419,200 s: 40,176,000 are
    16.6; March 60,264,000 in 2,678,400: 22.5. Hours: 744, 672, 744.
    """
    results = simulated(tmp_path)
    found = bought(results)
    assert found.usd_per_month == (3 * 5 * 744, 5 * 5 * 672, 6 * 5 * 744)
    assert found.spilled_share == (0, 0, 0)
    assert found.utilisation == pytest.approx((10 / 12, 16.607142857 / 20, 22.5 / 24))
    assert found.units == 6
    assert found.label == "test/haiku on own GPUs, by the hour"
    own, api = results.design("own"), results.design("api")
    assert api.months[0].cost_usd == 26_784_000 * (D("0.001") + D("0.0005"))
    assert [month.cost_usd for month in own.months] == list(found.usd_per_month)
    kinds = {row.kind for row in results.ledger if row.design == "own"}
    assert kinds == {"usage", "capacity"}


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ("spare: 1", (4, 6, 7)),
        ("least: 6", (6, 6, 6)),
        ("headroom: 25%", (4, 6, 8)),
        ("replicas: 3, spare: 2", (5, 5, 5)),
    ],
)
def test_spare_least_and_headroom(tmp_path: Path, more: str, counts: tuple[int, ...]) -> None:
    """With a quarter more: 12.5, 20.8 and 28.1 requests/s."""
    usd = bought(simulated(tmp_path, extra(more))).usd_per_month
    assert usd == tuple(n * 5 * hours for n, hours in zip(counts, (744, 672, 744), strict=True))


def test_headroom_is_that_of_the_busiest_minute_unless_said(tmp_path: Path) -> None:
    text = SCENARIO.replace("{week: WEEK}", "{week: even, peak_factor: 1.25}")
    assert bought(simulated(tmp_path, text=text)).usd_per_month[0] == 4 * 5 * 744
    assert bought(simulated(tmp_path, extra("headroom: 0"), text=text)).usd_per_month[0] == 3 * 5 * 744


def test_what_exceeds_a_number_of_replicas_is_paid_call_by_call(tmp_path: Path) -> None:
    """Two serve 8 of 10 requests/s in January: a fifth is paid at $0.0015 a call."""
    results = simulated(tmp_path, extra("replicas: 2"))
    found = bought(results)
    assert found.spilled_share[0] == D("0.2")
    assert found.utilisation == pytest.approx((1, 1, 1))
    spilled = D("0.2") * 26_784_000 * D("0.0015")
    assert results.design("own").months[0].cost_usd == 2 * 5 * 744 + spilled


@pytest.mark.parametrize("replicas", ["scaled", "fixed", "2", "4"])
def test_a_real_week_against_a_count_hour_by_hour(tmp_path: Path, replicas: str) -> None:
    found = bought(simulated(tmp_path, extra(f"replicas: {replicas}"), "azure-conversation-2024"))
    week = WEEKS["azure-conversation-2024"]()
    rates = (10, 15 * 31 / 28, 22.5)
    for n, (rate, hours) in enumerate(zip(rates, (744, 672, 744), strict=True)):
        needed = [-(-rate * factor // 4) for factor in week]
        counts = {"scaled": needed, "fixed": [max(needed)] * 168}.get(
            replicas, [float(replicas)] * 168 if replicas.isdigit() else []
        )
        usd = quotient(int(sum(counts)) * 5 * D(hours), D(168))
        assert rounded(found.usd_per_month[n], 20) == rounded(usd, 20)
        left = [max(rate * factor - 4 * count, 0) for factor, count in zip(week, counts, strict=True)]
        assert float(found.spilled_share[n]) == pytest.approx(sum(left) / (rate * 168), abs=1e-11)
        served = rate * 168 - sum(left)
        assert found.utilisation[n] == pytest.approx(served / (4 * sum(counts)))
    assert np.all(np.array(found.utilisation) <= 1)


def test_several_calls_a_query_and_other_lengths_are_told(tmp_path: Path) -> None:
    """1.5 calls a query, 15 a second in January: on average 1,000 tokens in, as measured, and 140 out."""
    text = SCENARIO.replace(
        "{answer: {input: 1_000, output: 100}}",
        "{a: {input: 400, output: 100, chance: 50%}, answer: {input: 1_300, output: 160}}",
    )
    found = bought(simulated(tmp_path, text=text))
    assert found.usd_per_month[0] == 4 * 5 * 744
    assert any("measured with 100 output tokens a request, asked for 140" in each for each in found.assumed)
    assert not any("input tokens" in each for each in found.assumed)


def test_batches_are_not_served(tmp_path: Path) -> None:
    text = SCENARIO.replace("output: 100}", "output: 100, mode: batch}")
    with pytest.raises(KplanError):
        simulated(tmp_path, text=text)


def test_a_null_takes_them_away_again(tmp_path: Path) -> None:
    text = SCENARIO + "  none: {extends: own, buys: {test/haiku: null}}\n"
    results = simulated(tmp_path, text=text)
    assert results.design("none").months == results.design("api").months


@pytest.mark.parametrize(
    ("buy", "told"),
    [
        ("{curve: curve.csv}", "designs.own.buys.test/haiku.slo: `slo` is missing"),
        (extra("units: best"), "unknown key `units`"),
        (extra("replicas: many"), "`many`: scaled, fixed, best or a whole number of replicas, such as 4"),
        (extra("replicas: 0"), "`0`: scaled, fixed, best or a whole number"),
        (extra("spare: -1"), "a whole number from 0 on is expected"),
        (extra("gpus_per_replica: 0"), "a whole number from 1 on is expected"),
        (extra("gpus_per_replica: 4"), "gpus_per_replica is 4, but the runs were made on 2"),
        (extra("headroom: -5%"), "`-5%` is no headroom"),
        (extra("model: llama"), 'no run of "llama"'),
        (OWN.replace("500ms", "50ms"), "no measured load keeps ttft_p95 <= 50 ms"),
        (OWN.replace("ttft_p95", "ttft_p9x"), "slo.ttft_p9x: no latency `ttft_p9x`"),
        (OWN.replace("ttft_p95", "e2e_p95"), "no run gives e2e_p95"),
        (OWN.replace("curve.csv", "none.csv"), "cannot be read"),
        (OWN.replace("2.50", "0"), "must be above 0"),
        ("{term: 1 month, curv: x}", "unknown key `curv`"),
    ],
)
def test_what_is_wrong(tmp_path: Path, buy: str, told: str) -> None:
    assert told in "\n".join(complaint(tmp_path, buy))


def test_calls_that_there_are_not(tmp_path: Path) -> None:
    text = SCENARIO.replace("test/haiku: BUY", "test/opus: BUY")
    [line] = complaint(tmp_path, OWN, text)
    assert "test.kplan.yaml:8" in line
    assert "own makes no call to test/opus" in line


def own_limit(folder: Path, provider: str, model: str) -> None:
    (folder / "limits.yaml").write_text(
        f"provider: {provider}\ncounting:\n"
        "  requests: {measures: requests, counts: {request: 1}, kind: bucket, per: 60s, window: 60s}\n"
        f"limits: [{{models: [{model}], requests: 1_000}}]\n"
    )


@pytest.mark.parametrize(
    ("replicas", "n_limits"), [("scaled", 0), ("fixed", 0), ("2", 1), ("5", 1), ("6", 0)]
)
def test_calls_that_own_gpus_serve_count_toward_no_limit(
    tmp_path: Path, replicas: str, n_limits: int
) -> None:
    """Six replicas serve March's 22.5 requests/s; what five leave still needs its limit."""
    own_limit(tmp_path, "test", "haiku")
    text = SCENARIO + "limits: {book: limits.yaml}\n"
    results = simulated(tmp_path, extra(f"replicas: {replicas}"), text=text)
    [plan] = results.plans
    found = {
        each.design: each
        for each in headrooms_of(plan, book_of(), pattern(plan.scenario), limit_book(plan.scenario))
    }
    assert len(found["api"].uses) == 1
    assert len(found["own"].uses) == n_limits
    assert [each.what for each in found["own"].skipped] == ([] if n_limits else ["test/haiku"])


@pytest.mark.parametrize(("units", "n_limits"), [("{input: 1_000}", 1), ("{input: 1_000, output: 1_000}", 0)])
def test_units_of_one_part_leave_calls_that_count(tmp_path: Path, units: str, n_limits: int) -> None:
    """Where only input is bought, what calls put out is still paid for: they are made to the provider."""
    own_limit(tmp_path, "openai", "gpt-4.1")
    text = (
        "kplan: 1\nvolume: {queries_per_month: 1_000_000}\nmonths: 2027-01..2027-01\n"
        "traffic: {week: even}\nstages: {answer: {input: 1_000, output: 100}}\n"
        "limits: {book: limits.yaml}\nsingles: false\n"
        "designs:\n  own:\n    models: {default: openai/gpt-4.1}\n"
        f"    buys: {{openai/gpt-4.1: {{term: 30 days, units: {units}}}}}\n"
    )
    path = tmp_path / "test.kplan.yaml"
    path.write_text(text, encoding="utf-8")
    book = load_book([])
    [plan] = simulate(load_scenario(path), book, buying=buying).plans
    [found] = headrooms_of(plan, book, pattern(plan.scenario), limit_book(plan.scenario))
    assert all(each.spilled_share == (0,) for each in plan.designs[0].bought)
    assert bool(found.uses) is bool(n_limits)


@pytest.mark.parametrize("week", ["even", "azure-code-2024"])
@pytest.mark.parametrize("spare", ["0", "1"])
@pytest.mark.parametrize("usd", ["2.50", "8", "10.75", "12"])
def test_the_best_number_against_all_others(tmp_path: Path, week: str, spare: str, usd: str) -> None:
    """A full replica of two GPUs serves 4 x 3600 calls of $0.0015, $21.60, an hour."""
    [plan] = simulated(tmp_path, week=week).plans
    market = Market.of(plan, book_of())
    [design] = [each for each in plan.designs if each.id == "own"]
    calls, place = market.calls(design)["test/haiku"], ("designs", "own", "buys", "test/haiku")
    payg_usd = market.payg_usd(design, "test/haiku", ("input", "output"))

    def bought_so(replicas: str) -> tuple[float, int]:
        """What the plan costs so, and how many run."""
        said = {"curve": "curve.csv", "slo": {"ttft_p95": "500ms"}, "usd_per_gpu_hour": usd}
        own = OwnGpus.model_validate({**said, "replicas": replicas, "spare": spare})
        found = replicas_bought(market, design, "test/haiku", own, place, calls)
        left = [float(share * paid) for share, paid in zip(found.spilled_share, payg_usd, strict=True)]
        return float(sum(found.usd_per_month)) + sum(left), found.units

    best, n = bought_so("best")
    others = dict([(float(sum(payg_usd)), 0), *(bought_so(str(count)) for count in range(1, 31))])
    assert best == pytest.approx(min(others), rel=1e-9)
    assert others[min(others, key=lambda each: abs(each - best))] == n
    assert n == 0 if usd == "12" else n > 0 or usd != "2.50"

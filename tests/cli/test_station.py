"""`kplan station`: exact figures, simulated ones with intervals, SLOs, and all that can be mistyped."""

from __future__ import annotations

import json

import pytest

from kplan.capacity.queues.mdc import MDc
from kplan.capacity.queues.mmc import MMc

from .conftest import Kplan

EIGHT = ("station", "--arrivals", "6.4/s", "--service", "1s", "--servers", "8")


def test_the_screen(kplan: Kplan) -> None:
    ran = kplan(*EIGHT)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "M/M/8: 6.4/s, 1.00 s each, 8 servers; 80% used",
        "",
        "      waiting  in all  from",
        "mean   286 ms  1.29 s  closed form",
        "p50      0 ms  986 ms  closed form",
        "p95    1.38 s  3.51 s  closed form",
        "p99    2.39 s  5.15 s  closed form",
        "",
        "45.76% of the calls wait; closed form",
        "8.23 in flight on average; closed form",
    ]


@pytest.mark.parametrize("arrivals", ["6.4/s", "384/min", "384 / m", "23_040/h"])
@pytest.mark.parametrize("service", ["1s", "1000ms", "1000 ms"])
def test_json_is_exact_in_any_unit(kplan: Kplan, arrivals: str, service: str) -> None:
    ran = kplan("station", "--arrivals", arrivals, "--service", service, "--servers", "8", "--json")
    said, queue = json.loads(ran.out), MMc(6.4, 1.0, 8)
    assert (said["kind"], said["schema_version"], said["model"], said["stable"]) == (
        "station",
        1,
        "M/M/8",
        True,
    )
    assert said["utilisation"] == 0.8
    assert said["waiting_probability"] == {
        "value": float(f"{queue.waiting_probability:.12g}"),
        "engine": "closed form",
    }
    assert said["sojourn_s"]["p99"]["value"] == pytest.approx(queue.sojourn_quantile_s(0.99), rel=1e-11)
    assert said["wait_s"]["p95"]["value"] == pytest.approx(queue.wait_quantile_s(0.95), rel=1e-11)
    assert said["in_flight"]["value"] == pytest.approx(6.4 * queue.mean_sojourn_s, rel=1e-11)
    assert said["simulation"] is None


def test_constant_service_is_exact_too(kplan: Kplan) -> None:
    said, queue = json.loads(kplan(*EIGHT, "--scv", "0", "--json").out), MDc(6.4, 1.0, 8)
    assert said["model"] == "M/D/8"
    assert said["wait_s"]["p99"] == {
        "value": pytest.approx(queue.wait_quantile_s(0.99)),
        "engine": "closed form",
    }


@pytest.mark.parametrize(
    ("options", "model"),
    [
        (("--scv", "2.5"), "M/G/8"),
        (("--arrival-scv", "4"), "GI/M/8"),
        (("--law", "lognormal"), "M/G/8"),
        (("--arrival-scv", "0", "--scv", "2", "--law", "hyperexponential"), "D/G/8"),
    ],
)
def test_what_has_no_closed_form_is_simulated_and_says_so(
    kplan: Kplan, options: tuple[str, ...], model: str
) -> None:
    args = (*EIGHT, *options, "--sample", "20000", "--json")
    ran = kplan(*args)
    said = json.loads(ran.out)
    assert said["model"] == model
    for figure in (
        said["waiting_probability"],
        said["in_flight"],
        *said["wait_s"].values(),
        *said["sojourn_s"].values(),
    ):
        assert figure["engine"] == "simulated"
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"]
    assert (said["simulation"]["seed"], said["simulation"]["arrivals"]) == (1, 20_000)
    assert kplan(*args).out == ran.out
    assert kplan(*args, "--seed", "2").out != ran.out


def test_a_single_server_knows_its_means(kplan: Kplan) -> None:
    """Pollaczek and Khinchine: 0.8 x 1 x (1 + 2) / (2 x 0.2) = 6."""
    ran = kplan(
        "station",
        "--arrivals",
        "0.8/s",
        "--service",
        "1s",
        "--servers",
        "1",
        "--scv",
        "2",
        "--sample",
        "5000",
        "--json",
    )
    said = json.loads(ran.out)
    assert said["wait_s"]["mean"] == {"value": pytest.approx(6), "engine": "closed form"}
    assert said["in_flight"] == {"value": pytest.approx(5.6), "engine": "closed form"}
    assert said["waiting_probability"] == {"value": 0.8, "engine": "closed form"}
    assert said["sojourn_s"]["p95"]["engine"] == "simulated"


def test_an_slo_is_kept_or_missed_at_the_boundary(kplan: Kplan) -> None:
    """p95 of staying is 3.5084 s."""
    kept, missed = (kplan(*EIGHT, "--slo", f"p95={limit}") for limit in ("3509ms", "3508ms"))
    assert (kept.code, missed.code) == (0, 1)
    assert "p95 at most 3.51 s: kept, 3.51 s" in kept.out
    assert "p95 at most 3.51 s: missed, 3.51 s" in missed.out


def test_the_largest_load_keeps_the_slo_and_a_little_more_does_not(kplan: Kplan) -> None:
    said = json.loads(kplan(*EIGHT, "--slo", "p95=4s", "--slo", "mean=2s", "--json").out)
    load = said["largest_load_per_s"]["value"]
    assert said["binding"] == "p95"
    assert MMc(load, 1.0, 8).sojourn_quantile_s(0.95) <= 4 < MMc(load + 1e-6, 1.0, 8).sojourn_quantile_s(0.95)
    assert [(each["figure"], each["limit_s"], each["kept"]) for each in said["slo"]] == [
        ("p95", 4, True),
        ("mean", 2, True),
    ]


def test_a_simulated_largest_load_has_an_interval_about_the_exact_one(kplan: Kplan) -> None:
    """M/G/1 by its mean: with scv 1.000001 it is no M/M/1, and stays as long."""
    args = ("--service", "1s", "--servers", "2", "--scv", "1.000001", "--sample", "30000", "--slo", "mean=2s")
    said = json.loads(kplan("station", "--arrivals", "1/s", *args, "--json").out)
    load = said["largest_load_per_s"]
    exact = 2**0.5
    assert MMc(exact, 1.0, 2).mean_sojourn_s == pytest.approx(2)
    assert load["engine"] == "simulated"
    assert load["low"] <= exact <= load["high"]


def test_no_load_keeps_less_than_service_takes(kplan: Kplan) -> None:
    ran = kplan(*EIGHT, "--slo", "p95=2s")
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "no load keeps p95: a call that never waits takes longer"


@pytest.mark.parametrize("arrivals", ["8/s", "8.5/s", "900/min"])
def test_at_and_above_capacity_it_is_unstable(kplan: Kplan, arrivals: str) -> None:
    args = ("station", "--arrivals", arrivals, "--service", "1s", "--servers", "8")
    ran, said = kplan(*args), json.loads(kplan(*args, "--json").out)
    assert ran.code == 1
    assert "unstable" in ran.out
    assert "inf" not in ran.out
    assert (said["stable"], said["wait_s"], said["in_flight"]) == (False, None, None)
    servers = str(said["servers_to_keep_up"])
    assert kplan("station", "--arrivals", arrivals, "--service", "1s", "--servers", servers).code == 0
    assert (
        kplan("station", "--arrivals", arrivals, "--service", "1s", "--servers", str(int(servers) - 1)).code
        == 1
    )


def test_unstable_still_says_what_fits(kplan: Kplan) -> None:
    ran = kplan("station", "--arrivals", "9/s", "--service", "1s", "--servers", "8", "--slo", "p99=10s")
    assert ran.code == 1
    assert "p99 at most 10.0 s: missed, unstable" in ran.out
    assert "largest load: 7.49/s, 93.6" in ran.out


def test_all_that_is_missing_is_said_at_once(kplan: Kplan) -> None:
    ran = kplan("station")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == ["--arrivals missing", "--service missing", "--servers missing"]


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--arrivals", "6.4", "`6.4` says no unit of time; write for example 6.4/s, 384/min or 23_040/h"),
        ("--arrivals", "6.4/week", "`6.4/week`: per week?"),
        ("--arrivals", "6.4/", "`6.4/`: per what?"),
        ("--arrivals", "x/s", "`x/s` is not a rate"),
        ("--arrivals", "8%/s", "`8%/s` is not a rate"),
        ("--arrivals", "0/s", "`0/s` is 0; it has to be above 0"),
        ("--arrivals", "-1/s", "`-1/s` is below 0; it has to be above 0"),
        ("--arrivals", "1e99/s", "out of bounds"),
        ("--arrivals", "nan/s", "`nan/s` is not a rate"),
        ("--service", "1", "`1` says no unit of time; write for example 1s, 500ms or 2m"),
        ("--service", "fast", "`fast` is no time"),
        ("--service", "0s", "`0s` is 0; it has to be above 0"),
        ("--service", "-500ms", "`-500ms` is below 0; it has to be above 0"),
        ("--servers", "0", "`0` servers; 1 to 100,000 are possible"),
        ("--servers", "-2", "`-2` servers; 1 to 100,000 are possible"),
        ("--servers", "2.5", "`2.5` is not a whole number"),
        ("--servers", "many", "`many` is not a number of servers"),
        ("--scv", "-1", "`-1` is below 0"),
        ("--scv", "x", "`x` is not a squared coefficient of variation"),
        ("--arrival-scv", "5000", "at most 1000 is possible"),
        ("--law", "lognormall", "no law 'lognormall'; did you mean lognormal?"),
        ("--law", "zzz", "no law 'zzz'; there are gamma, lognormal, hyperexponential"),
        ("--slo", "p95", "`p95` is no bound; write for example p95=2s"),
        ("--slo", "p94=2s", "no figure 'p94'; did you mean p9"),
        ("--slo", "p95=2", "`2` says no unit of time"),
        ("--slo", "p95=0s", "`0s` is 0"),
    ],
)
def test_wrong_options(kplan: Kplan, option: str, text: str, said: str) -> None:
    ran = kplan(*EIGHT, option, text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{option}: ")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_problems_of_several_options_are_said_at_once(kplan: Kplan) -> None:
    ran = kplan(
        *("station", "--arrivals", "6.4", "--service", "-1s", "--servers", "0", "--scv", "0.5"),
        *("--law", "hyperexponential", "--slo", "p95=2s", "--slo", "p95=3s"),
    )
    assert [line.split(":")[0] for line in ran.err.splitlines()] == [
        "--arrivals",
        "--service",
        "--servers",
        "--scv",
        "--slo",
    ]


def test_only_the_long_help_names_it(kplan: Kplan) -> None:
    assert "\n  station " not in kplan("--help").out
    assert "\n  station " in kplan("--help", "--all").out

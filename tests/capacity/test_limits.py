"""Limits as dated data: files and their problems, which limit is in force, and what kplan brings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.capacity.limit_book import LimitBook, load_limits
from kplan.capacity.limit_files import limits_of, read_limits
from kplan.capacity.limits import THIRD_PARTY
from kplan.errors import KplanError
from kplan.prices.models import ModelRow

COUNTING = """\
provider: acme
counting:
  calls: {measures: requests, counts: {request: 1}, kind: bucket, per: 60s, window: 60s}
  input: {measures: input, counts: {input: 1, cache_write: 1}, kind: bucket, per: 60s, window: 10s}
limits:
"""
ACME = ModelRow("acme", "big-1", ("big",))
DAY = date(2026, 11, 1)


def problems(text: str) -> list[str]:
    with pytest.raises(KplanError) as error:
        limits_of(text, "l.yaml")
    return [str(problem) for problem in error.value.problems]


def book(*texts: str) -> LimitBook:
    return LimitBook(tuple(limits_of(text, "l.yaml") for text in texts))


def amounts(limits: LimitBook, model: ModelRow = ACME, day: date = DAY, **account: str) -> dict[str, int]:
    return {each.counting.name: int(each.amount) for each in limits.in_force(model, day, **account)}


def test_a_row_says_one_limit_for_each_amount() -> None:
    row = "  - {models: [big-1], tier: Gold, calls: 1_000, input: 2_000_000, checked_on: 2026-10-01}\n"
    text = COUNTING + row
    found = limits_of(text, "l.yaml").limits
    assert [(each.id, each.said(), each.checked_on) for each in found] == [
        ("acme big-1 Gold calls", "1,000 a minute", date(2026, 10, 1)),
        ("acme big-1 Gold input", "2,000,000 a minute", date(2026, 10, 1)),
    ]
    assert found[1].counting.window_s == 10
    assert float(found[0].per_second) == pytest.approx(1000 / 60)


def test_which_limit_is_in_force_on_a_day() -> None:
    """The last day of one and the first day of the next; before the first none."""
    limits = book(f"""{COUNTING}
  - {{models: [big-1], tier: Gold, calls: 100, valid_from: 2026-01-01, valid_to: 2026-06-01}}
  - {{models: [big-1], tier: Gold, calls: 200, valid_from: 2026-06-01}}
""")
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [amounts(limits, day=day, tier="Gold").get("calls") for day in days] == [None, 100, 100, 200]


def test_models_by_alias_glob_tier_and_service() -> None:
    limits = book(f"""{COUNTING}
  - {{models: ['*big-*'], tier: Gold, service: east, calls: 1}}
  - {{models: [big], tier: Silver, calls: 2}}
""")
    assert amounts(limits, tier="Gold", service="east") == {"calls": 1}
    assert amounts(limits, tier="Gold", service="west") == {}
    assert amounts(limits, tier="Silver", service="west") == {"calls": 2}
    assert amounts(limits, ModelRow("other", "big-1"), tier="Silver") == {}


def test_a_users_file_names_known_countings_and_hides_what_lies_below(tmp_path: Path) -> None:
    """It says all about the tier: the output limit of kplan's own Scale holds no more."""
    own = tmp_path / "own.yaml"
    own.write_text(
        "provider: anthropic\nlimits:\n  - {models: [claude-opus-5], tier: Scale, input: 20_000_000}\n"
    )
    opus = ModelRow("anthropic", "claude-opus-5")
    assert amounts(load_limits([own]), opus, tier="Scale") == {"input": 20_000_000}
    assert set(amounts(load_limits(), opus, tier="Scale")) == {"requests", "input", "output", "batch_queue"}
    assert amounts(load_limits([own]), opus, tier="Start")["input"] == 2_000_000
    [limit] = load_limits([own]).in_force(opus, DAY, "Scale")
    assert limit.status == "own"


def test_a_rate_without_a_window_is_an_error() -> None:
    calls = "{measures: requests, counts: {request: 1}, kind: bucket, per: 60s}"
    text = f"provider: a\ncounting:\n  calls: {calls}\nlimits: []\n"
    assert problems(text) == [
        (
            "l.yaml:3:3: counting.calls: window missing: over what time is the limit measured? Such as"
            " window: 60s"
        )
    ]


def test_all_problems_at_once_with_their_places() -> None:
    text = f"""{COUNTING}
  - {{models: [big-1], tier: Gold, calls: -5}}
  - {{models: [big-1], teir: Gold, calls: 5}}
  - {{tier: Gold, input: 2e6, status: rumour}}
  - {{models: [big-1], tier: Silver}}
  - {{models: [big-1], calls: 5, valid_from: 2026-05-01, valid_to: 2026-05-01}}
  - oops
"""
    assert problems(text) == [
        "l.yaml:7:42: calls: `-5` is no limit; a number above 0 is expected, such as 2_000_000",
        "l.yaml:8:23: unknown key `teir`; did you mean tier?",
        "l.yaml:9:6: models missing",
        'l.yaml:9:38: status: "rumour" is not known; it is one of vendor, third party, estimated, own',
        "l.yaml:10:6: no limit: say at least one of calls, input",
        "l.yaml:11:6: valid_to 2026-05-01 must be after valid_from 2026-05-01, the first day",
        "l.yaml:12:5: limits: `limits` is a list of maps",
    ]


@pytest.mark.parametrize(
    ("counting", "said"),
    [
        ("{measures: requests, kind: bucket}", "counts missing"),
        (
            "{measures: calls, counts: {request: 1}, kind: bucket, per: 60s, window: 60s}",
            '"calls" is not known',
        ),
        (
            "{measures: requests, counts: {requests: 1}, kind: bucket, per: 60s, window: 60s}",
            "did you mean request",
        ),
        ("{measures: requests, counts: {request: 1}, kind: level}", "requests is no level"),
        ("{measures: concurrency, counts: {request: 1}, kind: bucket, per: 60s, window: 1s}", "no bucket"),
        ("{measures: concurrency, counts: {request: 1}, kind: level, window: 1s}", "neither per nor window"),
        ("{measures: requests, counts: {request: 1}, kind: window, per: 60, window: 60s}", "`60` is no time"),
        ("{measures: tokens, counts: {input: -1}, kind: window, per: 60s, window: 60s}", "`-1` is below 0"),
        ("oops", "a map such as"),
    ],
)
def test_bad_countings(counting: str, said: str) -> None:
    text = f"provider: a\ncounting:\n  calls: {counting}\nlimits: []\n"
    found = problems(text)
    assert any(said in each for each in found)
    assert all(each.startswith("l.yaml:3:") for each in found)


def test_two_limits_at_once_are_an_error_and_touching_ones_are_not() -> None:
    rows = """\
  - {{models: [big-1], tier: Gold, calls: 100, valid_to: {}}}
  - {{models: [big-1], tier: Gold, calls: 200, valid_from: 2026-06-01}}
"""
    assert len(limits_of(COUNTING + rows.format("2026-06-01"), "l.yaml").limits) == 2
    assert problems(COUNTING + rows.format("2026-06-02")) == [
        (
            "l.yaml:7:42: two limits at once: acme big-1 Gold calls @2026-06-01, the first on line 6;"
            " end one of them"
        )
    ]


def test_two_pools_that_claim_a_model_are_an_error_when_asked_for() -> None:
    limits = book(f"{COUNTING}  - {{models: ['big*'], calls: 1}}\n  - {{models: [big-1], calls: 2}}\n")
    with pytest.raises(KplanError, match="acme/big-1 stands under two limits at once"):
        limits.in_force(ACME, DAY)


def test_stale_figures_are_named_by_their_age() -> None:
    text = f"{COUNTING}  - {{models: [a], calls: 1, checked_on: 2026-01-01}}\n  - {{models: [b], calls: 1}}\n"
    limits = book(text)
    assert list(limits.stale(date(2026, 6, 30))) == [
        "limits of acme were read on a day that is not known (no source)"
    ]
    assert len(list(limits.stale(date(2026, 7, 1)))) == 2
    ended = book(f"{COUNTING}  - {{models: [a], calls: 1, checked_on: 2026-01-01, valid_to: 2026-07-01}}\n")
    assert list(ended.stale(date(2026, 7, 1))) == []


def test_why_there_is_no_limit() -> None:
    limits = load_limits()
    gemini, opus = ModelRow("google", "gemini-3.6-flash"), ModelRow("anthropic", "claude-opus-5")
    assert "dynamic shared quota" in limits.why_none(gemini, DAY, service="vertex")
    assert limits.why_none(gemini, DAY, service="gemini-api").startswith(
        "no limit of google/gemini-3.6-flash is known"
    )
    assert limits.why_none(opus, DAY, "Scael").endswith("; did you mean Scale?")
    assert "depends on the tier: Build, Scale, Start" in limits.why_none(opus, DAY)
    on_bedrock = ModelRow("aws", "global.anthropic.claude-opus-5-5")
    unsaid = limits.why_none(on_bedrock, DAY, "default")
    assert unsaid.endswith("; say its service too: {tier: default, service: cross-region}")
    assert "say its service" not in limits.why_none(on_bedrock, DAY, "default", "on-deman")


def test_what_kplan_brings() -> None:
    """Every provider that the notes name, and a source for every figure; what no vendor said says so."""
    found = list(load_limits().limits())
    assert {each.provider for each in found} == {"anthropic", "aws", "azure", "google", "openai"}
    assert all(each.source and each.source_url for each in found)
    assert {each.status for each in found if each.provider == "openai"} == {THIRD_PARTY}
    assert {each.status for each in found if each.provider == "aws"} == {"estimated"}
    checked = {
        each.checked_on for each in found if each.provider in ("anthropic", "azure") and each.checked_on
    }
    assert max(checked) == date(2026, 10, 17) == load_limits().as_of


@pytest.mark.parametrize(
    ("model", "account", "expected"),
    [
        (
            "anthropic/claude-opus-4-8",
            ("Start", ""),
            {"requests": 1_000, "input": 2_000_000, "output": 400_000},
        ),
        (
            "anthropic/claude-sonnet-5",
            ("Build", ""),
            {"requests": 5_000, "input": 5_000_000, "output": 1_000_000},
        ),
        (
            "anthropic/claude-fable-5-1",
            ("Start", ""),
            {"requests": 1_000, "input": 500_000, "output": 100_000},
        ),
        ("openai/gpt-6.1-sol", ("Grow", ""), {"requests": 15_000, "tokens": 40_000_000}),
        ("openai/gpt-6-sol", ("Tier 2", ""), {"requests": 5_000, "tokens": 1_000_000}),
        ("azure/gpt-4.1", ("Tier 5", "GlobalStandard"), {"requests": 30_000, "tokens": 30_000_000}),
        ("azure/gpt-5", ("Tier 1", "DataZoneStandard"), {"requests": 3_000, "tokens": 300_000}),
        ("aws/global.anthropic.claude-opus-5-5", ("default", "cross-region"), {"tokens_10x": 30_000_000}),
        ("google/gemini-2.5-pro", ("Tier 1", "gemini-api"), {"requests": 150, "input": 2_000_000}),
    ],
)
def test_figures_as_printed(model: str, account: tuple[str, str], expected: dict[str, int]) -> None:
    provider, _, name = model.partition("/")
    found = amounts(load_limits(), ModelRow(provider, name), tier=account[0], service=account[1])
    assert {key: found.get(key) for key in expected} == expected


def test_the_old_tiers_ended(tmp_path: Path) -> None:
    opus = ModelRow("anthropic", "claude-opus-4-6")
    assert amounts(load_limits(), opus, date(2026, 3, 1), tier="Tier 2")["input"] == 450_000
    assert amounts(load_limits(), opus, date(2026, 10, 17), tier="Tier 2") == {}


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="cannot be read"):
        read_limits(tmp_path / "none.yaml")
    assert problems("- a\n") == ["l.yaml:1:1: a file of limits is a map with `limits:`"]
    assert Decimal(0) == limits_of("limits:\n", "l.yaml").limits.__len__()

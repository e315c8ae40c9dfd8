"""LiteLLM's map, in entries made up here: every part of its grammar, and every reason for leaving out."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.engine.call import price_call
from kplan.errors import KplanError
from kplan.money import plain
from kplan.prices.book import Book
from kplan.prices.importers import litellm
from kplan.prices.importers.imported import Imported, Wishes
from kplan.prices.importers.litellm_entry import (
    AS_OUTPUT,
    BELOW_ZERO,
    BEYOND,
    BY_RESULTS,
    BY_SIZE,
    NO_BASE,
    NO_PEAK,
    NO_RANGE,
    NOT_A_NUMBER,
    UNKNOWN,
    ZERO_PRICE,
)
from kplan.prices.importers.litellm_hours import off_peak_hours
from kplan.prices.memory import memory_layer
from kplan.prices.names import Makers
from kplan.prices.rows import PriceRow

AS_OF = date(2026, 11, 22)
NIGHT = datetime(2026, 11, 2, 2, tzinfo=UTC)
"""A Monday."""


def imported(tmp_path: Path, entries: dict[str, Any], wishes: Wishes | None = None) -> Imported:
    path = tmp_path / "map.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    found = litellm.read(path, AS_OF, wishes or Wishes())
    counts = found.counts
    assert counts["source prices"] == counts["imported prices"] + len(found.skipped)
    assert counts["skipped prices"] == len(found.skipped)
    assert counts["rows"] == len(found.rows)
    memory_layer("map", found.rows, found.models)  # no two rows in force at once
    return found


def entry(provider: str = "openai", mode: str = "chat", **prices: Any) -> dict[str, Any]:
    return {"litellm_provider": provider, "mode": mode, **prices}


def short(row: PriceRow) -> str:
    """`input 2.5 per 1000000`, with what else selects the row."""
    over = f" >{row.over_input_tokens}" if row.over_input_tokens else ""
    mode = f" {row.mode}" if row.mode != "standard" else ""
    region = f" {row.region}" if row.region else ""
    return f"{row.meter}{over}{mode}{region} {plain(row.usd)} per {row.per}"


def rows(tmp_path: Path, said: dict[str, Any], key: str = "m") -> list[str]:
    return sorted(map(short, imported(tmp_path, {key: said}).rows))


def why(tmp_path: Path, said: dict[str, Any], wishes: Wishes | None = None) -> dict[str, str]:
    """Key of each price that was left out -> the reason."""
    return {
        each.what.removeprefix("m "): each.why for each in imported(tmp_path, {"m": said}, wishes).skipped
    }


def cost(found: Imported, ref: str, usage: dict[str, int], **call: Any) -> Decimal:
    book = Book([memory_layer("map", found.rows, found.models)], Makers({}))
    at = call.pop("at", NIGHT)
    return price_call(book, ref, {key: Decimal(n) for key, n in usage.items()}, at, **call).cost_usd


@pytest.mark.parametrize(
    ("key", "kind", "row"),
    [
        ("input_cost_per_token", "chat", "input 2 per 1000000"),
        ("output_cost_per_token", "chat", "output 2 per 1000000"),
        ("cache_read_input_token_cost", "chat", "cache_read 2 per 1000000"),
        ("input_cost_per_token_cache_hit", "chat", "cache_read 2 per 1000000"),
        ("cache_creation_input_token_cost", "chat", "cache_write_5m 2 per 1000000"),
        ("cache_creation_input_token_cost_above_1hr", "chat", "cache_write_1h 2 per 1000000"),
        ("output_cost_per_reasoning_token", "chat", "reasoning 2 per 1000000"),
        ("citation_cost_per_token", "chat", "citation 2 per 1000000"),
        ("input_cost_per_audio_token", "chat", "audio_in 2 per 1000000"),
        ("input_cost_per_image_token", "chat", "image_in 2 per 1000000"),
        ("input_cost_per_video_token", "chat", "video_in 2 per 1000000"),
        ("cache_read_input_audio_token_cost", "chat", "cache_read_audio 2 per 1000000"),
        ("cache_read_input_image_token_cost", "chat", "cache_read_image 2 per 1000000"),
        ("output_cost_per_audio_token", "chat", "audio_out 2 per 1000000"),
        ("output_cost_per_image_token", "chat", "image_out 2 per 1000000"),
        ("output_cost_per_video_token", "chat", "video_out 2 per 1000000"),
        ("input_cost_per_token_batches", "chat", "input batch 2 per 1000000"),
        ("input_cost_per_token_flex", "chat", "input flex 2 per 1000000"),
        ("cache_read_input_token_cost_priority", "chat", "cache_read priority 2 per 1000000"),
        ("input_cost_per_character", "audio_speech", "character 2 per 1000000"),
        ("input_cost_per_request", "chat", "request 0.002 per 1000"),
        ("input_cost_per_text_message", "realtime", "text_message 0.002 per 1000"),
        ("ocr_cost_per_page", "ocr", "page 0.002 per 1000"),
        ("ocr_cost_per_page_batches", "ocr", "page batch 0.002 per 1000"),
        ("annotation_cost_per_page", "ocr", "annotated_page 0.002 per 1000"),
        ("input_cost_per_second", "audio_transcription", "second 0.000002 per 1"),
        ("input_cost_per_audio_per_second", "embedding", "input_second 0.000002 per 1"),
        ("input_cost_per_query", "rerank", "rerank_search 0.002 per 1000"),
        ("input_cost_per_query", "search", "web_search 0.002 per 1000"),
        ("input_cost_per_query", "vector_store", "storage_search 0.002 per 1000"),
    ],
)
def test_what_each_key_prices(tmp_path: Path, key: str, kind: str, row: str) -> None:
    assert rows(tmp_path, entry(mode=kind, **{key: 0.000002})) == [row]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("input_dbu_cost_per_token", 1e-6, "Databricks"),
        ("output_cost_per_image", 0.04, "per image"),
        ("output_cost_per_image_4K", 0.04, "per image"),
        ("input_cost_per_pixel", 1e-8, "per image"),
        ("output_cost_per_second_1080p", 0.1, "per second of video"),
        ("input_cost_per_video_per_second_above_15s_interval", 0.1, "per second of video"),
        ("cost_per_second", 0.1, "rented throughput"),
        ("input_cost_per_second", 0.1, "rented throughput"),
        ("input_cost_per_query", 0.1, "neither for rerank nor for search"),
        ("explicit_cache_read_input_token_cost", 1e-6, "another kind of cache read"),
        ("code_interpreter_cost_per_session", 0.03, "no meter"),
        ("brand_new_cost", 0.03, "no meter"),
        ("input_cost_per_token_ultrafast", 1e-6, 'no mode for "_ultrafast"'),
        ("input_cost_per_token_above_272k_tokens_balanced", 1e-6, 'no mode for "_balanced"'),
        ("input_cost_per_token_above_200k_tokens", 1e-6, NO_BASE),
        ("output_cost_per_token", "free", NOT_A_NUMBER),
        ("output_cost_per_token", None, NOT_A_NUMBER),
        ("output_cost_per_token", True, NOT_A_NUMBER),
        ("output_cost_per_token", -1e-6, BELOW_ZERO),
        ("output_cost_per_token", 0.0, ZERO_PRICE),
        ("output_cost_per_token", 0, ZERO_PRICE),
        ("surprise_multiplier", 1.2, UNKNOWN),
    ],
)
def test_what_is_left_out_and_why(tmp_path: Path, key: str, value: object, reason: str) -> None:
    found = imported(tmp_path, {"m": entry(**{key: value})})
    assert found.rows == ()
    assert [(each.what, reason in each.why) for each in found.skipped] == [(f"m {key}", True)]


def test_nested_prices_are_counted_one_by_one(tmp_path: Path) -> None:
    said = entry(
        guardrail_cost_per_unit={"a": 0.1, "b": 0.2},
        tiered_pricing=[{"input_cost_per_query": 0.1, "max_results_range": [0, 25]}],
    )
    assert why(tmp_path, said) == {
        "guardrail_cost_per_unit.a": "per unit of a guardrail: kplan has no meter for it",
        "guardrail_cost_per_unit.b": "per unit of a guardrail: kplan has no meter for it",
        "tiered_pricing[1].input_cost_per_query": BY_RESULTS,
    }


def test_limits_and_flags_are_no_prices(tmp_path: Path) -> None:
    said = entry(input_cost_per_token=1e-6, rpm=5, tpm=5.0, supports_vision=True, output_vector_size=9)
    assert imported(tmp_path, {"m": said}).counts["source prices"] == 1


def test_float_dust_is_blown_away(tmp_path: Path) -> None:
    said = entry(input_cost_per_token=2.9999900000000002e-06, output_cost_per_token="4e-07")
    assert rows(tmp_path, said) == ["input 2.99999 per 1000000", "output 0.4 per 1000000"]


def test_zero_is_free_only_when_the_user_says_so(tmp_path: Path) -> None:
    said = entry("ollama", input_cost_per_token=0.0, output_cost_per_token=0.0)
    with pytest.raises(KplanError, match="without any price"):
        cost(imported(tmp_path, {"ollama/m": said}), "ollama/m", {"input": 1})
    found = imported(tmp_path, {"ollama/m": said}, Wishes(zeros=True))
    assert cost(found, "ollama/m", {"input": 1}) == 0
    assert {row.note for row in found.rows} == {"zero in LiteLLM, taken as free"}


def test_a_cache_write_of_zero_is_billed_as_input(tmp_path: Path) -> None:
    """DeepSeek's entries say 0.0 for cache writes: LiteLLM gives those tokens away."""
    said = entry(input_cost_per_token=1e-6, cache_creation_input_token_cost=0.0)
    assert cost(imported(tmp_path, {"m": said}), "openai/m", {"cache_write_5m": 400}) == Decimal("0.0004")


@pytest.mark.parametrize(("provider", "at_threshold"), [("openai", 200_000), ("xai", 199_999)])
def test_thresholds_are_strict_but_for_xai(tmp_path: Path, provider: str, at_threshold: int) -> None:
    said = entry(
        provider,
        input_cost_per_token=1e-6,
        input_cost_per_token_above_200k_tokens=2e-6,
        input_cost_per_token_above_1000_tokens=1.5e-6,
    )
    found = imported(tmp_path, {"m": said})
    ref = found.models[0].ref
    assert cost(found, ref, {"input": at_threshold}) == at_threshold * Decimal("0.0000015")
    assert cost(found, ref, {"input": at_threshold + 1}) == (at_threshold + 1) * Decimal("0.000002")


def test_steps_by_range(tmp_path: Path) -> None:
    said = entry(
        "dashscope",
        tiered_pricing=[
            {"range": [0, 32e3], "input_cost_per_token": 1e-6, "output_cost_per_reasoning_token": 8e-6},
            {"range": [32e3, 1e6], "input_cost_per_token": 3e-6, "output_cost_per_reasoning_token": 9e-6},
        ],
        input_cost_per_token=5e-6,
    )
    found = imported(tmp_path, {"dashscope/m": said})
    assert sorted(map(short, found.rows)) == [
        "input 1 per 1000000",
        "input >32000 3 per 1000000",
        "reasoning 8 per 1000000",
        "reasoning >32000 9 per 1000000",
    ]
    assert [each.why for each in found.skipped] == [BY_SIZE]


def test_a_mode_without_a_price_for_large_requests_takes_the_standard_one(tmp_path: Path) -> None:
    said = entry(
        input_cost_per_token=2e-6,
        input_cost_per_token_above_200k_tokens=4e-6,
        input_cost_per_token_batches=1e-6,
        input_cost_per_token_flex=1e-6,
        input_cost_per_token_above_200k_tokens_flex=3e-6,
    )
    found = imported(tmp_path, {"m": said})
    assert [short(row) for row in found.rows if row.over_input_tokens and row.mode != "standard"] == [
        "input >200000 batch 4 per 1000000",
        "input >200000 flex 3 per 1000000",
    ]
    assert [row.note for row in found.rows if row.note] == [
        "no batch price above 200000 in LiteLLM: the standard one"
    ]


def test_reasoning_that_costs_what_output_costs_follows_it_into_every_mode(tmp_path: Path) -> None:
    said = entry(
        output_cost_per_token=8e-6, output_cost_per_reasoning_token=8e-6, output_cost_per_token_batches=4e-6
    )
    found = imported(tmp_path, {"m": said})
    assert [each.why for each in found.skipped] == [AS_OUTPUT]
    assert cost(found, "openai/m", {"reasoning": 1_000_000}, mode="batch") == 4
    dear = imported(tmp_path, {"m": said | {"output_cost_per_reasoning_token": 9e-6}})
    assert cost(dear, "openai/m", {"reasoning": 1_000_000}) == 9


def test_what_is_said_twice(tmp_path: Path) -> None:
    said = entry(cache_read_input_token_cost=1e-6, input_cost_per_token_cache_hit=1e-6)
    assert why(tmp_path, said) == {
        "input_cost_per_token_cache_hit": "the same as cache_read_input_token_cost, which is for the same"
    }
    said["input_cost_per_token_cache_hit"] = 2e-6
    assert "another price than" in why(tmp_path, said)["input_cost_per_token_cache_hit"]


def test_searches(tmp_path: Path) -> None:
    def sizes(low: float, medium: float, high: float, **more: Any) -> list[str]:
        cells = {"low": low, "medium": medium, "high": high}
        said = {f"search_context_size_{size}": price for size, price in cells.items()}
        return rows(tmp_path, entry(search_context_cost_per_query=said, **more))

    assert sizes(0.01, 0.01, 0.01) == ["web_search 10 per 1000"]
    assert sizes(0.005, 0.008, 0.012) == [
        "web_search_high 12 per 1000",
        "web_search_low 5 per 1000",
        "web_search_medium 8 per 1000",
    ]
    said = {"search_context_size_low": 0.0, "search_context_size_high": 0.01, "surprise_cost": 0.01}
    found = imported(tmp_path, {"m": entry("gemini", search_context_cost_per_query=said)})
    assert [(row.meter, row.note) for row in found.rows] == [
        ("web_search", "a search is a prompt that searched, however often")
    ]
    assert [each.why for each in found.skipped] == [ZERO_PRICE, UNKNOWN]


PEAK = {
    "litellm_provider": "deepseek",
    "mode": "chat",
    "input_cost_per_token": 2e-6,
    "input_cost_per_token_above_200k_tokens": 3e-6,
    "off_peak_pricing": {
        "input_cost_per_token": 1e-6,
        "output_cost_per_token": 1e-6,
        "weekday_timezone": "Asia/Shanghai",
        "windows": [
            {"hours_utc": ["00:00-01:00", "10:00-00:00"], "weekdays": [1, 2, 3, 4, 5]},
            {"hours_utc": "00:00-00:00", "weekdays": ["Saturday", "sun"]},
        ],
    },
}


@pytest.mark.parametrize(
    ("at", "usd"),
    [
        ("2026-11-02T00:59", 1),
        ("2026-11-02T01:00", 2),
        ("2026-11-02T09:59", 2),
        ("2026-11-02T10:00", 1),
        ("2026-11-06T15:59", 1),
        ("2026-11-06T16:00", 1),  # Saturday in Shanghai
        ("2026-11-08T15:59", 1),
        ("2026-11-08T16:00", 1),  # Monday 00:00 in Shanghai, in the hours
        ("2026-11-07T05:00", 1),
        ("2026-11-09T05:00", 2),
    ],
)
def test_off_peak_hours_by_the_calendar_of_their_weekdays(tmp_path: Path, at: str, usd: int) -> None:
    found = imported(tmp_path, {"m": PEAK})
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert cost(found, "deepseek/m", {"input": 200_000}, at=when) * 5 == usd
    assert cost(found, "deepseek/m", {"input": 200_001}, at=when) == Decimal(200_001) / 1_000_000 * (
        1 if usd == 1 else 3
    )
    assert [each.why for each in found.skipped] == [NO_PEAK]


def test_hours_of_every_day(tmp_path: Path) -> None:
    assert off_peak_hours({"hours_utc": "16:30-00:30"}) == (("", "16:30-00:30", "UTC"),)
    assert off_peak_hours({"windows": [{"hours_utc": ["01:00-02:00"], "weekdays": [7]}]}) == (
        ("Sun", "01:00-02:00", "UTC"),
    )


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({}, "says no hours"),
        ({"windows": ["01:00"]}, "no list of windows"),
        ({"windows": [{"weekdays": [1]}]}, "without hours_utc"),
        ({"windows": [{"weekdays": [8], "hours_utc": "01:00-02:00"}]}, "weekdays that are none"),
        ({"hours_utc": "1 to 2"}, "hours"),
        ({"hours_utc": "00:00-00:00"}, "always open"),
        ({"hours_utc": ["01:00-03:00"], "windows": [{"hours_utc": "02:00-04:00"}]}, "overlap"),
        (
            {"weekday_timezone": "Europe/Berlin", "windows": [{"weekdays": [1], "hours_utc": "02:00-04:00"}]},
            "clock changes",
        ),
        ({"weekday_timezone": "Nowhere", "windows": [{"weekdays": [1], "hours_utc": "02:00-04:00"}]}, "zone"),
    ],
)
def test_hours_that_cannot_be_read(tmp_path: Path, block: dict[str, Any], message: str) -> None:
    with pytest.raises(KplanError, match=message):
        off_peak_hours(block)
    said = entry(input_cost_per_token=2e-6, off_peak_pricing={"input_cost_per_token": 1e-6, **block})
    assert message in why(tmp_path, said)["off_peak_pricing.input_cost_per_token"]


def test_multiples_for_regions_and_for_the_fast_mode(tmp_path: Path) -> None:
    said = entry(
        "anthropic",
        input_cost_per_token=5e-6,
        input_cost_per_token_batches=2.5e-6,
        search_context_cost_per_query={"search_context_size_low": 0.01},
        provider_specific_entry={"fast": 2.0, "us": 1.1, "free_images": 5},
    )
    found = imported(tmp_path, {"m": said})
    assert sorted(map(short, found.rows)) == [
        "input 5 per 1000000",
        "input batch 2.5 per 1000000",
        "input batch us 2.75 per 1000000",
        "input fast 10 per 1000000",
        "input fast us 11 per 1000000",
        "input us 5.5 per 1000000",
        "web_search 10 per 1000",
    ]
    assert [(each.what, each.why) for each in found.skipped] == [
        ("m provider_specific_entry.free_images", UNKNOWN)
    ]


@pytest.mark.parametrize(
    ("key", "region"),
    [
        ("regional_processing_uplift_multiplier_eu", "eu"),
        ("regional_processing_uplift_multiplier_us", "us"),
        ("regional_endpoint_uplift_multiplier", "regional"),
    ],
)
def test_regional_uplifts(tmp_path: Path, key: str, region: str) -> None:
    found = imported(tmp_path, {"m": entry(input_cost_per_token=1e-6, **{key: 1.1})})
    assert [short(row) for row in found.rows] == ["input 1 per 1000000", f"input {region} 1.1 per 1000000"]
    assert found.rows[1].note == "1.1 x the price of every region"
    alone = imported(tmp_path, {"m": entry(**{key: 1.1})})
    assert [each.why for each in alone.skipped] == ["it multiplies no price of tokens"]


@pytest.mark.parametrize(
    ("key", "provider", "ref"),
    [
        ("gpt-x", "openai", "openai/gpt-x"),
        ("openai/gpt-x", "openai", "openai/gpt-x"),
        ("gemini/gemini-x", "gemini", "google/gemini-x"),
        ("gemini-x", "vertex_ai-language-models", "vertex_ai/gemini-x"),
        ("vertex_ai/claude-x", "vertex_ai-anthropic_models", "vertex_ai/claude-x"),
        ("xai/grok-x", "xai", "x-ai/grok-x"),
        ("us.anthropic.claude-x", "bedrock_converse", "aws/us.anthropic.claude-x"),
        ("azure/eu/gpt-x", "azure", "azure/eu/gpt-x"),
        ("davinci-x", "text-completion-openai", "openai/davinci-x"),
        ("nebius/org/model-x", "nebius", "nebius/org/model-x"),
    ],
)
def test_names(tmp_path: Path, key: str, provider: str, ref: str) -> None:
    found = imported(tmp_path, {key: entry(provider, input_cost_per_token=1e-6)})
    assert [model.ref for model in found.models] == [ref]


def test_an_entry_whose_model_another_entry_prices(tmp_path: Path) -> None:
    entries = {
        "deepseek-x": entry("deepseek", input_cost_per_token=1e-6, output_cost_per_token=3e-6),
        "deepseek/deepseek-x": entry("deepseek", input_cost_per_token=1e-6, output_cost_per_token=2e-6),
    }
    found = imported(tmp_path, entries)
    assert [short(row) for row in found.rows] == ["input 1 per 1000000", "output 2 per 1000000"]
    assert [(each.what, each.why) for each in found.skipped] == [
        ("deepseek-x input_cost_per_token (deepseek/deepseek-x)", litellm.AGAIN),
        ("deepseek-x output_cost_per_token (deepseek/deepseek-x)", litellm.OTHERWISE),
    ]


def test_models_and_what_is_said_of_them(tmp_path: Path) -> None:
    entries = {
        "sample_spec": entry("one of https://...", input_cost_per_token=0.0),
        "rules": {"rules": []},
        "a": entry(
            max_input_tokens=8192.0,
            max_output_tokens=0,
            deprecation_date="2026-12-31",
            input_cost_per_token=1e-6,
        ),
        "b": entry("vertex_ai", deprecation_date="2026-12-31", search_free_requests={"count": 5}),
        "c": entry(deprecation_date="soon"),
    }
    found = imported(tmp_path, entries)
    a, b, c = sorted(found.models, key=lambda model: model.id)
    assert (a.context_window, a.max_output, a.retires_on) == (8192, None, date(2026, 12, 31))
    assert b.retires_on is c.retires_on is None
    assert Counter(each.why for each in found.remarks) == {
        litellm.NO_MODEL: 1,
        litellm.NO_PRICE: 2,
        litellm.EARLIEST: 1,
        litellm.FREE_SEARCHES: 1,
        "not a date": 1,
    }
    assert [(each.what, each.why) for each in found.skipped] == [
        ("sample_spec input_cost_per_token", litellm.NO_MODEL)
    ]


def test_where_a_row_comes_from(tmp_path: Path) -> None:
    said = entry(input_cost_per_token=1e-6, source="https://example.com/prices")
    row = imported(tmp_path, {"m": said}).rows[0]
    assert (row.source, row.source_url) == ("LiteLLM", "https://example.com/prices")
    assert (row.recorded_on, row.checked_on, row.valid_from) == (AS_OF, AS_OF, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not LiteLLM's JSON"),
        ("[]", "a map of models"),
        ('{"m": 1}', "a map of models"),
        ('{"m": {}}', "no entry has a litellm_provider"),
        ('{"m": {"litellm_provider": "x"}, "m": {}}', "m stands twice"),
        ('{"m": {"litellm_provider": "x", "input_cost_per_token": NaN}}', "NaN is not a number"),
    ],
)
def test_files_that_are_no_such_map(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KplanError, match=re.escape(message)):
        litellm.read(path, AS_OF, Wishes())
    with pytest.raises(KplanError, match="No such file"):
        litellm.read(tmp_path / "none.json", AS_OF, Wishes())


@pytest.mark.parametrize(
    ("usd", "is_taken"), [(1e-30, True), (9e-31, False), (1e30, True), (1.1e30, False), (1e300, False)]
)
def test_what_no_price_book_can_hold_is_left_out(tmp_path: Path, usd: float, is_taken: bool) -> None:
    reasons = why(tmp_path, entry(output_cost_per_token=usd, input_cost_per_token=1e-6))
    assert reasons == ({} if is_taken else {"output_cost_per_token": BEYOND})


@pytest.mark.parametrize(
    ("key", "provider"), [("m", ""), ("", "openai"), ("m", "open/ai"), (" m", "openai"), ("a\nb", "openai")]
)
def test_an_entry_whose_name_no_book_can_hold_is_left_out(tmp_path: Path, key: str, provider: str) -> None:
    found = imported(tmp_path, {key: entry(provider, input_cost_per_token=1e-6), "ok": entry()})
    assert [model.ref for model in found.models] == ["openai/ok"]
    assert [(each.what, each.why) for each in found.skipped] == [
        (f"{key} input_cost_per_token", litellm.NO_NAME)
    ]


@pytest.mark.parametrize("span", ["all", [], ["x"], [-1, 10], [1e300]])
def test_a_step_whose_range_is_no_number_of_tokens_is_left_out(tmp_path: Path, span: object) -> None:
    steps = [{"input_cost_per_token": 1e-6}, {"range": span, "input_cost_per_token": 2e-6}]
    assert why(tmp_path, entry(tiered_pricing=steps)) == {"tiered_pricing[2].input_cost_per_token": NO_RANGE}


@pytest.mark.parametrize("limit", [-1, 0, 1e300, "8192", True, None, [1]])
def test_a_limit_that_is_none_is_unknown(tmp_path: Path, limit: object) -> None:
    (model,) = imported(tmp_path, {"m": entry(max_input_tokens=limit)}).models
    assert model.context_window is None

"""The grammar of LiteLLM's price keys: which meter, mode and size of request each is for, or why none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from kplan.prices.meters import PER_MILLION, PER_THOUSAND, PER_UNIT

TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "input_cost_per_token": "input",
        "output_cost_per_token": "output",
        "cache_read_input_token_cost": "cache_read",
        "input_cost_per_token_cache_hit": "cache_read",
        "cache_creation_input_token_cost": "cache_write_5m",
        "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
        "output_cost_per_reasoning_token": "reasoning",
        "citation_cost_per_token": "citation",
        "input_cost_per_audio_token": "audio_in",
        "input_cost_per_image_token": "image_in",
        "input_cost_per_video_token": "video_in",
        "cache_read_input_audio_token_cost": "cache_read_audio",
        "cache_read_input_image_token_cost": "cache_read_image",
        "output_cost_per_audio_token": "audio_out",
        "output_cost_per_image_token": "image_out",
        "output_cost_per_video_token": "video_out",
    }
)
"""Meter of each price of one token."""

UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "input_cost_per_character": ("character", PER_MILLION),
        "input_cost_per_request": ("request", PER_THOUSAND),
        "input_cost_per_text_message": ("text_message", PER_THOUSAND),
        "ocr_cost_per_page": ("page", PER_THOUSAND),
        "annotation_cost_per_page": ("annotated_page", PER_THOUSAND),
        "input_cost_per_second": ("second", PER_UNIT),
        "input_cost_per_audio_per_second": ("input_second", PER_UNIT),
    }
)
"""Meter of each price of something else, and the units for which its row says the price."""

QUERIES: Mapping[str, str] = MappingProxyType(
    {"rerank": "rerank_search", "search": "web_search", "vector_store": "storage_search"}
)
"""Meter of `input_cost_per_query` by the entry's own `mode`, what the model is for."""

MODES: Mapping[str, str] = MappingProxyType(
    {"": "standard", "batches": "batch", "flex": "flex", "priority": "priority"}
)
"""Mode of each ending."""

AUDIO = ("audio_transcription", "realtime", "audio_speech")
"""What a model must be for, that its seconds are seconds of audio."""

_QUERY = "input_cost_per_query"
_STEMS = sorted((*TOKENS, *UNITS, _QUERY), key=len, reverse=True)
_KEY = re.compile(rf"({'|'.join(_STEMS)})(?:_above_([0-9]+)(k?)_tokens)?(?:_([a-z]+))?")

_WHY: tuple[tuple[str, str], ...] = (
    (r".*_dbu_cost_.*", "in Databricks units: the price in USD stands beside it"),
    (r".*_per_(image|pixel).*", "per image or pixel: kplan has no meter for it"),
    (r"cost_per_second", "by the second of rented throughput, used or not: not a price of use"),
    (r".*per_second.*", "per second of video, or of speech that is made: kplan has no meter for it"),
    (r"guardrail_.*", "per unit of a guardrail: kplan has no meter for it"),
    (r"explicit_cache_.*", "another kind of cache read: kplan has no meter for it"),
)
_NO_METER = "kplan has no meter for this kind of price"


class Place(Struct, frozen=True):
    """What a price is for."""

    meter: str
    per: int
    """Units for which the row says the price; the source says that of one."""
    mode: str = "standard"
    over_input_tokens: int = 0


def place_of(key: str, kind: str) -> Place | str:
    """What a price key is for, or why kplan has no place for it.

    kind   the entry's `mode`: chat, embedding, rerank ...
    """
    found = _KEY.fullmatch(key)
    if not found:
        return next((why for pattern, why in _WHY if re.fullmatch(pattern, key)), _NO_METER)
    stem, threshold, kilo, ending = found[1], found[2], found[3], found[4] or ""
    meter, per = _meter(stem, kind)
    if not meter:
        return _not_metered(stem)
    if ending not in MODES:
        return f'kplan has no mode for "_{ending}"'
    return Place(meter, per, MODES[ending], int(threshold or 0) * (1000 if kilo else 1))


def _meter(stem: str, kind: str) -> tuple[str, int]:
    if stem == _QUERY:
        return QUERIES.get(kind, ""), PER_THOUSAND
    if stem == "input_cost_per_second" and kind not in AUDIO:
        return "", PER_UNIT
    return (TOKENS[stem], PER_MILLION) if stem in TOKENS else UNITS[stem]


def _not_metered(stem: str) -> str:
    if stem == _QUERY:
        return "per query of a model that is neither for rerank nor for search: kplan has no meter for it"
    return "by the second of rented throughput, used or not: not a price of use"

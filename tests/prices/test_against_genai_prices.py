"""The differential test: every model of the installed genai-prices, random calls, equal to the last digit."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext

import pytest
from msgspec.structs import replace

from kplan.engine.call import price_call
from kplan.errors import KplanError
from kplan.money import cut
from kplan.places import folder
from kplan.prices.book import Book
from kplan.prices.embedded import load_embedded
from kplan.prices.memory import memory_layer
from kplan.prices.meters import chain, disjoint
from kplan.prices.names import load_makers

genai_prices = pytest.importorskip(
    "genai_prices", reason="genai-prices is not installed (pip install 'kplan[snapshot]')"
)

from genai_prices import Usage, data, types  # noqa: E402 - only where it is installed

N_FOCUSED = 900
"""Draws of each kind that must be well represented."""

CONTEXTS = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "eu": {"route": "mistral/eu"},
}

TOKEN_KEYS = {
    "input": "input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "cache_read_audio": "cache_audio_read_tokens",
    "cache_read_image": "cache_image_read_tokens",
    "video_in": "input_video_tokens",
    "output": "output_tokens",
    "reasoning": "output_reasoning_tokens",
    "citation": "output_citation_tokens",
    "audio_out": "output_audio_tokens",
    "image_out": "output_image_tokens",
    "video_out": "output_video_tokens",
    "character": "input_characters",
    "text_message": "input_text_messages",
    "second": "audio_seconds",
    "input_second": "input_audio_seconds",
    "page": "input_document_pages",
    "annotated_page": "input_annotated_document_pages",
    "web_search": "web_searches",
    "storage_search": "storage_searches",
}
"""kplan's file keys and the source's; audio and image input differ, see `_source_usage`."""

PRICE_KEYS = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "audio_in": "input_audio_mtok",
    "image_in": "input_image_mtok",
    "video_in": "input_video_mtok",
    "cache_read_audio": "cache_audio_read_mtok",
    "cache_read_image": "cache_image_read_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
    "citation": "output_citation_mtok",
    "audio_out": "output_audio_mtok",
    "image_out": "output_image_mtok",
    "video_out": "output_video_mtok",
    "character": "input_mchars",
    "text_message": "input_text_messages_kcount",
    "second": "audio_hours",
    "input_second": "input_audio_hours",
    "page": "input_document_kpages",
    "annotated_page": "input_annotated_document_kpages",
    "web_search": "web_searches_kcount",
    "storage_search": "storage_searches_kcount",
}


@dataclass(frozen=True)
class Draw:
    """One random call."""

    provider: types.Provider
    model: types.ModelInfo
    usage: Mapping[str, int]
    """kplan's file convention: inclusive."""
    at: datetime
    context: str

    @property
    def mode(self) -> str:
        return self.context if self.context not in ("", "eu") else "standard"

    @property
    def when(self) -> Mapping[str, str]:
        if self.context == "fast":
            keys = {key for variant in self.model.price_variants or () for key in variant.when}
            return {"speed": "fast"} if "speed" in keys else {"service_tier": "fast"}
        return CONTEXTS.get(self.context, {})

    @property
    def prices(self) -> Mapping[str, object]:
        resolved = self.model.get_prices(self.at, self.when)
        return {key: value for key, value in vars(resolved).items() if value is not None}


def _entries(model: types.ModelInfo) -> list[types.ConditionalPrice]:
    if isinstance(model.prices, types.ModelPrice):
        return [types.ConditionalPrice(prices=model.prices)]
    return model.prices


def _is_priced(model: types.ModelInfo) -> bool:
    return all(any(v is not None for v in vars(e.prices).values()) for e in _entries(model))


def _starts(model: types.ModelInfo) -> list[date]:
    constraints = [each.constraint for each in (*_entries(model), *(model.price_variants or ()))]
    return sorted({c.start_date for c in constraints if isinstance(c, types.StartDateConstraint)})


def _contexts(model: types.ModelInfo) -> list[str]:
    """The modes and regions that the model has variants for."""
    found = []
    for variant in model.price_variants or ():
        for key, value in variant.when.items():
            name = {"mistral/eu": "eu"}.get(value, value)
            if key != "search_type" and name != "default" and any(v for v in vars(variant.prices).values()):
                found.append(name)
    return sorted(set(found))


def _thresholds(draw: Draw) -> list[int]:
    return [tier.start for v in draw.prices.values() if isinstance(v, types.TieredPrices) for tier in v.tiers]


def _active(draw: Draw) -> bool:
    return any(
        variant.constraint is None or variant.constraint.active(draw.at)
        for variant in draw.model.price_variants or ()
        if all(draw.when.get(key) == value for key, value in variant.when.items())
    )


def _instant(rng: random.Random, model: types.ModelInfo, context: str) -> datetime:
    """Any moment, often next to a change of price, and with a mode mostly where the mode has prices."""
    starts = _starts(model)
    if starts and rng.random() < 0.5:
        edge = datetime.combine(rng.choice(starts), datetime.min.time(), UTC)
        at = edge + rng.choice([timedelta(0), timedelta(seconds=-1), timedelta(hours=rng.randrange(-72, 72))])
    else:
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(3 * 366 * 24 * 60))
    draw = Draw(data.providers[0], model, {}, at, context)
    if context and not _active(draw) and rng.random() < 0.999:
        return _instant(rng, model, context)
    return at


def _count(rng: random.Random) -> int:
    return rng.choice([0, 1, rng.randrange(2_000), rng.randrange(300_000), rng.randrange(3_000_000)])


def _usage(rng: random.Random, draw: Draw, thresholds: list[int]) -> dict[str, int]:
    """Counts in disjoint buckets, then added up; below, at and above each threshold."""
    priced = {meter for meter, key in PRICE_KEYS.items() if key in draw.prices}
    slips = 0.0002
    buckets = {
        meter: _count(rng)
        for meter in PRICE_KEYS
        if any(name in priced for name in chain(meter)) or rng.random() < slips
    }
    rare = {"audio_in", "image_in", "video_in", "citation", "audio_out", "image_out", "video_out"}
    for meter in buckets:
        if meter in rare and meter not in priced and rng.random() < 0.8:
            buckets[meter] = 0
        if meter in ("cache_read_audio", "cache_read_image") and meter not in priced:
            buckets[meter] = 0
    if "input" in buckets and thresholds and rng.random() < 0.7:
        others = sum(n for meter, n in buckets.items() if chain(meter)[-1] == "input" and meter != "input")
        wanted = rng.choice(thresholds) + rng.choice([0, 1, rng.randrange(2, 400_000)])
        buckets["input"] = max(0, wanted - others)
    return _inclusive(buckets)


def _inclusive(buckets: Mapping[str, int]) -> dict[str, int]:
    """From disjoint counts to the convention of files, written out by hand."""

    def of(*meters: str) -> int:
        return sum(buckets.get(meter, 0) for meter in meters)

    usage = dict(buckets)
    usage["cache_write"] = of("cache_write_5m", "cache_write_1h")
    usage.pop("cache_write_5m", None)
    usage["cache_read"] = of("cache_read", "cache_read_audio", "cache_read_image")
    usage["input"] = (
        of("input", "audio_in", "image_in", "video_in") + usage["cache_write"] + usage["cache_read"]
    )
    usage["output"] = of("output", "reasoning", "citation", "audio_out", "image_out", "video_out")
    usage["second"] = of("second", "input_second")
    usage["page"] = of("page", "annotated_page")
    return {key: count for key, count in usage.items() if count}


def _source_usage(draw: Draw) -> Usage:
    """The same usage in the source's words, where audio and image input include their cached part."""
    counts = dict.fromkeys(TOKEN_KEYS.values(), 0)
    counts |= {TOKEN_KEYS[key]: n for key, n in draw.usage.items() if key in TOKEN_KEYS}
    for kind, fresh, cached in (
        ("audio", "audio_in", "cache_read_audio"),
        ("image", "image_in", "cache_read_image"),
    ):
        counts[f"input_{kind}_tokens"] = draw.usage.get(fresh, 0) + draw.usage.get(cached, 0)
    return Usage(**counts)


def _draws() -> list[Draw]:
    rng = random.Random(20261121)
    everything = [(p, m) for p in data.providers for m in p.models if _is_priced(m)]
    batch = [(p, m, c) for p, m in everything for c in _contexts(m) if c == "batch"]
    other = [(p, m, c) for p, m in everything for c in _contexts(m) if c != "batch"]
    tiered = [
        (p, m, "")
        for p, m in everything
        if any(isinstance(v, types.TieredPrices) for e in _entries(m) for v in vars(e.prices).values())
    ]
    cached = [
        (p, m, "") for p, m in everything if any("cache_read_mtok" in vars(e.prices) for e in _entries(m))
    ]
    timed = [
        (p, m, "")
        for p, m in everything
        if any(isinstance(e.constraint, types.TimeOfDateConstraint) for e in _entries(m))
    ]
    picks = [(p, m, "") for p, m in everything] + rng.choices(timed, k=50)
    for pool in (batch, other, tiered, cached):
        picks += rng.choices(pool, k=N_FOCUSED)
    return [_draw(rng, provider, model, context) for provider, model, context in picks]


def _draw(rng: random.Random, provider: types.Provider, model: types.ModelInfo, context: str) -> Draw:
    bare = Draw(provider, model, {}, _instant(rng, model, context), context)
    return dataclasses.replace(bare, usage=_usage(rng, bare, _thresholds(bare)))


@pytest.fixture(scope="module")
def book() -> Book:
    """The embedded rows without the limits and lives of models: the source prices any number of tokens."""
    embedded = load_embedded(folder("pricing"))
    models = [replace(m, context_window=None, max_output=None) for m in embedded.models()]
    rows = [row for model in models for row in embedded.rows(model.provider, model.id)]
    return Book([memory_layer("all", rows, models)], load_makers(folder("pricing")))


def _ours(book: Book, draw: Draw) -> Decimal | KplanError:
    usage = {key: Decimal(count) for key, count in draw.usage.items()}
    try:
        return price_call(
            book,
            f"{draw.provider.id}/{draw.model.id}",
            disjoint(usage),
            draw.at,
            draw.mode,
            "eu" if draw.context == "eu" else "",
            allow_retired=True,
        ).cost_usd
    except KplanError as e:
        return e


def _theirs(draw: Draw) -> Decimal:
    with localcontext() as context:
        context.prec = 100
        found = draw.model.calc_price(
            _source_usage(draw), draw.provider, genai_request_timestamp=draw.at, price_context=draw.when
        )
    return found.total_price


def _hours_lose_their_date(draw: Draw) -> bool:
    timed = [
        e.constraint for e in _entries(draw.model) if isinstance(e.constraint, types.TimeOfDateConstraint)
    ]
    starts = _starts(draw.model)
    return bool(timed and starts) and draw.at.date() < starts[-1] and any(c.active(draw.at) for c in timed)


def _has_float_dust(draw: Draw) -> bool:
    flat = [
        price
        for value in draw.prices.values()
        for price in (
            [value.base, *(t.price for t in value.tiers)]
            if isinstance(value, types.TieredPrices)
            else [value]
        )
    ]
    return any(isinstance(price, Decimal) and len(price.as_tuple().digits) > 12 for price in flat)


def _mode_not_in_force(draw: Draw) -> bool:
    return bool(draw.context) and not _active(draw)


def _has_a_minimum(draw: Draw) -> bool:
    whisper = draw.provider.id == "groq" and draw.model.id.startswith("whisper-large-v3")
    return whisper and 0 < draw.usage.get("input_second", draw.usage.get("second", 0)) < 10


def _is_unpriced(draw: Draw) -> bool:
    priced = {meter for meter, key in PRICE_KEYS.items() if key in draw.prices}
    used = disjoint({key: Decimal(count) for key, count in draw.usage.items()})
    return any(count and not priced.intersection(chain(meter)) for meter, count in used.items())


_DUST = "their price carries float dust, ours has 12 digits"
RULES: Mapping[str, Callable[[Draw], bool]] = {
    "their hours of the day have no date, ours start with the last dated price": _hours_lose_their_date,
    _DUST: _has_float_dust,
    "they bill standard before a mode has prices, we refuse": _mode_not_in_force,
    "they bill whisper for at least 10 seconds": _has_a_minimum,
    "they bill nothing for a meter without a price, we refuse": _is_unpriced,
}


@pytest.fixture(scope="module")
def draws() -> list[Draw]:
    return _draws()


def test_equal_to_the_last_digit_but_for_named_rules(book: Book, draws: list[Draw]) -> None:
    by_rule: Counter[str] = Counter()
    for draw in draws:
        ours, theirs = _ours(book, draw), _theirs(draw)
        if isinstance(ours, Decimal) and _same(ours, theirs):
            continue
        rule = next((name for name, holds in RULES.items() if holds(draw)), None)
        assert rule, (
            f"{draw.provider.id}/{draw.model.id} {draw.at} {draw.context} {draw.usage}: {ours} {theirs}"
        )
        if rule == _DUST:
            assert isinstance(ours, Decimal)
            assert abs(ours - theirs) < theirs * Decimal("1e-11")
        by_rule[rule] += 1
    print(f"\n{len(draws)} draws; differences: {dict(by_rule)}")
    assert sum(by_rule.values()) < len(draws) / 100
    assert set(by_rule) == set(RULES)
    assert len(RULES) <= 5


def _same(ours: Decimal, theirs: Decimal) -> bool:
    """Exactly equal; prices for an hour have no end and are compared to 50 digits."""
    if ours == theirs:
        return True
    with localcontext() as context:
        context.prec = 50
        return +cut(ours) == +cut(theirs)


def test_each_kind_of_call_is_drawn_often_enough(draws: list[Draw]) -> None:
    kinds = {
        "batch": [d for d in draws if d.context == "batch" and _active(d)],
        "variants": [d for d in draws if d.context not in ("", "batch") and _active(d)],
        "tiers": [d for d in draws if any(d.usage.get("input", 0) > start for start in _thresholds(d))],
        "cached": [d for d in draws if "cache_read_mtok" in d.prices and d.usage.get("cache_read")],
        "written": [d for d in draws if d.usage.get("cache_write") and "cache_write_mtok" in d.prices],
    }
    for kind, some in kinds.items():
        assert len(some) >= len(draws) / 10, kind
    assert len(draws) >= 5_000
    priced = {(p.id, m.id) for p in data.providers for m in p.models if _is_priced(m)}
    assert {(d.provider.id, d.model.id) for d in draws} == priced


def test_models_without_a_price_are_refused_and_never_free(book: Book) -> None:
    empty = [(p, m) for p in data.providers for m in p.models if not _is_priced(m)]
    assert len(empty) == 179
    for provider, model in empty:
        draw = Draw(provider, model, {"input": 1}, datetime(2026, 11, 21, tzinfo=UTC), "")
        assert "without any price" in str(_ours(book, draw))

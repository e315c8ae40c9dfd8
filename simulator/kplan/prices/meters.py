"""The billed units: what is measured, what falls back on what, and how a user's usage becomes disjoint."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import NewType

from msgspec import Struct

from kplan.errors import KplanError, Problem
from kplan.money import ZERO, exact, plain

PER_UNIT, PER_THOUSAND, PER_HOUR, PER_MILLION = 1, 1_000, 3_600, 1_000_000
SCALES = (PER_UNIT, PER_THOUSAND, PER_HOUR, PER_MILLION)
"""Units that a vendor's price may stand for; an hour counts in seconds."""


class Meter(Struct, frozen=True):
    """One billed unit."""

    id: str
    parent: str | None
    """Meter whose rate holds when this one has no row of its own."""
    unit: str
    family: str
    """`input` and `output` for tokens of a call; else what the meter counts. Within a family the parent's
    count holds the meter's own in the inclusive convention."""
    label: str


def _registry(*meters: Meter) -> Mapping[str, Meter]:
    return MappingProxyType({meter.id: meter for meter in meters})


METERS: Mapping[str, Meter] = _registry(
    Meter("input", None, "token", "input", "input"),
    Meter("cache_read", "input", "token", "input", "cache read"),
    Meter("cache_write_5m", "input", "token", "input", "cache write, 5 minutes"),
    Meter("cache_write_1h", "cache_write_5m", "token", "input", "cache write, 1 hour"),
    Meter("audio_in", "input", "token", "input", "audio input, uncached"),
    Meter("image_in", "input", "token", "input", "image input, uncached"),
    Meter("video_in", "input", "token", "input", "video input, uncached"),
    Meter("cache_read_audio", "cache_read", "token", "input", "cache read, audio"),
    Meter("cache_read_image", "cache_read", "token", "input", "cache read, image"),
    Meter("output", None, "token", "output", "output"),
    Meter("reasoning", "output", "token", "output", "reasoning"),
    Meter("citation", "output", "token", "output", "citation"),
    Meter("audio_out", "output", "token", "output", "audio output"),
    Meter("image_out", "output", "token", "output", "image output"),
    Meter("video_out", "output", "token", "output", "video output"),
    Meter("embedding", "input", "token", "embedding", "embedded tokens"),
    Meter("rerank_search", None, "search", "rerank_search", "rerank search"),
    Meter("web_search", None, "search", "web_search", "web search"),
    Meter("storage_search", None, "search", "storage_search", "file search"),
    Meter("request", None, "request", "request", "request"),
    Meter("page", None, "page", "page", "page"),
    Meter("annotated_page", "page", "page", "page", "annotated page"),
    Meter("character", None, "character", "character", "character"),
    Meter("text_message", None, "message", "text_message", "text message"),
    Meter("second", None, "second", "second", "second of audio"),
    Meter("input_second", "second", "second", "second", "second of audio input"),
    Meter("storage_gb_month", None, "GB-month", "storage", "stored GB-month"),
    Meter("read_unit", None, "read unit", "read_unit", "read unit"),
    Meter("write_unit", None, "write unit", "write_unit", "write unit"),
    Meter("instance_hour", None, "hour", "instance_hour", "instance hour"),
    Meter("human_minute", None, "minute", "human_minute", "human minute"),
)

CACHE_WRITE = "cache_write"
"""Key of files only: all cache writes, the 1-hour ones among them."""

WITHIN: Mapping[str, str] = MappingProxyType(
    {
        meter.id: meter.parent
        for meter in METERS.values()
        if meter.parent and METERS[meter.parent].family == meter.family
    }
    | {CACHE_WRITE: "input", "cache_write_5m": CACHE_WRITE, "cache_write_1h": CACHE_WRITE}
)
"""In the inclusive convention the count of the second holds the count of the first."""


@cache
def chain(meter: str) -> tuple[str, ...]:
    """The meter, its parent, its parent's parent: where its rate is looked for, in this order."""
    found = [meter]
    while (known := METERS.get(found[-1])) and known.parent:
        found.append(known.parent)
    return tuple(found)


def includes(whole: str, part: str) -> bool:
    """Whether, in the inclusive convention, the count of one meter holds that of another."""
    return whole in chain(part)[1:] and METERS[whole].family == METERS[part].family


def is_input(meter: str) -> bool:
    """Whether the meter counts toward a long-context threshold."""
    return meter in METERS and METERS[meter].family == "input"


_TEXT = frozenset(
    (
        *("input", "cache_read", "cache_write_5m", "cache_write_1h", "embedding"),
        *("output", "reasoning", "citation"),
    )
)


def is_text(meter: str) -> bool:
    """Whether a model's tokenizer makes the units: tokens of text, not those of sound and pictures."""
    return meter in _TEXT


def in_prompt_order(meters: Iterable[str]) -> list[str]:
    """The input meters among these, in the order in which their tokens stand in a prompt.

    What is read from the cache is the prompt's beginning, what is written follows it, 1-hour parts before
    5-minute ones, and what is not cached comes last. Source: Anthropic docs, Prompt caching (prefixes;
    longer lives stand before shorter ones); OpenAI docs, Prompt caching (hits are for prefixes only).
    """
    order = list(METERS)
    inputs = [meter for meter in meters if is_input(meter)]
    return sorted(inputs, key=lambda meter: (_distance(meter), order.index(meter)))


def _distance(meter: str) -> int:
    names = chain(meter)
    marks = ("cache_read", "cache_write_1h", "cache_write_5m")
    return next((n for n, mark in enumerate(marks) if mark in names), len(marks))


Disjoint = NewType("Disjoint", Mapping[str, Decimal])
"""Units by meter in buckets that never overlap: what a call is priced by, and what `disjoint` alone makes."""


def disjoint(usage: Mapping[str, Decimal], *, inclusive: bool = True, own: Iterable[str] = ()) -> Disjoint:
    """Usage as a user writes it, in buckets that never overlap.

    usage      meter -> count [the meter's unit]; `cache_write` means all cache writes
    inclusive  input holds cache reads and writes, `cache_write` the 1-hour ones, output the reasoning;
               else the counts are disjoint already and `cache_write` is the 5-minute writes
    own        further meters that a price book knows; they are part of no other

    Raises KplanError for an unknown key, a count that is negative or not a number, and parts that exceed
    their whole.
    """
    known = [*dict.fromkeys([*METERS, *own]), CACHE_WRITE]
    problems = [problem for key, count in usage.items() for problem in _key_problems(key, count, known)]
    if problems:
        raise KplanError(problems)
    with exact():
        counts = {bucket.meter: _left(bucket, usage) for bucket in buckets(usage, inclusive=inclusive)}
    return Disjoint({meter: counts[meter] for meter in known if meter in counts and meter != CACHE_WRITE})


class Bucket(Struct, frozen=True):
    """One disjoint bucket of usage as a user writes it: a count, less those that it includes."""

    meter: str
    """`cache_write` for what must come out at nothing, since its parts are all said."""
    whole: str
    """Key of the count; 0 when the usage lacks it."""
    parts: tuple[str, ...] = ()
    """Keys of the counts that are taken off."""


def buckets(keys: Collection[str], *, inclusive: bool = True) -> tuple[Bucket, ...]:
    """How usage with these keys comes apart; `disjoint` explains the conventions."""
    if not inclusive:
        if {CACHE_WRITE, "cache_write_5m"} <= set(keys):
            raise KplanError("cache_write and cache_write_5m are both given; say one of them")
        return tuple(Bucket(_bucket_meter(key, keys), key) for key in keys)
    within = {key: whole for key in keys if (whole := _whole(key, keys))}
    wholes = dict.fromkeys([*keys, *within.values()])
    return tuple(
        Bucket(_bucket_meter(whole, keys), whole, tuple(key for key in within if within[key] == whole))
        for whole in wholes
    )


def unknown_meter(key: str, known: Sequence[str]) -> str:
    """The message for a key that is no meter."""
    near = get_close_matches(key, known, 1)
    hint = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(known)}"
    return f'no meter "{key}"{hint}'


def _key_problems(key: str, count: Decimal, known: Sequence[str]) -> list[Problem]:
    if key not in known:
        return [Problem(unknown_meter(key, known))]
    if not count.is_finite():
        return [Problem(f"{key} is {count}; it must be a finite number")]
    if count < 0:
        return [Problem(f"{key} is {plain(count)}; it must not be negative")]
    return []


def _bucket_meter(key: str, keys: Collection[str]) -> str:
    """All cache writes less the 1-hour ones are the 5-minute ones, unless those are said themselves."""
    return "cache_write_5m" if key == CACHE_WRITE and "cache_write_5m" not in keys else key


def _whole(key: str, keys: Collection[str]) -> str | None:
    """The nearest given key that counts this one too; where none is given, the outermost."""
    whole = WITHIN.get(key)
    while whole is not None and whole not in keys and whole in WITHIN:
        whole = WITHIN[whole]
    return whole


def _left(bucket: Bucket, usage: Mapping[str, Decimal]) -> Decimal:
    """What is left of a whole after its parts; raises when the parts exceed it."""
    count = usage.get(bucket.whole, ZERO)
    left = count - sum((usage[part] for part in bucket.parts), ZERO)
    if problem := not_disjoint(bucket, left, usage):
        raise KplanError(problem)
    return left


def not_disjoint(bucket: Bucket, left: Decimal, usage: Mapping[str, Decimal]) -> str:
    """What is wrong with usage of which this is left in the bucket; "" for nothing."""
    whole, count = bucket.whole, usage.get(bucket.whole, ZERO)
    if bucket.meter == CACHE_WRITE and left:
        parts = sum((usage[part] for part in bucket.parts), ZERO)
        return f"{whole} is {plain(count)}, but {' and '.join(bucket.parts)} add up to {plain(parts)}"
    if left < 0:
        named = " + ".join(f"{part} {plain(usage[part])}" for part in bucket.parts)
        return f"{whole} is {plain(count)}, less than what it includes ({named}); {whole} counts them too"
    return ""

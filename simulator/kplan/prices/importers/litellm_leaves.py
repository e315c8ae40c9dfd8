"""The numbers of an entry of LiteLLM's map, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

TIERS, OFF_PEAK, SEARCH, SPECIFIC = (
    "tiered_pricing",
    "off_peak_pricing",
    "search_context_cost_per_query",
    "provider_specific_entry",
)
_NO_PRICES = re.compile(
    r"max_.*|rpm|tpm|output_vector_size|prompt_cache_min_tokens|token_count_.*|supports_.*"
)
"""Numbers that are limits and sizes."""
MOST_TOKENS = 10**12
"""Largest size of a request that a step may begin at [tokens]."""


class Leaf(Struct, frozen=True):
    """One number of an entry that is, or may be, a price."""

    key: str
    value: object
    block: str = ""
    """Key of the map or list that it stands in."""
    over: int = 0
    """Input tokens above which a step of `tiered_pricing` holds."""
    step: str = ""

    @property
    def what(self) -> str:
        """Where it stands."""
        return ".".join(filter(None, (f"{self.block}{self.step}", self.key)))


def leaves_of(said: Mapping[str, object]) -> Iterator[Leaf]:
    """The numbers of an entry that are, or may be, prices."""
    for key, value in said.items():
        if key == TIERS and isinstance(value, list):
            for n, step in enumerate(value, 1):
                yield from _step(n, step)
        elif isinstance(value, Mapping):
            if "cost" in key or key in (OFF_PEAK, SPECIFIC):
                yield from (
                    Leaf(name, each, key)
                    for name, each in value.items()
                    if "cost" in name or number(each) is not None
                )
        elif "cost" in key or (number(value) is not None and not _NO_PRICES.fullmatch(key)):
            yield Leaf(key, value)


def _step(n: int, step: object) -> Iterator[Leaf]:
    """The prices of one step; one without a range of tokens is for the whole."""
    said = as_map(step)
    span = said.get("range", [0])
    start = number(span[0]) if isinstance(span, list) and span else None
    over = int(start) if start is not None and start <= MOST_TOKENS else -1
    for key, value in said.items():
        if "cost" in key:
            yield Leaf(key, value, TIERS, over, f"[{n}]")


def as_map(value: object) -> Mapping[str, object]:
    """The map, or an empty one for what is none."""
    return value if isinstance(value, Mapping) else {}


def number(value: object) -> Decimal | None:
    """A number, also one written as a text; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", text) else None

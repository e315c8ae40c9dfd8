"""How fast models answer: what turns the tokens of a call into seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from kplan.prices.meters import METERS, is_input

_KEPT = ("cache_read", "cache_read_audio", "cache_read_image")
"""Read from the prompt cache: nothing of it is worked out again before the first token."""
_SECONDS_A_MINUTE = 60


class Speed(Struct, frozen=True):
    """Of one model without any load; in tokens as the scenario counts them.

    first_token_s      time to the first token of a short prompt, network included [s]
    tokens_per_s       output tokens, reasoning included; None where it is not said
    per_input_token_s  prefill: what each further input token adds before the first one comes out [s]
    """

    first_token_s: float
    tokens_per_s: float | None = None
    per_input_token_s: float = 0.0

    def seconds(self, usage: Mapping[str, Any]) -> Any:
        """Time of one call: first token + fresh input x prefill + output / tokens a second [s].

        People take the minutes that they are billed for.
        usage   units of one call in disjoint buckets by meter: numbers, or arrays (n,) of as many calls
        Tokens read from the prompt cache need no prefill. The result has the shape of the usage.
        Raises ValueError for output at a speed that is not said; `is_known` asks first.
        """
        fresh, written = _tokens(usage)
        time: Any = self.first_token_s
        if self.per_input_token_s:
            time = time + fresh * self.per_input_token_s
        if "human_minute" in usage:
            time = time + usage["human_minute"] * _SECONDS_A_MINUTE
        if self.tokens_per_s is None:
            if not self.is_known(usage):
                raise ValueError("output without tokens per second")
            return time
        return time + written / self.tokens_per_s

    def is_known(self, usage: Mapping[str, Any]) -> bool:
        """Whether it says all that these calls need: without tokens per second, they write nothing."""
        written = _tokens(usage)[1]
        return self.tokens_per_s is not None or not (written.any() if hasattr(written, "any") else written)


def _tokens(usage: Mapping[str, Any]) -> tuple[Any, Any]:
    """Tokens that are read anew, and tokens that are written."""
    fresh = [n for meter, n in usage.items() if _is_fresh(meter)]
    written = [n for meter, n in usage.items() if meter in METERS and METERS[meter].family == "output"]
    return _added(fresh), _added(written)


def _added(amounts: Sequence[Any]) -> Any:
    """The sum; one alone stays as it is."""
    return sum(amounts[1:], amounts[0]) if amounts else 0.0


def _is_fresh(meter: str) -> bool:
    return (is_input(meter) and meter not in _KEPT) or meter == "embedding"


class Speeds(Struct, frozen=True):
    """The speeds of one design in one class of queries.

    models   by the name that the scenario gives a model or service
    stages   by stage and model, where it is another one there; None where it is unknown there
    """

    models: Mapping[str, Speed] = field(default_factory=dict)
    stages: Mapping[tuple[str, str], Speed | None] = field(default_factory=dict)

    def of(self, stage: str, ref: str) -> Speed | None:
        """How fast a model answers in a stage; None where nobody said."""
        return self.stages.get((stage, ref), self.models.get(ref))

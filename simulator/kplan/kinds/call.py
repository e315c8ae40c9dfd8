"""`call`: one or more requests to a model, each time the stage is visited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from kplan.form.expressions import Apply, Expression, Number
from kplan.kinds.choice import Shares
from kplan.kinds.fields import Amount, Drawn, Floor, Mode, Models, Seconds, Share, Units, Words
from kplan.kinds.primitives import Charge, Primitive, Sequence, Wait, repeated
from kplan.kinds.stage import RunsOn, Stage
from kplan.kinds.usage import Usage
from kplan.money import ONE, ZERO
from kplan.prices.meters import CACHE_WRITE

NONE = Number(ZERO)

_SAID_BY = {"cache_read": "cached", "cache_write_5m": "cache_write"}
_OWN_FIELDS = (*("input", "output", "reasoning", CACHE_WRITE, "cache_write_1h"), *_SAID_BY)
"""Meters that cannot stand under `usage`: they have fields of their own."""


class ModelCall(Stage):
    """What kinds that call a chat model have in common."""

    runs_on = RunsOn.CHAT
    needed = ("input", "output")
    copied = (
        *("input", "output", "cached", "cache_write", "cache_write_1h", "reasoning", "usage"),
        *("calls", "retries", "prefix", "mode", "region"),
    )
    parts: ClassVar[tuple[str, ...]] = ("cached", "cache_write", "cache_write_1h", "retries", "chance")
    units: ClassVar[Mapping[str, str]] = {
        "input": "tokens per call",
        "output": "tokens per call",
        "reasoning": "tokens per call",
        "calls": "calls per visit",
        "tokens_per_s": "tokens per second",
    }
    said_by = _SAID_BY

    input: Drawn | None = Field(
        None,
        description="Input tokens of one call, those read from and written to the prompt cache included.",
    )
    output: Drawn | None = Field(None, description="Output tokens of one call, reasoning included.")
    cached: Share = Field(NONE, description="Share of the input read from the prompt cache, 0 to 1.")
    cache_write: Share = Field(
        NONE, description="Share of the input written to the prompt cache, 1-hour writes included, 0 to 1."
    )
    cache_write_1h: Share = Field(
        NONE, description="Share of the input written to the prompt cache for an hour, part of cache_write."
    )
    reasoning: Drawn = Field(NONE, description="Reasoning tokens of one call, part of its output.")
    usage: Units = Field(
        {},
        description="Units of other meters in one call: {web_search: 2, image_in: 500}; image_in and"
        " audio_in are part of the input, image_out and audio_out of the output.",
    )
    calls: Drawn = Field(
        Number(ONE), description="Calls per visit: 2 for an ensemble, `chunks` for one each."
    )
    retries: Share = Field(NONE, description="Share of the calls made once more, 0 to 1.")
    prefix: Words = Field(
        (),
        description="Prompt caches (see `prompt_caches`) that the input begins with, in order; part of it.",
    )
    model: Models | None = Field(None, description="A pin: designs keep it unless they name the stage.")
    floor: Floor | None = Field(
        None,
        description="Least tier (see `tiers`), or least measured accuracy (see `quality`), of its models.",
    )
    mode: Mode | None = Field(None, description="Service tier of this stage, such as batch.")
    region: str | None = Field(None, description="Where this stage runs, such as eu.")
    first_token: Seconds | None = Field(
        None, description="Time to the first token here, in place of its model's under `latency`: 450ms."
    )
    tokens_per_s: Amount | None = Field(
        None, description="Output tokens a second here, in place of its model's under `latency`."
    )

    @field_validator("usage")
    @classmethod
    def _without_own_fields(cls, usage: dict[str, Expression]) -> dict[str, Expression]:
        own = [meter for meter in usage if meter in _OWN_FIELDS]
        if not own:
            return usage
        said = (
            f"`{meter}` has a field of its own beside `usage`: `{_SAID_BY.get(meter, meter)}`"
            for meter in own
        )
        raise PydanticCustomError("kplan", "{what}", {"what": "; ".join(said)})

    def wrong_in(self, context: str | None) -> Iterator[tuple[str, str]]:
        """What the prompt cache holds is said once; and what is tried again adds to no context twice."""
        keeps = "its `prefix`" if self.prefix else "the `cache` of the loop around it" if context else ""
        for name in ("cached", "cache_write", "cache_write_1h"):
            if keeps and getattr(self, name) != NONE:
                yield name, f"{keeps} says what is read from and written to the prompt cache; leave this out"
        if context is not None and self.retries != NONE:
            what = "in a loop whose context grows a call made twice would stay in it twice"
            yield "retries", f"{what}: put the stage into a block of kind `retry`"

    def expand(self, models: Shares) -> Primitive:
        """A visit as primitives."""
        mode, region = self.mode or "", self.region or ""
        usage, prefixes = Usage(self._totals()), self.prefix
        charge = Charge(models, mode, region, usage, prefixes, reads_context=True, adds=self.adds)
        return repeated(self.calls, self.retries, charge)

    def visited(self, models: Shares) -> Primitive:
        """A visit; the calls see to the context themselves."""
        body = self.expand(models)
        return body if self.takes is None else Sequence((body, Wait(self.takes)))

    def _totals(self) -> Mapping[str, Expression]:
        """Tokens of a call in the inclusive convention; parts that are plainly 0 are none."""
        if self.input is None or self.output is None:
            raise ValueError("a stage without input or output cannot be expanded")
        reads, writes, hour_writes = (
            share if share == NONE else Apply("multiply", (self.input, share))
            for share in (self.cached, self.cache_write, self.cache_write_1h)
        )
        parts = {
            "cache_read": reads,
            CACHE_WRITE: writes,
            "cache_write_1h": hour_writes,
            "output": self.output,
            "reasoning": self.reasoning,
            **self.usage,
        }
        said = {meter: units for meter, units in parts.items() if units != NONE or meter == "output"}
        return {"input": self.input, **said}


class Call(ModelCall):
    """Calls to a model."""

    kind: Literal["call"] = Field("call", description="Requests to a model; the default kind.")
    chance: Share | None = Field(None, description="Share of the queries that visit the stage, 0 to 1.")

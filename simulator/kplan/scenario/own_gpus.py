"""Own GPUs that serve a design's calls to a model: `buys: {MODEL: {curve: runs.csv, ...}}`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import shape, text_of, written_as
from kplan.money import ONE, ZERO
from kplan.scenario.fields import Files, Text, Written
from kplan.scenario.traffic import AboveZero

SCALED, FIXED, BEST = "scaled", "fixed", "best"
"""Each hour has the replicas that it needs; all have those of the month's busiest; or the number that costs
least over the plan with what it leaves paid call by call."""
_NAMES = (SCALED, FIXED, BEST)
MOST_REPLICAS = 1_000_000
_NUMERIC: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}]}


def _whole(least: int) -> Any:
    def read(written: object) -> int | None:
        if written is None:
            return None
        text = text_of(written, "a whole number")
        value = number(text)
        if value != int(value) or "%" in text or not least <= value <= MOST_REPLICAS:
            raise KplanError(f"`{clipped(text)}`: a whole number from {least} on is expected")
        return int(value)

    return written_as(read)


def _replicas(written: object) -> int | str:
    text = text_of(written, "scaled, fixed, best or a number of replicas").strip()
    if text in _NAMES:
        return text
    value = number(text) if text[:1].isdigit() else None
    if value is None or value != int(value) or not 1 <= value <= MOST_REPLICAS:
        raise KplanError(f"`{clipped(text)}`: {', '.join(_NAMES)} or a whole number of replicas, such as 4")
    return int(value)


def _bounds(written: object) -> dict[str, str]:
    if not isinstance(written, dict) or not written:
        raise KplanError(f"bounds such as {{ttft_p95: 500ms}} are expected, not {shape(written)}")
    return {str(name): text_of(limit, "a time such as 500ms") for name, limit in written.items()}


def _headroom(written: object) -> Decimal | None:
    if written is None:
        return None
    text = text_of(written, "a share such as 20%")
    value = number(text)
    if not ZERO <= value <= 100 * ONE:
        raise KplanError(f"`{clipped(text)}` is no headroom; write for example 20%")
    return value


_COUNT = {"anyOf": [{"enum": list(_NAMES)}, {"type": "integer", "minimum": 1, "maximum": MOST_REPLICAS}]}
_INTEGER = {"type": "integer", "minimum": 0}
_BOUNDS = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}


class OwnGpus(Written):
    """Replicas on own GPUs for a design's calls to a model, sized from runs that were measured."""

    curve: Files = Field(description="Runs of one replica (files or folders), relative to this file.")
    slo: Annotated[dict[str, str], written_as(_bounds), WithJsonSchema(_BOUNDS)] = Field(
        description="What a replica has to keep: {ttft_p95: 500ms, itl_p99: 50ms}."
    )
    usd_per_gpu_hour: AboveZero = Field(description="What an hour of one GPU costs.")
    gpus_per_replica: Annotated[int | None, _whole(1), WithJsonSchema(_INTEGER)] = Field(
        None, description="Where the runs do not say."
    )
    replicas: Annotated[int | str, written_as(_replicas), WithJsonSchema(_COUNT)] = Field(
        SCALED,
        description="scaled (each hour as many as it needs), fixed (those of the month's busiest hour), a"
        " number that serves, whose excess is paid call by call, or best: the number that costs least so.",
    )
    spare: Annotated[int, _whole(0), WithJsonSchema(_INTEGER)] = Field(
        0, description="Replicas that may fail, beside those that serve."
    )
    least: Annotated[int, _whole(0), WithJsonSchema(_INTEGER)] = Field(
        1, description="Replicas that always run."
    )
    headroom: Annotated[Decimal | None, written_as(_headroom), WithJsonSchema(_NUMERIC)] = Field(
        None, description="Load to add before rounding up; traffic's peak_factor unless said."
    )
    model: Text = Field("", description="Whose runs, where the files hold several models'.")

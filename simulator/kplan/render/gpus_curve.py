"""A measured curve, and what was left out of it, as lines for a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from kplan.amounts import quantity
from kplan.capacity.fleet.curve import Curve
from kplan.capacity.fleet.files import Measured
from kplan.capacity.fleet.points import ALL_AT_ONCE, Point
from kplan.money import plain, rounded
from kplan.render.format import plain_text
from kplan.render.listing import aligned

_SHOWN = 3
"""Latencies in a terminal; JSON has all."""


def curve_lines(curve: Curve, read: Measured) -> list[str]:
    """The runs in the order of their load, then where they stand, what is to know and what was left out."""
    shown = _shown(curve)
    head = (
        "run",
        "sent/s",
        "requests/s",
        "in flight",
        *(name.replace("_", " ") for name in shown),
        "out tok/s",
    )
    table = [_line(n, point, shown) for n, point in enumerate(curve.points, 1)]
    n = len(curve.points)
    title = f"{curve.model or 'model not said'}: {n} run{'s' if n > 1 else ''} in the order of {curve.order}"
    places = [f"run {n}: {point.place}" for n, point in enumerate(curve.points, 1)]
    size = f"a replica had {curve.gpus} GPU{'s' if curve.gpus > 1 else ''}" if curve.gpus else NO_GPUS
    latencies = f"latencies that all runs give: {', '.join(curve.figures) or 'none'}"
    told = [size, latencies, *curve.remarks, *read.remarks]
    out = [f"not used: {run.place}: {run.why}" for run in read.skipped]
    blocks = ([title], aligned(head, table, head), places, told, out)
    return [plain_text(line) for line in _apart(blocks)]


NO_GPUS = "the runs do not say on how many GPUs a replica ran"


def _apart(blocks: Sequence[Sequence[str]]) -> list[str]:
    """The lines of the blocks that hold any, an empty one between them."""
    held = [block for block in blocks if block]
    return [line for n, block in enumerate(held) for line in ((["", *block]) if n else block)]


def _shown(curve: Curve) -> tuple[str, ...]:
    """One figure each of the first kinds: the highest percentile that all runs give."""
    best = {name.partition("_")[0]: name for name in sorted(curve.figures, key=_height)}
    return tuple(best[kind] for kind in ("ttft", "itl", "e2e", "tpot") if kind in best)[:_SHOWN]


def _height(name: str) -> float:
    statistic = name.partition("_")[2]
    return -1.0 if statistic == "mean" else float(statistic.removeprefix("p"))


def _line(n: int, point: Point, shown: Sequence[str]) -> tuple[str, ...]:
    return (
        str(n),
        "at once" if point.offered_per_s == ALL_AT_ONCE else _number(point.offered_per_s),
        _number(point.requests_per_s),
        _number(point.concurrency),
        *(_time(point.latencies_s[name]) for name in shown),
        _number(point.output_tokens_per_s),
    )


def _time(time_s: Decimal) -> str:
    ms = time_s * 1000
    return f"{_number(ms)} ms" if time_s < 1 else f"{_number(time_s)} s"


def _number(value: Decimal | None) -> str:
    """In three digits, and no fewer than are before the point."""
    return "" if value is None else quantity(rounded(value, max(0, 2 - value.adjusted()))) if value else "0"


def curve_json(curve: Curve, read: Measured) -> str:
    """Everything that was read; rates a second, times in seconds."""
    document = {"kind": "gpus.curve", "schema_version": 1, **curve_document(curve, read)}
    return json.dumps(document, indent=2, ensure_ascii=False)


def curve_document(curve: Curve, read: Measured) -> dict[str, object]:
    """The curve as a part of a document."""
    return {
        "model": curve.model or None,
        "formats": list(read.formats),
        "order": curve.order,
        "gpus_per_replica": curve.gpus,
        "points": [_point_json(point) for point in curve.points],
        "remarks": [*curve.remarks, *read.remarks],
        "skipped": [{"place": run.place, "why": run.why} for run in read.skipped],
    }


def _point_json(point: Point) -> dict[str, object]:
    is_at_once = point.offered_per_s == ALL_AT_ONCE
    return {
        "place": point.place,
        "requests_per_s": _digits(point.requests_per_s),
        "offered_per_s": "all at once" if is_at_once else _digits(point.offered_per_s),
        "concurrency": _digits(point.concurrency),
        "latencies_s": {name: _digits(value) for name, value in sorted(point.latencies_s.items())},
        "input_tokens_per_s": _digits(point.input_tokens_per_s),
        "output_tokens_per_s": _digits(point.output_tokens_per_s),
        "completed": _digits(point.completed),
        "failed": _digits(point.failed),
    }


def _digits(value: Decimal | None) -> float | None:
    return None if value is None else float(plain(value))

"""Replicas of own GPUs for a load, their use and cost, and when they pay, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from textwrap import wrap

from kplan.amounts import money, quantity, share
from kplan.capacity.fleet.break_even import Cheaper
from kplan.capacity.fleet.files import Measured
from kplan.capacity.fleet.replicas import HOURS_OF_MONTH, SECONDS_OF_HOUR, Running, usd_per_million_when_full
from kplan.capacity.fleet.sized import LOADS, Base, Sized
from kplan.capacity.fleet.slo import measured
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import counted, rounded
from kplan.render.format import plain_text
from kplan.render.listing import aligned

_WIDTH = 80
TITLES = {"scaled": "by the hour", "fixed": "fixed at the peak"}
SAME = "whether the two models answer as well is not compared"
EVEN = "requests are taken to come within an hour as they did when it was measured"


def size_lines(own: Sized, read: Measured) -> list[str]:
    """What a replica takes, how many are needed, what they cost now, at other loads and in the months."""
    blocks = [
        _title(own),
        _summary(own),
        _break_even(own) if own.api else [],
        _by_load(own),
        _by_month(own) if own.asked.months > 1 else [],
        _told(own, read),
    ]
    return [plain_text(line) for block in blocks if block for line in (*block, "")][:-1]


def _title(own: Sized) -> list[str]:
    rate, bounds = own.rate, " and ".join(map(str, own.asked.bounds))
    n, usd = own.replica.gpus, _usd(own.replica.usd_per_gpu_hour)
    gpus = f"{n} GPU{'s' if n > 1 else ''} a replica at {usd} an hour each"
    prefix = "at least " if rate.broken is None else ""
    takes = f"a replica takes {prefix}{_number(rate.requests_per_s)} requests/s with {bounds}"
    fresh, output = (quantity(rounded(count, 1)) for count in (own.tokens.input, own.tokens.output))
    busiest, mean = _per_s(float(own.ways[0].now.loads_per_s.max())), _per_s(own.mean_per_s)
    lines = (
        f"{own.curve.model or 'own model'}, {gpus}: {takes}",
        _why(own),
        f"load: {busiest} in the busiest hour, {mean} on average; week: {own.week}",
        f"a request: {fresh} input and {output} output tokens",
    )
    return [part for line in lines for part in wrap(line, _WIDTH, break_on_hyphens=False)]


def _why(own: Sized) -> str:
    rate = own.rate
    if rate.broken is None:
        return "no measured load breaks a bound: it may take more, which was not measured"
    point = max(rate.broken.points, key=lambda each: each.latencies_s[rate.binding[0].figure])
    broke = ", ".join(f"{each.figure} is {measured(point.latencies_s[each.figure])}" for each in rate.binding)
    how = ("the last measured load that keeps all", "between two measured loads, on a straight line")
    return f"{how[rate.is_interpolated]}; at the next, {_number(rate.broken.requests_per_s)}/s, {broke}"


def _summary(own: Sized) -> list[str]:
    now = [way.now for way in own.ways]
    rows: list[tuple[str, ...]] = [
        ("replicas", *(_replicas(each) for each in now)),
        ("GPU-hours a month", *(f"{rounded(each.gpu_hours, 0):,}" for each in now)),
        ("GPUs a month", *(money(each.usd) for each in now)),
        ("used", *(share(decimal(each.utilisation)) for each in now)),
    ]
    for name, count in (("", own.tokens.all), (" output", own.tokens.output), (" input", own.tokens.input)):
        costs = [each.usd_per_million(count) for each in now]
        full = usd_per_million_when_full(own.replica, count)
        if full is not None:
            cells = ["" if each is None else _usd(each) for each in costs]
            rows.append((f"all of it over each M{name} tokens", *cells))
            if not name:
                rows.append(("  were replicas always full", *(_usd(full) for _ in now)))
    if own.api:
        bill = money(own.api.usd_per_month(now[0].requests))
        rows.append((f"{own.api.model} a month", *(bill for _ in now)))
    head = ("", *(TITLES[way.name] for way in own.ways))
    return aligned(head, rows, head[1:])


def _replicas(each: Running) -> str:
    low, high = int(each.counts.min()), int(each.counts.max())
    return f"{high:,}" if low == high else f"{low:,} to {high:,}"


def _break_even(own: Sized) -> list[str]:
    assert own.api is not None
    texts = [f"{TITLES[way.name]}: {_cheaper(way.cheaper)}" for way in own.ways if way.cheaper]
    texts += [_base(own.base)] if own.base else []
    return [
        part
        for text in (f"cheaper than {own.api.model}:", *texts)
        for part in wrap(text, _WIDTH, break_on_hyphens=False)
    ]


def _base(base: Base) -> str:
    usd = money(base.usd_per_month)
    if not base.replicas:
        return f"cheapest mix now: no replica, every call paid for, {usd} a month"
    n = f"{base.replicas:,} replica{'s' if base.replicas > 1 else ''} all the time"
    return f"cheapest mix now: {n} and {share(base.spilled_share)} of the calls paid for, {usd} a month"


def _cheaper(found: Cheaper) -> str:
    if found.is_never:
        return "never, at no load"
    if found.stays_from is None:
        return f"always from {_load(found.at_the_latest or 0.0)} at the latest"
    between = [f"{_per_s(low)} to {_per_s(high)}" for low, high in found.spans if high is not None]
    some = f"; also {' and '.join(between[:2])}" if between else ""
    more = f" and {len(between) - 2} more such steps" if len(between) > 2 else ""
    return f"always from {_load(found.stays_from)}{some}{more}"


def _load(per_s: float) -> str:
    month = decimal(per_s) * SECONDS_OF_HOUR * HOURS_OF_MONTH
    return f"{_per_s(per_s)} on average ({quantity(rounded(month, -max(0, month.adjusted() - 2)))} a month)"


def _by_load(own: Sized) -> list[str]:
    head = ("load", "requests/s", "replicas", "used", "$ per M", "used ", "$ per M ", "API $ per M")
    lines = [
        (
            f"{_times(times)} x",
            _number(decimal(own.mean_per_s * float(times))),
            f"{int(own.ways[0].by_load[n].counts.max()):,}",
            *(cell for way in own.ways for cell in _load_cells(own, way.by_load[n])),
            _usd(own.api.usd_per_million(own.tokens)) if own.api else "",
        )
        for n, times in enumerate(LOADS)
    ]
    return [
        "replicas at the peak; by the hour, then fixed at the peak; $ over all tokens",
        *aligned(head, lines, head),
    ]


def _load_cells(own: Sized, each: Running) -> tuple[str, str]:
    cost = each.usd_per_million(own.tokens.all)
    return share(decimal(each.utilisation)), "" if cost is None else _usd(cost)


def _times(times: Decimal) -> str:
    return counted(times) if times >= 1 else f"1/{int(1 / times)}"


def _by_month(own: Sized) -> list[str]:
    head = ("month", "requests/s", "replicas", "GPU-hours", "GPUs", "GPUs fixed", "API")
    lines = [_month_cells(own, n, *(way.by_month[n] for way in own.ways)) for n in range(own.asked.months)]
    return ["replicas at the peak; GPUs by the hour; months of 730 hours", *aligned(head, lines, head)]


def _month_cells(own: Sized, n: int, scaled: Running, fixed: Running) -> tuple[str, ...]:
    return (
        str(n + 1),
        _number(decimal(scaled.mean_per_s)),
        f"{int(scaled.counts.max()):,}",
        f"{rounded(scaled.gpu_hours, 0):,}",
        money(scaled.usd),
        money(fixed.usd),
        money(own.api.usd_per_month(scaled.requests)) if own.api else "",
    )


def _told(own: Sized, read: Measured) -> list[str]:
    n = len(read.skipped)
    lost = [f"{n} file{'s' if n > 1 else ''} or runs not used; `kplan gpus curve` lists them"] if n else []
    said: Sequence[str] = (*own.notes, *read.remarks, *lost, EVEN, *((SAME,) if own.api else ()))
    return [part for line in dict.fromkeys(said) for part in wrap(line, _WIDTH, break_on_hyphens=False)]


def _usd(usd: Decimal) -> str:
    """To the cent; two digits below a dime."""
    return money(usd) if usd < Decimal("9.995") else f"${rounded(usd, 2):,}"


def _per_s(value: float) -> str:
    return f"{_number(decimal(value))}/s"


def _number(value: Decimal) -> str:
    return quantity(rounded(value, max(0, 2 - value.adjusted()))) if value else "0"

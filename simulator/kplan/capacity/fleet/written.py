"""A load on own GPUs as people write it: `12`, `3M/month`, `$2.50`, `20%`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct

from kplan.capacity.fleet.replicas import HOURS_OF_MONTH, SECONDS_OF_HOUR, Policy
from kplan.capacity.fleet.slo import Bound, bound_of
from kplan.capacity.week import HourFactors
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped, number
from kplan.money import ONE, ZERO, exact, quotient
from kplan.scenario import scalars

T = TypeVar("T")

_SECONDS: Mapping[str, Decimal] = MappingProxyType(
    {"s": ONE, "h": SECONDS_OF_HOUR, "day": 24 * SECONDS_OF_HOUR, "month": HOURS_OF_MONTH * SECONDS_OF_HOUR}
)
_THOUSANDS: Mapping[str, Decimal] = MappingProxyType(
    {"k": Decimal(1000), "M": Decimal(1_000_000), "B": Decimal(1_000_000_000)}
)
_MOST = Decimal("1e9")
_MOST_REPLICAS = 1_000_000


class Asked(Struct, frozen=True):
    """What is asked of the GPUs."""

    busiest_per_s: Decimal | None
    """Requests in the busiest hour; or `mean_per_s`, those of the mean one."""
    mean_per_s: Decimal | None
    bounds: tuple[Bound, ...]
    usd_per_gpu_hour: Decimal
    gpus: int | None
    """Of a replica; None where the curve has to say."""
    input: Decimal | None
    """Tokens of a request; None where they are those that were measured."""
    output: Decimal | None
    cached: Decimal
    """Share of the input that the API would bill as cached."""
    policy: Policy
    """By the hour."""
    growth: Decimal
    months: int

    def mean(self, factors: HourFactors) -> float:
        """Requests a second on average over a week of such hours."""
        if self.mean_per_s is not None:
            return float(self.mean_per_s)
        return float(self.busiest_per_s or ZERO) / float(factors.max())


def asked(said: Mapping[str, str | None], slos: tuple[str, ...]) -> Asked:
    """What the options say, by their names; raises KplanError with every problem."""
    reading = _Reading(said)
    if (said["rps"] is None) is (said["queries"] is None):
        reading.problems.append(Problem("say either --rps or --queries"))
    if said["usd_per_gpu_hour"] is None:
        reading.problems.append(Problem("--usd-per-gpu-hour missing: kplan knows no prices of GPUs"))
    if not slos:
        reading.problems.append(Problem("--slo missing; write for example --slo ttft_p95=500ms"))
    months = reading.of("months", scalars.month_count, 12 if said["growth"] else 1)
    found = Asked(
        busiest_per_s=reading.of("rps", _rate, None),
        mean_per_s=reading.of("queries", queries_per_s, None),
        bounds=tuple(reading.bound(text) for slo in slos for text in slo.split(",")),
        usd_per_gpu_hour=reading.of("usd_per_gpu_hour", _usd, ONE),
        gpus=reading.of("gpus_per_replica", _whole_from(1), None),
        input=reading.of("input", _tokens, None),
        output=reading.of("output", _tokens, None),
        cached=reading.of("cached", _part, ZERO),
        policy=Policy(
            reading.of("headroom", _share, ZERO),
            reading.of("spare", _whole_from(0), 0),
            reading.of("least", _whole_from(0), 1),
        ),
        growth=reading.of("growth", _growth, ZERO),
        months=months,
    )
    if reading.problems:
        raise KplanError(reading.problems)
    return found


class _Reading:
    """Values one after the other; what is wrong is kept, and a stand-in goes on."""

    def __init__(self, said: Mapping[str, str | None]) -> None:
        self._said, self.problems = said, list[Problem]()

    def of(self, name: str, read: Callable[[str], T], otherwise: T) -> T:
        """The value of an option, or what it is where it is not given."""
        text = self._said[name]
        return otherwise if text is None else self._kept(f"--{name.replace('_', '-')}", text, read, otherwise)

    def bound(self, text: str) -> Bound:
        return self._kept("--slo", text, bound_of, Bound("ttft_p50", ONE))

    def _kept(self, option: str, text: str, read: Callable[[str], T], otherwise: T) -> T:
        try:
            return read(text)
        except KplanError as e:
            self.problems += e.at(None, option).problems
            return otherwise


def queries_per_s(text: str) -> Decimal:
    """`3M/month`, `8_000/day`, `900/h`, `2.5/s` [1/s, to 60 digits]; months have 730 hours."""
    amount, slash, unit = (part.strip() for part in text.partition("/"))
    if not slash or unit not in _SECONDS:
        raise KplanError(f"`{clipped(text)}`: per what? write for example 3M/month or 8_000/day")
    factor = _THOUSANDS.get(amount[-1:], ONE)
    with exact():
        value = number(amount if factor == ONE else amount[:-1]) * factor
    return _rate_of(quotient(value, _SECONDS[unit]), text)


def _rate(text: str) -> Decimal:
    return _rate_of(number(text.strip().removesuffix("/s")), text)


def _rate_of(value: Decimal, text: str) -> Decimal:
    _refuse_share(text)
    if value <= 0:
        raise KplanError(f"`{clipped(text)}` is {'0' if not value else 'below 0'}; it has to be above 0")
    if not Decimal("1e-9") <= value <= _MOST:
        raise KplanError(f"`{clipped(text)}` is out of bounds: at most {_MOST:,f} a second")
    return value


def _usd(text: str) -> Decimal:
    value = scalars.usd(text, f"`{clipped(text)}` is no price; write for example 2.50")
    if value <= 0:
        raise KplanError(f"`{clipped(text)}` is {'0' if not value else 'below 0'}; what does an hour cost?")
    return value


def _tokens(text: str) -> Decimal:
    value = number(text)
    _refuse_share(text)
    if value < 0 or value > _MOST:
        raise KplanError(f"`{clipped(text)}` is out of bounds: 0 to {_MOST:,f} tokens")
    return value


def _part(text: str) -> Decimal:
    value = number(text)
    if not ZERO <= value <= ONE:
        raise KplanError(f"`{clipped(text)}` is no share of the input; write 50%")
    return value


def _share(text: str) -> Decimal:
    value = number(text)
    if not ZERO <= value <= 100:
        raise KplanError(f"`{clipped(text)}` is no headroom; write for example 20%")
    return value


def _growth(text: str) -> Decimal:
    value = number(text)
    if not -ONE < value <= 1:
        raise KplanError(f"`{clipped(text)}` is no growth from month to month; write for example 3%")
    return value


def _whole_from(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = scalars.whole(text)
        if not least <= value <= _MOST_REPLICAS:
            raise KplanError(f"`{clipped(text)}` is out of bounds: {least} to {_MOST_REPLICAS:,}")
        return value

    return read


def _refuse_share(text: str) -> None:
    if "%" in text:
        raise KplanError(f"`{clipped(text)}` is a share; write a number")

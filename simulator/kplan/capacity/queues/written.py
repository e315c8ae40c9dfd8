"""A station as people write it: `6.4/s`, `384/min`, `500ms`, `8`, `p95=2s`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeVar

from kplan.capacity.queues.answer import FIGURES
from kplan.capacity.queues.demand import Demand
from kplan.capacity.queues.laws import FAMILIES
from kplan.errors import KplanError, Problem
from kplan.form.numbers import SECONDS, clipped, duration, number

T = TypeVar("T")

MOST_SERVERS = 100_000
_LEAST, _MOST = 1e-9, 1e12
"""Bounds of rates [1/s], times [s] and variability, far beyond any provider and within what float64 keeps."""


def asked(
    arrivals: str | None,
    service: str | None,
    servers: str | None,
    scv: str = "1",
    arrival_scv: str = "1",
    family: str = "gamma",
    slos: Sequence[str] = (),
) -> tuple[Demand, Mapping[str, float]]:
    """The station that the options describe, and its bounds by figure [s].

    Bounds are of the time from coming to leaving. Raises KplanError with every problem, option by option.
    """
    reading = _Reading()
    rate = reading.of("--arrivals", arrivals, rate_per_s, 1.0)
    time_s = reading.of("--service", service, seconds, 1.0)
    slots = reading.of("--servers", servers, server_count, 1)
    varies = reading.of("--scv", scv, variability, 1.0)
    bursts = reading.of("--arrival-scv", arrival_scv, variability, 1.0)
    law = reading.of("--law", family, law_name, "gamma")
    if law == "hyperexponential" and varies < 1:
        what = f"`{clipped(scv)}` is below 1, which hyperexponential times never are; --law gamma can be"
        reading.problems.append(Problem(what, path="--scv"))
    limits: dict[str, float] = {}
    for text in slos:
        name, limit_s = reading.of("--slo", text, bound, ("", 1.0))
        if name and name in limits:
            reading.problems.append(Problem(f"{name} is given twice", path="--slo"))
        limits[name] = limit_s
    if reading.problems:
        raise KplanError(reading.problems)
    return Demand(rate, time_s, slots, varies, bursts, law), limits


class _Reading:
    """Values one after the other; what is wrong is kept, and a stand-in goes on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def of(self, option: str, text: str | None, read: Callable[[str], T], instead: T) -> T:
        """The value of an option."""
        if text is None:
            self.problems.append(Problem(f"{option} missing"))
            return instead
        try:
            return read(text)
        except KplanError as e:
            self.problems += e.at(None, option).problems
            return instead


def rate_per_s(text: str) -> float:
    """`6.4/s`, `384/min`, `23_040/h` [1/s]; raises KplanError for a rate without its unit, or not above 0."""
    allowed = "write for example 6.4/s, 384/min or 23_040/h"
    amount, slash, unit = text.strip().partition("/")
    if not slash:
        raise KplanError(f"`{clipped(text)}` says no unit of time; {allowed}")
    if unit.strip() not in SECONDS or unit.strip() == "ms":
        raise KplanError(f"`{clipped(text)}`: per {clipped(unit.strip()) or 'what'}? {allowed}")
    return _above_zero(text, _plain(amount, text, "a rate", allowed) / float(SECONDS[unit.strip()]))


def seconds(text: str) -> float:
    """`1s`, `500ms`, `2m` [s]; raises KplanError for a time without its unit, or not above 0."""
    allowed = "write for example 1s, 500ms or 2m"
    body = text.strip()
    time_s = duration(body.removeprefix("-").removeprefix("+"))
    if time_s is None:
        is_number = not _fails(number, body) and "%" not in body
        raise KplanError(
            f"`{clipped(text)}` {'says no unit of time' if is_number else 'is no time'}; {allowed}"
        )
    return _above_zero(text, float(-time_s if body.startswith("-") else time_s))


def server_count(text: str) -> int:
    """`8`; raises KplanError for what is no whole number from 1 on."""
    value = _plain(text, text, "a number of servers", "write for example 8")
    if value != int(value):
        raise KplanError(f"`{clipped(text)}` is not a whole number")
    if not 1 <= value <= MOST_SERVERS:
        raise KplanError(f"`{clipped(text)}` servers; 1 to {MOST_SERVERS:,} are possible")
    return int(value)


def variability(text: str) -> float:
    """A squared coefficient of variation, 0 or more."""
    value = _plain(text, text, "a squared coefficient of variation", "write for example 1, 0 or 2.5")
    if value < 0:
        raise KplanError(f"`{clipped(text)}` is below 0")
    if value > 1000:
        raise KplanError(
            f"`{clipped(text)}`: at most 1000 is possible; no simulation is long enough for more"
        )
    return value


def law_name(text: str) -> str:
    """The name of a family of laws."""
    if text in FAMILIES:
        return text
    raise KplanError(f"no law {clipped(text)!r}; {_nearest(text, list(FAMILIES))}")


def bound(text: str) -> tuple[str, float]:
    """`p95=2s`: a figure, and the most that it may be [s]."""
    name, equals, time = (part.strip() for part in text.partition("="))
    if not equals:
        raise KplanError(f"`{clipped(text)}` is no bound; write for example p95=2s")
    if name not in FIGURES:
        raise KplanError(f"no figure {clipped(name)!r}; {_nearest(name, FIGURES)}")
    return name, seconds(time)


def _plain(amount: str, text: str, what: str, allowed: str) -> float:
    if "%" in amount or _fails(number, amount):
        raise KplanError(f"`{clipped(text)}` is not {what}; {allowed}")
    return float(number(amount))


def _above_zero(text: str, value: float) -> float:
    if value <= 0:
        raise KplanError(f"`{clipped(text)}` is {'below 0' if value else '0'}; it has to be above 0")
    if not _LEAST <= value <= _MOST:
        raise KplanError(f"`{clipped(text)}` is out of bounds: {_LEAST:g} to {_MOST:g} in seconds")
    return value


def _fails(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except KplanError:
        return True
    return False


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"

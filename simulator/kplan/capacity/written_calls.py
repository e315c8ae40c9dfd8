"""Calls as people write them for `kplan offers size`: options, or `rpm=1000,input=200,output=20`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kplan.capacity.provisioned import Shape
from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped, number
from kplan.money import ONE, ZERO, exact
from kplan.prices.meters import Disjoint
from kplan.scenario.names import meant

FIELDS = ("rpm", "input", "output", "cached", "audio")
"""Calls a minute, tokens of a call, the share of input from a cache, and audio tokens beside the input."""
NEEDED = ("rpm", "input", "output")
_MOST = Decimal("1e12")


def shape(said: Mapping[str, str], place: str = "--") -> Shape:
    """The calls of these fields; raises KplanError with every problem.

    place   what stands before a field's name in messages
    """
    problems = [Problem(f"{place}{name} missing") for name in NEEDED if name not in said]
    found = dict.fromkeys(FIELDS, ZERO)
    for name, text in said.items():
        try:
            found[name] = _value(name, text)
        except KplanError as e:
            problems += e.at(None, f"{place}{name}").problems
    if problems:
        raise KplanError(problems)
    with exact():
        counts = {
            "input": found["input"] * (ONE - found["cached"]),
            "cache_read": found["input"] * found["cached"],
            "audio_in": found["audio"],
            "output": found["output"],
        }
    return Shape(found["rpm"], Disjoint({meter: count for meter, count in counts.items() if count}))


def shape_of_text(text: str) -> Shape:
    """The calls of `rpm=1000,input=200,output=20`; raises KplanError with every problem."""
    said: dict[str, str] = {}
    problems: list[Problem] = []
    for pair in text.split(","):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or name not in FIELDS:
            what = f"`{clipped(pair)}`{meant(name, FIELDS)}; write rpm=1000,input=200,output=20"
            problems.append(Problem(what, path="--also"))
        elif name in said:
            problems.append(Problem(f"{name} is given twice", path="--also"))
        said[name] = value
    if problems:
        raise KplanError(problems)
    return shape(said, "--also ")


def takes(text: str) -> dict[str, Decimal]:
    """What a unit takes of each meter [tokens a minute], from `input=20_000,output=4_000`."""
    found: dict[str, Decimal] = {}
    for pair in text.split(","):
        name, _, value = (part.strip() for part in pair.partition("="))
        if name not in ("input", "output") or name in found:
            raise KplanError(Problem(f"`{clipped(pair)}`; write input=20_000,output=4_000", path="--takes"))
        try:
            found[name] = _value("rpm", value)
        except KplanError as e:
            raise e.at(None, f"--takes {name}") from e
    return found


def _value(name: str, text: str) -> Decimal:
    value = number(text)
    if name == "cached":
        if not ZERO <= value <= ONE:
            raise KplanError(f"`{clipped(text)}` is no share of the input; write 50%")
        return value
    if "%" in text:
        raise KplanError(f"`{clipped(text)}` is a share; write a number")
    if value < 0 or (name == "rpm" and not value):
        raise KplanError(f"`{clipped(text)}` is {'0' if not value else 'below 0'}; it has to be above 0")
    if value > _MOST:
        raise KplanError(f"`{clipped(text)}` is out of bounds: at most {_MOST:,f}")
    return value

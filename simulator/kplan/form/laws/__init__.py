"""The families of distributions. A new one is a file with its class, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kplan.errors import KplanError
from kplan.form.expressions import Random
from kplan.form.laws.distribution import Distribution, Family
from kplan.form.laws.empirical import Empirical
from kplan.form.laws.gamma import Gamma
from kplan.form.laws.lognormal import Lognormal
from kplan.form.laws.truncated import Truncated
from kplan.money import ZERO, counted

FAMILIES: Mapping[str, type[Family]] = {each.family: each for each in (Lognormal, Gamma)}
"""Families that are given by a few numbers."""

BOUNDS = ("least", "most")
"""Numbers that any law may be truncated at."""


def law_of(random: Random, values: Mapping[str, Decimal]) -> Distribution:
    """The law of a random amount, with what its numbers come to.

    Raises KplanError where no law has such numbers.
    """
    least, most = values.get("least"), values.get("most")
    if least is not None and most is not None and least >= most:
        raise KplanError(f"least {counted(least)} is not below most {counted(most)}")
    if any(value < 0 for value in values.values()):
        raise KplanError("a distribution of amounts has no negative numbers")
    said = in_words(random, values)
    if random.sample:
        return _measured(random, said, least, most)
    given = {key: value for key, value in values.items() if key not in BOUNDS}
    for key, value in given.items():
        if value == 0:
            raise KplanError(f"`{key}` comes to 0; write the number itself where nothing varies")
    whole = FAMILIES[random.family].of(given, said)
    return whole if least is most is None else Truncated.between(whole, least, most)


def _measured(random: Random, said: str, least: Decimal | None, most: Decimal | None) -> Empirical:
    """The sample without what lies outside the bounds."""
    low, high = least or ZERO, max(random.sample) if most is None else most
    held = tuple(amount for amount in random.sample if low <= amount <= high)
    if not held:
        raise KplanError(f"no amount of {said} lies between its bounds")
    return Empirical.from_sample(held, said, f"{random.fingerprint} {low} {high}")


def in_words(random: Random, values: Mapping[str, Decimal]) -> str:
    """`lognormal(mean 4,000, p95 12,000), at most 50,000`."""
    numbers = [f"{key} {counted(value)}" for key, value in values.items() if key not in BOUNDS]
    whole = random.source if random.sample else f"{random.family}({', '.join(numbers)})"
    bounds = [f"at {key} {counted(values[key])}" for key in BOUNDS if key in values]
    return ", ".join([whole, *bounds])

"""Whether what a second pass states of its chance and of its accuracies can all be true at once.

A number means all that rounds to it as written: `8%` is 7.5 to 8.5 %. What is said contradicts itself where
no numbers within these bounds agree, so that no rounding is held against anyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product

from msgspec import Struct

from kplan.amounts import chance as percent
from kplan.errors import KplanError
from kplan.form.constant import constant
from kplan.form.expressions import Expression, Name, Number, names, substituted
from kplan.kinds.second_pass import SecondPass
from kplan.money import ONE, ZERO, exact
from kplan.quality.verifier import (
    ACCURACY,
    CAUGHT,
    REJECTED,
    SecondAnswer,
    Served,
    Verifier,
    accuracy,
    needed,
    rechecked,
)
from kplan.scenario.params import Param
from kplan.scenario.values import Values

_AT_RATE = substituted(ACCURACY, {"catches_wrong": CAUGHT})
"""The accuracy served where so many are rejected."""


class Judged(Struct, frozen=True):
    """A second pass with all its figures worked out."""

    verifier: Verifier
    second: SecondAnswer | None
    """None where nothing is said of the second answers."""
    served: Served | None
    """None where nothing is said of the second answers; coverage is 1 where none is held back."""
    is_independent: bool


def judged(stage: SecondPass, values: Values) -> Judged | None:
    """The figures of a second pass; None where it states a chance and nothing else."""
    if not stage.check and not stage.joint:
        return None
    said = {name: values.value(expression) for name, expression in stage.accuracies().items()}
    second = None
    if "fixes_wrong" in said and "keeps_right" in said:
        second = SecondAnswer(said["fixes_wrong"], said["keeps_right"])
    verifier = _verifier(stage, values, said, second)
    served = None if second is None else Served(ONE, accuracy(verifier, second))
    if second is not None and "again_accepts_right" in said:
        again = Verifier(ZERO, said["again_accepts_right"], said["again_catches_wrong"])
        served = rechecked(verifier, second, again)
    return Judged(verifier, second, served, stage.is_independent)


def _verifier(
    stage: SecondPass, values: Values, said: Mapping[str, Decimal], second: SecondAnswer | None
) -> Verifier:
    """What it catches: as said, as the stated chance implies, or as the accuracy needs."""
    right, accepts_right = said["right"], said["accepts_right"]
    if "catches_wrong" in said:
        return Verifier(right, accepts_right, said["catches_wrong"])
    if not stage.is_derived and stage.chance is not None:
        return Verifier.rejecting(values.value(stage.chance), right, accepts_right)
    found = None if second is None else needed(right, accepts_right, second, said["accuracy"])
    if found is None:
        raise KplanError("no verifier can change the accuracy: nothing is wrong, or nothing is mended")
    return found


def contradictions(
    stage: SecondPass, values: Values, params: Mapping[str, Param]
) -> Iterator[tuple[str, str]]:
    """What cannot be true at once: the field that says it, and the arithmetic.

    params   for how their values are written
    """
    try:
        found = judged(stage, values)
    except KplanError as e:
        yield "check", str(e)
        return
    if found is None:
        return
    bounds = {name: _bounds(each, values, params) for name, each in stage.accuracies().items()}
    if not stage.is_derived and stage.chance is not None:
        bounds["rejected"] = _bounds(stage.chance, values, params)
        if what := _chance_is_off(found, values.value(stage.chance), bounds):
            yield "chance", what
            return
    if "accuracy" not in bounds or found.second is None:
        return
    claimed = values.value(stage.check["accuracy"])
    if "catches_wrong" not in bounds and "rejected" not in bounds:
        if not found.verifier.is_possible:
            yield "check.accuracy", _out_of_reach(found, found.second, claimed)
        return
    reached = accuracy(found.verifier, found.second)
    most = _most(ACCURACY if "catches_wrong" in bounds else _AT_RATE, bounds)
    if reached < claimed and most < bounds["accuracy"][0]:
        yield "check.accuracy", _too_little(found.verifier, found.second, claimed, reached)


def _chance_is_off(found: Judged, stated: Decimal, bounds: Mapping[str, tuple[Decimal, Decimal]]) -> str:
    """Why no check like this sends so many queries on; empty where one does."""
    low, high = bounds["rejected"]
    if "catches_wrong" in bounds:
        least, most = _least(REJECTED, bounds), _most(REJECTED, bounds)
        if least <= high and low <= most:
            return ""
        come_to = percent(found.verifier.rejected())
        return (
            f"a chance of {percent(stated)} contradicts `check`: {_rejects(found.verifier)} = {come_to};"
            " leave `chance` out and it follows"
        )
    least, most = _least(CAUGHT, bounds), _most(CAUGHT, bounds)
    if least <= ONE and most >= ZERO:
        return ""
    v = found.verifier
    ends = [percent(Verifier(v.right, v.accepts_right, caught).rejected()) for caught in (ZERO, ONE)]
    return (
        f"a chance of {percent(stated)} contradicts `check`: right answers rejected and wrong ones caught"
        f" come to {ends[0]} ({percent(v.right)} right × {_left(v.accepts_right)} rejected) at least and"
        f" {ends[1]} at most"
    )


def _too_little(v: Verifier, second: SecondAnswer, claimed: Decimal, reached: Decimal) -> str:
    """The arithmetic of an accuracy that is not reached, and what it would take."""
    what = (
        f"an accuracy of {percent(claimed)} is not reached: {_rejects(v)} = {percent(v.rejected())} of the"
        f" queries take the second pass, and {_serves(v, second)} = {percent(reached)} are right"
    )
    wanted = needed(v.right, v.accepts_right, second, claimed)
    if wanted is None or not wanted.is_possible:
        every = Verifier(v.right, v.accepts_right, ONE)
        return f"{what}; {percent(accuracy(every, second))} is the most, with every wrong answer caught"
    return (
        f"{what}; {percent(claimed)} needs {percent(wanted.catches_wrong)} of the wrong ones caught and a"
        f" chance of {percent(wanted.rejected())}"
    )


def _out_of_reach(found: Judged, second: SecondAnswer, claimed: Decimal) -> str:
    every = Verifier(found.verifier.right, found.verifier.accepts_right, ONE)
    return (
        f"an accuracy of {percent(claimed)} is out of reach: with every wrong answer caught"
        f" {_serves(every, second)} = {percent(accuracy(every, second))} are right"
    )


def _rejects(v: Verifier) -> str:
    """The rate of rejection as a sum."""
    return (
        f"{percent(v.right)} right × {_left(v.accepts_right)} rejected + {_left(v.right)} wrong ×"
        f" {percent(v.catches_wrong)} caught"
    )


def _serves(v: Verifier, second: SecondAnswer) -> str:
    """The accuracy as a sum."""
    g, w, s, c = percent(v.right), _left(v.right), percent(v.accepts_right), percent(v.catches_wrong)
    return (
        f"{g} × {s} + {g} × {_left(v.accepts_right)} × {percent(second.keeps_right)}"
        f" + {w} × {c} × {percent(second.fixes_wrong)}"
    )


def _left(part: Decimal) -> str:
    with exact():
        return percent(ONE - part)


def _bounds(expression: Expression, values: Values, params: Mapping[str, Param]) -> tuple[Decimal, Decimal]:
    """What rounds to a number as it is written; what is worked out stands for itself alone."""
    value = values.value(expression)
    written = expression
    while isinstance(written, Name) and written.id in params:
        written = params[written.id].value
    half = ZERO
    if isinstance(written, Number) and isinstance(exponent := written.value.as_tuple().exponent, int):
        half = Decimal(5).scaleb(exponent - 1) if exponent < 0 else ZERO
    with exact():
        return max(ZERO, value - half), min(ONE, value + half)


def _corners(formula: Expression, bounds: Mapping[str, tuple[Decimal, Decimal]]) -> Iterator[Decimal]:
    """Its values at all ends of what it rests on; it is monotone in each, so its own ends are among them."""
    needs = sorted(names(formula))
    for ends in product(*(dict.fromkeys(bounds[name]) for name in needs)):
        try:
            yield constant(formula, dict(zip(needs, ends, strict=True)))
        except KplanError:
            yield from (ZERO, ONE)  # no first answer is wrong: any share of none is caught


def _least(formula: Expression, bounds: Mapping[str, tuple[Decimal, Decimal]]) -> Decimal:
    return min(_corners(formula, bounds))


def _most(formula: Expression, bounds: Mapping[str, tuple[Decimal, Decimal]]) -> Decimal:
    return max(_corners(formula, bounds))

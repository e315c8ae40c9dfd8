"""Names in messages: dotted places, and what a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from kplan.form.numbers import clipped

_LISTED = 12
_SEARCHED = 300
_LONGEST = 100


def dotted(steps: Iterable[str | int]) -> str:
    """A place such as `designs.fast.models.verify`; steps that hold a dot stand in quotes."""
    shown = (clipped(str(step)) for step in steps)
    return ".".join(f'"{step}"' if "." in step or not step.strip() else step for step in shown)


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The known name that is most like this one [0..1], or an empty text where none is as like as that."""
    return next(iter(get_close_matches(name[:_LONGEST], _searched(known), 1, likeness)), "")


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean chunks?`, or what is known when nothing is near."""
    names = _searched(known)
    near = nearest(name, names)
    if near:
        return f"; did you mean {clipped(near)}?"
    if not names:
        return ""
    rest = ", …" if len(names) > _LISTED else ""
    return f"; known are {', '.join(clipped(name) for name in names[:_LISTED])}{rest}"


def _searched(known: Iterable[str]) -> list[str]:
    return sorted({name for name in islice(known, _SEARCHED) if len(name) <= _LONGEST})

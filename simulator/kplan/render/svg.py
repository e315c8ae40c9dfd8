"""Static SVG: elements, text that fits, axis ticks. Positions are floats; money never is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from markupsafe import Markup, escape

from kplan.money import ZERO, plain, rounded
from kplan.render.format import plain_text

TEXT_PX = 13.0
_WIDE, _NARROW = "MW@%mw—", "fijlrtI.,:;|!'()[]{} -"
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_CENTS, _WHOLE = re.compile(r"\$\d+\.\d\d"), re.compile(r"\$\d+")
_UNITS = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k"))

Attribute = str | float | int


def element(name: str, body: str | Markup = "", **attributes: Attribute) -> Markup:
    """An SVG element. `class_` and `text_anchor` stand for `class` and `text-anchor`.

    Text loses its control codes and is escaped.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
    )
    if body == "":
        return Markup(f"<{name}{said}/>")  # noqa: S704 - names are written in this package, values escaped
    inside = body if isinstance(body, Markup) else escape(plain_text(body))
    return Markup(f"<{name}{said}>{inside}</{name}>")  # noqa: S704 - as above, and the body is escaped


def label(text: str, x: float, y: float, class_: str = "", anchor: str = "start") -> Markup:
    """A line of text whose base line starts (or ends, or is centred) at (x, y)."""
    classes = {"class_": class_} if class_ else {}
    anchors = {"text_anchor": anchor} if anchor != "start" else {}
    return element("text", text, x=x, y=y, **classes, **anchors)


def drawing(
    marks: Iterable[Markup], *, id_: str, width: float, height: float, title: str, desc: str, class_: str
) -> Markup:
    """A picture with a title and a description for those who cannot see it."""
    head = element("title", title, id=f"{id_}-t") + element("desc", plain_text(desc), id=f"{id_}-d")
    return element(
        "svg",
        head + Markup("").join(marks),
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        class_=class_,
        role="img",
        aria_labelledby=f"{id_}-t {id_}-d",
    )


def _number(value: Attribute) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def text_width(text: str, size: float = TEXT_PX) -> float:
    """About how wide the text is in a sans-serif face, on the generous side [px]."""
    return sum(map(_advance, plain_text(text))) * size


def _advance(char: str) -> float:
    if ord(char) >= 0x1100:
        return 1.05
    if char in _WIDE:
        return 0.9
    if char in _NARROW:
        return 0.4
    return 0.7 if char.isupper() else 0.6


def fitted(text: str, width: float, size: float = TEXT_PX) -> str:
    """The text, its middle left out where it is wider than this [px]: names often differ at the end."""
    text = plain_text(text)
    if text_width(text, size) <= width:
        return text
    room, head, tail = width - size, "", ""
    while head + tail != text:
        is_head = len(head) <= len(tail)
        char = text[len(head)] if is_head else text[-1 - len(tail)]
        room -= _advance(char) * size
        if room < 0:
            break
        head, tail = (head + char, tail) if is_head else (head, char + tail)
    return f"{head.rstrip()}…{tail.lstrip()}"


def ticks(top: Decimal, about: int = 4) -> tuple[Decimal, ...]:
    """Round amounts from 0 to at least the top, in about so many steps."""
    if top <= 0:
        return (ZERO, Decimal(1))
    step = steps_of(top, about)
    found = [ZERO]
    while found[-1] < top:
        found.append(found[-1] + step)
    return tuple(found)


def steps_of(width: Decimal, about: int) -> Decimal:
    """A round step that goes into a width above 0 about so many times."""
    raw = width / about
    power = Decimal(1).scaleb(raw.adjusted())
    return next(factor * power for factor in _STEPS if factor * power >= raw)


def axis_usd(usd: Decimal) -> str:
    """An amount of an axis, short: `$0`, `$2.50`, `$25k`, `$2.5M`."""
    for size, suffix in _UNITS:
        if abs(usd) >= size:
            return f"${plain(rounded(usd / size, 3))}{suffix}"
    if usd == rounded(usd, 0) or usd != rounded(usd, 2):
        return f"${plain(usd)}"
    return f"${rounded(usd, 2)}"


def alike(amounts: Sequence[str]) -> list[str]:
    """Amounts of one axis with as many digits each: beside `$2.50` stands `$5.00`; zero stays `$0`."""
    if not any(_CENTS.fullmatch(amount) for amount in amounts):
        return list(amounts)
    return [f"{each}.00" if _WHOLE.fullmatch(each) and each != "$0" else each for each in amounts]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, at least a gap apart and within [low, high] where there is room."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    places = [0.0] * len(wanted)
    floor = low
    for n in order:
        places[n] = max(wanted[n], floor)
        floor = places[n] + gap
    ceiling = high
    for n in reversed(order):
        places[n] = min(places[n], ceiling)
        ceiling = places[n] - gap
    return places

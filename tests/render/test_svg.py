"""Marks and colours of the charts: round ticks, text that fits, labels that can be read."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import dist

import pytest

from kplan.places import folder
from kplan.render.lines import Line, Marker, month_lines
from kplan.render.palette import OTHER_FILLS, STAGE_FILLS, contrast, ink_on, rules, stage_classes, variables
from kplan.render.svg import alike, axis_usd, element, fitted, label, spread, text_width, ticks

MONTHS = tuple(f"{2026 + (11 + n) // 12}-{(11 + n) % 12 + 1:02}" for n in range(36))


@pytest.mark.parametrize(
    ("top", "last", "step"),
    [
        ("100", "100", "25"),
        ("101", "150", "50"),
        ("0.0413", "0.06", "0.02"),
        ("9", "10", "2.5"),
        ("1", "1", "0.25"),
    ],
)
def test_ticks_are_round_and_reach_the_top(top: str, last: str, step: str) -> None:
    found = ticks(Decimal(top))
    assert found[0] == 0
    assert found[-1] == Decimal(last)
    assert found[1] == Decimal(step)


def test_an_empty_axis_has_ticks_too() -> None:
    assert ticks(Decimal(0)) == (Decimal(0), Decimal(1))


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "$0"),
        ("0.05", "$0.05"),
        ("0.0025", "$0.0025"),
        ("999", "$999"),
        ("1000", "$1k"),
        ("2500000", "$2.5M"),
    ],
)
def test_axis_amounts_are_short(usd: str, text: str) -> None:
    assert axis_usd(Decimal(usd)) == text


def test_amounts_of_one_axis_have_as_many_digits() -> None:
    assert alike(["$0", "$2.50", "$5", "$7.50"]) == ["$0", "$2.50", "$5.00", "$7.50"]
    assert alike(["$0", "$5", "$10"]) == ["$0", "$5", "$10"]
    assert alike(["$0", "$500", "$1.5k"]) == ["$0", "$500", "$1.5k"]


def test_a_text_that_fits_stays_and_a_longer_one_loses_its_middle() -> None:
    assert fitted("claude-haiku-5-5", text_width("claude-haiku-5-5")) == "claude-haiku-5-5"
    cut = fitted("claude-haiku-5-5", text_width("claude-haiku-5-5") - 1)
    assert re.fullmatch(r"claude-?…-?\w*-5-5|claude.*….*5-5", cut)
    assert text_width(fitted("x" * 500, 80)) <= 80
    assert fitted("abc", 1) == "…"


def test_names_at_the_ends_of_lines_never_meet() -> None:
    places = spread([100, 100, 101, 20, 300], 17, 10, 200)
    ordered = sorted(places)
    assert all(after - before >= 17 for before, after in pairwise(ordered))
    assert max(places) <= 200
    assert spread([50.0, 120.0], 17, 10, 200) == [50.0, 120.0]


def test_text_of_a_chart_is_escaped_and_loses_its_control_codes() -> None:
    assert label("a<b\x1b[31m\u202e", 1, 2) == '<text x="1" y="2">a&lt;b</text>'
    assert element("rect", "<script>", width=1.25) == '<rect width="1.2">&lt;script&gt;</rect>'


def test_labels_can_be_read_on_every_fill() -> None:
    """WCAG AA asks for 4.5 : 1."""
    for fill in STAGE_FILLS + OTHER_FILLS:
        assert contrast(ink_on(fill.light), fill.light) >= 4.5
        assert contrast(ink_on(fill.dark), fill.dark) >= 4.5
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_style_sheet_holds_both_schemes() -> None:
    named = [f"s{n}" for n in range(len(STAGE_FILLS))] + [f"g{n}" for n in range(len(OTHER_FILLS))]
    for name, fill in zip(named, STAGE_FILLS + OTHER_FILLS, strict=True):
        for is_dark, colour in ((False, fill.light), (True, fill.dark)):
            assert f"--{name}:{colour};--on-{name}:{ink_on(colour)};" in variables(is_dark=is_dark)
        assert f".{name}{{fill:var(--{name})}}text.on-{name}{{fill:var(--on-{name})}}" in rules()


def _lab(colour: str) -> tuple[float, float, float]:
    """CIE 1976 L*a*b* of an sRGB colour under D65; source: CIE 015:2018, IEC 61966-2-1."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    white = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > (6 / 29) ** 3 else t * 841 / 108 + 4 / 29 for t in white)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_the_distance_of_colours_is_that_of_published_values() -> None:
    """Pure red is L* 53.24, a* 80.09, b* 67.20; white is L* 100."""
    assert _lab("#ff0000") == pytest.approx((53.24, 80.09, 67.20), abs=0.02)
    assert _lab("#ffffff") == pytest.approx((100, 0, 0), abs=0.02)


def test_no_stage_looks_like_a_design() -> None:
    """Two just differ where they are 2.3 apart; these are ten times that, in each scheme."""
    css = (folder("templates") / "report.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--(acc|base|other):(#\w+)", line)) for line in css.splitlines()]
    light, dark = (found for found in reversed(schemes) if found)
    for fill in STAGE_FILLS + OTHER_FILLS:
        for stage, designs in ((fill.light, light), (fill.dark, dark)):
            assert len(designs) == 3
            assert min(dist(_lab(stage), _lab(design)) for design in designs.values()) > 23, stage


def test_text_of_the_page_can_be_read_in_both_schemes() -> None:
    css = (folder("templates") / "report.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--(\w+):(#[0-9a-f]{6}|#fff)", block))
        for block in css.splitlines()
        if "--bg:#" in block and "--card" in block
    ]
    assert len(schemes) == 2
    for colours in schemes:
        paper = colours["card"].replace("#fff", "#ffffff") if len(colours["card"]) == 4 else colours["card"]
        for ink in ("ink", "mut", "acc", "bad", "link", "warn", "base"):
            assert contrast(colours[ink], paper) >= 4.5, ink


def test_beyond_the_palette_the_smallest_stages_are_grey() -> None:
    stages = [f"stage {n}" for n in range(len(STAGE_FILLS) + 2)]
    weight = {stage: float(n) for n, stage in enumerate(stages)}
    classes = stage_classes(stages, weight)
    assert [classes[stages[0]], classes[stages[1]]] == ["g0", "g1"]
    assert [classes[stage] for stage in stages[2:]] == [f"s{n}" for n in range(len(STAGE_FILLS))]
    assert list(stage_classes(stages[:8], weight).values()) == [f"s{n}" for n in range(8)]


def _chart(n_lines: int, months: int, budget: str | None = None, *, is_narrow: bool = False) -> str:
    lines = [
        Line(f"d{n}", (Decimal(100 * (n + 1)),) * months, "main" if n == 0 else "o0") for n in range(n_lines)
    ]
    markers = [Marker(date(2027, 1, 1), "1"), Marker(date(2031, 1, 1), "2")]
    return month_lines(
        lines,
        MONTHS[:months],
        Decimal(budget) if budget else None,
        markers,
        id_="x",
        title="t",
        desc="d",
        ceiling=Decimal(100 * n_lines),
        is_narrow=is_narrow,
    )


def test_months_are_named_as_often_as_they_fit() -> None:
    assert _chart(2, 12).count(">Dec<") == 1
    names = re.findall(r">(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)<", _chart(2, 36, is_narrow=True))
    assert names == ["Jan", "Jul"] * 3
    assert re.findall(r">(20\d\d)<", _chart(2, 36, is_narrow=True)) == ["2027", "2028", "2029"]


def test_an_event_stands_where_its_day_is() -> None:
    """New Year lies between the points of December and January; an event after the end is left out."""
    chart = _chart(1, 12)
    [x] = re.findall(r'<line class="event" x1="([\d.]+)"', chart)
    [points] = re.findall(r'class="ln main" points="([^"]*)"', chart)
    first, second = (float(point.split(",")[0]) for point in points.split()[:2])
    assert float(x) == pytest.approx((first + second) / 2, abs=0.2)


def test_days_too_close_for_two_numbers_share_one() -> None:
    def numbers(*days: int) -> list[str]:
        markers = [Marker(date(2027, 3, day), str(n)) for n, day in enumerate(days, start=1)]
        lines = [Line("d", (Decimal(1),) * 12, "main")]
        chart = month_lines(
            lines, MONTHS[:12], None, markers, id_="x", title="t", desc="d", ceiling=Decimal(1)
        )
        assert chart.count('<line class="event"') == len(days)
        return re.findall(r'class="event" text-anchor="middle">([^<]*)<', chart)

    assert numbers(1, 31) == ["1", "2"]
    assert numbers(1, 2, 31) == ["1–2", "3"]
    assert numbers(1, 8, 15, 22, 30) == ["1–5"]


def test_the_main_line_is_always_named() -> None:
    assert ">d0<" in _chart(30, 12).partition("t-main")[2][:40]
    assert _chart(30, 12).count('class="t-o0"') == 11


def test_a_budget_is_drawn_at_its_height() -> None:
    chart = _chart(4, 12, "200")
    [y] = re.findall(r'<line class="budget"[^>]* y1="([\d.]+)"', chart)
    line = re.findall(r'class="ln o0" points="[\d.]+,([\d.]+)', chart)[0]
    assert float(y) == float(line)


def test_attributes_and_text_are_escaped_once() -> None:
    assert element("a", "x & <y>", href='"<&') == '<a href="&#34;&lt;&amp;">x &amp; &lt;y&gt;</a>'
    assert element("g", element("b", text_anchor="end")) == '<g><b text-anchor="end"/></g>'

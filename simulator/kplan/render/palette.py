"""Colours of the report's charts, light and dark, and the label colour that each fill can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct


class Fill(Struct, frozen=True):
    """One colour of a chart, as it is on a light page and on a dark one."""

    light: str
    dark: str


STAGE_FILLS = (
    Fill("#3b6fd8", "#5b8def"),
    Fill("#e8a33d", "#d99a3a"),
    Fill("#0b7f9e", "#2a9db8"),
    Fill("#c2497f", "#d4669a"),
    Fill("#7c5cd6", "#957af0"),
    Fill("#58b4e0", "#7cd0f2"),
    Fill("#9a5b2a", "#b97b4b"),
    Fill("#a8b84a", "#b7c75e"),
)
"""Stages: hues that stay apart in the common kinds of colour blindness, lightness alternating,
and none near the green, slate and grey of designs."""

OTHER_FILLS = (Fill("#c4b59f", "#8c7d68"), Fill("#ddd3c4", "#6b5f4f"))
"""Stages beyond the palette: two shades of sand in turn; greys are for designs."""

INKS = ("#ffffff", "#0b0e13")


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour `#rrggbb` [0..1]; source: WCAG 2.2, relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colours [1..21]; source: WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(fill: str) -> str:
    """White or near-black, whichever reads better on the fill."""
    return max(INKS, key=lambda ink: contrast(ink, fill))


def stage_classes(stages: Sequence[str], weight: Mapping[str, float]) -> dict[str, str]:
    """A colour class for each stage, `s0`, `s1`...; beyond the palette the smallest stages turn sand.

    weight  the largest share that a stage has in any design [0..1]
    """
    coloured = sorted(stages, key=lambda stage: -weight[stage])[: len(STAGE_FILLS)]
    kept = [stage for stage in stages if stage in coloured]
    classes = {stage: f"s{n}" for n, stage in enumerate(kept)}
    others = [stage for stage in stages if stage not in classes]
    return classes | {stage: f"g{n % len(OTHER_FILLS)}" for n, stage in enumerate(others)}


def rules() -> str:
    """Fills and the ink of labels on them as CSS, by the variables of a scheme."""
    return "".join(
        f".{name}{{fill:var(--{name})}}text.on-{name}{{fill:var(--on-{name})}}" for name, _ in _named()
    )


def variables(*, is_dark: bool) -> str:
    """What the rules ask for in a light or a dark scheme, as CSS declarations."""
    colours = ((name, fill.dark if is_dark else fill.light) for name, fill in _named())
    return "".join(f"--{name}:{fill};--on-{name}:{ink_on(fill)};" for name, fill in colours)


def _named() -> list[tuple[str, Fill]]:
    stages = [(f"s{n}", fill) for n, fill in enumerate(STAGE_FILLS)]
    return stages + [(f"g{n}", fill) for n, fill in enumerate(OTHER_FILLS)]

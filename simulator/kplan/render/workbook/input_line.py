"""A line of Inputs: what an input is called and how its number is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from kplan.form.graph import Entry, Node
from kplan.render.workbook.styles import GENERAL, INPUT_MONEY, INPUT_PERCENT, WHOLE

SHARES = ("share", "cached", "chance", "retries", "contingency", "growth_per_month")
THOUSAND = 1_000
"""Whole numbers from here on are shown with separators."""


@dataclass
class InputLine:
    """One input with its node in each variant that has it."""

    name: str
    nodes: dict[int, Node] = field(default_factory=dict)


def last_part(entry: Entry) -> str:
    """What the input is called at its place: `cached` of `stages.answer.cached`."""
    return entry.name.rpartition(".")[2]


def is_share(entry: Entry) -> bool:
    """Whether it is shown in percent; a param is shown as a number, since it may be anything."""
    named = last_part(entry) in SHARES and ".params." not in f".{entry.name}"
    return named or entry.name.startswith("share of ")


def number_format(entry: Entry) -> str:
    """How its number is shown."""
    if is_share(entry):
        return INPUT_PERCENT
    if entry.name.startswith("fixed."):
        return INPUT_MONEY
    is_whole = entry.value == entry.value.to_integral_value()
    return WHOLE if is_whole and abs(entry.value) >= THOUSAND else GENERAL

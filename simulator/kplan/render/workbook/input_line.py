"""A line of Inputs: what an input is called and how its number is shown."""

from __future__ import annotations

from typing import get_args

from msgspec import Struct, field

from kplan.engine.contracts import FROM
from kplan.form.graph import Entry, Node
from kplan.kinds import KINDS
from kplan.kinds.second_pass import CheckKey
from kplan.prices.meters import METERS
from kplan.render.price_row import plural
from kplan.render.workbook.styles import GENERAL, INPUT_MONEY, INPUT_PERCENT, WHOLE

SHARES = frozenset(("share", "contingency", "growth_per_month"))
"""Parts of a whole that are not said in stages."""
CONTRACT_UNITS = {"fee": "$ per month", "minimum": "$ per month", "commitment": "$ over the plan"}
"""Amounts of contracts."""
ACCURACIES = tuple(f".check.{key}" for key in get_args(CheckKey))
"""Shares that a second pass says of who sends queries to it."""
THOUSAND = 1_000
"""Whole numbers from here on are shown with separators."""


class InputLine(Struct):
    """One input with its node in each variant that has it."""

    name: str
    nodes: dict[int, Node] = field(default_factory=dict)


def last_part(entry: Entry) -> str:
    """What the input is called at its place: `cached` of `stages.answer.cached`."""
    return entry.name.rpartition(".")[2]


def is_share(entry: Entry) -> bool:
    """Whether it is shown in percent; a param is shown as a number, since it may be anything."""
    is_named = last_part(entry) in SHARES or entry.name.endswith(ACCURACIES) or _is_part_of_stage(entry)
    is_param = ".params." in f".{entry.name}"
    is_of_models = entry.name.startswith(("models.share of ", 'models."share of '))
    return (is_named and not is_param) or is_of_models or is_step(entry)


def _is_part_of_stage(entry: Entry) -> bool:
    kind = KINDS.with_field(last_part(entry)) if ".stages." in f".{entry.name}" else None
    return kind is not None and last_part(entry) in kind.parts


def is_step(entry: Entry) -> bool:
    """Whether it is the part of the book's price that a step of a contract costs."""
    is_of_contract = entry.name.startswith("contracts.") and ".steps." in entry.name
    return is_of_contract and not entry.name.endswith(FROM)


def is_money(entry: Entry) -> bool:
    """Whether it is an amount in US dollars that the scenario states."""
    if entry.name.startswith("fixed."):
        return last_part(entry) != "quantity"
    return entry.name.startswith("contracts.") and last_part(entry) in CONTRACT_UNITS


def stage_unit(entry: Entry) -> str:
    """Unit of an input that is said in a stage; empty for any other, and for what is its own unit."""
    _, stages, rest = f".{entry.name}".rpartition(".stages.")
    if not stages or ".params." in f".{entry.name}":
        return ""
    field = last_part(entry)
    if f".usage.{field}" in rest:
        return f"{plural(METERS[field].unit if field in METERS else 'unit')} per call"
    return KINDS.unit_of(field)


def number_format(entry: Entry) -> str:
    """How its number is shown."""
    if is_share(entry):
        return INPUT_PERCENT
    if is_money(entry):
        return INPUT_MONEY
    is_whole = entry.value == entry.value.to_integral_value()
    return WHOLE if is_whole and abs(entry.value) >= THOUSAND else GENERAL

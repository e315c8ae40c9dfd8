"""The ledger: one frozen row per charge, and the sums that everything printed is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from kplan.money import ZERO, exact


class Kind(StrEnum):
    """What a line is for; usage comes from calls, the others from the month.

    Contracts make fees, credits (below 0) and true-ups. Units that are bought make two lines of capacity:
    what they cost, and below 0 what the calls that they serve would. A contingency is counted on all others.
    """

    USAGE = "usage"
    FIXED = "fixed"
    CAPACITY = "capacity"
    FEE = "fee"
    CREDIT = "credit"
    TRUE_UP = "true-up"
    CONTINGENCY = "contingency"


CONTRACT_KINDS = (Kind.FEE, Kind.CREDIT, Kind.TRUE_UP)
"""Lines that contracts make."""
OF_SUMS = (*CONTRACT_KINDS, Kind.CAPACITY)
"""Lines that are made of a month's sums: contracts', and those of units that are bought."""


class LedgerRow(Struct, frozen=True):
    """One charge: variant x design x class x stage x model x meter x price row x period.

    quantity_per_query  units of the meter for one query of the class [unit of the meter]
    unit_price_usd      price of one unit [USD]
    queries             queries of the class in the period
    cost_per_query_usd  quantity x unit price [USD], never rounded
    cost_usd            cost per query x queries [USD], never rounded
    A line by the month has no stage or class. A fixed cost that the book prices is one query of all its
    units; a credit names the model and meter that it is for; the others have no model, meter or quantity.
    """

    variant: str
    design: str
    query_class: str
    stage: str
    model: str
    meter: str
    price_row: str
    month: str
    starts_on: date
    ends_on: date
    """First day that no longer belongs to the line."""
    kind: Kind
    label: str
    """What a fixed line is called in the scenario; a contract's line by contract and term."""
    quantity_per_query: Decimal
    unit_price_usd: Decimal
    cost_per_query_usd: Decimal
    queries: Decimal
    cost_usd: Decimal


Key = TypeVar("Key")

COLUMNS = LedgerRow.__struct_fields__


def total_usd(rows: Iterable[LedgerRow]) -> Decimal:
    """Sum of the lines, exact [USD]."""
    with exact():
        return sum((row.cost_usd for row in rows), ZERO)


def grouped_usd(rows: Iterable[LedgerRow], key: Callable[[LedgerRow], Key]) -> dict[Key, Decimal]:
    """Sums of the lines by key, in the order in which the keys appear [USD]."""
    sums: dict[Key, Decimal] = {}
    with exact():
        for row in rows:
            found = key(row)
            sums[found] = sums.get(found, ZERO) + row.cost_usd
    return sums

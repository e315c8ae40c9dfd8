"""A check as JSON values: its value and its bounds as exact decimal strings."""

from __future__ import annotations

from decimal import Decimal

from kplan.money import plain
from kplan.regress.checks import CheckResult

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def check_of(check: CheckResult) -> dict[str, Value]:
    """One metric beside its bounds; no file: results call files by their names alone.

    value, max, min, off   decimal strings in `unit`: USD, a part [0..1] for a share, months, days, seconds
    locked                 what `max_increase` is counted from, where that is what max is about
    off                    how far the value lies beyond the bound that it breaks; 0 where it breaks none
    """
    return {
        "id": check.check.id or None,
        "metric": check.metric,
        "design": check.design,
        "variant": check.variant,
        "verdict": check.verdict,
        "severity": check.check.severity,
        "unit": check.unit.value,
        "value": plain(check.value),
        "max": _exact(check.bounds.max),
        "min": _exact(check.bounds.min),
        "locked": _exact(check.locked),
        "off": plain(check.off),
        "text": check.text,
        "message": check.check.message,
    }


def _exact(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)

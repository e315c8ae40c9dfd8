"""How a design fits the limits of its providers, as JSON values."""

from __future__ import annotations

from kplan.engine.fit import Fit
from kplan.money import plain

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]


def fit_of(fit: Fit) -> dict[str, Value]:
    """Null where no limit is known, of the months also where none fills up within 20 years."""
    return {
        "text": fit.text,
        "limit": fit.limit or None,
        "headroom": None if fit.headroom is None else plain(fit.headroom),
        "month": fit.month or None,
        "full_month": fit.full_month or None,
        "months_left": fit.months_left if fit.full_month else None,
    }

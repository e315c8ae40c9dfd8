"""What of a scenario may change a bill: the part of it that a lock takes the fingerprint of."""

from __future__ import annotations

from typing import Any

from kplan.scenario.buys import buys_something

_COSTS_NOTHING = frozenset(
    {
        "kplan",
        "name",
        "include",
        "variants",
        "tags",
        "checks",
        "claims",
        "books",
        "budget",
        "baseline",
        "candidates",
    }
    | {"singles", "in_use", "latency", "targets", "limits"}
)
"""Keys that change no design's bill: what includes, variants and books bring is told by what they lead to."""
_OF_UNITS = frozenset({"traffic", "offers"})
"""Keys that change the bills of designs that buy units, and no others."""


def that_costs(said: Any) -> dict[str, Any]:
    """The keys that may change a bill; what the books of `prices` bring is told by the rows that hold."""
    designs = said.get("designs")
    buys = isinstance(designs, dict) and any(map(buys_something, designs.values()))
    nothing = _COSTS_NOTHING if buys else _COSTS_NOTHING | _OF_UNITS
    found = {key: value for key, value in said.items() if key not in nothing}
    prices = found.pop("prices", None)
    own = {key: value for key, value in prices.items() if key != "book"} if isinstance(prices, dict) else {}
    return found | ({"prices": own} if own else {})

"""Offline cost simulator for LLM pipelines: what a design costs per query and per month, under dated prices.

>>> import kplan
>>> scenario = kplan.load_scenario("scenarios/rag.kplan.yaml")  # doctest: +SKIP
>>> kplan.simulate(scenario).verdict.headline[0]  # doctest: +SKIP
'stratified costs $8,721 a month, 58% less than all-sonnet ($20,740).'
"""

from __future__ import annotations

from importlib import import_module

from kplan.version import __version__

__all__ = [
    "KplanError",
    "PricedCalls",
    "Results",
    "__version__",
    "load_price_book",
    "load_scenario",
    "price_calls",
    "simulate",
    "units",
]

_HOMES = {
    "KplanError": "kplan.errors",
    "PricedCalls": "kplan.public_calls",
    "Results": "kplan.public",
    "load_price_book": "kplan.public",
    "load_scenario": "kplan.public",
    "price_calls": "kplan.public_calls",
    "simulate": "kplan.public",
    "units": "kplan.public",
}


def __getattr__(name: str) -> object:
    """The public names, imported when first asked for: `import kplan` alone loads next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kplan' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)

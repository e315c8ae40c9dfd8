"""What a result's JSON lists: objects, each with the design that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Record = dict[str, Any]
Records = Callable[[Record], Iterable[Record]]
"""Those of a document."""


def at(record: Record, path: str) -> Any:
    """What stands at a path of keys and places, `saving.usd` or `between.0`; None where nothing does."""
    found: Any = record
    for step in path.split("."):
        if isinstance(found, list) and step.isdecimal():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, dict) else None
    return found


def objects(found: object) -> list[Record]:
    """The objects of a list; one object is a list of itself."""
    items = found if isinstance(found, list) else [found]
    return [item for item in items if isinstance(item, dict)]


def listed_at(path: str) -> Records:
    """The objects of a list of the document: `events`, `prices.rows`."""
    return lambda document: objects(at(document, path))


def of_designs(path: str) -> Records:
    """One part of each design that has it, or each of a list of parts: `stages`, `ranges.drivers`."""

    def found(document: Record) -> Iterator[Record]:
        for design in objects(document.get("designs")):
            for part in objects(at(design, path)):
                yield part | _whose(design)

    return found


def designs(document: Record) -> Iterator[Record]:
    """Each design, with its first month and how many months are over the budget."""
    for design in objects(document.get("designs")):
        months = objects(design.get("cost_per_month"))
        over = sum(month.get("over_budget") is True for month in months)
        first = months[0].get("cost") if months else None
        yield design | _whose(design) | {"first_month": first, "months_over_budget": over}


def latency(document: Record) -> Iterator[Record]:
    """All queries of each design, then its classes."""
    for whole in of_designs("latency")(document):
        yield whole | {"class": "all queries"}
        for query_class in objects(whole.get("classes")):
            yield whole | query_class


def targets(document: Record) -> Iterator[Record]:
    """Each target of all queries and of a class, with what came of it."""
    for row in latency(document):
        for target in objects(row.get("targets")):
            met = target.get("met")
            yield row | target | {"verdict": "unknown" if met is None else "met" if met else "missed"}


def _whose(design: Record) -> dict[str, Any]:
    return {"design_id": design.get("id"), "design": design.get("design"), "variant": design.get("variant")}

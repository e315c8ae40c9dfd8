"""A station's answer as lines for a terminal, and as a JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from kplan.amounts import chance, duration, quantity
from kplan.capacity.queues.answer import FIGURES, Answer, Effort, kendall
from kplan.capacity.queues.demand import Demand
from kplan.capacity.queues.figures import Engine, Figure
from kplan.capacity.queues.search import LargestLoad, missed
from kplan.engine.montecarlo.numbers import decimal
from kplan.money import rounded
from kplan.render.listing import aligned

TOO_SHORT = (
    "so close to capacity a queue forgets slowly: the run is too short, and intervals are narrower than they "
    "should be"
)


class Station(Struct, frozen=True):
    """Everything that was asked and found; no answer where the servers cannot keep up."""

    demand: Demand
    effort: Effort
    found: Answer | None
    limits_s: Mapping[str, float]
    largest: LargestLoad | None


def as_lines(station: Station) -> Sequence[str]:
    """What it is, a table of times, and how the limits fare."""
    demand = station.demand
    each = f"{_time(demand.service_s)} each, {demand.servers:,} server{'s' if demand.servers > 1 else ''}"
    title = f"{kendall(demand)}: {_rate(demand.arrivals_per_s)}, {each}; {_share(demand.utilisation)} used"
    body = _table(station.found) if station.found else [_unstable(demand)]
    notes = _notes(station)
    return [title, "", *body, *([""] if notes else []), *notes]


def _unstable(demand: Demand) -> str:
    return (
        f"unstable: {_number(demand.load)} servers' worth of calls for {demand.servers:,}; the line grows "
        f"without end, and no wait is a number. At least {int(demand.load) + 1:,} servers keep up."
    )


def _table(found: Answer) -> list[str]:
    head = ("", "waiting", "95% interval", "in all", "95% interval ", "from")
    lines = [
        (name, _time(wait.value), _between(wait), _time(stay.value), _between(stay), str(stay.engine))
        for name, wait, stay in ((name, found.waits_s[name], found.stays_s[name]) for name in FIGURES)
    ]
    chances, inside = found.waiting_probability, found.in_flight
    ends = f" ({_share(chances.low)} to {_share(chances.high)})" if _is_simulated(chances) else ""
    wait = f"{_share(chances.value)} of the calls wait{ends}; {chances.engine}"
    ends = f" ({_number(inside.low)} to {_number(inside.high)})" if _is_simulated(inside) else ""
    flight = f"{_number(inside.value)} in flight on average{ends}; {inside.engine}"
    return [*aligned(head, lines, head[1:5]), "", wait, flight]


def _notes(station: Station) -> list[str]:
    found, notes = station.found, []
    if found and found.length:
        length = found.length
        notes.append(
            f"simulated: {length.counted:,} arrivals after {length.warm_up:,} to warm up, "
            f"seed {station.effort.seed}"
        )
        if length.is_short:
            notes.append(TOO_SHORT)
    late = missed(found, station.limits_s) if found else station.limits_s
    for name, limit_s in station.limits_s.items():
        got = _time(found.stays_s[name].value) if found else "unstable"
        notes.append(f"{name} at most {_time(limit_s)}: {'missed' if name in late else 'kept'}, {got}")
    if station.largest:
        notes.append(_largest_load(station.demand, station.largest))
    return notes


def _largest_load(demand: Demand, largest: LargestLoad) -> str:
    load = largest.arrivals_per_s
    if load is None:
        return f"no load keeps {largest.binding}: a call that never waits takes longer"
    ends = f" ({_rate(load.low)} to {_rate(load.high)})" if _is_simulated(load) else ""
    used = load.value * demand.service_s / demand.servers
    what = f", {largest.binding} binds" if largest.binding else ""
    return f"largest load: {_rate(load.value)}{ends}, {_share(used)} used{what}; {load.engine}"


def as_json(station: Station) -> str:
    """Times in seconds, rates per second; `engine` says where each figure is from."""
    demand, found = station.demand, station.found
    document: dict[str, object] = {
        "kind": "station",
        "schema_version": 1,
        "model": kendall(demand),
        "arrivals_per_s": _digits(demand.arrivals_per_s),
        "service_s": _digits(demand.service_s),
        "servers": demand.servers,
        "scv": _digits(demand.scv),
        "arrival_scv": _digits(demand.arrival_scv),
        "law": demand.family,
        "stable": demand.is_stable,
        "utilisation": _digits(demand.utilisation),
        "servers_to_keep_up": int(demand.load) + 1,
        "waiting_probability": _figure(found.waiting_probability) if found else None,
        "wait_s": {name: _figure(found.waits_s[name]) for name in FIGURES} if found else None,
        "sojourn_s": {name: _figure(found.stays_s[name]) for name in FIGURES} if found else None,
        "in_flight": _figure(found.in_flight) if found else None,
        "simulation": _simulation(station),
    }
    if station.limits_s:
        late = missed(found, station.limits_s) if found else station.limits_s
        limits = {name: _digits(limit_s) for name, limit_s in station.limits_s.items()}
        document["slo"] = [
            {"figure": name, "limit_s": limit_s, "kept": name not in late} for name, limit_s in limits.items()
        ]
    if station.largest:
        load = station.largest.arrivals_per_s
        document["largest_load_per_s"] = _figure(load) if load else None
        document["binding"] = station.largest.binding or None
    return json.dumps(document, indent=2, ensure_ascii=False)


def _simulation(station: Station) -> dict[str, object] | None:
    length = station.found.length if station.found else None
    if length is None:
        return None
    return {
        "seed": station.effort.seed,
        "arrivals": length.counted,
        "warm_up": length.warm_up,
        "too_short": length.is_short,
    }


def _figure(figure: Figure) -> dict[str, object]:
    ends = {"low": _digits(figure.low), "high": _digits(figure.high)} if _is_simulated(figure) else {}
    return {"value": _digits(figure.value), "engine": str(figure.engine), **ends}


def _is_simulated(figure: Figure) -> bool:
    return figure.engine is Engine.SIMULATED


def _digits(value: float) -> float:
    return float(decimal(value))


def _time(seconds: float) -> str:
    return duration(decimal(seconds))


def _share(part: float) -> str:
    return chance(decimal(part))


def _number(value: float) -> str:
    exact = decimal(value)
    return quantity(rounded(exact, max(0, 2 - exact.adjusted()))) if exact else "0"


def _rate(per_s: float) -> str:
    return f"{_number(per_s)}/s"


def _between(figure: Figure) -> str:
    return f"{_time(figure.low)} to {_time(figure.high)}" if _is_simulated(figure) else ""

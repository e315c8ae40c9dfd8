"""What a reader of the page may move, and within which bounds: the inputs whose range somebody stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.plan import Plan
from kplan.form.expressions import Expression, Number
from kplan.form.graph import LeafKind, Node, Op
from kplan.money import ONE, ZERO, exact
from kplan.scenario.model import Scenario
from kplan.scenario.names import dotted
from kplan.scenario.params import Param
from kplan.scenario.tree import Place
from kplan.scenario.uncertain.between import Between

TRAFFIC, NUMBERS, CHANCES, CACHED, MONEY = "Traffic", "Numbers", "Chances and shares", "Cached", "Money"
TENFOLD = Decimal(10)
"""Amounts without bounds of their own, such as the volume, move from a tenth to ten times the plan's."""
_GROWTH = (Decimal("-0.2"), Decimal("0.3"))
_CONTINGENCY = (ZERO, Decimal("0.5"))
_PER_QUERY = {"queries_per_month": "queries a month", "queries_per_day": "queries a day"}
_DIGITS = 3
"""Of a percentile that nobody wrote."""
_PARTS = ("chance", "failure", "hits", "retries")
"""Fields of stages that say how often something happens."""


class Knob(Struct, frozen=True):
    """One number that the page moves."""

    place: Place
    """Where the scenario says it."""
    label: str
    group: str
    planned: Decimal
    low: Decimal
    high: Decimal
    unit: str = ""
    form: str = "number"
    """How it is printed: `number`, `share` or `usd`."""
    is_log: bool = False
    """Whether it moves by ratios."""
    node: Node | None = None
    """None for the budget, which no cost is made of."""
    takes_back: tuple[str, ...] = ()
    """What the scenario says of its uncertainty, which a value that was set has no more."""

    @property
    def name(self) -> str:
        """Its place in one word, for links."""
        return ".".join(map(str, self.place))


def knobs(plan: Plan, used: Iterable[Node]) -> list[Knob]:
    """The inputs that may be moved, in the order shown: those that some cost follows.

    used   the nodes that the page's figures are made of
    """
    leaves = {
        entry.name: node
        for node in sorted(used)
        if (entry := plan.graph.entries[node]).op is Op.LEAF and entry.kind is LeafKind.INPUT
    }
    found = [replace(knob, node=leaves[name]) for name, knob in _stated(plan, leaves) if name in leaves]
    budget = plan.scenario.budget_usd_per_month
    if budget:
        found.append(_tenfold(Knob(("budget",), "Budget", MONEY, budget, ZERO, ZERO, "a month", "usd")))
    return [_around(knob) for knob in dict.fromkeys(found) if knob.low < knob.high]


def _around(knob: Knob) -> Knob:
    """Bounds that hold the plan's value, whatever was stated."""
    return replace(knob, low=min(knob.low, knob.planned), high=max(knob.high, knob.planned))


def _tenfold(knob: Knob) -> Knob:
    with exact():
        return replace(knob, low=knob.planned.scaleb(-1), high=knob.planned * TENFOLD, is_log=True)


def _stated(plan: Plan, leaves: Mapping[str, Node]) -> Iterator[tuple[str, Knob]]:
    """Each candidate with the name of its leaf."""
    scenario = plan.scenario
    yield from _volume(scenario)
    yield from _params(scenario, _chances(plan, leaves))
    yield from _stages(scenario)
    low, high = _CONTINGENCY
    knob = Knob(("contingency",), "Contingency", MONEY, scenario.contingency, low, high, "", "share")
    yield "contingency", knob


def _volume(scenario: Scenario) -> Iterator[tuple[str, Knob]]:
    volume = scenario.volume
    for key, unit in _PER_QUERY.items():
        if (value := getattr(volume, key)) is not None:
            place = ("volume", key)
            knob = Knob(place, unit.capitalize(), TRAFFIC, value, ZERO, ZERO, "queries")
            yield dotted(place), _tenfold(knob)
    low, high = _GROWTH
    place = ("volume", "growth_per_month")
    yield (
        dotted(place),
        Knob(place, "Growth a month", TRAFFIC, volume.growth_per_month, low, high, "", "share"),
    )


def _params(scenario: Scenario, chances: frozenset[str]) -> Iterator[tuple[str, Knob]]:
    """The general params and the classes' own, where bounds are stated or the param is itself a chance."""
    named: list[tuple[Place, str, Mapping[str, Param]]] = [((), "", scenario.params)]
    named += [
        (("mix", id_), id_, {name: each for name, each in scenario.params_of(id_).items() if name in own})
        for id_, own in ((id_, set(query_class.params)) for id_, query_class in scenario.mix.items())
    ]
    for path, of_class, params in named:
        for name, param in params.items():
            leaf = f"{dotted(path)}.params.{name}" if path else f"params.{name}"
            bounds = _bounds(param) or ((ZERO, ONE) if leaf in chances else None)
            if isinstance(param.value, Number) and bounds:
                label = f"{_spoken(name)}, {of_class}" if of_class else _spoken(name)
                is_share = not param.unit and bounds[0] >= ZERO and bounds[1] <= ONE
                group, form = (CHANCES, "share") if is_share else (NUMBERS, "number")
                knob = Knob((*path, "params", name), label, group, param.value.value, *bounds)
                unit = "" if param.unit.lower() == _spoken(name).lower() else param.unit
                yield leaf, replace(knob, unit=unit, form=form, takes_back=tuple(param.spreads))


def _bounds(param: Param) -> tuple[Decimal, Decimal] | None:
    """The stated range, else the 10th and the 90th percentile of what the value may come to."""
    if param.range:
        return param.range
    spread = param.spread()
    if spread is None:
        return None
    if isinstance(spread, Between):
        return spread.low, spread.high
    import numpy as np  # only where something is uncertain, whose draws need it too

    low, high = (Decimal(f"{end:.{_DIGITS}g}") for end in spread.quantiles(np.array([0.1, 0.9])))
    return low, high


def _chances(plan: Plan, leaves: Mapping[str, Node]) -> frozenset[str]:
    """The inputs that are by themselves the chance of some stage."""
    stated = {node for design in plan.designs for stage in design.stages for node in stage.chances}
    return frozenset(name for name, node in leaves.items() if node in stated)


def _stages(scenario: Scenario) -> Iterator[tuple[str, Knob]]:
    """Chances and cached shares that are plain numbers, of stages and of what is laid over them."""
    layers: list[tuple[Place, str, Mapping[str, object]]] = [(("stages",), "", scenario.stages)]
    layers += [(("designs", id_, "stages"), id_, each.stages) for id_, each in scenario.designs.items()]
    layers += [(("mix", id_, "stages"), id_, each.stages) for id_, each in scenario.mix.items()]
    for path, owner, stages in layers:
        for name, stage in stages.items():
            said = {key: _number(getattr(stage, key, None)) for key in (*_PARTS, "cached", "cache_write")}
            written = said.pop("cache_write") or ZERO
            for key, value in said.items():
                if value is not None:
                    place = (*path, name, key)
                    most = ONE - written if key == "cached" else ONE
                    group, what = (CACHED, "cached") if key == "cached" else (CHANCES, key)
                    label = f"{_spoken(name)} {what}" + (f", {owner}" if owner else "")
                    yield dotted(place), Knob(place, label, group, value, ZERO, most, "", "share")


def _number(value: Expression | None) -> Decimal | None:
    return value.value if isinstance(value, Number) else None


def _spoken(name: str) -> str:
    """A key as one says it: `second_pass_rate` -> `Second pass rate`."""
    words = name.replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]

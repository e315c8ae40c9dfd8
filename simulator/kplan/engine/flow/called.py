"""Calls of a crowd: what each costs, how long it takes, and what it leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from kplan.engine.flow.choice import Chooser
from kplan.engine.flow.crowd import Crowd, Group, Value
from kplan.engine.flow.formulas import CallFormula, Formulas
from kplan.engine.flow.memory import CONTEXT, HELD, WARM
from kplan.engine.flow.speeds import Speeds
from kplan.form.arrays import Array
from kplan.form.expressions import Expression
from kplan.form.graph import Node
from kplan.kinds.primitives import Charge, Context

COST, TIME = "cost", "time"
"""Columns: what a query has cost so far [USD], and the moment it has come to [s]."""
CLOSE = 1e-12
"""Chances that miss 0 or 1 by less are certain."""

Draw = Callable[[str, Node], Array]
"""Amounts of a variable for every query, from the stream of this name, shape (n,)."""


@dataclass
class Caller:
    """A crowd with the places that it is in, and the numbers that hold there."""

    crowd: Crowd
    chooser: Chooser
    formulas: Formulas
    speeds: Speeds
    query_class: str
    draw: Draw
    unknown: dict[tuple[str, str], None] = field(default_factory=dict)
    """Stages and models of which nobody said how fast they are: times are too short then."""
    stages: list[str] = field(default_factory=list)
    contexts: list[tuple[Context, str]] = field(default_factory=list)
    shares: list[Expression] = field(default_factory=list)
    """Shares of a call that are billed, of the parts around it."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often each thing was drawn on this way."""
    scopes: list[dict[Node, Array]] = field(default_factory=lambda: [{}])
    """Amounts drawn: once for the query, then for each visit and call around."""

    @property
    def stage(self) -> str:
        """The innermost stage around."""
        return self.stages[-1] if self.stages else ""

    @property
    def around(self) -> tuple[str, int] | None:
        """The innermost context by name and depth."""
        return (self.contexts[-1][1], len(self.contexts) - 1) if self.contexts else None

    def value(self, expression: Expression, group: Group) -> Value:
        """What a number comes to for a group."""
        formula = self.formulas.amount(expression)
        if formula.fixed is not None:
            return formula.fixed[0]
        return formula.run({node: self._drawn(node)[group] for node in formula.varying})[0]

    def _drawn(self, node: Node) -> Array:
        """A variable's amounts for all queries: drawn once for the query, or once for this call."""
        variable = self.formulas.variables[node]
        scope = self.scopes[-1 if variable.stage else 0]
        if node not in scope:
            scope[node] = self.draw(self.named(variable.name), node)
        return scope[node]

    def named(self, what: str) -> str:
        """The stream of something, another one each time that it is drawn."""
        name = f"{self.query_class}/{what}"
        self.counts[name] += 1
        return f"{name}/{self.counts[name]}"

    def parted(self, group: Group, chances: Sequence[Value], stream: str) -> list[Group | None]:
        """The group by chance, the rest last; nothing is drawn where all is certain."""
        known = [chance for chance in chances if isinstance(chance, float)]
        if len(known) < len(chances):
            return self.chooser.choose(group, chances, stream)
        ways = [n for n, chance in enumerate(known) if chance > CLOSE]
        if 1 - fsum(known) > CLOSE or not ways:
            ways.append(len(known))
        found: list[Group | None] = [None] * (len(known) + 1)
        taken = [known[n] for n in ways[:-1]]
        for n, each in zip(
            ways, self.chooser.choose(group, taken, stream) if taken else [group], strict=True
        ):
            found[n] = each
        return found

    def whole(self, group: Group, *parts: Group | None) -> Group:
        """A group out of its parts."""
        return self.chooser.whole(group, [each for each in parts if each is not None])

    def grow(self, group: Group, tokens: Value) -> None:
        """Tokens join the innermost context."""
        self.crowd.add((CONTEXT, len(self.contexts) - 1), group, tokens)

    def formula(self, charge: Charge, ref: str) -> CallFormula:
        """The formula of a call here."""
        return self.formulas.call(charge, ref, self.contexts, self.stage)

    def call(self, charge: Charge, ref: str, group: Group) -> None:
        """One call of everyone in a group."""
        formula = self.formula(charge, ref)
        values = formula.formula.run(self._given(formula, ref, group))
        self.bill(values[formula.cost], group)
        self.take(formula, ref, values, group)
        for key in formula.warm:
            self.crowd.put((WARM, *key), group, 1.0)
        if formula.prompt.context is None:
            return
        prompt, answer = values[len(formula.meters) : formula.cost]
        self.grow(group, prompt)
        if formula.prompt.context.cache:
            self.crowd.put((HELD, formula.prompt.context_name, ref), group, self._tokens(group))
        self.grow(group, answer)

    def _tokens(self, group: Group) -> Value:
        return self.crowd.of((CONTEXT, len(self.contexts) - 1), group)

    def _given(self, formula: CallFormula, ref: str, group: Group) -> Mapping[Node, Value]:
        """What varies in a call: what was drawn, and what the queries carry."""
        values: dict[Node, Value] = {}
        warm = {node: (WARM, *key) for key, node in formula.warm.items()}
        held = (HELD, formula.prompt.context_name, ref)
        for node in formula.formula.varying:
            if node in warm:
                values[node] = self.crowd.of(warm[node], group)
            elif node == self.formulas.held:
                values[node] = self.crowd.of(held, group)
            elif node == self.formulas.since:
                values[node] = self._tokens(group) - self.crowd.of(held, group)
            else:
                values[node] = self._drawn(node)[group]
        return values

    def bill(self, usd: Value, group: Group) -> None:
        """Add the cost of a call, or the share of it that is billed [USD]."""
        for share in self.shares:
            usd = usd * self.value(share, group)
        self.crowd.add(COST, group, usd)

    def take(self, formula: CallFormula, ref: str, values: Sequence[Value], group: Group) -> None:
        """Add the time of a call; none where nobody said how fast the model is, which is kept."""
        usage = dict(zip(formula.meters, values, strict=False))
        speed = self.speeds.of(self.stage, ref)
        if speed is None or not speed.is_known(usage):
            self.unknown[self.stage, ref] = None
            return
        self.spend(speed.seconds(usage), group)

    def spend(self, seconds: Value, group: Group) -> None:
        """Move the clock of a group."""
        self.crowd.add(TIME, group, seconds)

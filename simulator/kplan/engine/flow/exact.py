"""Expected visits and calls of a query, exactly: no sampling, whatever depends on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from kplan.engine.flow.expectation import Expected, ExpectedCall, Mass, Outcome, share_of
from kplan.engine.flow.prompt import Caches, Prompt
from kplan.engine.flow.situation import CacheKey, Situation
from kplan.engine.flow.turns import Turns
from kplan.errors import KplanError
from kplan.form.expressions import Expression
from kplan.form.graph import Graph, Node, Op
from kplan.kinds.primitives import (
    Branch,
    Carry,
    Catch,
    Charge,
    Context,
    Fail,
    Parallel,
    Part,
    Primitive,
    Repeat,
    Sequence,
    Visit,
    Wait,
    forgets,
)
from kplan.money import ONE, ZERO

MOST_SITUATIONS = 2_000
"""Situations that one way may lead to at a time."""
MOST_STEPS = 150_000
"""Steps over all ways: some seconds of work, and a workbook too large to open."""


def expected(graph: Graph, body: Primitive, bind: Callable[[Expression], Node], caches: Caches) -> Expected:
    """Everything a query does under a primitive, with its expected number.

    Expectation is linear, so calls may be counted way by way, each with the chance of the way: the state of
    the prompt caches, and of the contexts, is followed exactly along it. Ways that later stages cannot tell
    apart are followed as one. Chances, like all amounts, are nodes of the graph.

    Raises KplanError where there are too many ways, or a loop without an end.
    """
    return _Exact(graph, bind, caches).run(body)


class _Exact(Struct, dict=True):
    graph: Graph
    bind: Callable[[Expression], Node]
    caches: Caches
    visits: dict[str, list[Node]] = field(default_factory=dict)
    calls: dict[tuple[object, ...], tuple[ExpectedCall, list[Node]]] = field(default_factory=dict)
    touched: dict[CacheKey, list[Node]] = field(default_factory=dict)
    contexts: list[tuple[Context, str, Node]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    share: list[Node] = field(default_factory=list)
    """Shares of a call that are billed, of the parts around it."""
    steps: int = 0

    def __post_init__(self) -> None:
        self.turns = Turns(self.graph)

    def run(self, body: Primitive) -> Expected:
        graph, start = self.graph, Situation()
        end = self.walk(body, start, graph.number(ONE))
        return Expected(
            visits={stage: graph.sum(nodes) for stage, nodes in self.visits.items()},
            calls=[self._summed(call, times) for call, times in self.calls.values()],
            stopped=graph.sum(end.failed.values()),
            touched={key: graph.sum(nodes) for key, nodes in self.touched.items()},
        )

    def _summed(self, call: ExpectedCall, times: list[Node]) -> ExpectedCall:
        total = self.graph.sum(times)
        return replace(call, times=total)

    def walk(self, body: Primitive, here: Situation, mass: Node) -> Outcome:
        """One body from one situation; a body that leaves nothing behind leaves the chance as it was."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise KplanError(
                f"more than {MOST_STEPS:,} steps to follow: fewer attempts inside attempts, or fewer turns"
            )
        outcome = _WALKS[type(body)](self, body, here, mass)
        if len(outcome.ok) + len(outcome.failed) > MOST_SITUATIONS:
            raise KplanError(
                f"more than {MOST_SITUATIONS:,} ways that later stages could tell apart: "
                "fewer turns, or fewer stages with a chance inside a growing context"
            )
        return Outcome({here: mass}) if not outcome.failed and outcome.ok.keys() == {here} else outcome

    def _add(self, mass: Mass, more: Mass) -> None:
        for situation, node in more.items():
            have = mass.get(situation)
            mass[situation] = node if have is None else self.graph.apply(Op.ADD, have, node)

    def _through(self, body: Primitive, before: Mass, into: Outcome) -> None:
        """Walk a body from every situation, and add up where it leads."""
        for here, mass in before.items():
            outcome = self.walk(body, here, mass)
            self._add(into.ok, outcome.ok)
            self._add(into.failed, outcome.failed)

    def sequence(self, body: Sequence, here: Situation, mass: Node) -> Outcome:
        done = Outcome({here: mass})
        for item in body.items:
            after = Outcome(failed=done.failed)
            self._through(item, done.ok, after)
            done = after
        return done

    def visit(self, body: Visit, here: Situation, mass: Node) -> Outcome:
        self.visits.setdefault(body.stage, []).append(mass)
        self.stages.append(body.stage)
        outcome = self.walk(body.body, here, mass)
        self.stages.pop()
        return outcome

    def branch(self, body: Branch, here: Situation, mass: Node) -> Outcome:
        outcome, chances = Outcome(), [self.bind(chance) for chance, _ in body.options]
        for chance, (_, option) in zip(chances, body.options, strict=True):
            self._through(option, {here: self._part(mass, chance)}, outcome)
        if body.otherwise is not None:
            self._through(body.otherwise, {here: self._rest(mass, chances)}, outcome)
        return outcome

    def _part(self, mass: Node, chance: Node) -> Node:
        """A part of a chance; chances of chances grow longer with every step, and are cut to 60 digits."""
        return self.graph.apply(Op.GROW, mass, chance)

    def _rest(self, mass: Node, chances: list[Node]) -> Node:
        rest = self.graph.apply(Op.SUBTRACT, self.graph.number(ONE), self.graph.sum(chances))
        return self._part(mass, rest)

    def repeat(self, body: Repeat, here: Situation, mass: Node) -> Outcome:
        if body.stop is not None:
            return self._until_stop(body, here, mass)
        assert body.times is not None
        times = self.bind(body.times)
        if forgets(body.body, bool(self.contexts)):
            guard = (
                self.graph.number(ONE)
                if body.most is None
                else self.turns.guard(times, self.turns.most(body, times, self.stages[-1]))
            )
            self.walk(body.body, here, self.graph.product(self._part(mass, guard), times))
            return Outcome({here: mass})
        return self._turns(body, times, here, mass)

    def _turns(self, body: Repeat, times: Node, here: Situation, mass: Node) -> Outcome:
        """Turn by turn: a turn t takes place with chance min(1, max(0, n - t + 1))."""
        most = self.turns.most(body, times, self.stages[-1])
        times = self.turns.of_this_visit(times)
        done, end = Outcome(), {here: self._part(mass, self.turns.guard(times, most))}
        for turn in range(most):
            end = self._once_more(body.body, end, self.turns.takes_place(times, turn), done)
        self._add(done.ok, end)
        return done

    def _until_stop(self, body: Repeat, here: Situation, mass: Node) -> Outcome:
        assert body.stop is not None
        assert body.most is not None
        goes_on = self._rest(self.graph.number(ONE), [self.bind(body.stop)])
        done, end = Outcome(), {here: mass}
        for turn in range(body.most):
            end = self._once_more(body.body, end, goes_on if turn else self.graph.number(ONE), done)
        self._add(done.ok, end)
        return done

    def _once_more(self, body: Primitive, before: Mass, chance: Node, done: Outcome) -> Mass:
        """The situations behind one more time; those who do without are done."""
        if not self.graph.is_number(chance, ONE):
            self._add(done.ok, {here: self._rest(mass, [chance]) for here, mass in before.items()})
        after = Outcome()
        taking = {here: self._part(mass, chance) for here, mass in before.items()}
        self._through(body, taking, after)
        self._add(done.failed, after.failed)
        return after.ok

    def parallel(self, body: Parallel, here: Situation, mass: Node) -> Outcome:
        """All arms from the same situation; the chance of a joint end is followed arm by arm."""
        ends: dict[tuple[Situation, bool], Node] = {(here, False): mass}
        for arm in body.arms:
            after: dict[tuple[Situation, bool], Node] = {}
            for (so_far, has_failed), chance in ends.items():
                outcome = self.walk(arm, here, chance)
                for mass_of, is_failed in ((outcome.ok, has_failed), (outcome.failed, True)):
                    for end, node in mass_of.items():
                        key = (so_far.joined(here, end, self._context), is_failed)
                        after[key] = self.graph.apply(Op.ADD, after[key], node) if key in after else node
            ends = after
        done = Outcome()
        for (situation, has_failed), node in ends.items():
            self._add(done.failed if has_failed else done.ok, {situation: node})
        return done

    def context(self, body: Context, here: Situation, mass: Node) -> Outcome:
        name = f"{'/'.join(self.stages)}#{len(self.contexts)}"
        self.contexts.append((body, name, self.bind(body.initial)))
        inner = self.walk(body.body, here.entered(), mass)
        self.contexts.pop()
        done = Outcome()
        for mass_of, into in ((inner.ok, done.ok), (inner.failed, done.failed)):
            for situation, node in mass_of.items():
                self._add(into, {situation.left(name): node})
        return done

    def carry(self, body: Carry, here: Situation, mass: Node) -> Outcome:
        tokens = self.bind(body.tokens)
        idle = not here.contexts or self.graph.is_number(tokens, ZERO)
        return Outcome({here if idle else here.grown(tokens): mass})

    def part(self, body: Part, here: Situation, mass: Node) -> Outcome:
        self.share.append(self.bind(body.share))
        outcome = self.walk(body.body, here, mass)
        self.share.pop()
        return outcome

    def catch(self, body: Catch, here: Situation, mass: Node) -> Outcome:
        tried = self.walk(body.body, here, mass)
        failed: Mass = {}
        for situation, node in tried.failed.items():
            self._add(failed, {situation.back(here, self._context): node})
        done = Outcome(ok=dict(tried.ok))
        self._through(body.otherwise, failed, done)
        return done

    @property
    def _context(self) -> str:
        """The name of the innermost context."""
        return self.contexts[-1][1] if self.contexts else ""

    def fail(self, _body: Fail, here: Situation, mass: Node) -> Outcome:
        return Outcome(failed={here: mass})

    def wait(self, _body: Wait, here: Situation, mass: Node) -> Outcome:
        return Outcome({here: mass})

    def charge(self, charge: Charge, here: Situation, mass: Node) -> Outcome:
        prompt = Prompt.of(self.graph, self.bind, self.caches, charge, self.contexts)
        if not prompt.remembers:
            self._record(prompt, charge, charge.models, here, mass, "")
            return Outcome({here: mass})
        if not prompt.is_cached:
            self._record(prompt, charge, charge.models, here, mass, "")
            return Outcome({prompt.after(here, ""): mass})
        done = Outcome()
        for ref, share in charge.models:
            part = self._part(mass, share_of(self.graph, ref, share))
            self._touch(prompt, here, ref, part)
            self._record(prompt, charge, ((ref, ONE),), here, part, ref)
            self._add(done.ok, {prompt.after(here, ref): part})
        return done

    def _touch(self, prompt: Prompt, here: Situation, ref: str, mass: Node) -> None:
        for key in prompt.first_touched(here, ref):
            self.touched.setdefault(key, []).append(mass)

    def _record(
        self,
        prompt: Prompt,
        charge: Charge,
        models: tuple[tuple[str, Decimal], ...],
        here: Situation,
        mass: Node,
        ref: str,
    ) -> None:
        stage, usage = self.stages[-1], prompt.usage(here, ref)
        key = (stage, id(charge), ref, tuple(usage.items()))
        if key not in self.calls:
            slot = len(self.calls)
            call = ExpectedCall(stage, slot, charge, models, usage, mass, prompt.parts)
            self.calls[key] = (call, [])
        self.calls[key][1].append(self.graph.product(mass, *self.share))


_WALKS: Mapping[type, Callable[..., Outcome]] = {
    Charge: _Exact.charge,
    Wait: _Exact.wait,
    Branch: _Exact.branch,
    Repeat: _Exact.repeat,
    Parallel: _Exact.parallel,
    Context: _Exact.context,
    Carry: _Exact.carry,
    Sequence: _Exact.sequence,
    Visit: _Exact.visit,
    Part: _Exact.part,
    Fail: _Exact.fail,
    Catch: _Exact.catch,
}

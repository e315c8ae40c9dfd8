"""What queries do, all of a crowd at once: the primitives over columns, with chances drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import numpy as np

from kplan.engine.flow import memory
from kplan.engine.flow.called import CLOSE, TIME, Caller
from kplan.engine.flow.crowd import Group, Value
from kplan.engine.flow.formulas import CallFormula
from kplan.engine.flow.prompt import SEPARATOR
from kplan.kinds.primitives import (
    NOTHING,
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
    taken,
)

Ends: TypeAlias = tuple[Group | None, Group | None]
"""Who came through, and who failed."""
Chance = Callable[[int, Group], Value]
"""How likely one more time is, behind so many."""


@dataclass
class Walk(Caller):
    """A crowd's way through a flow; call `run` once.

    A group walks together as long as nothing parts it, and what is the same for all of it stays one number.
    """

    level: int = 0
    """How many blocks around have columns of their own."""

    def run(self, body: Primitive, everyone: Group) -> Group | None:
        """Walk the flow from its beginning; who stops on the way, since something failed, is returned."""
        for (key, ref), node in self.formulas.caches.warm.items():
            stream = f"{self.query_class}/warm {key.split(SEPARATOR)[0]}/{ref}"
            found, rest = self.parted(everyone, [self.formulas.number(node)], stream)
            if found is not None:
                self.crowd.put((memory.WARM, key, ref), found, 1.0)
            everyone = self.whole(everyone, found, rest)
        return self.walk(body, everyone)[1]

    def walk(self, body: Primitive, group: Group) -> Ends:
        """One body."""
        return _WALKS[type(body)](self, body, group)

    def _ends(self, group: Group, ok: list[Group], failed: list[Group]) -> Ends:
        """Where a group is in which not all fared alike."""
        if not failed:
            return self.whole(group, *ok), None
        return self.crowd.together(ok), self.crowd.together(failed)

    def _sequence(self, body: Sequence, group: Group) -> Ends:
        failed: list[Group] = []
        here: Group | None = group
        for item in body.items:
            if here is None:
                break
            here, lost = self.walk(item, here)
            failed += _listed(lost)
        return here, self.crowd.together(failed)

    def _visit(self, body: Visit, group: Group) -> Ends:
        self.stages.append(body.stage)
        self.scopes.append({})
        ends = self.walk(body.body, group)
        self.scopes.pop()
        self.stages.pop()
        return ends

    def _branch(self, body: Branch, group: Group) -> Ends:
        """Each way from the same counts: no query takes two of them."""
        ways = [option for _, option in body.options]
        chances = [self.value(chance, group) for chance, _ in body.options]
        if body.otherwise is None:
            chances.pop()
        else:
            ways.append(body.otherwise)
        parts = self.parted(group, chances, self.named(self._choice(body)))
        ok, failed = list[Group](), list[Group]()
        before, after = self.counts, Counter[str]()
        for way, each in zip(ways, parts, strict=True):
            if each is not None:
                self.counts = before.copy()
                through, lost = self.walk(way, each)
                ok += _listed(through)
                failed += _listed(lost)
                after |= self.counts
        self.counts = after
        return self._ends(group, ok, failed)

    def _choice(self, body: Branch) -> str:
        """A stage's own chance bears its name, wherever the stage stands."""
        first = body.options[0][1]
        is_own = len(body.options) == 1 and isinstance(first, Visit) and body.otherwise == NOTHING
        return f"{first.stage}/chance" if is_own and isinstance(first, Visit) else f"{self.stage}/branch"

    def _repeat(self, body: Repeat, group: Group) -> Ends:
        if body.stop is not None:
            return self._times(body, group, lambda turn, here: self._goes_on(body, turn, here))
        assert body.times is not None
        times = self.value(body.times, group)
        if body.again is not None:
            times = times / (1.0 + self.value(body.again, group))
            body = Repeat(Sequence((body.body, taken(body.again, body.body))), at_once=True)
        if isinstance(times, float) and abs(times - 1.0) < CLOSE:
            return self.walk(body.body, group)
        if isinstance(times, float):
            formula = self._alike(body)
            if formula is not None:
                return self._multiplied(formula, body, times, group)
            return self._times(body, group, lambda turn, _: _left(times, turn))
        column = ("times", self.level)
        self.crowd.put(column, group, times)
        return self._times(body, group, lambda turn, here: _left(self.crowd.of(column, here), turn))

    def _goes_on(self, body: Repeat, turn: int, here: Group) -> Value:
        assert body.stop is not None
        return float(turn == 0) if turn in (0, body.most) else 1.0 - self.value(body.stop, here)

    def _times(self, body: Repeat, group: Group, chance: Chance) -> Ends:
        """Time after time; at once, all begin at the same moment and the longest counts."""
        start, end = ("start", self.level), ("end", self.level)
        self.level += 1
        for column in (start, end) if body.at_once else ():
            self.crowd.put(column, group, self.crowd.of(TIME, group))
        here: Group | None = group
        done, failed = list[Group](), list[Group]()
        for turn in count():
            if here is None:
                break
            going, rest = self.parted(here, [chance(turn, here)], self.named(f"{self.stage}/turns"))
            done += _listed(rest)
            if going is None:
                break
            here, lost = (
                self._at_once(body, start, end, going) if body.at_once else self.walk(body.body, going)
            )
            failed += _listed(lost)
        self.level -= 1
        ends = self._ends(group, done, failed)
        for each in ends if body.at_once else ():
            if each is not None:
                self.crowd.put(TIME, each, self.crowd.of(end, each))
        return ends

    def _at_once(self, body: Repeat, start: Hashable, end: Hashable, group: Group) -> Ends:
        """One more, from the same moment."""
        self.crowd.put(TIME, group, self.crowd.of(start, group))
        ok, lost = self.walk(body.body, group)
        self._keep_latest(end, self.whole(group, ok, lost))
        return ok, lost

    def _keep_latest(self, end: Hashable, group: Group) -> None:
        one, other = self.crowd.of(end, group), self.crowd.of(TIME, group)
        is_plain = isinstance(one, float) and isinstance(other, float)
        self.crowd.put(end, group, max(one, other) if is_plain else np.maximum(one, other))

    def _alike(self, body: Repeat) -> CallFormula | None:
        """The formula of calls at once that are all the same; None where they may differ."""
        charge = body.body
        if not (body.at_once and isinstance(charge, Charge) and len(charge.models) == 1):
            return None
        found = self.formula(charge, charge.models[0][0])
        return found if found.formula.fixed is not None and not found.prompt.remembers else None

    def _multiplied(self, formula: CallFormula, body: Repeat, times: float, group: Group) -> Ends:
        """So many calls at once that are alike."""
        assert formula.formula.fixed is not None
        assert isinstance(body.body, Charge)
        values, whole = formula.formula.fixed, int(times + CLOSE)
        more, rest = self.parted(group, [max(0.0, times - whole)], self.named(f"{self.stage}/turns"))
        for each, n in ((more, whole + 1), (rest, whole)):
            if each is not None and n:
                self.bill(values[formula.cost] * n, each)
                self.take(formula, body.body.models[0][0], values, each)
        return self.whole(group, more, rest), None

    def _parallel(self, body: Parallel, group: Group) -> Ends:
        """Arm after arm from the same memory and moment; what each adds is joined behind the last."""
        level, crowd = self.level, self.crowd
        self.level += 1
        start, end, failed = (("start", level), ("end", level), ("failed", level))
        memory.keep(crowd, group, level)
        for column in (start, end):
            crowd.put(column, group, crowd.of(TIME, group))
        crowd.put(failed, group, 0.0)
        for arm in body.arms:
            memory.restart(crowd, group, level)
            crowd.put(TIME, group, crowd.of(start, group))
            ok, lost = self.walk(arm, group)
            if lost is not None:
                crowd.put(failed, lost, 1.0)
            group = self.whole(group, ok, lost)
            self._keep_latest(end, group)
            memory.join(crowd, group, level, self.around)
        memory.end(crowd, group, level)
        crowd.put(TIME, group, crowd.of(end, group))
        self.level -= 1
        return crowd.without(group, crowd.of(failed, group))

    def _context(self, body: Context, group: Group) -> Ends:
        name = f"{'/'.join(self.stages)}#{len(self.contexts)}"
        self.crowd.put((memory.CONTEXT, len(self.contexts)), group, self.value(body.initial, group))
        memory.forget(self.crowd, group, name)
        self.contexts.append((body, name))
        ends = self.walk(body.body, group)
        self.contexts.pop()
        return ends

    def _carry(self, body: Carry, group: Group) -> Ends:
        if self.contexts:
            self.grow(group, self.value(body.tokens, group))
        return group, None

    def _part(self, body: Part, group: Group) -> Ends:
        self.shares.append(body.share)
        ends = self.walk(body.body, group)
        self.shares.pop()
        return ends

    def _catch(self, body: Catch, group: Group) -> Ends:
        """What failed takes back what it has added to the context around."""
        level, around = self.level, self.around
        if around is not None:
            memory.mark(self.crowd, group, level, around[1])
        self.level += 1
        ok, lost = self.walk(body.body, group)
        self.level -= 1
        if lost is None:
            return ok, None
        if around is not None:
            memory.back(self.crowd, lost, level, around)
        saved, failed = self.walk(body.otherwise, lost)
        return self._ends(group, [*_listed(ok), *_listed(saved)], _listed(failed))

    def _fail(self, _body: Fail, group: Group) -> Ends:
        return None, group

    def _wait(self, body: Wait, group: Group) -> Ends:
        self.spend(self.value(body.seconds, group), group)
        return group, None

    def _charge(self, charge: Charge, group: Group) -> Ends:
        parts: list[Group | None] = [group]
        if len(charge.models) > 1:
            shares = [float(share) for _, share in charge.models[:-1]]
            parts = self.parted(group, shares, self.named(f"{self.stage}/model"))
        self.scopes.append({})
        for (ref, _), each in zip(charge.models, parts, strict=True):
            if each is not None:
                self.call(charge, ref, each)
        self.scopes.pop()
        return self.whole(group, *parts), None


def _left(times: Value, turn: int) -> Value:
    """Chance of one more behind so many: min(1, max(0, times - turn))."""
    if isinstance(times, float):
        return min(1.0, max(0.0, times - turn))
    return np.clip(times - turn, 0.0, 1.0)


def _listed(group: Group | None) -> list[Group]:
    return [] if group is None else [group]


_WALKS: Mapping[type, Callable[..., Ends]] = {
    Charge: Walk._charge,
    Wait: Walk._wait,
    Branch: Walk._branch,
    Repeat: Walk._repeat,
    Parallel: Walk._parallel,
    Context: Walk._context,
    Carry: Walk._carry,
    Sequence: Walk._sequence,
    Visit: Walk._visit,
    Part: Walk._part,
    Fail: Walk._fail,
    Catch: Walk._catch,
}

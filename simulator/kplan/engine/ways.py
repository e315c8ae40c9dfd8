"""How right the queries of a class are answered, from how right its stages are, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from kplan.form.expressions import Number
from kplan.kinds.block import Block
from kplan.kinds.bundles import Bundles
from kplan.kinds.fallback import Fallback
from kplan.kinds.retry import Retry
from kplan.kinds.route import Route
from kplan.money import ONE, ZERO, exact, quotient
from kplan.quality.intervals import Interval
from kplan.quality.parts import UNKNOWN, Part, composed, mixed
from kplan.scenario.pipeline import Children
from kplan.scenario.placed import PlacedStage


class Way(Struct, frozen=True):
    """How right what is known of a query's stages makes it, block by block."""

    children: Children
    parts: Mapping[str, Part]
    """Stage -> how right it is where a query meets it."""
    visits: Callable[[str], Decimal]
    assume: str | None

    def whole(self) -> Part:
        """Of all stages."""
        return composed(list(self._inside(None, ONE)), self.assume)

    def _inside(self, block: str | None, visited: Decimal) -> Iterator[Part]:
        """The parts in a block, as they are to so many."""
        for each in self.children.get(block, ()):
            yield from self._parts(each, visited)

    def _parts(self, placed: PlacedStage, visited: Decimal) -> Iterator[Part]:
        if isinstance(placed.stage, (Route, Bundles)):
            yield from self._route(placed, visited)
        elif isinstance(placed.stage, Fallback):
            yield from self._fallback(placed, placed.stage, visited)
        elif placed.id in self.parts:
            yield self.parts[placed.id].visited(_of(self.visits(placed.id), visited))
        elif isinstance(placed.stage, Block):
            yield from self._inside(placed.id, visited)

    def _route(self, route: PlacedStage, visited: Decimal) -> Iterator[Part]:
        """The classifier as it stands; of the ways each query takes one, so that they mix."""
        met, ways = self.visits(route.id), []
        for each in self.children.get(route.id, ()):
            here = self.visits(each.id)
            known = list(self._parts(each, here))
            if each.id == getattr(route.stage, "classifier", None):
                yield from (part.visited(_of(met, visited)) for part in known)
            elif known and here:
                ways.append((_of(here, met), composed(known, self.assume)))
        if ways:
            with exact():
                rest = ONE - sum((share for share, _ in ways), ZERO)
            yield mixed([*ways, (max(ZERO, rest), Part.exactly(ONE))]).visited(_of(met, visited))

    def _fallback(self, placed: PlacedStage, stage: Fallback, visited: Decimal) -> Iterator[Part]:
        """One answer is served, of whichever stage gives it: it is as right as the least and the most are.

        Plain stages answer whenever they are reached, and mix by how often they are. Where answers are
        refused, those that pass are others than all that were scored: nothing is known.
        """
        tries = []
        inside = self.children.get(placed.id, ())
        for each in inside:
            here = self.visits(each.id)
            known = list(self._parts(each, here))
            if here:
                tries.append((here, composed(known, self.assume) if known else UNKNOWN))
        if all(part is UNKNOWN for _, part in tries):
            return
        refused = any(share != Number(ZERO) for share in stage.rejected.values())
        if refused or any(isinstance(each.stage, Retry) and each.stage.check for each in inside):
            part = UNKNOWN
        elif any(isinstance(each.stage, Block) for each in inside):
            lows, highs = zip(*((part.interval.low, part.interval.high) for _, part in tries), strict=True)
            part = Part(Interval(min(lows), max(highs)), None)
        else:
            with exact():
                reached = sum((here for here, _ in tries), ZERO)
            part = mixed((_of(here, reached), part) for here, part in tries)
        yield part.visited(_of(self.visits(placed.id), visited))


def _of(visits: Decimal, of: Decimal) -> Decimal:
    """Visits as a share of other ones, which they are among [0..1]."""
    return min(ONE, quotient(visits, of)) if of else ZERO

"""How right each design is: its floors, what was measured of it, and what right and wrong answers cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from msgspec.structs import replace

from kplan.amounts import between
from kplan.engine.floors import single as cheapest_clearing_single
from kplan.engine.plan import Plan
from kplan.engine.results import DesignQuality, DesignResult, Saving
from kplan.engine.scores import DECLARED, Scores
from kplan.engine.singles import Placed, Singles, placed_stages
from kplan.engine.ways import Way
from kplan.form.decimals import Decimals
from kplan.kinds.retry import Retry
from kplan.kinds.second_pass import SecondPass
from kplan.money import ONE, ZERO, exact, quotient
from kplan.quality.attempts import accepted_within
from kplan.quality.intervals import Standing, each_of
from kplan.quality.parts import UNKNOWN, Part, mixed
from kplan.quality.verifier import Verifier
from kplan.quality.worth import cost_per_correct, with_errors
from kplan.scenario.pipeline import by_block, of_queries
from kplan.scenario.placed import PlacedStage
from kplan.scenario.second_passes import Judged, judged
from kplan.scenario.values import Values

Visits = Mapping[tuple[str, str], Decimal]
"""Class and stage or block -> executions for one query, where there are any."""


def with_quality(
    designs: Sequence[DesignResult], plan: Plan, scores: Scores, added: Singles
) -> list[DesignResult]:
    """The designs with their quality.

    With floors, savings are against the cheapest single that clears them.
    """
    met = _met(plan)
    judges = {
        each.design: _Judge(
            scores,
            placed_stages(plan.scenario, each.design, added),
            *met[each.design],
        )
        for each in designs
    }
    has_floors = scores.quality.floor is not None or any(
        any(judge.floors()) for design, judge in judges.items() if design not in added
    )
    found = [replace(each, quality=judges[each.design].quality(each, has_floors)) for each in designs]
    return _against_clearing(found) if has_floors else found


def _met(plan: Plan) -> dict[str, tuple[Visits, Mapping[str, Decimal]]]:
    """What the queries of each design meet: visits of its stages, and the share that gets no right answer."""
    values = Decimals(plan.graph)
    found: dict[str, tuple[Visits, Mapping[str, Decimal]]] = {}
    for design in plan.designs:
        visits = {key[1:]: values[node] for key, node in plan.visits.items() if key[0] == design.id}
        with exact():
            lost = {
                each.query_class: values[each.stopped] + values[each.served_wrong] for each in design.lost
            }
        found[design.id] = (visits, lost)
    return found


@dataclass(frozen=True)
class _Judge:
    """Works out the quality of one design."""

    scores: Scores
    placed: Placed
    visits: Visits
    lost: Mapping[str, Decimal]
    """Class -> share of its queries that stop, or are served a wrong answer from a cache."""
    values: dict[str, Values] = field(init=False)
    judged: dict[tuple[str, str], Judged] = field(default_factory=dict)
    """Class and second pass -> its figures, where they say how right what is served is."""

    def __post_init__(self) -> None:
        scenario = self.scores.scenario
        values = {name: Values.of(scenario.params_of(name)) for name in self.placed}
        object.__setattr__(self, "values", values)
        for name, each in self._stages():
            found = judged(each.stage, values[name]) if isinstance(each.stage, SecondPass) else None
            if found is not None and found.served is not None:
                self.judged[name, each.id] = found

    def floors(self) -> Iterator[tuple[PlacedStage, Decimal | str]]:
        """Every stage that has a floor."""
        for _, each in self._stages():
            floor = getattr(each.stage, "floor", None)
            if floor is not None:
                yield each, floor

    def quality(self, design: DesignResult, has_floors: bool) -> DesignQuality:
        """The quality of the design, whose costs these are."""
        part, basis = self._whole(design.design)
        standing, reasons = self._standing(part, basis, design.design) if has_floors else (None, ())
        point = None if part is None else part.point
        cost, price = design.total_per_query_usd, self.scores.quality.wrong_answer
        return DesignQuality(
            interval=None if part is None else part.interval,
            point=point,
            basis=basis,
            served=part.served if part is not None and part.served < ONE else None,
            standing=standing,
            reasons=reasons,
            is_declared=bool(self._mended()) or any(isinstance(floor, str) for _, floor in self.floors()),
            wrong_answer_usd=price,
            cost_per_correct_usd=cost_per_correct(cost, point) if point else None,
            with_errors_usd=None if point is None or price is None else with_errors(cost, point, price),
        )

    def _stages(self) -> Iterator[tuple[str, PlacedStage]]:
        for name, stages in self.placed.items():
            yield from ((name, each) for each in stages)

    def _standing(self, part: Part | None, basis: str, design: str) -> tuple[Standing, tuple[str, ...]]:
        """How the design stands to all its floors, and why where it does not clear them."""
        found = [
            self.scores.against(each.id, floor, ref)
            for each, floor in self.floors()
            for ref, _ in each.models
        ]
        floor = self.scores.quality.floor
        if floor is not None:
            found.append(self._whole_standing(part or UNKNOWN, basis, design, floor))
        standing = Standing.of_all(each for each, _ in found)
        if not found:
            return Standing.UNKNOWN, ("no floor is asked of it",)
        if standing is Standing.CLEARS:
            return standing, ()
        return standing, tuple(dict.fromkeys(why for each, why in found if each is standing))

    def _whole_standing(self, part: Part, basis: str, design: str, floor: Decimal) -> tuple[Standing, str]:
        if part is UNKNOWN:
            return Standing.UNKNOWN, basis
        standing = part.interval.against(floor)
        missing = () if design in self.scores.quality.end_to_end else tuple(dict.fromkeys(self._unknown()))
        if missing and standing is not Standing.FAILS:
            return Standing.UNKNOWN, "; ".join(missing)
        return standing, f"{between(part.interval.low, part.interval.high)} right as a whole"

    def _whole(self, design: str) -> tuple[Part | None, str]:
        """How right the design is, and what that rests on."""
        quality = self.scores.quality
        score = quality.end_to_end.get(design)
        if score is not None:
            part = Part(score.interval(quality.confidence), score.point)
            return part, f"measured end to end, {score}"
        measured, mended = self._measured(), self._mended()
        if not measured and not mended:
            by_tier = f"by tier: {DECLARED}" if self.scores.tiers else "nothing is measured"
            return None, "no score of its stages" if quality.measured else by_tier
        confidence = each_of(max(1, len(measured)), quality.confidence)
        shares = self.scores.scenario.shares()
        part = mixed((shares[name], self._class(name, confidence)) for name in self.placed)
        return part, self._basis({stage for stage, _ in measured}, mended, part.point is None)

    def _mended(self) -> dict[str, str]:
        """The stages whose answers a second pass of known accuracy replaces, or a check accepts -> it."""
        passes = {
            target(each.stage): each.id for name, each in self._stages() if (name, each.id) in self.judged
        }
        return passes | {
            each.id: "its check"
            for _, each in self._stages()
            if isinstance(each.stage, Retry) and each.stage.check
        }

    def _measured(self) -> set[tuple[str, str]]:
        """Stages and models whose scores the whole is composed of, those that are missing among them."""
        queries = (each for stages in self.placed.values() for each in of_queries(stages))
        first = (each for each in queries if not isinstance(each.stage, SecondPass))
        mended = self._mended()
        scored = self.scores.quality.measured
        return {
            (each.id, ref)
            for each in first
            if each.id in scored and mended.keys().isdisjoint((each.id, each.stage.inside))
            for ref, _ in each.models
        }

    def _unknown(self) -> Iterator[str]:
        for stage, ref in sorted(self._measured()):
            if self.scores.score(stage, ref) is None:
                yield f"{ref} has no score at {stage}"

    def _basis(self, measured: set[str], mended: Mapping[str, str], is_open: bool) -> str:
        """What the figures rest on, in words: the stages counted, and the assumption between them."""
        ids = dict.fromkeys(each.id for _, each in self._stages())
        counted = [id_ for id_ in ids if id_ in measured or id_ in mended]
        named = ", ".join(
            f"{id_} after {mended[id_]} ({DECLARED})" if id_ in mended else id_ for id_ in counted
        )
        assumed = self.scores.quality.assume
        if len(counted) == 1:
            return f"{named} alone"
        if not is_open and assumed is None:
            return f"{named}, of which each query takes one"
        if is_open:
            return f"bounds from {named}, whatever depends on what"
        return f"chain of {named}" if assumed == "chain" else f"product of {named}, assumed independent"

    def _class(self, query_class: str, confidence: Decimal) -> Part:
        """How right the queries of a class are answered, from the stages that something is known of."""
        parts: dict[str, Part] = {}
        placed = of_queries(self.placed[query_class])
        for each in placed:
            if isinstance(each.stage, SecondPass):
                self._second(query_class, each, each.stage, parts)
            elif isinstance(each.stage, Retry) and each.stage.check:
                parts[each.id] = self._accepted(query_class, each.stage)
            elif each.id in self.scores.quality.measured:
                parts[each.id] = self._stage(each, confidence)
        way = Way(by_block(placed), parts, partial(self._visits, query_class), self.scores.quality.assume)
        return way.whole().less(self.lost[query_class])

    def _accepted(self, query_class: str, retry: Retry) -> Part:
        """Attempts until a check accepts one: those queries that get no answer are counted as stopped."""
        value = self.values[query_class].value
        verifier = Verifier(**{key: value(share) for key, share in retry.check.items()})
        answered = accepted_within(verifier.accepted(), retry.attempts)
        return Part.exactly(verifier.precision()).visited(answered)

    def _visits(self, query_class: str, stage: str) -> Decimal:
        return self.visits.get((query_class, stage), ZERO)

    def _second(
        self, query_class: str, placed: PlacedStage, stage: SecondPass, parts: dict[str, Part]
    ) -> None:
        """Put what a second pass makes of it in the place of what it corrects."""
        found, corrected = self.judged.get((query_class, placed.id)), target(stage)
        if found is not None and found.served is not None:
            parts[corrected] = Part.exactly(found.served.right, found.served.coverage)
        elif corrected in parts and (answers := self._visits(query_class, corrected)):
            again = quotient(self._visits(query_class, placed.id), answers)
            parts[corrected] = parts[corrected].disturbed(min(ONE, again))

    def _stage(self, placed: PlacedStage, confidence: Decimal) -> Part:
        """A stage on its models, each by its share of the calls."""
        return mixed((share, self._model(placed.id, ref, confidence)) for ref, share in placed.models)

    def _model(self, stage: str, ref: str, confidence: Decimal) -> Part:
        score = self.scores.score(stage, ref)
        return UNKNOWN if score is None else Part(score.interval(confidence), score.point)


def target(stage: object) -> str:
    """The stage whose answers a second pass replaces."""
    return (stage.corrects or stage.like or stage.after or "") if isinstance(stage, SecondPass) else ""


def _against_clearing(designs: Sequence[DesignResult]) -> list[DesignResult]:
    """Savings against the cheapest one-model design that clears the floors; none where none does."""
    single = cheapest_clearing_single(designs)
    return [replace(each, saving_vs_cheapest_single=_saving(each, single)) for each in designs]


def _saving(design: DesignResult, against: DesignResult | None) -> Saving | None:
    if against is None or design.id == against.id:
        return None
    with exact():
        usd = against.total_usd - design.total_usd
    share = quotient(usd, against.total_usd) if against.total_usd else None
    return Saving(against.id, usd, share)

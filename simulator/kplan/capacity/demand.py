"""What a design asks of its providers: calls for a query, what they hold, and which limits count them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from kplan.capacity.limit_book import LimitBook
from kplan.capacity.limits import LEVEL, Amounts, Limit
from kplan.engine.calls import Callers, ModelCall, PlacedByClass, StageCalls
from kplan.engine.entries import entries_of
from kplan.engine.flow.speeds import Speed, Speeds
from kplan.engine.montecarlo.numbers import decimal
from kplan.engine.plan import Plan, PlannedDesign
from kplan.engine.problems import Problems
from kplan.engine.singles import Single, chat_models
from kplan.engine.speed_table import SpeedTable
from kplan.form.bind import Parameters
from kplan.form.decimals import Decimals
from kplan.form.expressions import Number
from kplan.form.graph import Graph, Node
from kplan.form.moments import Moments
from kplan.kinds.retry import Retry
from kplan.money import ONE, ZERO, exact, plain, quotient
from kplan.prices.book import Book
from kplan.prices.meters import METERS, chain
from kplan.prices.models import ModelRow
from kplan.prices.skipped import Skipped
from kplan.scenario.flow import PlacedStage
from kplan.scenario.pipeline import of_queries
from kplan.scenario.traffic import Account, LimitsInUse

BATCH = "batch"
BATCH_S = Decimal(86_400)
"""How long a batch is taken to wait [s]: the 24 hours that Anthropic, OpenAI, Azure and Google promise."""
_CONCURRENCY = "concurrency"


class CallShape(Struct, frozen=True):
    """Calls that a stage makes to a model for a query of one class, all alike."""

    query_class: str
    stage: str
    model: ModelRow
    mode: str
    per_query: Decimal
    """Calls for a query of the whole mix, on average."""
    amounts: Amounts
    """What one has on average: request (1), input, cache_write, cache_read, output; max_tokens if said."""
    lasts_s: Decimal | None = None
    """How long one takes on average without any load [s]; None where `latency` does not say it."""
    why_unknown: str = ""
    """What is missing for that, and what to say."""
    usage: Mapping[str, Decimal] = field(default_factory=dict)
    """Tokens of each meter that one has on average."""

    @property
    def waits_in_batches(self) -> bool:
        """Whether it is not answered at once."""
        return self.mode == BATCH


class Demand(Struct, frozen=True):
    """What a query of a design takes of a limit."""

    limit: Limit
    per_query: Decimal
    """What the limit counts for a query on average; of levels x seconds."""
    stages: Mapping[str, Decimal]
    """The same by stage."""
    note: str = ""


@dataclass
class Askers:
    """The calls of a plan's designs, followed in a graph of their own, which changes no cost."""

    plan: Plan
    book: Book

    def __post_init__(self) -> None:
        scenario = self.plan.scenario
        graph, problems = Graph(), Problems(scenario)
        params = {name: param.value for name, param in scenario.params.items()}
        months = [date.fromisoformat(f"{month}-01") for month in self.plan.months]
        tokenizers = entries_of("tokenizers", scenario.tokenizers, self.book, problems)
        self._callers = Callers(scenario, graph, Parameters(graph, params), months, tokenizers)
        self._moments, self._values = Moments(graph), Decimals(graph)
        values = Decimals(self.plan.graph)
        self._shares = {name: values[node] for name, node in self.plan.shares.items()}
        self._chat = chat_models(scenario, self.book)
        self._speeds = SpeedTable.of(scenario, self.book)

    def shapes(self, design: PlannedDesign) -> tuple[CallShape, ...]:
        """The calls of a query of the design; those that read documents in are left out."""
        placed = self._callers.placed(design.id)
        if design.added:
            placed = Single(design.single_model, self._chat).everywhere(placed)
        stages = self._callers.calls(design.id, _whole(placed))
        speeds = {name: self._of_class(name, of) for name, of in placed.items()}
        return tuple(
            found
            for stage in stages
            if stage.corpus is None
            for found in self._of_stage(stage, speeds[stage.query_class])
        )

    def _of_class(self, name: str, placed: Sequence[PlacedStage]) -> Speeds:
        """How fast the models of a class's stages are."""
        flow = self._callers.flow(name, of_queries(placed))
        return self._speeds.speeds(flow.graph, flow.stages, flow.node)

    def _of_stage(self, stage: StageCalls, speeds: Speeds) -> Iterator[CallShape]:
        for call in stage.calls:
            times = self._mean(call.times)
            if times and any(METERS[meter].unit == "token" for meter in call.usage if meter in METERS):
                lasts_s = self._lasts_s(call, times, speeds.of(stage.placed.id, call.ref))
                why = "" if lasts_s is not None else self._speeds.why_unknown(stage.placed, call.ref)
                tokens = self._tokens(call, times)
                yield CallShape(
                    stage.query_class,
                    stage.placed.id,
                    self.book.find(call.ref),
                    call.mode,
                    times * self._shares[stage.query_class],
                    _amounts(tokens),
                    lasts_s,
                    why,
                    tokens,
                )

    def _lasts_s(self, call: ModelCall, times: Decimal, speed: Speed | None) -> Decimal | None:
        """The mean time of a call, which is linear in what it has [s]; None where it is not known."""
        graph = self._callers.graph
        usage = {
            meter: float(quotient(self._mean(graph.product(call.times, units)), times))
            for meter, units in call.profile.items()
        }
        return None if speed is None or not speed.is_known(usage) else decimal(speed.seconds(usage))

    def _tokens(self, call: ModelCall, times: Decimal) -> Mapping[str, Decimal]:
        """Mean tokens of a call by meter: those of all calls of a query, over their number."""
        graph = self._callers.graph
        return {
            meter: quotient(self._mean(graph.product(call.times, units)), times)
            for meter, units in call.usage.items()
            if bucket_of(meter)
        }

    def _mean(self, node: Node) -> Decimal:
        return self._values[self._moments.expected(node)]


def _amounts(tokens: Mapping[str, Decimal]) -> Amounts:
    """What a call has on average: itself, and its tokens as limits count them."""
    found = {"request": ONE}
    for meter, units in tokens.items():
        found[bucket_of(meter)] = found.get(bucket_of(meter), ZERO) + units
    return found


def _whole(placed: PlacedByClass) -> PlacedByClass:
    """The stages with every attempt as a whole one: limits count calls that fail, whatever they bill."""

    def whole(each: PlacedStage) -> PlacedStage:
        if not isinstance(each.stage, Retry):
            return each
        return replace(each, stage=each.stage.model_copy(update={"bills": Number(ONE)}))

    return {name: [whole(each) for each in stages] for name, stages in placed.items()}


def bucket_of(meter: str) -> str:
    """Which part of a call a meter's units are; empty for what is no token."""
    names, known = chain(meter), METERS.get(meter)
    if known is None or known.unit != "token":
        return ""
    if "cache_read" in names:
        return "cache_read"
    if "cache_write_5m" in names:
        return "cache_write"
    return "output" if known.family == "output" else "input"


def demands(
    shapes: Sequence[CallShape],
    limits: LimitBook,
    in_use: LimitsInUse,
    day: date,
) -> tuple[list[Demand], list[Skipped]]:
    """What a query takes of each limit that holds on a day, and what is held to no limit, with the reason."""
    by_limit: dict[str, tuple[Limit, list[CallShape]]] = {}
    skipped: dict[Skipped, None] = {}
    for shape in shapes:
        account = in_use.accounts.get(shape.model.provider, Account())
        asked = (shape.model, day, account.tier, account.service)
        found = limits.in_force(*asked)
        counted = [each for each in found if each.counting.is_batch is shape.waits_in_batches]
        if not counted:
            why = limits.why_none(*asked) if not found else f"none of its limits counts {shape.mode} calls"
            skipped[Skipped(shape.model.ref, why)] = None
        for limit in counted:
            by_limit.setdefault(limit.id, (limit, []))[1].append(_said(shape, in_use))
    whole = []
    for limit, its_shapes in by_limit.values():
        try:
            whole.append(_demand(limit, its_shapes))
        except _UnknownError as e:
            skipped[Skipped(limit.id, str(e))] = None
    return whole, list(skipped)


class _UnknownError(Exception):
    """What a limit counts is not known of a call."""


def _said(shape: CallShape, in_use: LimitsInUse) -> CallShape:
    """The shape with the max_tokens that the scenario says for its stage."""
    most = in_use.max_tokens.get(shape.stage)
    return shape if most is None else replace(shape, amounts={**shape.amounts, "max_tokens": most})


def _demand(limit: Limit, shapes: Iterable[CallShape]) -> Demand:
    stages: dict[str, Decimal] = {}
    for shape in shapes:
        if limit.counting.needs_max_tokens and "max_tokens" not in shape.amounts:
            raise _UnknownError(
                f"it counts max_tokens, which is not said for {shape.stage}; write limits: {{max_tokens:"
                f" {{{shape.stage}: 800}}}}"
            )
        with exact():
            each = max(limit.counting.charge(shape.amounts), limit.counting.settled(shape.amounts))
            taken = shape.per_query * each * _stays_s(limit, shape)
            stages[shape.stage] = stages.get(shape.stage, ZERO) + taken
    return Demand(limit, sum(stages.values(), ZERO), stages, _note(limit))


def _stays_s(limit: Limit, shape: CallShape) -> Decimal:
    """For how long a call takes up a level [s]; 1 for rates, where that plays no part."""
    if limit.counting.kind != LEVEL:
        return ONE
    if limit.counting.measures != _CONCURRENCY:
        return BATCH_S
    if shape.lasts_s is None:
        raise _UnknownError(f"it counts calls in flight, and {shape.why_unknown}")
    return shape.lasts_s


def _note(limit: Limit) -> str:
    if limit.counting.settles is not None:
        return "as reserved when a call comes; what it does not use comes back at its end"
    if len(limit.counting.counts) > 1:
        return "of calls that vary, the mean one is counted: the true count is higher"
    if limit.counting.is_batch:
        return f"batches are taken to wait {plain(BATCH_S / 3600)} hours"
    return ""

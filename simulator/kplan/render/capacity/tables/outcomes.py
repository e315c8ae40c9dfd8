"""Tables of what comes of the limits: calls in flight, what helps, bursts, and what no limit counts."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.amounts import chance, duration, share
from kplan.capacity.actions import Action
from kplan.capacity.delays import Delays
from kplan.capacity.study import Study
from kplan.prices.skipped import Skipped
from kplan.render.capacity.tables.listing import DESIGN, Listing, OfDesign, flag, number, text
from kplan.render.capacity.words import in_digits


class OfFlight(OfDesign, frozen=True):
    """A design's calls with its providers at once, in one month."""

    month: int
    mean: float
    peak: float


class OfAction(OfDesign, frozen=True):
    """Something that helps a design."""

    action: Action


class OfDelays(OfDesign, frozen=True):
    """How a trace fares at a design's limit in one month."""

    delays: Delays

    def found(self, figure: str) -> float | None:
        """A figure of the trace; none where it is not known."""
        return None if self.delays.found is None else float(getattr(self.delays.found, figure))


class OfSkipped(OfDesign, frozen=True):
    """What of a design is held to no limit that is known."""

    skipped: Skipped


def _flights(study: Study) -> Iterator[OfFlight]:
    for each in study.designs:
        for month, _ in enumerate(each.months):
            if (found := each.in_flight(month)) is not None:
                yield OfFlight(each, month, *found)


def _actions(study: Study) -> Iterator[OfAction]:
    return (OfAction(each, action) for each in study.designs for action in each.actions)


def _delays(study: Study) -> Iterator[OfDelays]:
    return (OfDelays(each, delays) for each in study.designs for delays in each.delays)


def _skipped(study: Study) -> Iterator[OfSkipped]:
    return (OfSkipped(each, skipped) for each in study.designs for skipped in each.headroom.skipped)


IN_FLIGHT: Listing[OfFlight] = Listing(
    "Calls in flight",
    _flights,
    (
        *DESIGN,
        text("month", lambda r: r.each.months[r.month], "month"),
        number("mean_calls", lambda r: r.mean, "mean", in_digits),
        number("peak_calls", lambda r: r.peak, "busiest minute", in_digits),
        text("engine", lambda r: r.each.flight.engine),
    ),
)
ACTIONS: Listing[OfAction] = Listing(
    "What helps, the cheapest first",
    _actions,
    (
        *DESIGN,
        text("action", lambda r: r.action.text, "action"),
        text("kind", lambda r: r.action.kind, "kind"),
        number("then_share", lambda r: r.action.use_then, "at most then", share),
        number("later_months", lambda r: r.action.months_more, "months later", in_digits),
        flag("suffices", lambda r: r.action.suffices),
        text("", lambda r: "yes" if r.action.suffices else "no", "enough"),
    ),
)
BURSTS: Listing[OfDelays] = Listing(
    "Bursts: how the calls of the trace fare",
    _delays,
    (
        *DESIGN,
        text("month", lambda r: r.delays.month, "month"),
        number("mean_use", lambda r: r.delays.use, "mean", share),
        number("calls", lambda r: r.found("n_calls")),
        number("delayed_share", lambda r: r.found("delayed"), "wait", chance),
        number("p50_s", lambda r: r.found("p50_s"), "p50", duration),
        number("p99_s", lambda r: r.found("p99_s"), "p99", duration),
        number("longest_s", lambda r: r.found("max_s"), "longest", duration),
        text("unknown", lambda r: r.delays.why, "unknown", 2),
        text("engine", lambda r: r.delays.found and r.delays.found.engine),
    ),
)
NOT_COUNTED: Listing[OfSkipped] = Listing(
    "Held to no limit that is known",
    _skipped,
    (
        *DESIGN,
        text("what", lambda r: r.skipped.what, "what"),
        text("why", lambda r: r.skipped.why, "why"),
    ),
)

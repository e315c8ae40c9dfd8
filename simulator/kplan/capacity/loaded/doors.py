"""What stands before a station, call by call: buckets, counters and slots, each in the state of a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapreplace
from math import floor, inf
from typing import Protocol


class Door(Protocol):
    """Whether a call may begin, asked in the order of time."""

    def ready_s(self, now_s: float, charge: float) -> float:
        """When it may begin if nobody else does before; now, or later [s]."""

    def enter(self, now_s: float, charge: float, end_s: float) -> None:
        """A call begins now that is over at a known time."""

    def settle(self, now_s: float, back: float) -> bool:
        """A call is over that leaves so much less than it took; whether that lets others in."""


@dataclass
class BucketDoor:
    """A token bucket; see `kplan.capacity.buckets.TokenBucket`, of which this is one step.

    rate_per_s   refill [units/s]
    window_s     it holds what comes in within this time; full at first
    """

    rate_per_s: float
    window_s: float
    full_s: float = -inf
    """When it would be full again."""

    def ready_s(self, now_s: float, charge: float) -> float:
        """When the bucket holds the charge, or is full if that is less."""
        return max(now_s, self.full_s + min(0.0, charge / self.rate_per_s - self.window_s))

    def enter(self, now_s: float, charge: float, end_s: float) -> None:  # noqa: ARG002
        """Take the charge."""
        self.full_s = max(self.full_s, now_s) + charge / self.rate_per_s

    def settle(self, now_s: float, back: float) -> bool:
        """Pay back what a reservation did not use; Source: as `Reservations`."""
        self.full_s = max(self.full_s, now_s) - back / self.rate_per_s
        return back > 0


@dataclass
class WindowDoor:
    """A counter that starts anew with each window; see `FixedWindow`."""

    most: float
    window_s: float
    number: int = -1
    count: float = 0.0

    def ready_s(self, now_s: float, charge: float) -> float:
        """Now, if the window has room; else when the next one begins."""
        number = floor(now_s / self.window_s)
        has_room = number > self.number or self.count + charge <= self.most * (1 + 1e-12)
        return now_s if has_room else (self.number + 1) * self.window_s

    def enter(self, now_s: float, charge: float, end_s: float) -> None:  # noqa: ARG002
        """Count the charge."""
        number = floor(now_s / self.window_s)
        if number > self.number:
            self.number, self.count = number, 0.0
        self.count += charge

    def settle(self, now_s: float, back: float) -> bool:  # noqa: ARG002
        """What was counted stays counted."""
        return False


@dataclass
class SlotDoor:
    """As many calls at once."""

    slots: int
    free_s: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.free_s = [-inf] * self.slots

    def ready_s(self, now_s: float, charge: float) -> float:  # noqa: ARG002
        """When a slot is free."""
        return max(now_s, self.free_s[0])

    def enter(self, now_s: float, charge: float, end_s: float) -> None:  # noqa: ARG002
        """Take the slot that is free the longest."""
        heapreplace(self.free_s, end_s)

    def settle(self, now_s: float, back: float) -> bool:  # noqa: ARG002
        """Its end was known."""
        return False

"""The calls of one design on two sides, those of one side against those of the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from msgspec.structs import replace

from kplan.regress.priced import PricedCalls, Slot, SlotId
from kplan.scenario.model import ONLY_CLASS

Slots = Mapping[SlotId, Slot]


def paired_slots(design: str, sides: tuple[PricedCalls, PricedCalls]) -> tuple[Slots, Slots]:
    """Each side's calls of a design; calls of both sides with one id are the same call.

    A scenario without a mix, held against one with a mix, has the classes of the other: its calls are
    taken apart in the proportion in which the other's classes make the same call. So a mix that changes
    nothing but its classes' tokens is a change of tokens, and one that changes nothing has no effect.
    """
    base, head = ({id_: slot for id_, slot in side.slots.items() if id_[0] == design} for side in sides)
    return dict(_taken_apart(base, head)), dict(_taken_apart(head, base))


def _taken_apart(own: Slots, other: Slots) -> Iterator[tuple[SlotId, Slot]]:
    if _classes(own) != {ONLY_CLASS} or _classes(other) <= {ONLY_CLASS}:
        yield from own.items()
        return
    for id_, slot in own.items():
        found = {each: other[each].flow for each in other if (each[2], each[3]) == (id_[2], id_[3])}
        total = sum(found.values(), Fraction(0))
        for each, flow in (found or {id_: Fraction(0)}).items():
            part = flow / total if total else Fraction(1, len(found) or 1)
            yield each, replace(slot, flow=slot.flow * part)


def _classes(ids: Iterable[SlotId]) -> set[str]:
    return {class_id for _, class_id, _, _ in ids}

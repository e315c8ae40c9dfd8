"""The answer in words where there are floors: the cheapest design that clears them, and what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from kplan.amounts import money, per_1000
from kplan.amounts import share as share_of
from kplan.engine.results import DesignQuality, DesignResult
from kplan.engine.told import prices
from kplan.money import exact, quotient
from kplan.quality.intervals import Standing

MOST_NAMED = 6
"""So many designs that are not decided are named with their reasons."""


def has_floors(designs: Sequence[DesignResult]) -> bool:
    """Whether the scenario asks for any quality."""
    return any(design.quality and design.quality.standing for design in designs)


def standing(design: DesignResult) -> Standing | None:
    """How a design stands to the floors."""
    return design.quality.standing if design.quality else None


def winner(designs: Sequence[DesignResult]) -> DesignResult | None:
    """The cheapest design that clears the floors, wrong answers counted where they have a price."""
    clearing = [design for design in designs if standing(design) is Standing.CLEARS]
    ranked = [design for design in clearing if _objective(design) is not None]
    if ranked:
        return min(ranked, key=lambda design: (_objective(design), design.total_usd))
    return min(clearing, key=lambda design: design.total_usd, default=None)


def single(designs: Sequence[DesignResult]) -> DesignResult | None:
    """The cheapest one-model design that clears the floors."""
    clearing = [each for each in designs if each.single_model and standing(each) is Standing.CLEARS]
    return min(clearing, key=lambda design: design.total_usd, default=None)


def answer(designs: Sequence[DesignResult], baseline: DesignResult) -> str:
    """Which design clears the floors for least, against the cheapest single that does, then the baseline."""
    best = winner(designs)
    if best is None:
        return "No design is known to clear the floors."
    price, _, when = prices(best, baseline)
    other = single(designs)
    against = [_against_single(best, other)]
    if baseline.id not in (best.id, other.id if other else ""):
        kept = "" if standing(baseline) is Standing.CLEARS else ", which is not known to clear them"
        against.append(f"{_difference(best, baseline)} {baseline.id} ({prices(best, baseline)[1]}){kept}")
    return f"{best.id} costs {price} {when}{_least(best)}: {'; '.join(against)}."


def _least(design: DesignResult) -> str:
    if (cost := _objective(design)) is None:
        return ", the least of the designs that clear the floors"
    wrong = design.quality.wrong_answer_usd if design.quality else None
    priced = money(wrong) if wrong is not None else ""
    return (
        f" and, with {priced} for each wrong answer, the least of the designs that clear the floors"
        f" ({per_1000(cost)} per 1,000 queries)"
    )


def _against_single(best: DesignResult, other: DesignResult | None) -> str:
    if other is None:
        return "no single model is known to clear them"
    if other.id == best.id:
        return "it runs one model everywhere"
    price = prices(best, other)[1]
    return f"{_difference(best, other)} {other.id} ({price}), the cheapest single model that does"


def _difference(best: DesignResult, other: DesignResult) -> str:
    with exact():
        usd = other.total_usd - best.total_usd
    if not usd or not other.total_usd:
        return "as much as"
    return f"{share_of(quotient(abs(usd), other.total_usd))} {'less' if usd > 0 else 'more'} than"


def caveats(designs: Sequence[DesignResult]) -> list[str]:
    """What is not decided, and what is only declared."""
    best = winner(designs)
    said = [*_open(designs, best, Standing.UNDECIDED), *_open(designs, best, Standing.UNKNOWN)]
    if any(design.quality and design.quality.is_declared for design in designs):
        said.append("Tiers and checks are declared, not measured.")
    return said


def _open(designs: Sequence[DesignResult], best: DesignResult | None, which: Standing) -> Iterator[str]:
    """Designs whose standing is open; the cheaper ones first, since the answer hangs on them."""
    found = [design for design in designs if standing(design) is which]
    cheaper = [design for design in found if best is None or design.total_usd < best.total_usd]
    for group, word in (
        (cheaper, ", and cheaper" if best else ""),
        ([d for d in found if d not in cheaper], ""),
    ):
        if group:
            named = [f"{each.id} ({_why(each.quality)})" for each in group[:MOST_NAMED]]
            more = f" and {len(group) - MOST_NAMED} more" if len(group) > MOST_NAMED else ""
            yield f"{which.value.capitalize()}{word}: {'; '.join(named)}{more}."


def _why(quality: DesignQuality | None) -> str:
    return quality.reasons[0] if quality and quality.reasons else ""


def _objective(design: DesignResult) -> Decimal | None:
    return design.quality.with_errors_usd if design.quality else None

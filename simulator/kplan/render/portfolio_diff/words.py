"""The words of a comparison of portfolios that all its text formats share."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.regress.diff import Change
from kplan.regress.portfolio_diff import PortfolioDiff, ScenarioDiff
from kplan.render.diff.words import SAME, counted, effects, moved, signed
from kplan.render.format import change, money

KEY = "Key: ~ changed, + added, - removed; amounts are totals over each scenario's plan"
METHOD = (
    "Each change is split into effects that add up to it exactly before rounding, whatever the order"
    " (Shapley), and the effects are added up over the scenarios. Of each scenario counts the design that"
    " it names `in_use`, else its baseline, else its first."
)
_MOST_NAMED = 6


def title(diff: PortfolioDiff) -> str:
    """What is compared."""
    return f"{diff.base_name} -> {diff.head_name}, {counted(len(diff.scenarios), 'scenario')}"


def headline(diff: PortfolioDiff) -> Iterator[str]:
    """How many scenarios move, what that comes to, why, and how many rankings flip."""
    yield (
        f"{len(diff.changed)} of {counted(len(diff.scenarios), 'scenario')} changed."
        if diff.changed
        else SAME
    )
    yield f"All together: {_total(diff)}."
    if split := why(diff):
        yield f"Why: {split}."
    flipped = [each for each in diff.scenarios if each.flips]
    if flipped:
        named = ", ".join(each.file for each in flipped[:_MOST_NAMED])
        more = f" and {len(flipped) - _MOST_NAMED} more" if len(flipped) > _MOST_NAMED else ""
        yield f"Ranking flips in {counted(len(flipped), 'scenario')}: {named}{more}."


def _total(diff: PortfolioDiff) -> str:
    if not diff.delta_usd:
        return money(diff.head_usd)
    return f"{signed(diff.delta_usd)} ({moved(diff.base_usd, diff.head_usd)})"


def why(diff: PortfolioDiff) -> str:
    """The effects over all scenarios, and what came and went; empty where nothing changed."""
    parts = [effects(diff.effects)]
    parts += [f"scenarios added {signed(diff.added_usd)}"] if diff.added_usd else []
    parts += [f"scenarios removed {signed(-diff.removed_usd)}"] if diff.removed_usd else []
    return ", ".join(filter(None, parts))


def designs(each: ScenarioDiff) -> str:
    """The design in use, or the two where another one is in use now."""
    ids = [member.design.id for member in (each.base, each.head) if member]
    return " -> ".join(dict.fromkeys(ids))


def percent(each: ScenarioDiff) -> str:
    """The change of the base's total: `+66.7%`; empty where there is none."""
    return "" if each.delta_share is None else change(-each.delta_share)


def since(each: ScenarioDiff) -> str:
    """From when on the bills differ: `from 2027-01`; empty where only the ranking changed."""
    return f"from {each.parts_in}" if each.parts_in and each.change is Change.CHANGED else ""


def flips(each: ScenarioDiff) -> str:
    """Who changed places in the scenario; empty where nobody did."""
    named = [f"{flip.cheaper} is now cheaper than {flip.dearer}" for flip in each.flips[:_MOST_NAMED]]
    more = len(each.flips) - len(named)
    return f"{', '.join(named)}{f', and {more} more' if more else ''}"


def unchanged(diff: PortfolioDiff) -> str:
    """How many scenarios are the same, and in how many of them another design is not; empty for none."""
    if not diff.same:
        return ""
    n_others = sum(bool(each.others) for each in diff.same)
    told = f"; in {n_others} of them designs that are not in use changed" if n_others else ""
    return f"{counted(len(diff.same), 'scenario')} unchanged{told}."


def others(each: ScenarioDiff) -> str:
    """How many designs that are not in use changed; empty for none."""
    return f"{counted(len(each.others), 'design')} not in use changed." if each.others else ""

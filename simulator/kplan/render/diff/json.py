"""A comparison as JSON for machines: exact decimal strings, keys in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.checksum import CHECKSUM, json_checksum
from kplan.engine.results import MonthCost
from kplan.money import plain
from kplan.regress.attribution import Effects
from kplan.regress.diff import DesignDiff, Diff, LineDiff
from kplan.regress.jumps import Jump
from kplan.regress.runs import Run
from kplan.render.format import percent_exact
from kplan.render.json import Value, text_of

KIND = "kplan/diff"
SCHEMA_VERSION = 1


def render(diff: Diff) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(diff)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(diff: Diff) -> dict[str, Value]:
    """The comparison as JSON values, without the checksum.

    base, head, delta   totals over the plan [USD]
    effects             what each factor adds to the delta; they add up to it exactly [USD]
    change              changed, added, removed or same
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "currency": "USD",
        "base": _side(diff.base, diff.base_cheapest),
        "head": _side(diff.head, diff.head_cheapest),
        "split": "by ledger" if diff.is_by_ledger else "by plan",
        "designs": [_design(design) for design in diff.designs],
        "ranking_flips": [{"cheaper": flip.cheaper, "dearer": flip.dearer} for flip in diff.flips],
    }


def _side(run: Run, cheapest: str) -> Value:
    return {
        "name": run.name,
        "scenario_sha256": run.scenario_sha256 or None,
        "book_sha256": run.book_sha256 or None,
        "kplan_version": run.kplan_version,
        "cheapest": cheapest or None,
    }


def _design(design: DesignDiff) -> Value:
    return {
        "id": design.id,
        "added": design.added_by_kplan,
        "change": design.change.name.lower(),
        "base": plain(design.base_usd),
        "head": plain(design.head_usd),
        "delta": plain(design.delta_usd),
        "delta_pct": None if design.delta_share is None else percent_exact(design.delta_share),
        "effects": _effects(design.effects),
        "lines": [_line(line) for line in design.lines],
        "months": {"base": _months(design.base_months), "head": _months(design.head_months)},
        "differs_from": design.parts_in or None,
        "jumps": [_jump(jump) for jump in design.jumps],
    }


def _line(line: LineDiff) -> Value:
    return {
        "kind": line.kind.value,
        "name": line.name,
        "change": line.change.name.lower(),
        "base": plain(line.base_usd),
        "head": plain(line.head_usd),
        "delta": plain(line.delta_usd),
        "effects": _effects(line.effects),
        "base_models": list(line.base_models),
        "head_models": list(line.head_models),
    }


def _effects(effects: Effects) -> dict[str, Value]:
    return {factor.value: plain(usd) for factor, usd in effects.items()}


def _months(months: Sequence[MonthCost]) -> list[Value]:
    return [{"month": month.month, "cost": plain(month.cost_usd)} for month in months]


def _jump(jump: Jump) -> Value:
    return {
        "side": jump.side,
        "month": jump.month,
        "before": plain(jump.before_usd),
        "after": plain(jump.after_usd),
        "because": list(jump.because),
    }

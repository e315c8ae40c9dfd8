"""A comparison of portfolios as JSON for machines: exact decimal strings, keys in a fixed order."""

from __future__ import annotations

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.regress.attribution import Effects
from kplan.regress.portfolio import Member
from kplan.regress.portfolio_diff import PortfolioDiff, ScenarioDiff, TagDiff
from kplan.render.format import percent_exact
from kplan.render.json import Value, text_of
from kplan.version import __version__

KIND = "kplan/portfolio-diff"
SCHEMA_VERSION = 1


def render(diff: PortfolioDiff) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(diff)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(diff: PortfolioDiff) -> dict[str, Value]:
    """The comparison as JSON values, without the checksum.

    base, head, delta   totals over each scenario's plan [USD]
    effects             with `added` less `removed` they add up to the delta exactly [USD]
    tags                by the value of the tag `by`; null for scenarios without it
    differs_from        the first month in which the bills of the designs in use differ
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": __version__,
        "currency": "USD",
        "base_name": diff.base_name,
        "head_name": diff.head_name,
        "base": plain(diff.base_usd),
        "head": plain(diff.head_usd),
        "delta": plain(diff.delta_usd),
        "effects": _effects(diff.effects),
        "added": plain(diff.added_usd),
        "removed": plain(diff.removed_usd),
        "by": diff.by or None,
        "tags": [_tag(tag) for tag in diff.tags],
        "scenarios": [_scenario(each) for each in diff.scenarios],
    }


def _tag(tag: TagDiff) -> Value:
    return {
        "value": tag.value,
        "base": plain(tag.base_usd),
        "head": plain(tag.head_usd),
        "delta": plain(tag.delta_usd),
    }


def _scenario(each: ScenarioDiff) -> Value:
    return {
        "file": each.file,
        "change": each.change.name.lower(),
        "base_side": _side(each.base),
        "head_side": _side(each.head),
        "base": plain(each.base_usd),
        "head": plain(each.head_usd),
        "delta": plain(each.delta_usd),
        "delta_pct": None if each.delta_share is None else percent_exact(each.delta_share),
        "effects": _effects(each.effects),
        "differs_from": each.parts_in or None,
        "ranking_flips": [{"cheaper": flip.cheaper, "dearer": flip.dearer} for flip in each.flips],
        "other_designs_changed": list(each.others),
    }


def _side(member: Member | None) -> Value:
    if member is None:
        return None
    return {
        "design": member.design.id,
        "chosen_by": member.chosen_by,
        "cheapest": member.cheapest.id,
        "tags": dict(member.tags),
        "scenario_sha256": member.provenance.scenario_sha256,
        "book_sha256": member.provenance.book_sha256,
        "months": [{"month": month.month, "cost": plain(month.cost_usd)} for month in member.months],
    }


def _effects(effects: Effects) -> dict[str, Value]:
    return {factor.value: plain(usd) for factor, usd in effects.items()}

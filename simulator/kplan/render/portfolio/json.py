"""A portfolio as JSON for machines: exact decimal strings, keys in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.regress.portfolio import Group, Member, MonthTotal, Portfolio
from kplan.render.json import Value, text_of
from kplan.version import __version__

KIND = "kplan/portfolio"
SCHEMA_VERSION = 1


def render(portfolio: Portfolio) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(portfolio)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(portfolio: Portfolio) -> dict[str, Value]:
    """The portfolio as JSON values, without the checksum.

    total       every month of every scenario's plan [USD]
    months      each month of any plan, with how many scenarios' plans hold it [USD]
    chosen_by   why the design counts: `in_use`, `baseline` or `first`
    groups      by the value of the tag `by`; null for scenarios without it
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": __version__,
        "currency": "USD",
        "total": plain(portfolio.total_usd),
        "months": _months(portfolio.months),
        "by": portfolio.by or None,
        "groups": [_group(group) for group in portfolio.groups],
        "scenarios": [_member(member) for member in portfolio.members],
    }


def _group(group: Group) -> Value:
    return {
        "value": group.value,
        "total": plain(group.total_usd),
        "months": _months(group.months),
        "files": [member.file for member in group.members],
    }


def _months(months: Sequence[MonthTotal]) -> list[Value]:
    return [
        {"month": month.month, "scenarios": month.n_scenarios, "cost": plain(month.cost_usd)}
        for month in months
    ]


def _member(member: Member) -> Value:
    return {
        "file": member.file,
        "scenario_sha256": member.provenance.scenario_sha256,
        "book_sha256": member.provenance.book_sha256,
        "tags": dict(member.tags),
        "design": member.design.id,
        "chosen_by": member.chosen_by,
        "total": plain(member.total_usd),
        "months": [
            {"month": month.month, "queries": plain(month.queries), "cost": plain(month.cost_usd)}
            for month in member.months
        ],
        "cheapest": {"design": member.cheapest.id, "total": plain(member.cheapest.total_usd)},
    }

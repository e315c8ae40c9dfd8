"""A profile as JSON for machines: counts are integers, means and shares decimal strings."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from kplan.checksum import CHECKSUM, json_checksum
from kplan.logs.calls import spans
from kplan.logs.profile import Profile, StageProfile, TokenProfile, Traffic
from kplan.money import plain, quotient
from kplan.render.json import Value, text_of
from kplan.version import __version__

KIND = "profile"
SCHEMA_VERSION = 1


def render(profile: Profile) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(profile)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def document(profile: Profile) -> dict[str, Value]:
    """The profile as JSON values, without the checksum.

    tokens     kind -> of one call: mean, percentiles, max; total of all calls; in the inclusive convention
    chance     share of the queries that visit the stage [0..1]
    skipped    each reason with its number of rows and the lines that they begin on
    """
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": __version__,
        "file": profile.file,
        "n_rows": profile.n_rows,
        "n_calls": profile.n_calls,
        "n_skipped": profile.n_skipped,
        "n_queries": profile.n_queries,
        "has_traces": profile.has_traces,
        "traffic": None if profile.traffic is None else _traffic(profile.traffic),
        "stages": [_stage(profile, stage) for stage in profile.stages],
        "skipped": [
            {"why": each.why, "n_rows": len(each.lines), "where": spans(each.lines)}
            for each in profile.skipped
        ],
        "notes": list(profile.notes),
    }


def _traffic(traffic: Traffic) -> Value:
    return {
        "queries_per_month": _decimal(traffic.queries_per_month),
        "span_days": _decimal(Fraction(traffic.span_days)),
        "first": None if traffic.first is None else traffic.first.isoformat(),
        "last": None if traffic.last is None else traffic.last.isoformat(),
    }


def _stage(profile: Profile, stage: StageProfile) -> Value:
    parts = ("cached", "cache_write", "cache_write_1h")
    return {
        "id": stage.id,
        "n_calls": stage.n_calls,
        "n_traces": stage.n_visits if profile.has_traces else None,
        "chance": _decimal(profile.chance(stage)),
        "calls_per_visit": _decimal(stage.calls_per_visit),
        "tokens": {name: _tokens(tokens) for name, tokens in stage.tokens.items()},
        "shares_of_input": {name: _decimal(stage.part(name)) for name in parts if name in stage.tokens},
        "models": [
            {
                "model": use.model,
                "n_calls": use.n_calls,
                "share": _decimal(Fraction(use.n_calls, stage.n_calls)),
                "tokens": {name: _decimal(Fraction(n, use.n_calls)) for name, n in use.totals.items()},
            }
            for use in stage.models
        ],
    }


def _tokens(tokens: TokenProfile) -> Value:
    ranks = {f"p{percent}": value for percent, value in tokens.percentiles.items()}
    return {"mean": _decimal(tokens.mean), **ranks, "max": tokens.max, "total": tokens.total}


def _decimal(number: Fraction) -> str:
    return plain(quotient(Decimal(number.numerator), Decimal(number.denominator)))

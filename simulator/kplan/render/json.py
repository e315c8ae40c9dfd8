"""Results as JSON for machines: money as exact decimal strings, keys in a fixed order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum

from kplan.checksum import CHECKSUM, json_checksum
from kplan.engine.drawn import laws_of
from kplan.engine.ledger import COLUMNS, LedgerRow
from kplan.engine.results import (
    ClaimResult,
    DesignQuality,
    DesignResult,
    Event,
    Flip,
    Provenance,
    Results,
    Saving,
    StageResult,
)
from kplan.money import plain
from kplan.prices.rows import PriceRow
from kplan.regress.checks import checked
from kplan.render.format import percent_exact
from kplan.render.json_checks import check_of
from kplan.render.json_fit import fit_of
from kplan.render.json_latency import latency_of
from kplan.render.json_ranges import ranges_of
from kplan.render.json_samples import sample_of

KIND = "kplan/results"
SCHEMA_VERSION = 1

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]

_UNSAFE = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def render(results: Results) -> bytes:
    """The document with its checksum; one line a value, newline at the end."""
    rest = document(results)
    return text_of(rest | {CHECKSUM: json_checksum(rest)}).encode()


def text_of(value: Mapping[str, Value]) -> str:
    """JSON text that carries no terminal codes, whatever the names in it."""
    return safe(json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def safe(text: str) -> str:
    """JSON text whose control characters, which could act on a terminal, are escaped."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def document(results: Results) -> dict[str, Value]:
    """The results as JSON values, without the checksum.

    cost_per_query   usage alone, on the first day of the plan [currency]
    total            the horizon with all its lines [currency]
    total_per_query  their quotient over the horizon's queries [currency]
    saving           {usd, pct}: less money than the other design; negative where it costs more
    share, chance    [0..1]; visits: executions for one query; block: what the stage stands in
    ranges           10th, 50th and 90th percentile over the draws; only where something is uncertain
    fit              headroom: by how much traffic could grow at least; only where the scenario says `limits`
    Every amount and quantity is a decimal string with all its digits.
    """
    made = results.provenance
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "kplan_version": made.kplan_version,
        "scenario": _scenario(results),
        "prices": {
            "book": made.book_name,
            "as_of": _day(made.book_as_of),
            "sha256": made.book_sha256,
            "rows": [price_row(row) for row in results.price_rows],
        },
        "verdict": _verdict(results),
        "currency": results.currency,
        "designs": [_design(design) for design in results.designs],
        "ledger": [ledger_line(row) for row in results.ledger],
        "events": [_event(event) for event in results.events],
        "flips": [_flip(flip) for flip in results.flips],
        "claims": [_claim(claim) for claim in results.claims],
        **_checks(results),
        "not_included": list(results.not_included),
        "notes": list(results.notes),
        **_drawn(made),
        **_distributions(results),
    }


def _checks(results: Results) -> dict[str, Value]:
    """The scenario's checks; no key where it has none."""
    found: list[Value] = [check_of(check) for check in checked(results)]
    return {"checks": found} if found else {}


def _scenario(results: Results) -> dict[str, Value]:
    made = results.provenance
    return {
        "name": made.scenario_name,
        "file": made.scenario_file,
        "sha256": made.scenario_sha256,
        "variants": [plan.variant for plan in results.plans if plan.variant],
        "months": list(results.plans[0].months) if results.plans else [],
        "budget_per_month": _exact(results.budget_usd_per_month),
        "tags": dict(results.tags),
    }


def _drawn(made: Provenance) -> dict[str, Value]:
    """How many draws were made of what is uncertain, and of queries; nothing where none were."""
    both = {"draws": made.draws, "sample": made.sample}
    return {name: {"n": each.n, "seed": each.seed} for name, each in both.items() if each}


def ledger_line(row: LedgerRow) -> dict[str, Value]:
    """One ledger row, each column as a string."""
    return {column: _text(getattr(row, column)) for column in COLUMNS}


def _verdict(results: Results) -> Value:
    verdict = results.verdict
    return {
        "headline": list(verdict.headline),
        "caveats": list(verdict.caveats),
        "design": verdict.design,
        "baseline": verdict.baseline,
        "cheapest_single": verdict.cheapest_single,
        "cheapest": verdict.cheapest,
    }


def _distributions(results: Results) -> dict[str, Value]:
    """The laws that the plans' charges are means over; no key where nothing is random."""
    found: dict[str, Value] = {}
    for plan in results.plans:
        charges = [charge for design in plan.designs for charge in design.charges]
        for name, law in laws_of(plan.graph, charges).items():
            found[plan.name_of(name)] = {"law": law.said, "mean": plain(law.mean)}
    return {"distributions": found} if found else {}


def _design(design: DesignResult) -> Value:
    return {
        "id": design.id,
        "design": design.design,
        "variant": design.variant,
        "added": design.added,
        "single_model": design.single_model or None,
        "cost_per_query": plain(design.cost_per_query_usd),
        "cost_per_month": [
            {
                "month": month.month,
                "cost": plain(month.cost_usd),
                "queries": plain(month.queries),
                "over_budget": month.over_budget,
            }
            for month in design.months
        ],
        "total": plain(design.total_usd),
        "total_per_query": plain(design.total_per_query_usd),
        "saving": _saving(design.saving),
        "saving_vs_cheapest_single": _saving(design.saving_vs_cheapest_single),
        "stages": [_stage(stage) for stage in design.stages],
        "pins_overridden": list(design.pins_overridden),
        **({"quality": _quality(design.quality)} if design.quality is not None else {}),
        **({"latency": latency_of(design.time)} if design.time else {}),
        **({"ranges": ranges_of(design.ranges)} if design.ranges else {}),
        **({"sample": sample_of(design.sample)} if design.sample else {}),
        **({"fit": fit_of(design.fit)} if design.fit else {}),
    }


def _quality(quality: DesignQuality) -> Value:
    """Shares [0..1] and costs of one query; null where nothing is known."""
    interval = quality.interval
    return {
        "standing": quality.standing.value if quality.standing else None,
        "reasons": list(quality.reasons),
        "right": _exact(quality.point),
        "between": None if interval is None else [plain(interval.low), plain(interval.high)],
        "basis": quality.basis,
        "declared": quality.is_declared,
        "served": _exact(quality.served),
        "cost_per_correct": _exact(quality.cost_per_correct_usd),
        "wrong_answer": _exact(quality.wrong_answer_usd),
        "cost_with_errors": _exact(quality.with_errors_usd),
    }


def _stage(stage: StageResult) -> Value:
    return {
        "id": stage.id,
        "kind": stage.kind,
        "block": stage.block or None,
        "model": " + ".join(stage.models) or None,
        "models": list(stage.models),
        "visits": plain(stage.visits),
        "chance": _exact(stage.chance),
        "cost_per_query": plain(stage.cost_per_query_usd),
        "share": plain(stage.share),
    }


def _saving(saving: Saving | None) -> Value:
    if saving is None:
        return None
    pct = None if saving.share is None else percent_exact(saving.share)
    return {"usd": plain(saving.usd), "pct": pct, "against": saving.against}


def _event(event: Event) -> Value:
    return {
        "on": _day(event.on),
        "kind": event.kind,
        "model": event.model,
        "meters": list(event.meters),
        "status": event.status,
        "designs": list(event.designs),
        "text": event.text,
    }


def _flip(flip: Flip) -> Value:
    return {
        "design": flip.design,
        "stage": flip.stage,
        "chance_now": plain(flip.chance_now),
        "chance_at": plain(flip.chance_at),
        "other": flip.other,
        "cheaper_above": flip.cheaper_above,
        "text": flip.text,
    }


def _claim(claim: ClaimResult) -> Value:
    return {
        "id": claim.id,
        "printed": claim.printed,
        "verdict": claim.verdict,
        "figure": claim.figure,
        "computed": _exact(claim.computed),
        "difference": _exact(claim.difference),
        "book": claim.book,
        "source": claim.source,
        "text": claim.text,
    }


def price_row(row: PriceRow) -> Value:
    """A price with its dates and its source."""
    return {
        "id": row.id,
        "model": f"{row.provider}/{row.model}",
        "meter": row.meter,
        "usd": plain(row.usd),
        "per": row.per,
        "valid_from": _day(row.valid_from),
        "valid_to": _day(row.valid_to),
        "status": row.status,
        "source": row.source,
        "source_url": row.source_url,
        "checked_on": _day(row.checked_on),
        **({"audit": list(row.audit)} if row.audit else {}),
    }


def _exact(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return str(value.value if isinstance(value, Enum) else value)

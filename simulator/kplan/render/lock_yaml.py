"""The lock file as text: an entry's lines depend on the entry alone, so that no other one moves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, Inexact
from fractions import Fraction

from kplan.money import exact, plain
from kplan.prices.columns import ROW_COLUMNS, row_texts
from kplan.regress.lock.entry import Entry, LockedPrice, LockedStage
from kplan.regress.lock.reader import LOCKED, PAID, SCHEMA, VERSION, LockFile
from kplan.regress.priced import Runner, Slot
from kplan.render.yaml_text import NOT_TEXTS, quoted

Value = str | Sequence["Value"] | Mapping[str, "Value"]

HEAD = f"""\
# What designs cost when they were locked: `kplan lock` writes this file, `kplan lock --check` holds the
# scenarios to it. Commit it; do not edit it.
{VERSION}: {SCHEMA}
{LOCKED}:
"""
_EMPTY = f"{HEAD.removesuffix(chr(10))} {{}}\n"
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def rewritten(lock: LockFile, changes: Mapping[str, Entry | None]) -> bytes:
    """The file with these entries in place of the old ones, or without them; all others byte for byte."""
    texts = {name: text if text.endswith("\n") else f"{text}\n" for name, text in lock.blocks.items()}
    line_end = "\r\n" if lock.head.endswith("\r\n") else "\n"
    for name, entry in changes.items():
        texts.pop(name, None)
        if entry is not None:
            texts[name] = entry_text(entry).replace("\n", line_end)
    if not texts:
        return _EMPTY.encode()
    head = lock.head if lock.blocks else HEAD
    return "".join([head, *(texts[name] for name in sorted(texts))]).encode()


def entry_text(entry: Entry) -> str:
    """The entry's lines, indented by 2, keys sorted."""
    return f"  {quoted(str(entry.id))}:\n" + "".join(f"    {line}\n" for line in _block(_document(entry)))


def _document(entry: Entry) -> dict[str, Value]:
    found: dict[str, Value] = {
        "design": entry.id.design,
        "file": entry.id.file,
        "kplan": entry.kplan_version,
        "months": {
            month.month: {"cost": plain(month.cost_usd), "queries": plain(month.queries)}
            for month in entry.months
        },
        "per_query": plain(entry.per_query_usd),
        "prices": _prices(entry.prices),
        "prices_sha256": entry.prices_sha256,
        "scenario_sha256": entry.scenario_sha256,
        "stages": {stage.id: _stage(stage, entry) for stage in entry.stages},
        "total": plain(entry.total_usd),
    }
    if entry.lines:
        lines = sorted(entry.lines.items())
        found["lines"] = [
            {"kind": line.kind.value, "name": line.name, "total": plain(usd)} for line, usd in lines
        ]
    optional = {"variant": entry.id.variant, "reason": entry.reason, "freeze": str(entry.freeze or "")}
    found |= {key: text for key, text in optional.items() if text}
    if entry.profile:
        profile = entry.profile
        said = {"weekdays": profile.weekdays, "hours": profile.hours, "tz": profile.tz}
        found["profile"] = {"share": plain(profile.share)} | {key: text for key, text in said.items() if text}
    return found


def _stage(stage: LockedStage, entry: Entry) -> Value:
    calls: list[Value] = [
        {"class": key.query_class, "number": str(key.number), **_slot(slot)}
        for key, slot in sorted(entry.slots.items())
        if key.stage == stage.id
    ]
    return {
        "calls": calls,
        "models": list(stage.models),
        "per_query": plain(stage.per_query_usd),
        "total": plain(stage.total_usd),
    }


def _slot(slot: Slot) -> dict[str, Value]:
    return {
        "models": [_runner(runner) for runner in slot.runners],
        "times": _exact(slot.flow),
        "usage": {meter: plain(units) for meter, units in slot.usage},
    }


def _runner(runner: Runner) -> Value:
    mode = runner.mode if runner.mode != "standard" else ""
    share = _exact(runner.share) if runner.share != 1 else ""
    factor = plain(runner.factor) if runner.factor != 1 else ""
    said = {"factor": factor, "model": runner.model, "mode": mode, "region": runner.region, "share": share}
    return {key: text for key, text in said.items() if text}


def _prices(prices: Sequence[LockedPrice]) -> Value:
    """The rows of each model."""
    found: dict[str, list[Value]] = {}
    for price in prices:
        texts = zip(ROW_COLUMNS, row_texts(price.row), strict=True)
        said = {name: text for name, text in texts if text and name not in ("provider", "model")}
        rows = found.setdefault(f"{price.row.provider}/{price.row.model}", [])
        rows.append(said | ({PAID: "true"} if price.is_used else {}))
    return found


def _exact(number: Fraction) -> str:
    """A decimal, or p/q where it has no end."""
    try:
        with exact():
            return plain(Decimal(number.numerator) / Decimal(number.denominator))
    except Inexact:
        return str(number)


def _block(found: Mapping[str, Value]) -> list[str]:
    """A map, a line a key; maps and lists of maps below it go on below, all else stays on its line."""
    lines: list[str] = []
    for key in sorted(found):
        value = found[key]
        if isinstance(value, Mapping) and any(not isinstance(each, str) for each in value.values()):
            lines += [f"{_key(key)}:", *(f"  {line}" for line in _block(value))]
        elif _is_rows(value):
            lines += [f"{_key(key)}:", *(f"  - {_flow(item)}" for item in value)]
        else:
            lines.append(f"{_key(key)}: {_flow(value)}")
    return lines


def _is_rows(value: Value) -> bool:
    """Whether it is a list of maps."""
    return not isinstance(value, (str, Mapping)) and any(isinstance(item, Mapping) for item in value)


def _flow(value: Value) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(value[key])}" for key in sorted(value)) + "}"
    return "[" + ", ".join(map(_flow, value)) + "]"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key not in NOT_TEXTS else quoted(key)

"""The columns of a price book as text, and rows from and to text that is known to be good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from kplan.money import plain
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

_MADE = ("currency", "listed", "adjustments")
"""Of a price row, what no file of kplan's own holds."""
ROW_COLUMNS: tuple[str, ...] = tuple(name for name in PriceRow.__struct_fields__ if name not in _MADE)
MODEL_COLUMNS: tuple[str, ...] = ModelRow.__struct_fields__
ALIAS_SEPARATOR = "|"

_OPTIONAL = PriceRow.__struct_fields__[-len(PriceRow.__struct_defaults__) :]
_ROW_DEFAULTS: Mapping[str, object] = {
    name: default
    for name, default in zip(_OPTIONAL, PriceRow.__struct_defaults__, strict=True)
    if name in ROW_COLUMNS[5:]
}


def row_texts(row: PriceRow) -> list[str]:
    """The cells of a row; what is as usual is left empty, `per` never."""
    return [_text(getattr(row, name), _ROW_DEFAULTS.get(name)) for name in ROW_COLUMNS]


def model_texts(model: ModelRow) -> list[str]:
    """The cells of a model."""
    return [_text(getattr(model, name), None) for name in MODEL_COLUMNS]


def row_from(cells: Sequence[str]) -> PriceRow:
    """A row from cells that `row_texts` wrote."""
    provider, model, meter, usd, per, over, scope, start, end, weekdays, hours, tz, mode, *rest = cells
    region, status, source, source_url, checked, recorded, note = rest
    return PriceRow(
        provider,
        model,
        meter,
        Decimal(usd),
        int(per),
        int(over or 0),
        scope or "request",
        _date(start),
        _date(end),
        weekdays,
        hours,
        tz or "UTC",
        mode or "standard",
        region,
        status or "effective",
        source,
        source_url,
        _date(checked),
        _date(recorded),
        note,
    )


def model_from(cells: Sequence[str]) -> ModelRow:
    """A model from cells that `model_texts` wrote."""
    (
        provider,
        name,
        aliases,
        window,
        max_output,
        tokenizer,
        released,
        deprecated,
        retires,
        next_one,
        source,
    ) = cells
    return ModelRow(
        provider,
        name,
        tuple(aliases.split(ALIAS_SEPARATOR)) if aliases else (),
        int(window) if window else None,
        int(max_output) if max_output else None,
        tokenizer,
        _date(released),
        _date(deprecated),
        _date(retires),
        next_one,
        source,
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(value: object, default: object) -> str:
    if value is None or value == default:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    return ALIAS_SEPARATOR.join(value) if isinstance(value, tuple) else str(value)

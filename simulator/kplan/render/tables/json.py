"""Tables as JSON for machines: exact decimal strings, keys in a fixed order."""

from __future__ import annotations

from decimal import Decimal

from kplan.checksum import CHECKSUM, json_checksum
from kplan.money import plain
from kplan.render.json import Value as Json
from kplan.render.json import text_of
from kplan.render.tables import View
from kplan.render.tables.table import Row, Table, Value

KIND = "kplan/tables"
SCHEMA_VERSION = 1


def render(shown: View) -> bytes:
    """Each table with its rows, and the checksum of it all.

    more, total          what --top cut off, and the whole; null where there is none
    cost_usd             over the plan [USD]
    cost_per_query_usd   that by the queries of the plan, or by a group's own where it has any [USD]
    """
    document: dict[str, Json] = {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "headline": list(shown.headline),
        "caveats": list(shown.caveats),
        "made_of": shown.about,
        "tables": [_table(table) for table in shown.tables],
    }
    return text_of(document | {CHECKSUM: json_checksum(document)}).encode()


def _table(table: Table) -> Json:
    return {
        "table": table.name,
        "title": table.title,
        "rows": [_row(table, row) for row in table.rows],
        "more": _row(table, table.more) if table.more else None,
        "total": _row(table, table.total) if table.total else None,
        "notes": list(table.notes),
    }


def _row(table: Table, row: Row) -> Json:
    return {field.name: _value(value) for field, value in zip(table.fields, row, strict=True) if field.name}


def _value(value: Value) -> Json:
    return plain(value) if isinstance(value, Decimal) else value

"""Writing the embedded price book: made by maintainers, byte for byte the same from the same sources."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import distribution
from pathlib import Path
from types import MappingProxyType

from kplan.errors import KplanError, Problem
from kplan.prices.columns import MODEL_COLUMNS, ROW_COLUMNS, model_texts, row_texts
from kplan.prices.embedded import META_FILE, MODELS_FILE, ROWS_FILE
from kplan.prices.importers.imported import Imported
from kplan.prices.layers import overlaps
from kplan.prices.lives import LIVES_FILE, VENDOR_LIVES_FILE, read_lives, vendor_lives, with_lives
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

LICENSE_FILE = "LICENSE.genai-prices"
KNOWN: Mapping[str, str] = MappingProxyType(
    {
        "context_window": "models with a context window",
        "max_output": "models with a largest output",
        "released_on": "models with a release date",
        "deprecated_on": "models with a deprecation date",
        "retires_on": "models with a retirement date",
    }
)
"""Facts of a model -> how their count is named."""


def write_snapshot(snapshot: Imported, as_of: date, pricing: Path) -> list[Skipped]:
    """Write rows, models, their description and the source's licence into the folder.

    The lives in the folder's tables are applied to the models, those from vendors' pages first. Returns all
    that was left out; raises KplanError when two rows would be in force at once.
    """
    lives = [*vendor_lives(pricing / VENDOR_LIVES_FILE), *read_lives(pricing / LIVES_FILE)]
    models, doubted = with_lives(snapshot.models, snapshot.rows, lives)
    if problems := _overlaps(snapshot):
        raise KplanError(problems)
    files = {
        ROWS_FILE: _packed(ROW_COLUMNS, map(row_texts, snapshot.rows)),
        MODELS_FILE: _packed(MODEL_COLUMNS, map(model_texts, models)),
    }
    for name, packed in files.items():
        (pricing / name).write_bytes(packed)
    (pricing / META_FILE).write_text(_meta(snapshot, as_of, models, len(doubted), files), encoding="utf-8")
    (pricing / LICENSE_FILE).write_text(_licence(), encoding="utf-8")
    return [*snapshot.skipped, *snapshot.remarks, *doubted]


def _overlaps(snapshot: Imported) -> list[Problem]:
    by_model: dict[tuple[str, str], list[PriceRow]] = defaultdict(list)
    for row in snapshot.rows:
        by_model[row.provider, row.model].append(row)
    return [problem for rows in by_model.values() for problem in overlaps(rows)]


def _packed(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for cells in lines:
        if any(c in f"{cells[0]}{cells[1]}" for c in ',"\n'):
            raise KplanError(f"{cells[0]}/{cells[1]}: a name with a comma, a quote or a line break")
        writer.writerow(cells)
    return gzip.compress(text.getvalue().encode(), 9, mtime=0)


def _meta(
    snapshot: Imported, as_of: date, models: Sequence[ModelRow], n_doubted: int, files: Mapping[str, bytes]
) -> str:
    reasons = Counter(skip.why for skip in (*snapshot.skipped, *snapshot.remarks))
    meta = {
        "as_of": as_of.isoformat(),
        "source": snapshot.source,
        "licence": f"MIT, see {LICENSE_FILE}",
        "counts": dict(snapshot.counts)
        | {
            **{
                what: sum(getattr(model, name) is not None for model in models)
                for name, what in KNOWN.items()
            },
            "limits and dates not believed": n_doubted,
        },
        "left out": dict(sorted(reasons.items())),
        "sha256": {name: hashlib.sha256(packed).hexdigest() for name, packed in files.items()},
    }
    return json.dumps(meta, indent=2) + "\n"


def _licence() -> str:
    licence = distribution("genai-prices").read_text("licenses/LICENSE")
    if not licence:
        raise KplanError("the installed genai-prices carries no licence text")
    return licence

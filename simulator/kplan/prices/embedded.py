"""The price book that comes with kplan, read so that only the lines asked for are parsed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from kplan.prices.columns import model_from, row_from
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

ROWS_FILE, MODELS_FILE, META_FILE = "book.csv.gz", "models.csv.gz", "book.meta.json"

_BLOCK = re.compile(rb"(?<=\n)([^,\n]*,[^,\n]*,).*\n(?:\1.*\n)*")
"""Lines with the same first two cells."""


class EmbeddedLayer(Struct, frozen=True, dict=True):
    """The snapshot as uncompressed CSV; the lines of a model stand together."""

    name: str
    as_of: date
    sha256: str
    rows_csv: bytes
    models_csv: bytes

    def rows(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """The rows of one model, () when there are none."""
        start, end = self._blocks.get(f"{provider},{model},".encode(), (0, 0))
        return tuple(map(row_from, _cells([self.rows_csv[start:end]])))

    @cached_property
    def _blocks(self) -> dict[bytes, tuple[int, int]]:
        """Where the lines of each model begin and end; one pass, as long as some 60 searches take."""
        return {block[1]: block.span() for block in _BLOCK.finditer(self.rows_csv)}

    def model(self, provider: str, model: str) -> ModelRow | None:
        """The model with this very id."""
        start = self.models_csv.find(f"\n{provider},{model},".encode())
        return self._model_at(start + 1) if start >= 0 else None

    def named(self, name: str) -> tuple[ModelRow, ...]:
        """The models of any provider that bear the name, as id or as alias."""
        token, found, at = name.encode(), {}, 0
        if not token:
            return ()
        while (at := self.models_csv.find(token, at)) >= 0:
            end = at + len(token)
            if self.models_csv[at - 1 : at] in (b",", b"|") and self.models_csv[end : end + 1] in (
                b",",
                b"|",
            ):
                model = self._model_at(self.models_csv.rfind(b"\n", 0, at) + 1)
                if name == model.id or name in model.aliases:
                    found[model.ref] = model
            at = end
        return tuple(found.values())

    def models(self) -> tuple[ModelRow, ...]:
        """Every model, sorted by provider and id."""
        return tuple(map(model_from, _cells([self.models_csv.split(b"\n", 1)[1]])))

    def _model_at(self, start: int) -> ModelRow:
        line = self.models_csv[start : self.models_csv.find(b"\n", start)]
        return next(map(model_from, _cells([line])))


def load_embedded(pricing: Path) -> EmbeddedLayer:
    """The snapshot in a folder that `kplan book snapshot` wrote."""
    packed = [(pricing / name).read_bytes() for name in (ROWS_FILE, MODELS_FILE)]
    meta = json.loads((pricing / META_FILE).read_text(encoding="utf-8"))
    rows_csv, models_csv = map(gzip.decompress, packed)
    digest = hashlib.sha256(b"".join(packed)).hexdigest()
    return EmbeddedLayer("kplan book", date.fromisoformat(meta["as_of"]), digest, rows_csv, models_csv)


def _cells(blocks: Iterable[bytes]) -> list[list[str]]:
    return [cells for block in blocks for cells in csv.reader(block.decode().splitlines())]

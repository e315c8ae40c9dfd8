"""A layer of a book that was read from a user's file or made in memory."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from kplan.errors import KplanError
from kplan.prices.columns import model_texts, row_texts
from kplan.prices.layers import overlaps
from kplan.prices.models import ModelRow
from kplan.prices.rows import US_DOLLAR, PriceRow


class MemoryLayer(Struct, frozen=True):
    """Rows and models by provider and id; a model with rows only is known by its id."""

    name: str
    sha256: str
    by_model: Mapping[tuple[str, str], tuple[PriceRow, ...]]
    by_id: Mapping[tuple[str, str], ModelRow]
    as_of: date | None = None

    def rows(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """The rows of one model, () when there are none."""
        return self.by_model.get((provider, model), ())

    def model(self, provider: str, model: str) -> ModelRow | None:
        """The model with this very id."""
        return self.by_id.get((provider, model))

    def named(self, name: str) -> tuple[ModelRow, ...]:
        """The models of any provider that bear the name, as id or as alias."""
        return tuple(model for model in self.by_id.values() if name == model.id or name in model.aliases)

    def models(self) -> tuple[ModelRow, ...]:
        """Every model, sorted by provider and id."""
        return tuple(self.by_id[key] for key in sorted(self.by_id))


def memory_layer(
    name: str, rows: Iterable[PriceRow], models: Iterable[ModelRow] = (), as_of: date | None = None
) -> MemoryLayer:
    """A layer from rows and models; raises KplanError for two rows in force at once, naming the book."""
    by_model: dict[tuple[str, str], list[PriceRow]] = defaultdict(list)
    for row in rows:
        by_model[row.provider, row.model].append(row)
    if problems := [problem for group in by_model.values() for problem in overlaps(group)]:
        raise KplanError(problem._replace(what=f"{name}: {problem.what}") for problem in problems)
    by_id = {key: ModelRow(*key) for key in by_model} | {(m.provider, m.id): m for m in models}
    frozen = {key: tuple(group) for key, group in by_model.items()}
    return MemoryLayer(name, _digest(frozen, by_id), frozen, by_id, as_of)


def _digest(
    rows: Mapping[tuple[str, str], tuple[PriceRow, ...]], models: Mapping[tuple[str, str], ModelRow]
) -> str:
    """The sha256 of the content, whatever file format it came in."""
    lines = sorted(_texts(row) for group in rows.values() for row in group)
    lines += sorted(map(model_texts, models.values()))
    return hashlib.sha256("\n".join(map("\0".join, lines)).encode()).hexdigest()


def _texts(row: PriceRow) -> list[str]:
    return [*row_texts(row), *([row.currency] if row.currency != US_DOLLAR else [])]

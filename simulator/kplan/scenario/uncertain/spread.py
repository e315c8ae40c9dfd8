"""What every distribution of a parameter gives, and how its numbers are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeAlias

from pydantic import WithJsonSchema

from kplan.errors import KplanError
from kplan.form.numbers import clipped, number
from kplan.kinds.fields import WrittenAs, shape, text_of, written_as

Array: TypeAlias = Any
"""A float64 array of numpy, which is imported where draws are made and nowhere else."""

NUMERIC = {"anyOf": [{"type": "number"}, {"type": "string"}]}


class Spread(ABC):
    """A distribution of what a parameter may come to."""

    example: ClassVar[str]
    """How it is written, for messages."""

    @classmethod
    @abstractmethod
    def of(cls, written: object) -> Self:
        """The distribution of what stands in the file; raises KplanError."""

    @abstractmethod
    def quantiles(self, p: Array) -> Array:
        """The values below which these parts of the probability lie, p in (0, 1), of any shape."""


def listed(written: object, names: Sequence[str], example: str) -> tuple[Decimal, ...]:
    """The numbers of a list, one for each name. Raises KplanError that shows an example."""
    if not isinstance(written, (list, tuple)) or len(written) != len(names):
        got = f"{len(written)} numbers" if isinstance(written, (list, tuple)) else shape(written)
        raise KplanError(f"a list of {len(names)} numbers is expected, such as {example}, not {got}")
    return tuple(figure(each, name) for name, each in zip(names, written, strict=True))


def mapped(written: object, names: Sequence[str], example: str) -> dict[str, Decimal]:
    """The numbers of a map whose keys are these names; those left out are absent. Raises KplanError."""
    if not isinstance(written, dict):
        raise KplanError(f"a map is expected, such as {example}, not {shape(written)}")
    if unknown := [str(name) for name in written if name not in names]:
        raise KplanError(f"unknown key `{clipped(unknown[0])}`; write for example {example}")
    return {name: figure(each, name) for name, each in written.items()}


def figure(written: object, name: str) -> Decimal:
    """One number of a distribution."""
    return number(text_of(written, f"a number for {name}"))


def as_list(spread: type[Spread], n: int) -> tuple[WrittenAs, WithJsonSchema]:
    """Metadata of a field that is written as a list of n numbers."""
    schema = {"type": "array", "items": NUMERIC, "minItems": n, "maxItems": n}
    return written_as(_reader(spread)), WithJsonSchema(schema)


def as_map(spread: type[Spread], *names: str) -> tuple[WrittenAs, WithJsonSchema]:
    """Metadata of a field that is written as a map of these numbers."""
    properties = dict.fromkeys(names, NUMERIC)
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return written_as(_reader(spread)), WithJsonSchema(schema)


def _reader(spread: type[Spread]) -> Any:
    return lambda written: written if isinstance(written, spread) else spread.of(written)

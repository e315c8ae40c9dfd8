"""`retrieve`: queries to a vector store that is billed by read units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kplan.form.expressions import Expression
from kplan.kinds.fields import Drawn
from kplan.kinds.service import REPEATED, Service, by_rule, known


class Retrieve(Service):
    """Queries to a namespace; how many results are asked for does not change the read units."""

    either = ("namespace_gb", "read_units")
    copied = (*either, *REPEATED)
    units: ClassVar[Mapping[str, str]] = {
        "namespace_gb": "GB",
        "read_units": "read units per call",
        "calls": "calls per visit",
    }
    said_by: ClassVar[Mapping[str, str]] = {"read_unit": "read_units"}

    kind: Literal["retrieve"] = Field(description="Queries to a vector store, billed by read units.")
    namespace_gb: Drawn | None = Field(
        None, description="Size of the namespace: 1 read unit a GB, at least 0.25 a query."
    )
    read_units: Drawn | None = Field(None, description="Read units of one query, in place of namespace_gb.")

    @classmethod
    def lacks(cls, said: Collection[str]) -> tuple[str, ...]:
        """One of the two says enough."""
        return () if any(name in said for name in cls.either) else cls.either[:1]

    @model_validator(mode="after")
    def _says_it_once(self) -> Retrieve:
        if self.namespace_gb is not None and self.read_units is not None:
            raise PydanticCustomError("kplan", "say either namespace_gb or read_units, not both")
        return self

    def billed(self) -> Mapping[str, Expression]:
        """Read units of one query."""
        if self.read_units is not None:
            return {"read_unit": self.read_units}
        return {"read_unit": by_rule("read_unit_query", namespace_gb=known(self.namespace_gb))}

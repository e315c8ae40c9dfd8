"""`tool`: a priced service of any sort, by the units it bills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from kplan.form.expressions import Expression
from kplan.kinds.fields import Units
from kplan.kinds.service import REPEATED, Service
from kplan.prices.meters import CACHE_WRITE


class Tool(Service):
    """Calls to a service: searches, pages, requests, seconds, or meters of a user's own book."""

    needed = ("usage",)
    copied = ("usage", *REPEATED)

    kind: Literal["tool"] = Field(description="Calls to any priced service.")
    usage: Units = Field(
        {},
        min_length=1,
        description="Units of each meter in one call: {page: 3}; input holds its cache reads and images.",
    )

    @field_validator("usage")
    @classmethod
    def _says_writes_once(cls, usage: dict[str, Expression]) -> dict[str, Expression]:
        if {CACHE_WRITE, "cache_write_5m"} <= usage.keys():
            what = "cache_write and cache_write_5m are both given; say one of them"
            raise PydanticCustomError("kplan", what)
        return usage

    def billed(self) -> Mapping[str, Expression]:
        """As said."""
        return self.usage

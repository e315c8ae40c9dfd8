"""`tool`: a priced service of any sort, by the units it bills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from kplan.form.expressions import Expression
from kplan.kinds.fields import Units
from kplan.kinds.service import REPEATED, Service


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

    def billed(self) -> Mapping[str, Expression]:
        """As said."""
        return self.usage

"""`storage`: what a document of a corpus keeps occupied, billed by the month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from kplan.form.expressions import Expression
from kplan.kinds.fields import Units
from kplan.kinds.service import REPEATED, Service


class Storage(Service):
    """Units that one document keeps; it stands in an `ingestion`, which knows how many there are."""

    by_month = True
    needed = ("usage",)
    copied = ("usage", *REPEATED)

    kind: Literal["storage"] = Field(description="What a document occupies, month by month.")
    usage: Units = Field(
        {}, min_length=1, description="Units of each meter for a document and month: {storage_gb_month: ...}."
    )

    def billed(self) -> Mapping[str, Expression]:
        """As said."""
        return self.usage

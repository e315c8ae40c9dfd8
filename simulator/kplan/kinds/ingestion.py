"""`ingestion`: a corpus that is read in, kept and read in again, document by document, not query by query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from kplan.form.expressions import Number
from kplan.kinds.block import Block, Inside
from kplan.kinds.fields import Amount
from kplan.kinds.primitives import Primitive, Sequence
from kplan.money import ZERO

MOST_MONTHS = 120
"""Longest cycle of reading a corpus in again."""


class Ingestion(Block):
    """The way of a document into the index; its stages say what one document takes.

    All documents come in the first month; from the second on the new ones do, and in every month of the
    cycle all that are there go through once more. Stages of kind `storage` are billed each month for every
    document there is at its end.
    """

    per_document = True
    needed = ("documents",)
    units: ClassVar[Mapping[str, str]] = {"documents": "documents", "new_per_month": "documents per month"}

    kind: Literal["ingestion"] = Field(description="A corpus read into an index, document by document.")
    documents: Amount | None = Field(None, description="Documents that are read in in the first month.")
    new_per_month: Amount = Field(
        Number(ZERO), description="Documents that join each month, from the second on."
    )
    again_every: int | None = Field(
        None, ge=1, le=MOST_MONTHS, description="Months after which all documents are read in again."
    )

    def arrange(self, inside: Inside) -> Primitive:
        """One document after another; what a document goes through."""
        return Sequence(tuple(inside.values()))

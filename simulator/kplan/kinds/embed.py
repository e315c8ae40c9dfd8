"""`embed`: texts into vectors, billed by the token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from kplan.form.expressions import Expression
from kplan.kinds.fields import Drawn
from kplan.kinds.service import REPEATED, Service, known


class Embed(Service):
    """Calls to an embedding model; the meter is `embedding`, or `input` where the model prices only that."""

    needed = ("tokens",)
    copied = ("tokens", *REPEATED)
    units: ClassVar[Mapping[str, str]] = {"tokens": "tokens per call"}
    said_by: ClassVar[Mapping[str, str]] = {"embedding": "tokens"}

    kind: Literal["embed"] = Field(description="Tokens turned into vectors by an embedding model.")
    tokens: Drawn | None = Field(None, description="Tokens embedded in one call.")

    def billed(self) -> Mapping[str, Expression]:
        """Embedded tokens."""
        return {"embedding": known(self.tokens)}

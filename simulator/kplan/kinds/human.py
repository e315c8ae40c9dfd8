"""`human`: people who look at some of the queries, billed by the minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from kplan.form.expressions import Expression
from kplan.kinds.fields import Drawn
from kplan.kinds.service import REPEATED, Service, known


class Human(Service):
    """Work of people: `model` names them in a book of your own, with a price for `human_minute`."""

    needed = ("minutes",)
    copied = ("minutes", *REPEATED)
    units: ClassVar[Mapping[str, str]] = {"minutes": "minutes per call"}
    said_by: ClassVar[Mapping[str, str]] = {"human_minute": "minutes"}

    kind: Literal["human"] = Field(description="Work of people, by the minute.")
    minutes: Drawn | None = Field(None, description="Minutes of one piece of work.")

    def billed(self) -> Mapping[str, Expression]:
        """Minutes."""
        return {"human_minute": known(self.minutes)}

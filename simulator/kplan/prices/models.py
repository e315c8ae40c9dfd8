"""One model of one provider: its names, its limits and its life."""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import asdict, replace


class ModelRow(Struct, frozen=True):
    """What is known of a model; None and "" mean unknown."""

    provider: str
    id: str
    aliases: tuple[str, ...] = ()
    context_window: int | None = None
    """Largest input of one call [tokens], as genai-prices defines the word; kplan checks the input alone
    against it, though some vendors count the output in."""
    max_output: int | None = None
    """Largest output of one call [tokens]."""
    tokenizer: str = ""
    released_on: date | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    """First day on which it no longer answers."""
    successor: str = ""
    source: str = ""

    @property
    def ref(self) -> str:
        """`provider/id`, the name that is never ambiguous."""
        return f"{self.provider}/{self.id}"

    def over(self, lower: ModelRow) -> ModelRow:
        """The row, with what it leaves open taken from the row of a lower book."""
        said = {name: value for name, value in asdict(self).items() if value not in ("", None, ())}
        return replace(lower, **said)

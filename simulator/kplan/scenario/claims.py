"""Claims: printed figures that a scenario puts under audit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.kinds.fields import Arithmetic, text_of, written_as
from kplan.scenario.fields import Files, Text, Written


def _printed(written: object) -> str:
    text = text_of(written, "the figure as it was printed")
    if not any(character.isdigit() for character in text):
        raise KplanError(f"`{clipped(text)}` has no digits; write the figure as it was printed")
    return text


def _identifier(written: object) -> str:
    text = text_of(written, "an id")
    if not text.isidentifier():
        raise KplanError(f"`{clipped(text)}` cannot be an id; use letters, digits and _, no digit first")
    return text


class Claim(Written):
    """A printed figure, and which computed figure it should agree with."""

    id: Annotated[str, written_as(_identifier), WithJsonSchema({"type": "string"})] = Field(
        description="Name by which other claims refer to this one."
    )
    printed: Annotated[str, written_as(_printed), WithJsonSchema({"type": ["string", "number"]})] = Field(
        description="The figure with the digits it was printed with: $0.0859."
    )
    figure: Text = Field("", description="The computed figure it should agree with.")
    follows: Arithmetic | None = Field(None, description="Arithmetic over the ids of other claims.")
    books: Files = Field((), description="Names of the price books to try, out of `books:`.")
    source: Text = Field("", description="Where the figure was printed.")
    note: Text = Field("", description="Anything a reader should know.")

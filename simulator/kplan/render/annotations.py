"""Workflow commands of GitHub: annotations that foreign text can neither end nor open."""

from __future__ import annotations

from collections.abc import Mapping

from kplan.render.format import plain_text


def annotation(level: str, properties: Mapping[str, object], message: str) -> str:
    """`::level key=value::message` on one line; level is `notice`, `warning` or `error`."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{level} {listed}::{_data(message)}"


def _data(text: str) -> str:
    """As the runner reads a message back: percent signs and line breaks escaped, control codes left out."""
    lines = "\n".join(map(plain_text, text.splitlines()))
    return lines.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

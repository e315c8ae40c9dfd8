"""How numbers and foreign text are printed: half up, dollars, and never a control code."""

from __future__ import annotations

import re

from kplan.amounts import (
    accuracy,
    added,
    between,
    chance,
    change,
    decimal,
    duration,
    duration_in_full,
    in_full,
    money,
    per_1000,
    per_query,
    percent_exact,
    quantity,
    round_quantity,
    share,
    visits,
)

__all__ = [
    "accuracy",
    "added",
    "between",
    "chance",
    "change",
    "csv_text",
    "decimal",
    "duration",
    "duration_in_full",
    "in_full",
    "markdown_code",
    "markdown_text",
    "money",
    "per_1000",
    "per_query",
    "percent_exact",
    "plain_text",
    "quantity",
    "round_quantity",
    "share",
    "visits",
]

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?")
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_LINKING = re.compile(r"@|#|://|www\.", re.IGNORECASE)
"""What GitHub turns into a mention, a reference or a link, even where it is escaped."""
_APART = "\u200b"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#&])")


def plain_text(text: str) -> str:
    """The text on one line without terminal codes, control characters or marks that turn its direction."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub("", _BREAKS.sub(" ", _ANSI.sub("", text)))


def csv_text(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula (OWASP ASVS 1.2.10); never for numbers."""
    shown = plain_text(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def markdown_text(text: str) -> str:
    """The text with every sign escaped that Markdown or HTML would act upon; nothing in it links."""
    return _MARKDOWN.sub(r"\\\1", _LINKING.sub(rf"\g<0>{_APART}", plain_text(text)))


def markdown_code(text: str) -> str:
    """A name as a code span, fit for a table cell: nothing in it links, mentions or breaks out."""
    shown = plain_text(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"

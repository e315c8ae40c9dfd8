"""The columns that a log of calls may have, and what others call them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct, field

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.scenario.names import meant, nearest

TOKENS = ("input", "cached", "cache_write", "cache_write_1h", "output", "reasoning")
"""Columns of token counts, in the order in which they are written."""

SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stage": ("step", "node", "operation", "span_name"),
        "model": ("model_name", "model_id"),
        "trace": ("trace_id", "query", "query_id"),
        "timestamp": ("time", "at", "datetime", "created_at", "started_at", "start_time"),
        "input": ("input_tokens", "prompt_tokens", "context_tokens", "input_length"),
        "cached": (
            *("cached_tokens", "cached_input_tokens", "cache_read", "cache_read_tokens"),
            "cache_read_input_tokens",
        ),
        "cache_write": ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens"),
        "cache_write_1h": ("cache_write_1h_tokens",),
        "output": ("output_tokens", "completion_tokens", "generated_tokens", "output_length"),
        "reasoning": ("reasoning_tokens",),
    }
)
"""Column -> its other names; case, blanks, points, - and _ do not matter, so ContextTokens is one too.
A new name is one word here."""

REQUIRED = ("stage", "model", "input", "output")
"""Columns of a log of calls that is made into a scenario."""
CONVENTIONS = ("inclusive", "exclusive")
_TWO_WAYS = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Names that Anthropic counts beside the input, and LiteLLM within it."""


class Wishes(Struct, frozen=True):
    """How a log is to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Column -> what the file calls it."""
    stage: str = ""
    """Stage of every call; empty where the file has a column of them."""
    model: str = ""
    """Model of every call; empty where the file has a column of them."""
    convention: str = ""
    """inclusive: input counts cache reads and writes too, cache_write the 1-hour ones, output the reasoning;
    exclusive: each count stands alone. Empty is inclusive, unless the names of the columns leave it open."""
    time_unit: str = ""
    """Unit of timestamps that are plain numbers: s, ms, us or ns; empty where they count from 1970."""
    required: tuple[str, ...] = REQUIRED
    """Columns without which there is nothing to make of the file."""

    def given(self) -> dict[str, str]:
        """What holds for every row: stage, model."""
        return {name: text for name, text in (("stage", self.stage), ("model", self.model)) if text}


def matched(header: Sequence[str], wishes: Wishes, file: str) -> dict[str, str]:
    """Column -> the name in the file's head that stands for it.

    Raises KplanError with everything that is wrong: columns that are missing, named twice or unknown, and
    names that do not tell by which convention they count.
    """
    twice = [name for name, n in Counter(header).items() if n > 1]
    found = {ours: _named(ours, header) for ours in SYNONYMS} | {
        ours: [theirs] for ours, theirs in wishes.columns.items()
    }
    problems = [*_wrong_wishes(header, wishes), *_missing(found, header, wishes)]
    for ours, names in found.items():
        if len(names) > 1 or set(names) & set(twice):
            problems.append(
                f"`{ours}` may be {' or '.join(map(clipped, names))}, which the head names"
                f"{' twice' if len(names) == 1 else ''}; --column {ours}=NAME says which"
            )
    chosen = {ours: names[0] for ours, names in found.items() if names}
    problems += _open_convention(chosen, wishes)
    if problems:
        raise KplanError(Problem(f"{file}: {what}") for what in problems)
    return chosen


def _named(ours: str, header: Iterable[str]) -> list[str]:
    known = {_bare(name) for name in (ours, *SYNONYMS[ours])}
    return list(dict.fromkeys(theirs for theirs in header if _bare(theirs) in known))


def _bare(name: str) -> str:
    return re.sub(r"[\s._-]", "", name).lower()


def _wrong_wishes(header: Collection[str], wishes: Wishes) -> Iterator[str]:
    for ours, theirs in wishes.columns.items():
        if ours not in SYNONYMS:
            yield f"--column {clipped(ours)}: kplan has no such column{meant(ours, SYNONYMS)}"
        if theirs not in header:
            what = f"--column {clipped(ours)}={clipped(theirs)}: no such column in the file"
            yield f"{what}{_it_has(theirs, header)}"


def _missing(found: Mapping[str, Sequence[str]], header: Collection[str], wishes: Wishes) -> Iterator[str]:
    given = wishes.given()
    for ours in wishes.required:
        if found[ours] and ours in given:
            column = clipped(found[ours][0])
            yield f"--{ours} is for files that do not say it; this one has the column `{column}`"
        elif not found[ours] and ours not in given:
            either = f"--{ours} NAME says it for all rows, or " if ours in ("stage", "model") else ""
            known = ", ".join((ours, *SYNONYMS[ours]))
            yield (
                f"no column for `{ours}` (known are {known}); {either}--column {ours}=NAME names it"
                f"{_it_has(ours, header)}"
            )


def _it_has(name: str, header: Iterable[str]) -> str:
    """What may be meant, and what there is."""
    names = list(header)
    near = nearest(_bare(name), [_bare(each) for each in names])
    likely = next((each for each in names if _bare(each) == near), "") if near else ""
    hint = f"; did you mean {clipped(likely)}?" if likely else ""
    return f"{hint}; the file has {', '.join(clipped(each) or '(no name)' for each in names) or 'no columns'}"


def _open_convention(chosen: Mapping[str, str], wishes: Wishes) -> Iterator[str]:
    open_names = {_bare(name) for name in _TWO_WAYS}
    names = [theirs for theirs in chosen.values() if _bare(theirs) in open_names]
    if names and not wishes.convention:
        whole = clipped(chosen.get("input", "input"))
        yield (
            f"is {' and '.join(map(clipped, names))} part of `{whole}`? Say --convention inclusive if it is"
            " (LiteLLM), exclusive if not (Anthropic)"
        )

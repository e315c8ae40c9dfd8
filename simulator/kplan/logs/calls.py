"""Calls of a log as checked columns; every row of the file is a call or is skipped with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.engine.columns.given import MAX_COUNT
from kplan.errors import KplanError
from kplan.logs.columns import CONVENTIONS, TOKENS, Wishes
from kplan.logs.instants import Instants, instants
from kplan.logs.rows import Rows, read_rows

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

_EXCLUSIVE = CONVENTIONS[1]
_WITHIN = (
    (("cached", "cache_write"), "input"),
    (("cache_write_1h",), "cache_write"),
    (("reasoning",), "output"),
)
"""Parts that together are no more than their whole."""


class SkippedRows(Struct, frozen=True):
    """Rows that no call is made of, for one reason."""

    why: str
    lines: tuple[int, ...]
    """The lines that they begin on; ascending."""


class Labels(Struct, frozen=True, eq=False):
    """A column of names."""

    names: tuple[str, ...]
    """In the order in which they first appear."""
    codes: NDArray[np.intp]
    """Places in the names, shape (n,)."""


class Calls(Struct, frozen=True, eq=False):
    """The n calls of a log."""

    file: str
    n_rows: int
    """Rows of the file: n and those that were skipped."""
    stage: Labels
    model: Labels
    lines: Counts
    """The line that each call begins on, shape (n,)."""
    trace: NDArray[np.intp] | None
    """Number of each call's trace, shape (n,), none left out; None where the log has no traces."""
    tokens: Mapping[str, Counts]
    """Tokens of each call in the inclusive convention, shape (n,); `input` and `output` are there unless the
    file was read without requiring them."""
    at: Instants | None
    """When the calls were made; None where the log does not say."""
    skipped: tuple[SkippedRows, ...]
    """The most frequent reason first."""
    unused: tuple[str, ...]
    """Columns of the file that nothing was made of."""

    def __len__(self) -> int:
        return len(self.stage.codes)


def read_calls(content: bytes, file: str, wishes: Wishes | None = None) -> Calls:
    """The calls in a file's bytes: CSV or a JSON object a line, perhaps packed with gzip.

    file   what the file is called in messages
    Raises KplanError where the columns are not known, and where no call is left.
    """
    wishes = wishes or Wishes()
    return calls_of(read_rows(content, file, wishes), file, wishes)


@dataclass
class _Reasons:
    """Why rows are skipped, each row for the first reason that was found."""

    lines: Counts
    is_fine: Mask
    found: list[SkippedRows] = field(default_factory=list)

    def skip(self, is_wrong: Mask, why: str) -> None:
        """Leave out those of the rows that are fine so far."""
        left_out = is_wrong & self.is_fine
        if left_out.any():
            self.found.append(SkippedRows(why, tuple(self.lines[left_out].tolist())))
            self.is_fine &= ~left_out


def calls_of(rows: Rows, file: str, wishes: Wishes) -> Calls:
    """The calls among the rows of a file; raises KplanError where none is left."""
    n = len(rows.lines)
    reasons = _Reasons(rows.lines, np.ones(n, np.bool_))
    for why, is_broken in rows.broken.items():
        reasons.skip(is_broken, why)
    given = wishes.given()
    stage, model = (_labels(rows, name, given.get(name, ""), reasons) for name in ("stage", "model"))
    trace = _traces(rows.columns["trace"], reasons) if "trace" in rows.columns else None
    tokens = {name: _counts(name, rows.columns[name], reasons) for name in TOKENS if name in rows.columns}
    if wishes.convention == _EXCLUSIVE:
        tokens = _inclusive(tokens)
    elif "cache_write_1h" in tokens:
        tokens.setdefault("cache_write", tokens["cache_write_1h"])
    _check_parts(tokens, reasons)
    fine = reasons.is_fine
    if not fine.any():
        said = "; ".join(f"{skipped.why}: {spans(skipped.lines, 3)}" for skipped in reasons.found)
        raise KplanError(f"{file}: no row is a call ({said})")
    at = instants(rows.columns["timestamp"], wishes.time_unit) if "timestamp" in rows.columns else None
    return Calls(
        file,
        n,
        _compact(stage, fine),
        _compact(model, fine),
        rows.lines[fine],
        None if trace is None else np.unique(trace[fine], return_inverse=True)[1],
        {name: counts[fine] for name, counts in tokens.items()},
        at and at.of(fine),
        tuple(sorted(reasons.found, key=lambda each: (-len(each.lines), each.lines))),
        rows.unused,
    )


def _labels(rows: Rows, name: str, given: str, reasons: _Reasons) -> Labels:
    """A column of names without the blanks around them; rows without a name are skipped."""
    import pandas as pd

    if given:
        return Labels((given,), np.zeros(len(rows.lines), np.intp))
    codes, found = pd.factorize(rows.columns[name])
    names = [str(each).strip() for each in found]
    places = {each: place for place, each in enumerate(dict.fromkeys(names))}
    merged = np.array([places[each] for each in names] or [0], np.intp)[codes]
    reasons.skip((codes < 0) | (merged == places.get("", -1)), f"no {name}")
    return Labels(tuple(places), merged)


def _traces(column: Any, reasons: _Reasons) -> NDArray[np.intp]:
    """A number for each trace; rows without one are skipped."""
    import pandas as pd

    codes: NDArray[np.intp] = pd.factorize(column)[0]
    reasons.skip(codes < 0, "no trace")
    return codes


def _compact(labels: Labels, fine: Mask) -> Labels:
    """The names that are left, in the order in which they first appear."""
    used, first, codes = np.unique(labels.codes[fine], return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return Labels(tuple(labels.names[used[each]] for each in order), place[codes])


def _counts(name: str, column: Any, reasons: _Reasons) -> Counts:
    """Whole numbers of tokens; 0 where a row is skipped."""
    import pandas as pd

    is_odd = column.dtype in (bool, object)
    numbers = pd.to_numeric(column.astype(str) if is_odd else column, errors="coerce").to_numpy()
    values = numbers.astype(np.float64)
    with np.errstate(invalid="ignore"):
        reasons.skip(column.isna().to_numpy(), f"{name} is missing")
        reasons.skip(~np.isfinite(values), f"{name} is not a number")
        reasons.skip(values < 0, f"{name} is negative")
        reasons.skip(values != np.floor(values), f"{name} is not a whole number")
        reasons.skip(values >= MAX_COUNT, f"{name} is more than a call can hold")
        is_whole = (values >= 0) & (values < MAX_COUNT)
    return np.where(is_whole, values, 0).astype(np.int64)


def _inclusive(tokens: Mapping[str, Counts]) -> dict[str, Counts]:
    """Counts of which each stands alone, with the parts counted into their wholes."""
    found = dict(tokens)
    for parts, whole in reversed(_WITHIN):
        for part in parts:
            if part in found:
                found[whole] = found.get(whole, 0) + found[part]
    return found


def _check_parts(tokens: Mapping[str, Counts], reasons: _Reasons) -> None:
    for parts, whole in _WITHIN:
        given = [part for part in parts if part in tokens]
        if given and whole in tokens:
            verb = "are" if len(given) > 1 else "is"
            is_more = sum(tokens[part] for part in given) > tokens[whole]
            reasons.skip(np.asarray(is_more), f"{' and '.join(given)} {verb} more than {whole}")


def spans(lines: Sequence[int], most: int = 0) -> str:
    """`lines 5, 9-12, 40`, or `line 5`; with `most`, no more spans than that and how many lines follow."""
    ends = np.flatnonzero(np.diff(lines) != 1)
    starts, stops = [0, *(ends + 1).tolist()], [*ends.tolist(), len(lines) - 1]
    shown = list(zip(starts, stops, strict=True))[: most or None]
    said = [f"{lines[a]}" if a == b else f"{lines[a]}-{lines[b]}" for a, b in shown]
    rest = len(lines) - 1 - shown[-1][1]
    more = f" and {rest:,} more" if rest else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(said)}{more}"

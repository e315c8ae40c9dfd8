"""A trace of real calls, from a log file: when they came and how many tokens they had, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.capacity.buckets import Charges, Seconds
from kplan.errors import KplanError, Mark, Problem
from kplan.logs.calls import Calls, SkippedRows, calls_of, spans
from kplan.logs.columns import Wishes, matched
from kplan.logs.rows import Rows, read_rows

_DAY_S = 86_400.0
_PARQUET = b"PAR1"
_OFFSET = r"(?:[zZ]|[+-]\d\d:?\d\d)$"
"""How a stamp ends that says its time zone."""
_GAP_SHARE, _GAP_MEANS = 0.05, 20
"""A stretch without calls is a gap from this share of the span on, if it is also so many mean intervals."""
_SHOWN = 3


class Trace(Struct, frozen=True, eq=False):
    """The n calls of a trace, in the order of their times."""

    file: str
    at_s: Seconds
    """Since the first call [s], ascending, shape (n,)."""
    starts_at: datetime | None
    """The first call; None where stamps only count from some start."""
    tokens: Mapping[str, Charges]
    """Tokens in disjoint buckets: input, cache_read, cache_write, output; those of the file, shape (n,)."""
    lines: NDArray[np.int64]
    """The line that each call begins on, shape (n,)."""
    n_rows: int
    """Rows of the file: n and those that were skipped."""
    skipped: tuple[SkippedRows, ...]
    remarks: tuple[str, ...]
    """What to know of its times: sorted, duplicate or without a time zone."""

    def __len__(self) -> int:
        return len(self.at_s)

    @property
    def told(self) -> tuple[str, ...]:
        """What to know of the file, in sentences: the rows left out, and what is odd about its times."""
        sentences = (*_left_out(self.skipped, self.n_rows), *self.remarks)
        return tuple(f"{self.file}: {sentence}" for sentence in sentences)

    @property
    def span_s(self) -> float:
        """From the first call to the last [s]."""
        return float(self.at_s[-1])


def read_trace(
    content: bytes, file: str, *, columns: Mapping[str, str] | None = None, time_unit: str = ""
) -> Trace:
    """The trace in a file's bytes: CSV, a JSON object a line (both perhaps packed with gzip), or Parquet.

    columns     what the file calls them: timestamp, input, cached, cache_write, output
    time_unit   of stamps that are bare numbers: s, ms, us or ns
    Raises KplanError where there is no column of times, where times are of no known unit or mix such with
    and without a zone, and where fewer than two calls are left.
    """
    wishes = Wishes(columns or {}, time_unit=time_unit, required=("timestamp",))
    rows = (
        _parquet_rows(content, file, wishes) if content[:4] == _PARQUET else read_rows(content, file, wishes)
    )
    zones = _zone_remarks(rows, file)
    stage, model = ("" if name in rows.columns else "all" for name in ("stage", "model"))
    calls = calls_of(rows, file, Wishes(wishes.columns, stage, model, time_unit=time_unit))
    return _ordered(calls, file, zones)


def _ordered(calls: Calls, file: str, zones: list[str]) -> Trace:
    at = calls.at
    assert at is not None
    if not at.is_days:
        raise KplanError(f"{file}: timestamps are numbers of no known unit; say s, ms, us or ns (time_unit)")
    known = ~np.isnan(at.values)
    unread = (SkippedRows("timestamp cannot be read", tuple(calls.lines[~known].tolist())),)
    skipped = (*calls.skipped, *(unread if (~known).any() else ()))
    if (n := int(known.sum())) < 2:
        told = ["a trace needs two calls or more", *_left_out(skipped, calls.n_rows)]
        raise KplanError(f"{file}: {n} call{'' if n == 1 else 's'} that can be read; {'; '.join(told)}")
    days, lines = at.values[known], calls.lines[known]
    order = np.argsort(days, kind="stable")
    first = float(days[order[0]])
    seconds = (days[order] - first) * _DAY_S
    starts = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=first) if at.is_dated else None
    remarks = (*zones, *_out_of_order(days, lines), *_duplicates(seconds, lines[order]))
    return Trace(
        file=file,
        at_s=seconds,
        starts_at=starts,
        tokens={name: tokens[known][order] for name, tokens in _disjoint(calls).items()},
        lines=lines[order],
        n_rows=calls.n_rows,
        skipped=skipped,
        remarks=(*remarks, *_gaps(seconds, lines[order])),
    )


def _left_out(skipped: Iterable[SkippedRows], n_rows: int) -> Iterator[str]:
    for each in skipped:
        yield f"{len(each.lines):,} of {n_rows:,} rows left out: {each.why}: {_at(np.array(each.lines))}"


def _disjoint(calls: Calls) -> dict[str, Charges]:
    """Tokens of each call in buckets that do not overlap."""
    held = {name: counts.astype(np.float64) for name, counts in calls.tokens.items()}
    found = {ours: held[theirs] for ours, theirs in _BUCKETS.items() if theirs in held}
    if "input" in found:
        found["input"] = found["input"] - found.get("cache_read", 0.0) - found.get("cache_write", 0.0)
    return found


_BUCKETS = {"input": "input", "cache_read": "cached", "cache_write": "cache_write", "output": "output"}
"""Bucket -> column of a log."""


def _parquet_rows(content: bytes, file: str, wishes: Wishes) -> Rows:
    import pandas as pd

    try:
        frame = pd.read_parquet(BytesIO(content))
    except ImportError as e:
        raise KplanError(
            f"{file}: Parquet is read with pyarrow; pip install 'kplan[parquet]', or write CSV"
        ) from e
    except Exception as e:  # pyarrow lets whatever its parser meets escape
        raise KplanError(f"{file}: cannot be read as Parquet: {e}") from e
    names = [str(name) for name in frame.columns]
    chosen = matched(names, wishes, file)
    columns: dict[str, Any] = {ours: frame.iloc[:, names.index(theirs)] for ours, theirs in chosen.items()}
    if pd.api.types.is_datetime64_any_dtype(columns["timestamp"].dtype):
        columns["timestamp"] = columns["timestamp"].map(lambda each: each.isoformat(), na_action="ignore")
    unused = tuple(name for name in names if name not in chosen.values())
    return Rows(columns, np.arange(1, len(frame) + 1, dtype=np.int64), {}, unused)


def _zone_remarks(rows: Rows, file: str) -> list[str]:
    """What to say of time zones; raises KplanError where some stamps have one and some have none."""
    import pandas as pd

    column = rows.columns["timestamp"]
    is_said = column.notna().to_numpy()
    numbers = pd.to_numeric(column, errors="coerce").notna().to_numpy()
    texts = is_said & ~numbers
    if not texts.any():
        return []
    read = pd.to_datetime(column[texts].astype(str), utc=True, format="ISO8601", errors="coerce")
    dated = np.flatnonzero(texts)[read.notna().to_numpy()]
    has_zone = column.iloc[dated].astype(str).str.contains(_OFFSET, regex=True).to_numpy()
    naive, aware = rows.lines[dated[~has_zone]], rows.lines[dated[has_zone]]
    if len(naive) and len(aware):
        what = f"a stamp without a time zone, while line {aware[0]} has one; give all of them one"
        raise KplanError(Problem(what, Mark(file, int(naive[0]), 1), "timestamp"))
    return ["timestamps say no time zone; they are read as UTC"] if len(naive) else []


def _out_of_order(days: NDArray[np.float64], lines: NDArray[np.int64]) -> Iterator[str]:
    behind = lines[1:][np.diff(days) < 0]
    if len(behind):
        yield f"{len(behind):,} calls come before the one above them and were put in order: {_at(behind)}"


def _duplicates(seconds: Seconds, lines: NDArray[np.int64]) -> Iterator[str]:
    same = np.sort(lines[1:][np.diff(seconds) == 0])
    if len(same):
        yield f"{len(same):,} calls have the stamp of another one: {_at(same)}"


def _gaps(seconds: Seconds, lines: NDArray[np.int64]) -> Iterator[str]:
    breaks = np.diff(seconds)
    wide = (breaks >= _GAP_SHARE * seconds[-1]) & (breaks >= _GAP_MEANS * seconds[-1] / len(breaks))
    for n in np.flatnonzero(wide)[:_SHOWN].tolist():
        yield f"no call for {breaks[n]:,.0f} s before line {lines[n + 1]}: is the trace whole?"
    if wide.sum() > _SHOWN:
        yield f"{wide.sum() - _SHOWN:,} more such gaps"


def _at(lines: NDArray[np.int64]) -> str:
    return spans(sorted(lines.tolist()), _SHOWN)

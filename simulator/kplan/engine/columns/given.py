"""Columns as users hold them: dictionary-encoded labels, instants and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.errors import KplanError, Problem

MAX_COUNT = 2**53
"""Counts below this are exact in float64; no call comes near."""
FIRST_DAY, AFTER_LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
"""Instants outside are a slip of units, such as seconds read as milliseconds."""
UNITS_PER_DAY = {
    "D": 1,
    "h": 24,
    "m": 1_440,
    "s": 86_400,
    "ms": 86_400_000,
    "us": 86_400_000_000,
    "ns": 86_400_000_000_000,
}
_CACHED = 65_536
"""Numbers that stay in a core's cache."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Labels(Struct, frozen=True, eq=False):
    """A dictionary-encoded column: a code for each call, or one label for all."""

    name: str
    codes: NDArray[np.integer[Any]] | None
    """Shape (n,), places in the categories; None: every call has the only category."""
    categories: tuple[str, ...]


class Instants(Struct, frozen=True, eq=False):
    """When each call was made, UTC."""

    values: NDArray[np.int64] | None
    """Shape (n,), in units since 1970; None: all at one instant."""
    units_per_day: int
    first: datetime
    last: datetime
    """The first and the last day; of one instant for all, that itself."""


class Given(Struct, frozen=True, eq=False):
    """The columns of n calls."""

    n: int
    model: Labels
    mode: Labels
    region: Labels
    at: Instants
    counts: Mapping[str, NDArray[np.integer[Any]]]
    """Usage key -> counts, shape (n,), integers; their size is checked block by block."""


def given(model: Any, mode: Any, region: Any, at: Any, usage: Mapping[str, Any]) -> Given:
    """The columns, checked; raises KplanError with the first bad call of every column."""
    if not usage:
        raise KplanError('usage is empty; give at least {"input": counts, "output": counts}')
    problems: list[Problem] = []
    labels = [_labels(*each, problems) for each in (("model", model), ("mode", mode), ("region", region))]
    instants = _instants(at, problems)
    counts = {key: _counts(f'usage["{key}"]', column, problems) for key, column in usage.items()}
    lengths = {f'usage["{key}"]': len(column) for key, column in counts.items()}
    lengths |= {each.name: len(each.codes) for each in labels if each.codes is not None}
    lengths |= {"at": len(instants.values)} if instants.values is not None else {}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {n}" for name, n in lengths.items())
        problems.append(Problem(f"columns of different lengths: {said}"))
    if problems:
        raise KplanError(problems)
    return Given(next(iter(lengths.values())), labels[0], labels[1], labels[2], instants, counts)


def _labels(name: str, column: Any, problems: list[Problem]) -> Labels:
    if isinstance(column, str):
        return Labels(name, None, (column,))
    codes, categories = _encoded(column)
    bad = [at for at, label in enumerate(categories) if not isinstance(label, str)]
    if codes.dtype == np.uint64:
        codes = codes.astype(np.intp)
    if codes.ndim != 1 or codes.dtype.kind not in "iu":
        problems.append(Problem(f"{name}: codes must be a column of integers, not {_kind(codes)}"))
    elif len(codes):
        low, high = int(codes.min()), int(codes.max())
        if low < 0 or high >= len(categories):
            first = _first((codes < 0) | (codes >= len(categories)))
            said = (
                "no label" if codes[first] == -1 else f"code {codes[first]} of {len(categories)} categories"
            )
            problems.append(Problem(said, path=f"{name}[{first}]"))
        elif bad:
            of_bad = np.isin(codes, bad)
            if of_bad.any():
                label = categories[int(codes[_first(of_bad)])]
                problems.append(Problem(f"{label!r} is not a text", path=f"{name}[{_first(of_bad)}]"))
    return Labels(name, codes, tuple(map(str, categories)))


def _encoded(column: Any) -> tuple[NDArray[Any], Sequence[Any]]:
    """Codes and categories of a pandas Categorical, of a pair, or of plain labels."""
    encoded = getattr(column, "cat", column)
    if hasattr(encoded, "codes") and hasattr(encoded, "categories"):
        return np.asarray(encoded.codes), list(encoded.categories)
    if isinstance(column, tuple) and len(column) == 2 and not isinstance(column[0], str):
        return np.asarray(column[0]), list(column[1])
    places: dict[Any, int] = {}
    codes = [places.setdefault(label, len(places)) for label in column]
    return np.array(codes, dtype=np.intp), list(places)


def _instants(at: Any, problems: list[Problem]) -> Instants:
    if isinstance(at, date | str) or np.ndim(at) == 0:
        return _one_instant(at, problems)
    try:
        values = np.asarray(at) if hasattr(at, "dtype") else np.array(at, dtype="datetime64")
    except (TypeError, ValueError):
        values = np.asarray(at, dtype=object)
    unit, step = np.datetime_data(values.dtype) if values.dtype.kind == "M" else ("", 1)
    if unit not in UNITS_PER_DAY or step != 1 or values.ndim != 1:
        zone = " without a time zone (tz_convert(None) makes one UTC)" if values.dtype.kind == "O" else ""
        problems.append(
            Problem(f"at must be a column of datetime64, days or finer{zone}, not {_kind(values)}")
        )
        return _no_instants()
    ticks = values.astype(values.dtype.newbyteorder("="), copy=False).view(np.int64)
    if not len(ticks):
        return _no_instants()
    per_day = UNITS_PER_DAY[unit]
    low, high = (per_day * (day - _EPOCH.date()).days for day in (FIRST_DAY, AFTER_LAST_DAY))
    first, last = _span(ticks)
    if first < low or last >= high:
        place = _first((ticks < low) | (ticks >= high))
        said = (
            "no instant" if np.isnat(values[place]) else f"{values[place]} is outside {FIRST_DAY.year}..2199"
        )
        problems.append(Problem(said, path=f"at[{place}]"))
        return _no_instants()
    return Instants(ticks, per_day, *(_EPOCH + timedelta(days=end // per_day) for end in (first, last)))


def _span(ticks: NDArray[np.int64]) -> tuple[int, int]:
    """The lowest and the highest, in one pass through memory."""
    parts = [ticks[start : start + _CACHED] for start in range(0, len(ticks), _CACHED)]
    ends = [(int(part.min()), int(part.max())) for part in parts]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _one_instant(at: Any, problems: list[Problem]) -> Instants:
    try:
        moment = at if isinstance(at, datetime) else _datetime(np.datetime64(at))
    except (TypeError, ValueError, AttributeError):
        problems.append(Problem(f"at {at!r} is no date; give a date, a datetime or a datetime64 column"))
        return _no_instants()
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return Instants(None, 1, utc, utc)


def _datetime(instant: np.datetime64) -> datetime:
    whole: datetime = instant.astype("datetime64[us]").item()
    return whole.replace(tzinfo=UTC)


def _no_instants() -> Instants:
    start = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    return Instants(np.zeros(0, np.int64), 1, start, start)


def _counts(name: str, column: Any, problems: list[Problem]) -> NDArray[np.integer[Any]]:
    counts = np.asarray(column)
    if counts.dtype.kind == "O" and counts.ndim == 1:
        counts = _from_objects(counts)
    found = list(_count_problems(name, counts))
    problems.extend(found)
    return counts if counts.ndim == 1 else np.zeros(0, np.int64)


def _from_objects(counts: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers too large for an integer column stay objects; others become one."""
    is_whole = all(isinstance(count, int | np.integer) and not isinstance(count, bool) for count in counts)
    return counts.astype(np.int64) if is_whole and all(abs(int(c)) < MAX_COUNT for c in counts) else counts


def _count_problems(name: str, counts: NDArray[Any]) -> Iterator[Problem]:
    if counts.ndim != 1:
        yield Problem(f"{name} must be a column, not {_kind(counts)}")
    elif counts.dtype.kind not in "iu":
        first, why = _first_odd(counts)
        what = f"{counts.tolist()[first]!r} {why}; " if len(counts) else ""
        yield Problem(
            f"{what}counts must be a column of integers, not {counts.dtype}", path=f"{name}[{first}]"
        )


def _first_odd(counts: NDArray[Any]) -> tuple[int, str]:
    """The first call that keeps the column from being one of integers, or the first of all."""
    for place, count in enumerate(counts.tolist() if counts.dtype.kind in "fO" else ()):
        if isinstance(count, bool) or not isinstance(count, int | float) or count != count // 1:
            return place, "is not a whole number"
        if abs(count) >= MAX_COUNT:
            return place, "is more than a call can hold (2**53)"
    return 0, f"is a {counts.dtype}"


def _kind(column: NDArray[Any]) -> str:
    return f"{column.dtype} of shape {column.shape}"


def _first(is_bad: NDArray[np.bool_]) -> int:
    return int(np.argmax(is_bad))

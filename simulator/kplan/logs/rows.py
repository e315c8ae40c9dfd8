"""Rows of a log as they stand in its file: CSV or a JSON object a line, packed with gzip or not."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from types import MappingProxyType
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kplan.errors import KplanError
from kplan.logs.columns import TOKENS, Wishes, matched

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_NEWLINE, _QUOTE = ord("\n"), ord('"')
_NO_NUMBER = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None")
"""Cells of token columns that say nothing."""
_TEXTS: Mapping[str, Any] = MappingProxyType({"stage": "category", "model": "category", "trace": str})
"""How pandas reads the columns of names."""
_FIRST_ROW = 2
"""Line of the row below the head."""


class Rows(Struct, frozen=True, eq=False):
    """The columns of n rows as pandas Series."""

    columns: Mapping[str, Any]
    """Column -> its cells, shape (n,); NaN where a cell is empty."""
    lines: NDArray[np.int64]
    """The line that each row begins on, shape (n,)."""
    broken: Mapping[str, NDArray[np.bool_]]
    """Why a row cannot be read -> which ones, shape (n,)."""
    unused: tuple[str, ...]
    """Columns of the file that nothing is made of."""


def read_rows(content: bytes, file: str, wishes: Wishes) -> Rows:
    """The rows of a file's bytes; raises KplanError where there are none, or where it is no such file."""
    text = _unpacked(content, file).removeprefix(_BOM).rstrip(b"\r\n")
    if not text.strip():
        raise KplanError(f"{file}: is empty; a head and a line for each call are expected")
    if text.lstrip()[:1] == b"[":
        raise KplanError(f"{file}: a JSON list; write one object a line instead (jq -c '.[]')")
    return (_json_rows if text.lstrip()[:1] == b"{" else _csv_rows)(text, file, wishes)


def _unpacked(content: bytes, file: str) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as e:
        raise KplanError(f"{file}: cannot be unpacked: {e}") from e


def _csv_rows(text: bytes, file: str, wishes: Wishes) -> Rows:
    """Cells that are too many fall into a column of their own, past those of the head."""
    import pandas as pd

    first, _, body = text.partition(b"\n")
    header, separator = _header(first, file)
    chosen = matched(header, wishes, file)
    if not body:
        raise KplanError(f"{file}: no rows below its head")
    beyond = str(len(header))
    places = {ours: str(header.index(theirs)) for ours, theirs in chosen.items()}
    texts = {at: _TEXTS[ours] for ours, at in places.items() if ours in _TEXTS}
    head = separator.join(map(str, range(len(header) + 1))).encode()
    try:
        frame = pd.read_csv(
            BytesIO(head + b"\n" + body),
            sep=separator,
            usecols=[*places.values(), beyond],
            dtype={**texts, beyond: "category"},
            keep_default_na=False,
            na_values={at: [""] if at in texts else list(_NO_NUMBER) for at in (*places.values(), beyond)},
            skip_blank_lines=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, UnicodeDecodeError, OverflowError) as e:
        raise KplanError(f"{file}: cannot be read as CSV: {_said(e)}") from e
    columns = {ours: frame[at] for ours, at in places.items()}
    broken = {
        "the line is empty": frame.isna().all(axis=1).to_numpy(),
        "more cells than the head has": frame[beyond].notna().to_numpy(),
    }
    unused = tuple(name for name in header if name not in chosen.values())
    return Rows(columns, _lines(body, len(frame)), broken, unused)


def _header(line: bytes, file: str) -> tuple[list[str], str]:
    """The names of the columns, and what stands between them."""
    try:
        text = line.decode("utf-8").strip("\r\n")
        separator = max(",;\t", key=text.count)
        names = next(csv.reader(StringIO(text), delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error) as e:
        raise KplanError(f"{file}: its head cannot be read: {_said(e)}") from e
    return [name.strip() for name in names], separator


def _lines(body: bytes, n: int) -> NDArray[np.int64]:
    """The line that each record begins on: quoted cells may go over several lines.

    Where quotes are used in other ways than CSV does, records are counted instead.
    """
    counted = np.arange(_FIRST_ROW, _FIRST_ROW + n, dtype=np.int64)
    if body.count(b"\n") + 1 == n:
        return counted
    signs = np.frombuffer(body, np.uint8)
    is_quoted = np.bitwise_xor.accumulate((signs == _QUOTE).view(np.uint8))
    is_end = is_quoted[np.flatnonzero(signs == _NEWLINE)] == 0
    starts = np.concatenate(([_FIRST_ROW], np.flatnonzero(is_end) + _FIRST_ROW + 1))
    return starts if len(starts) == n else counted


def _json_rows(text: bytes, file: str, wishes: Wishes) -> Rows:
    """One object a line; what stands under `usage` counts as if it stood beside it."""
    import pandas as pd

    found = [_object(line) for line in text.split(b"\n")]
    header = list(dict.fromkeys(key for row in found if isinstance(row, dict) for key in row))
    chosen = matched(header, wishes, file)
    rows: list[Mapping[str, object]] = [row if isinstance(row, dict) else {} for row in found]
    columns = {ours: pd.Series(_cells(rows, theirs, ours)) for ours, theirs in chosen.items()}
    whys = np.array(["" if isinstance(row, dict) else row for row in found], dtype=object)
    broken = {str(why): whys == why for why in dict.fromkeys(whys.tolist()) if why}
    unused = tuple(name for name in header if name not in chosen.values())
    return Rows(columns, np.arange(1, len(rows) + 1, dtype=np.int64), broken, unused)


def _object(line: bytes) -> dict[str, object] | str:
    """The object of a line, or why there is none."""
    if not line.strip():
        return "the line is empty"
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(said, dict):
        return "not a JSON object"
    usage = said.pop("usage", None)
    return {**said, **usage} if isinstance(usage, dict) else said


def _cells(rows: Sequence[Mapping[str, object]], theirs: str, ours: str) -> list[object]:
    """A column; only numbers and texts are cells, and all else is shown as JSON to be refused."""
    cells = [row.get(theirs) for row in rows]
    if ours in TOKENS or ours == "timestamp":
        return [json.dumps(cell) if isinstance(cell, bool | list | dict) else cell for cell in cells]
    return [cell or None if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells]


def _said(error: Exception) -> str:
    return " ".join(str(error).removeprefix("Error tokenizing data. C error:").split())

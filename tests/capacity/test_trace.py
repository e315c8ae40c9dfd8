"""Every row of a trace is a call or is told with its line; what is odd about its times is said."""

from __future__ import annotations

import gzip
import sys

import pytest

from kplan.capacity.trace import Trace, read_trace
from kplan.errors import KplanError

HEAD = "timestamp,input,output\n"


def read(text: str, **options: object) -> Trace:
    return read_trace(text.encode(), "t.csv", **options)  # type: ignore[arg-type]


def test_csv_by_other_names_and_packed() -> None:
    text = (
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-11-01 10:00:00.5Z,100,10\n2026-11-01 10:00:02Z,50,5\n"
    )
    for content in (text.encode(), gzip.compress(text.encode())):
        trace = read_trace(content, "t.csv")
        assert trace.at_s.tolist() == pytest.approx([0, 1.5], abs=1e-6)
        assert {name: each.tolist() for name, each in trace.tokens.items()} == {
            "input": [100, 50],
            "output": [10, 5],
        }
        assert str(trace.starts_at) == "2026-11-01 10:00:00.500000+00:00"
        assert (trace.n_rows, trace.skipped, trace.remarks) == (2, (), ())


def test_json_lines_with_times_alone() -> None:
    trace = read_trace(b'{"timestamp": 3000}\n{"timestamp": 4500}\n', "t.jsonl", time_unit="ms")
    assert trace.at_s.tolist() == pytest.approx([0, 1.5])
    assert (trace.tokens, trace.starts_at) == ({}, None)


def test_input_comes_apart_from_its_caches() -> None:
    text = "timestamp,input,cached,cache_write,output\n1,100,60,10,5\n2,10,0,0,1\n"
    trace = read(text, time_unit="s")
    assert trace.tokens["input"].tolist() == [30, 10]
    assert trace.tokens["cache_read"].tolist() == [60, 0]
    assert trace.tokens["cache_write"].tolist() == [10, 0]


def test_what_is_left_out_is_told_where_too_little_is_left() -> None:
    with pytest.raises(KplanError) as error:
        read(f"{HEAD}2026-11-01T10:00:00Z,-4,1\n2026-11-01T10:00:01Z,4,1\n")
    assert str(error.value) == (
        "t.csv: 1 call that can be read; a trace needs two calls or more;"
        " 1 of 2 rows left out: input is negative: line 2"
    )


def test_nothing_is_lost() -> None:
    """Negative tokens, a stamp that is none, an empty line: told with their lines, and the counts add up."""
    trace = read(
        f"{HEAD}2026-11-01T10:00:00Z,1,1\n2026-11-01T10:00:01Z,-5,1\nnoon,1,1\n\n2026-11-01T10:00:09Z,1,1\n"
    )
    assert {each.why: each.lines for each in trace.skipped} == {
        "input is negative": (3,),
        "timestamp cannot be read": (4,),
        "the line is empty": (5,),
    }
    assert trace.lines.tolist() == [2, 6]
    assert trace.n_rows == len(trace) + sum(len(each.lines) for each in trace.skipped)


def test_calls_out_of_order_are_put_in_order_and_said() -> None:
    trace = read(f"{HEAD}10,1,1\n30,3,3\n20,2,2\n", time_unit="s")
    assert trace.tokens["input"].tolist() == [1, 2, 3]
    assert trace.lines.tolist() == [2, 4, 3]
    assert trace.remarks == ("1 calls come before the one above them and were put in order: line 4",)


def test_duplicate_stamps_are_said() -> None:
    trace = read(f"{HEAD}10,1,1\n10,1,1\n10,1,1\n20,2,2\n", time_unit="s")
    assert trace.remarks == ("2 calls have the stamp of another one: lines 3-4",)


def test_gaps_are_said() -> None:
    rows = "".join(f"{at},1,1\n" for at in [*range(100), *range(300, 400)])
    assert read(HEAD + rows, time_unit="s").remarks == (
        "no call for 201 s before line 102: is the trace whole?",
    )
    even = "".join(f"{at},1,1\n" for at in range(0, 1000, 100))
    assert read(HEAD + even, time_unit="s").remarks == ()


def test_time_zones() -> None:
    """Stamps without a zone are UTC, and that is said; with and without are an error at its line."""
    assert read(f"{HEAD}2026-11-01 10:00:00,1,1\n2026-11-01 10:00:09,1,1\n").remarks == (
        "timestamps say no time zone; they are read as UTC",
    )
    both = f"{HEAD}2026-11-01T10:00:00+01:00,1,1\n2026-11-01T09:00:09Z,1,1\n"
    assert (read(both).at_s.tolist(), read(both).remarks) == (pytest.approx([0, 9]), ())
    with pytest.raises(
        KplanError, match=r"t.csv:3:1: timestamp: a stamp without a time zone, while line 2 has"
    ):
        read(f"{HEAD}2026-11-01T10:00:00Z,1,1\n2026-11-01 10:00:09,1,1\n")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("input,output\n1,1\n", {}, "no column for `timestamp`"),
        (f"{HEAD}1,1,1\n2,1,1\n", {}, "numbers of no known unit"),
        (f"{HEAD}2026-11-01T10:00:00Z,1,1\n", {}, "1 call that can be read"),
        (f"{HEAD}1,-1,1\n2,-1,1\n", {"time_unit": "s"}, "no row is a call"),
        ("when,input\n1,1\n2,1\n", {"columns": {"timestamp": "wen"}}, "no such column in the file"),
        ("", {}, "is empty"),
    ],
)
def test_what_is_no_trace(text: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(KplanError, match=said):
        read(text, **options)


def test_parquet_without_pyarrow_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(KplanError, match="Parquet is read with pyarrow"):
        read_trace(b"PAR1....", "t.parquet")


def test_parquet(tmp_path: object) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {"ts": pd.to_datetime(["2026-11-01T10:00:00Z", "2026-11-01T10:00:03Z"]), "input": [5, 6]}
    )
    path = f"{tmp_path}/t.parquet"
    frame.to_parquet(path)
    with open(path, "rb") as file:  # noqa: PTH123
        trace = read_trace(file.read(), "t.parquet", columns={"timestamp": "ts"})
    assert trace.at_s.tolist() == pytest.approx([0, 3])

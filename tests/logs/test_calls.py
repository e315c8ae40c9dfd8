"""Every row of a log is a call, or is skipped with its reason and its line."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.logs.calls import read_calls, spans
from kplan.logs.columns import Wishes

from .logfiles import as_csv, calls_of

HEAD = "stage,model,input,cached,output"


def skipped(text: str, wishes: Wishes | None = None) -> dict[str, tuple[int, ...]]:
    return {each.why: each.lines for each in calls_of(text, wishes).skipped}


def test_each_reason_with_its_lines() -> None:
    text = f"""
    {HEAD}
    answer,m,100,100,10
    answer,m,100,101,10
    answer,m,-1,0,10
    answer,m,100,0,10.5
    answer,m,100,0,
    answer,m,1e30,0,5
    answer,m,inf,0,5
    answer,m,ten,0,5
    ,m,100,0,5
    answer,  ,100,0,5
    |
    answer,m,100,0,5,extra
    answer,m,100
    answer,m,100.0,0,0
    """
    assert skipped(text) == {
        "output is missing": (6,),
        "cached is more than input": (3,),
        "input is negative": (4,),
        "output is not a whole number": (5,),
        "input is more than a call can hold": (7,),
        "input is not a number": (8, 9),
        "no stage": (10,),
        "no model": (11,),
        "the line is empty": (12,),
        "more cells than the head has": (13,),
        "cached is missing": (14,),
    }
    found = calls_of(text)
    assert found.tokens["input"].tolist() == [100, 100]
    assert found.n_rows == 14 == len(found) + sum(len(each.lines) for each in found.skipped)


def test_no_count_is_too_large_below_2_to_the_53() -> None:
    assert calls_of(f"{HEAD}\ns,m,{2**53 - 1},0,0").tokens["input"].tolist() == [2**53 - 1]
    with pytest.raises(KplanError, match=r"no row is a call \(input is more than a call can hold: line 2\)"):
        calls_of(f"{HEAD}\ns,m,{2**53},0,0")


@pytest.mark.parametrize(
    ("cached", "written", "is_fine"), [(60, 40, True), (60, 41, False), (100, 0, True), (0, 101, False)]
)
def test_reads_and_writes_together_are_no_more_than_the_input(
    cached: int, written: int, is_fine: bool
) -> None:
    text = f"stage,model,input,cached,cache_write,output\ns,m,100,0,0,1\ns,m,100,{cached},{written},1"
    why = {"cached and cache_write are more than input": (3,)}
    assert skipped(text) == ({} if is_fine else why)


def test_parts_of_the_output_and_of_cache_writes() -> None:
    text = """
    stage,model,input,cache_write,cache_write_1h,output,reasoning
    s,m,100,50,50,10,10
    s,m,100,50,51,10,10
    s,m,100,50,50,10,11
    """
    why = {"cache_write_1h is more than cache_write": (3,), "reasoning is more than output": (4,)}
    assert skipped(text) == why


def test_hour_writes_alone_are_all_writes() -> None:
    found = calls_of("stage,model,input,cache_write_1h,output\ns,m,100,40,5\ns,m,100,101,5")
    assert found.tokens["cache_write"].tolist() == [40]
    assert [each.lines for each in found.skipped] == [(3,)]


def test_exclusive_counts_are_added_up() -> None:
    """Input 100 beside 30 read, 20 written for five minutes and 5 for an hour: 155 in all; output 10 + 4."""
    text = "stage,model,input,cached,cache_write,cache_write_1h,output,reasoning\ns,m,100,30,20,5,10,4"
    found = calls_of(text, Wishes(convention="exclusive"))
    assert {name: counts.tolist() for name, counts in found.tokens.items()} == {
        "input": [155],
        "cached": [30],
        "cache_write": [25],
        "cache_write_1h": [5],
        "output": [14],
        "reasoning": [4],
    }


def test_lines_are_those_where_rows_begin() -> None:
    text = b'stage,model,input,output,prompt\ns,m,1,1,"a\nb\n""c"""\ns,m,x,1,d\ns,m,1,1,"e\nf"\ns,m,-1,1,g\n'
    found = read_calls(text, "x", None)
    assert {each.why: each.lines for each in found.skipped} == {
        "input is not a number": (5,),
        "input is negative": (8,),
    }


def test_names_lose_their_blanks_and_keep_their_order() -> None:
    found = calls_of(f'{HEAD}\n"b ",m,1,0,1\na,001,1,0,1\n b,null,1,0,1')
    assert found.stage.names == ("b", "a")
    assert found.stage.codes.tolist() == [0, 1, 0]
    assert found.model.names == ("m", "001", "null")


def test_names_of_skipped_rows_are_gone() -> None:
    found = calls_of(f"{HEAD}\nold,x,-1,0,1\nnew,y,1,0,1")
    assert (found.stage.names, found.model.names) == (("new",), ("y",))


def test_rows_without_a_trace_are_skipped_where_there_are_traces() -> None:
    found = calls_of("trace,stage,model,input,output\nq,s,m,1,1\n,s,m,1,1\n007,s,m,1,1\n7,s,m,1,1")
    assert found.trace is not None
    assert found.trace.tolist() == [0, 1, 2]
    assert [(each.why, each.lines) for each in found.skipped] == [("no trace", (3,))]


@pytest.mark.parametrize(
    "names", ["input,output", "Prompt_Tokens,Completion Tokens", "ContextTokens,GeneratedTokens"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_other_names_and_separators(names: str, separator: str) -> None:
    head = f"stage,model,{names}".replace(",", separator)
    found = read_calls(f"\ufeff{head}\r\n{separator.join(['s', 'm', '12', '3'])}\r\n".encode(), "x")
    assert (found.tokens["input"].tolist(), found.tokens["output"].tolist()) == ([12], [3])


def test_json_lines_and_their_faults() -> None:
    lines = [
        '{"stage": "s", "model": "m", "usage": {"input": 10, "output": 2, "cached": 4}}',
        "{not json",
        "[1, 2]",
        "",
        '{"stage": "s", "model": "m", "input": 10, "output": true, "cached": 0}',
        '{"stage": "", "model": "m", "input": 10, "output": 1, "cached": 0}',
        '{"stage": "s", "model": "m", "input": 10, "output": 1}',
        '{"stage": "s", "model": "m", "input": "10", "output": 1.0, "cached": [1]}',
    ]
    found = read_calls("\n".join(lines).encode(), "calls.jsonl")
    assert {each.why: each.lines for each in found.skipped} == {
        "not JSON": (2,),
        "not a JSON object": (3,),
        "the line is empty": (4,),
        "output is not a number": (5,),
        "no stage": (6,),
        "cached is missing": (7,),
        "cached is not a number": (8,),
    }
    assert found.tokens["input"].tolist() == [10]


def test_packed_files_and_broken_ones() -> None:
    plain = f"{HEAD}\ns,m,1,0,1\n".encode()
    assert len(read_calls(gzip.compress(plain), "calls.csv.gz")) == 1
    with pytest.raises(KplanError, match=r"calls\.csv\.gz: cannot be unpacked"):
        read_calls(gzip.compress(plain)[:-9], "calls.csv.gz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (HEAD.encode(), "no rows below its head"),
        (f"{HEAD}\ns,m,-1,0,1".encode(), r"no row is a call \(input is negative: line 2\)"),
        (b'[{"stage": "s"}]', "a JSON list; write one object a line"),
        (b"\xff\xfe1,2\n3,4", "its head cannot be read"),
        (f'{HEAD}\n"s,m,1,0,1'.encode(), "cannot be read as CSV"),
        (f"{HEAD}\n".encode() + b"\xff,m,1,0,1", "cannot be read as CSV"),
    ],
)
def test_files_without_calls(content: bytes, message: str) -> None:
    with pytest.raises(KplanError, match=f"^calls.csv: {message}"):
        read_calls(content, "calls.csv")


def problems(text: str, wishes: Wishes | None = None) -> list[str]:
    with pytest.raises(KplanError) as caught:
        calls_of(text, wishes)
    return [problem.what.removeprefix("calls.csv: ") for problem in caught.value.problems]


def test_columns_that_are_missing_are_told_at_once() -> None:
    first, second, third, fourth = problems("inputt,b\n1,2")
    assert first.startswith("no column for `stage` (known are stage, step,")
    assert "--stage NAME says it for all rows" in first
    assert second.startswith("no column for `model`")
    assert third.endswith("did you mean inputt?; the file has inputt, b")
    assert fourth.startswith("no column for `output` (known are output, output_tokens, completion_tokens")


def test_columns_that_are_named() -> None:
    text = "stage,model,a,b\ns,m,1,2"
    found = calls_of(text, Wishes({"input": "a", "output": "b"}))
    assert (found.tokens["input"].tolist(), found.tokens["output"].tolist()) == ([1], [2])
    assert problems(text, Wishes({"imput": "a", "output": "c", "input": "b"})) == [
        "--column imput: kplan has no such column; did you mean input?",
        "--column output=c: no such column in the file; the file has stage, model, a, b",
    ]


def test_a_column_that_may_be_two() -> None:
    text = "stage,model,input,prompt_tokens,output\ns,m,1,2,3"
    assert problems(text) == [
        "`input` may be input or prompt_tokens, which the head names; --column input=NAME says which"
    ]
    assert calls_of(text, Wishes({"input": "prompt_tokens"})).tokens["input"].tolist() == [2]
    (twice,) = problems("stage,model,input,input,output\ns,m,1,2,3")
    assert "which the head names twice" in twice


def test_names_that_leave_the_convention_open() -> None:
    text = "stage,model,input_tokens,cache_read_input_tokens,output_tokens\ns,m,10,4,1"
    (question,) = problems(text)
    assert question.startswith("is cache_read_input_tokens part of `input_tokens`? Say --convention")
    assert calls_of(text, Wishes(convention="inclusive")).tokens["input"].tolist() == [10]
    assert calls_of(text, Wishes(convention="exclusive")).tokens["input"].tolist() == [14]


def test_stage_and_model_for_all_rows() -> None:
    found = calls_of("input,output\n1,2\n3,4", Wishes(stage="answer", model="m"))
    assert (found.stage.names, found.stage.codes.tolist(), found.model.names) == (("answer",), [0, 0], ("m",))
    assert problems("step,model,input,output\ns,m,1,1", Wishes(stage="answer")) == [
        "--stage is for files that do not say it; this one has the column `step`"
    ]


def test_spans_of_lines() -> None:
    assert spans([5]) == "line 5"
    assert spans([5, 9, 10, 11, 40]) == "lines 5, 9-11, 40"
    assert spans([5, 9, 10, 11, 40, 42], 2) == "lines 5, 9-11 and 2 more"


CELLS = st.sampled_from(["0", "7", "50", "100", "", "-1", "2.5", "x", "NaN", "inf", "1e3", " 8 ", "12_0"])


def judged(row: dict[str, str]) -> str:
    """Whether a row is a call, decided by itself."""
    numbers = {}
    for name in ("input", "cached", "output"):
        text = row[name].strip()
        if text in ("", "NaN"):
            return f"{name} is missing"
        try:
            value = float(text if "_" not in text else "x")
        except ValueError:
            return f"{name} is not a number"
        if value == float("inf"):
            return f"{name} is not a number"
        if value < 0:
            return f"{name} is negative"
        if value != int(value):
            return f"{name} is not a whole number"
        numbers[name] = int(value)
    return "cached is more than input" if numbers["cached"] > numbers["input"] else ""


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries({"input": CELLS, "cached": CELLS, "output": CELLS}), min_size=1, max_size=12
    )
)
def test_the_counts_add_up_whatever_the_cells(cells: list[dict[str, str]]) -> None:
    rows = [{"stage": "s", "model": "m", **row} for row in cells]
    expected = {line: judged(row) for line, row in enumerate(rows, start=2)}
    if all(expected.values()):
        with pytest.raises(KplanError, match="no row is a call"):
            read_calls(as_csv(rows), "x")
        return
    found = read_calls(as_csv(rows), "x")
    told = {line: each.why for each in found.skipped for line in each.lines}
    assert told == {line: why for line, why in expected.items() if why}
    assert len(found) + len(told) == found.n_rows == len(rows)
    as_json = "\n".join(json.dumps(row) for row in rows).encode()
    assert read_calls(as_json, "x").tokens["input"].tolist() == found.tokens["input"].tolist()

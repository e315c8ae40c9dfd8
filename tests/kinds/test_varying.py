"""Distributions as scenarios write them: every form, every mistake, with all bad lines of a file at once."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.form.expressions import Number, Random
from kplan.form.shown import show
from kplan.kinds.fields import amount, drawn, variation
from kplan.kinds.varying import FileName


def numbers(found: object) -> dict[str, Decimal]:
    assert isinstance(found, Random)
    return {key: value.value for key, value in found.given if isinstance(value, Number)}


def test_forms() -> None:
    short = drawn({"mean": "4_000", "p95": "12_000"})
    assert short == drawn({"lognormal": {"mean": "4_000", "p95": "12_000"}})
    assert numbers(short) == {"mean": 4_000, "p95": 12_000}
    wide = drawn({"gamma": {"mean": "900", "sd": "450"}, "most": "2_000"})
    assert numbers(wide) == {"mean": 900, "sd": 450, "most": 2_000}
    listed = drawn({"values": ["900", "1_200"], "least": "1"})
    assert isinstance(listed, Random)
    assert (listed.sample, listed.source) == ((900, 1_200), "2 given values")
    assert drawn("chunks * 400") == amount("chunks * 400")


def test_told_apart_by_what_they_say() -> None:
    first, second = drawn({"values": ["1", "2"]}), drawn({"values": ["1", "3"]})
    assert show(first) != show(second)
    assert show(drawn({"mean": "4", "p95": "5"})) == "lognormal(mean 4, p95 5)"


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ({}, "says no distribution; write {mean: 4_000, p95: 12_000}"),
        ({"p95": "5"}, "says no distribution"),
        ({"mean": "5"}, "given by mean and p95 or mean and sd"),
        ({"mean": "5", "p95": "6", "sd": "1"}, "not by mean, p95, sd"),
        ({"mean": "5", "p59": "6"}, "not by mean, p59"),
        ({"gamma": "5"}, "`gamma` takes a map, such as {mean: 4_000, sd: …}"),
        ({"gamma": {"mean": "1", "sd": "1"}, "mean": "3"}, "`mean` beside `gamma`"),
        ({"values": []}, "`values` takes a list of amounts"),
        ({"values": ["1"], "column": "x"}, "`column` beside `values`: only least, most may stand there"),
        ({"file": "x.csv"}, "`column` one of its columns"),
        ({"mean": "8%", "p95": "$3"}, "`mean`: `8%` is a share.*`p95`: `\\$3` is money"),
        ({"values": ["1", "-2", "x"]}, "item 2: `-2` is below 0.*item 3: `x` is not a number"),
    ],
)
def test_refused(written: object, what: str) -> None:
    with pytest.raises(KplanError) as error:
        drawn(written)

    assert re.search(
        what if "\\" in what or ".*" in what else re.escape(what), " ".join(str(error.value).split())
    )


def test_a_variation_is_a_distribution() -> None:
    with pytest.raises(KplanError, match=r"a distribution such as .* is expected here, not `5`"):
        variation("5")


def csv_of(folder: Path, text: str) -> dict[str, object]:
    (folder / "tokens.csv").write_text(text, encoding="utf-8")
    return {"file": FileName.of("tokens.csv", folder), "column": "input"}


def test_a_column_of_a_file(tmp_path: Path) -> None:
    found = drawn(csv_of(tmp_path, 'id,input\r\n1,"1_200"\r\n\r\n2,300\r\n'))
    assert isinstance(found, Random)
    assert (found.sample, found.source) == ((1_200, 300), "2 values of tokens.csv, column input")


def test_every_bad_line_is_told(tmp_path: Path) -> None:
    with pytest.raises(KplanError) as error:
        drawn(csv_of(tmp_path, "id,input\n1,5\n2,many\n3\n4,-7\n5,6\n"))
    told = [problem.what for problem in error.value.problems]
    assert [text.partition(": ")[0] for text in told] == ["tokens.csv:3", "tokens.csv:4", "tokens.csv:5"]
    assert "`many` is not a number" in told[0]
    assert "`-7` is below 0" in told[2]


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    with pytest.raises(KplanError) as error:
        drawn(csv_of(tmp_path, "input\n" + "x\n" * 103))
    assert len(error.value.problems) == 101
    assert error.value.problems[-1].what == "and 3 more that are no amounts"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("id,Input\n1,2\n", "has no one column `input`; its columns: id, Input"),
        ("input,input\n1,2\n", "has no one column `input`"),
        ("", "the file is empty"),
        ("input\n", "has no amounts below its header"),
    ],
)
def test_files_without_amounts(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(KplanError, match=what):
        drawn(csv_of(tmp_path, text))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match=r"gone\.csv cannot be read: No such file"):
        drawn({"file": FileName.of("gone.csv", tmp_path), "column": "input"})

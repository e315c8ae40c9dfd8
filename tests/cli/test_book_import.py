from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Kplan

ENTRIES: dict[str, Any] = {
    "gpt-x": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1e-6,
        "output_cost_per_token": 4e-6,
        "output_cost_per_image": 0.04,
        "max_input_tokens": 1000,
    },
    "free": {"litellm_provider": "ollama", "input_cost_per_token": 0.0},
    "bare": {"litellm_provider": "openai"},
}


def write(tmp_path: Path, entries: dict[str, Any] = ENTRIES, **changes: Any) -> str:
    said = entries | {"gpt-x": entries["gpt-x"] | changes}
    (tmp_path / "map.json").write_text(json.dumps(said), encoding="utf-8")
    return "map.json"


def import_map(kplan: Kplan, *words: str, as_of: str = "2026-11-01") -> Any:
    return kplan("book", "import", "litellm", "map.json", "-o", "mine.csv", "--as-of", as_of, *words)


def test_every_price_is_accounted_for(kplan: Kplan, tmp_path: Path) -> None:
    write(tmp_path)
    ran = import_map(kplan, "--skipped", "-")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "LiteLLM: 4 source prices = 2 imported + 2 skipped",
        "        1 zero, which LiteLLM writes for free, for unknown and for what there is none of alike",
        "        1 per image or pixel: kplan has no meter for it",
        "also left out:",
        "        1 the source gives no price",
        "mine.csv: 2 rows (2 new), 3 models (3 new, 0 changed)",
    ]
    listed = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(line["kind"], line["what"]) for line in listed] == [
        ("price", "free input_cost_per_token"),
        ("price", "gpt-x output_cost_per_image"),
        ("other", "bare"),
    ]


def test_the_book_prices_calls(kplan: Kplan, tmp_path: Path) -> None:
    write(tmp_path)
    import_map(kplan)
    ran = kplan("price", "gpt-x", "--input", "1000", "--output", "10", "--book", "mine.csv", "--json")
    assert json.loads(ran.out)["cost_usd"] == "0.00104"


def test_twice_the_same_changes_no_byte(kplan: Kplan, tmp_path: Path) -> None:
    write(tmp_path)
    import_map(kplan)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("mine*")}
    assert set(before) == {"mine.csv", "mine.models.csv"}
    ran = import_map(kplan, as_of="2026-11-20")
    assert ran.err.splitlines()[-1] == "mine.csv: 2 rows (2 same), 3 models (0 new, 0 changed)"
    assert {path.name: path.read_bytes() for path in tmp_path.glob("mine*")} == before


def test_a_newer_state_adds_to_the_book(kplan: Kplan, tmp_path: Path) -> None:
    write(tmp_path)
    import_map(kplan)
    before = (tmp_path / "mine.csv").read_text(encoding="utf-8").splitlines()
    write(tmp_path, input_cost_per_token=2e-6)
    ran = import_map(kplan, "--from", "2026-12-01", "--json", as_of="2026-11-20")
    said = json.loads(ran.out)
    assert (said["kind"], said["schema_version"], said["source"]) == ("book.import", 1, "LiteLLM")
    assert said["rows"] == {"all": 3, "same": 1, "ended": 1, "new": 1, "not_taken": 0}
    assert (
        said["counts"]["source prices"] == sum(said["skipped"].values()) + said["counts"]["imported prices"]
    )
    after = (tmp_path / "mine.csv").read_text(encoding="utf-8").splitlines()
    assert [line for line in before if line not in after] == [before[1]]
    assert [line.split(",")[2:9] for line in (after[1], after[3])] == [
        ["input", "1", "1000000", "", "", "", "2026-12-01"],
        ["input", "2", "1000000", "", "", "2026-12-01", ""],
    ]


def test_zero_for_free(kplan: Kplan, tmp_path: Path) -> None:
    write(tmp_path)
    assert "4 source prices = 3 imported + 1 skipped" in import_map(kplan, "--zeros").err


def test_a_list_of_what_was_left_out_is_not_written_over(kplan: Kplan, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "left.csv").write_text("mine", encoding="utf-8")
    assert import_map(kplan, "--skipped", "left.csv").code == 2
    assert not (tmp_path / "mine.csv").exists()
    assert import_map(kplan, "--skipped", "left.csv", "--force").code == 0
    assert (tmp_path / "left.csv").read_text(encoding="utf-8").startswith("kind,what,why\n")


def test_a_book_in_another_currency_is_not_imported_into(kplan: Kplan, tmp_path: Path) -> None:
    text = "provider,model,meter,price,currency\nopenai,gpt-x,input,7,CNY\n"
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    write(tmp_path)
    ran = import_map(kplan)
    assert ran.code == 2
    assert "is priced in CNY; imports go into a book in USD" in ran.err
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == text


def test_a_wide_table(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text("Model,input,output,cached\nm,3,15,0.3\n", encoding="utf-8")
    words = ["book", "import", "theirs.csv", "-o", "mine.csv", "--as-of", "2026-11-01", "--wide"]
    words += [
        "--map",
        "model=Model",
        "--map",
        "cache_read=cached",
        "--fill",
        "provider=acme",
        "--per",
        "1_000",
    ]
    ran = kplan(*words)
    assert ran.err.splitlines()[0] == "theirs.csv: 3 source prices = 3 imported + 0 skipped"
    priced = kplan("price", "acme/m", "--input", "10", "--cache-read", "4", "--book", "mine.csv", "--json")
    assert json.loads(priced.out)["cost_usd"] == "0.0192"


@pytest.mark.slow
def test_the_installed_genai_prices(kplan: Kplan, tmp_path: Path) -> None:
    pytest.importorskip("genai_prices", reason="genai-prices is not installed (pip install genai-prices)")
    words = ("book", "import", "genai-prices", "-o", "mine.csv", "--as-of", "2026-11-21", "--json")
    said = json.loads(kplan(*words).out)
    assert said["counts"]["source prices"] == said["counts"]["imported prices"] + sum(
        said["skipped"].values()
    )
    assert said["rows"]["new"] == said["counts"]["rows"] == said["rows"]["all"]
    before = (tmp_path / "mine.csv").read_bytes()
    assert json.loads(kplan(*words).out)["rows"]["same"] == said["rows"]["all"]
    assert (tmp_path / "mine.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["litelm", "map.json"], 'no source "litelm"; known are genai-prices'),
        (["litellm"], "litellm wants a file: kplan book import litellm FILE"),
        (["genai-prices", "map.json"], "genai-prices takes no file"),
        (["litellm", "map.json", "--wide"], "--wide: not for litellm"),
        (["theirs.csv", "--zeros"], "--zeros: not for table"),
        (["theirs.csv", "--map", "usd"], '--map "usd"; write --map COLUMN=VALUE'),
        (["theirs.csv", "--fill", "per=1", "--fill", "per=2"], "--fill per= is given twice"),
        (["theirs.csv", "--json", "--skipped", "-"], "both want stdout"),
        (["theirs.csv", "--ignore", "none"], 'no column "none"'),
        (["mine.csv"], "a book is not imported into itself"),
        (["none.csv"], "none.csv: No such file or directory"),
    ],
)
def test_wrong_usage(kplan: Kplan, tmp_path: Path, words: list[str], message: str) -> None:
    table = "provider,model,meter,usd\nacme,m,input,3\n"
    for name in ("theirs.csv", "mine.csv"):
        (tmp_path / name).write_text(table, encoding="utf-8")
    write(tmp_path)
    ran = kplan("book", "import", *words, "-o", "mine.csv", "--as-of", "2026-11-01")
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == table


EMPTY = {
    "bare": {"litellm_provider": "openai"},
    "free": {"litellm_provider": "openai", "input_cost_per_token": 0},
}


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "no price in it"), (2, "none of its 1 prices can be taken (zero, which")],
)
def test_a_source_without_a_price_retires_nothing(kplan: Kplan, tmp_path: Path, n: int, said: str) -> None:
    write(tmp_path)
    import_map(kplan)
    before = (tmp_path / "mine.csv").read_bytes()
    (tmp_path / "map.json").write_text(json.dumps(dict([*EMPTY.items()][:n])), encoding="utf-8")
    ran = import_map(kplan, as_of="2026-11-02")
    assert ran.code == 2
    assert ran.err.startswith(f"LiteLLM: {said}")
    assert (tmp_path / "mine.csv").read_bytes() == before


def test_what_a_hostile_map_says_makes_a_book_that_can_be_read(kplan: Kplan, tmp_path: Path) -> None:
    said = (
        '{"a": {"litellm_provider": "openai", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e400},'
        ' "b/c \\"d\\",": {"litellm_provider": "openai", "input_cost_per_token": 2e-6},'
        ' "e": {"litellm_provider": "", "input_cost_per_token": 1e-6, "max_input_tokens": 1e400}}'
    )
    (tmp_path / "map.json").write_text(said, encoding="utf-8")
    ran = import_map(kplan)
    assert (ran.code, ran.err.splitlines()[0]) == (0, "LiteLLM: 4 source prices = 2 imported + 2 skipped")
    assert kplan("price", 'openai/b/c "d",', "--input", "1_000_000", "--book", "mine.csv").code == 0
    assert import_map(kplan).err.splitlines()[-1].startswith("mine.csv: 2 rows (2 same)")


def test_a_price_that_stands_twice_in_a_table_is_told_with_its_lines(kplan: Kplan, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "provider,model,meter,usd\nacme,a,input,1\nacme,b,input,1\nacme,a,input,2\n", encoding="utf-8"
    )
    ran = kplan("book", "import", "t.csv", "-o", "mine.csv", "--as-of", "2026-11-01")
    assert ran.code == 2
    assert ran.err.startswith("t.csv:4:1: two prices at once: acme/a input (..) and acme/a input (..)")
    assert ran.err.endswith("(the first on line 2)\n")
    assert not (tmp_path / "mine.csv").exists()

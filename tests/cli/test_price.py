from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kplan.cli.price import command
from kplan.errors import KplanError
from kplan.prices.meters import METERS, chain

HAIKU = "claude-haiku-5-5"


def run(*words: str, stdin: str | bytes = "") -> Result:
    result = CliRunner().invoke(command, words, input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def priced(*words: str) -> Any:
    return json.loads(run(*words, "--json").stdout)


def answers(*lines: str, words: tuple[str, ...] = ()) -> tuple[list[Any], int]:
    result = run("--calls", "-", *words, stdin="\n".join(lines) + "\n")
    return [json.loads(line) for line in result.stdout.splitlines()], result.exit_code


def call(usage: dict[str, object], **keys: object) -> str:
    return json.dumps({"model": HAIKU, "at": "2026-11-21", **keys, "usage": usage})


@pytest.mark.parametrize(
    ("model", "tokens", "cost"),
    [
        ("claude-sonnet-4-0", 200_000, "0.6"),
        ("gemini-2.5-pro", 200_000, "0.25"),
        ("gemini-2.5-pro", 200_001, "0.5000025"),
        (HAIKU, 100_000, "0.01"),
        (HAIKU, 100_001, "0.0500005"),
    ],
)
def test_the_long_context_tier_is_strictly_above(model: str, tokens: int, cost: str) -> None:
    """Above the threshold the whole request is billed at the higher price."""
    answer = priced(model, "--input", str(tokens), "--at", "2026-04-01", "--allow-retired")
    assert answer["cost_usd"] == cost


def test_cache_reads_and_writes_count_toward_the_tier() -> None:
    words = (HAIKU, "--cache-read", "60000", "--cache-write-1h", "20000", "--cache-write-5m", "20000")
    assert priced(*words, "--input", "100000")["rows"][0]["id"] == f"anthropic/{HAIKU} cache_read"
    assert priced(*words, "--input", "100001")["rows"][0]["id"] == f"anthropic/{HAIKU} input >100000"


@pytest.mark.parametrize(
    ("at", "cost"),
    [
        ("2026-11-30", "12"),
        ("2026-11-30T23:59:59Z", "12"),
        ("2026-12-01", "24"),
        ("2026-12-01T00:59+01:00", "12"),
    ],
)
def test_the_days_before_and_after_a_change(at: str, cost: str) -> None:
    assert priced("gemini-4-argon", "--input", "1_000_000", "--output", "1e6", "--at", at)["cost_usd"] == cost


def test_each_component_with_its_row_and_source() -> None:
    answer = priced(HAIKU, "--input", "10500", "--output", "650", "--cache-read", "8000", "--mode", "batch")
    assert answer["components"] == {"input": "0.000125", "cache_read": "0.00004", "output": "0.0001625"}
    assert Decimal(answer["cost_usd"]) == sum(map(Decimal, answer["components"].values()))
    assert answer["rows"][0] == {
        "id": f"anthropic/{HAIKU} input batch @2026-10-14",
        "billed": "input",
        "quantity": "2500",
        "usd": "0.05",
        "per": 1_000_000,
        "valid_from": "2026-10-14",
        "status": "effective",
        "source": "genai-prices 0.2.3",
        "source_url": "https://www.anthropic.com/pricing#api",
    }
    assert answer["notes"] == ["priced at 2026-11-21, the price book's date: the call says none"]


def test_the_table_reads_the_same() -> None:
    text = run(
        HAIKU, "--input", "10500", "--output", "650", "--usage", "web_search=2", "--at", "2026-11-01"
    ).stdout
    assert text == (
        "anthropic/claude-haiku-5-5, standard, 2026-11-01 00:00 UTC\n\n"
        "meter       quantity  price  cost USD  source\n"
        "input         10,500  0.1/M   0.00105  genai-prices 0.2.3\n"
        "output           650  0.5/M  0.000325  genai-prices 0.2.3\n"
        "web_search         2   10/k      0.02  genai-prices 0.2.3\n"
        "total                        0.021375\n\n"
        "https://www.anthropic.com/pricing#api\n"
    )


def test_the_exclusive_convention() -> None:
    words = (HAIKU, "--input", "1000", "--cache-read", "9000")
    assert priced(*words, "--convention", "exclusive")["components"] == {
        "input": "0.0001",
        "cache_read": "0.00009",
    }
    with pytest.raises(KplanError, match="input is 1000, less than what it includes"):
        priced(*words)


def test_a_model_that_bills_by_request_is_billed_one() -> None:
    assert priced("sonar", "--input", "100")["components"]["request"] == "0.012"
    assert priced("sonar", "--input", "100", "--usage", "request=2")["components"]["request"] == "0.024"


def test_a_retired_model_needs_to_be_allowed() -> None:
    words = ("gpt-4", "--input", "1000", "--at", "2026-11-01")
    with pytest.raises(KplanError, match="openai/gpt-4 is retired since 2026-10-23"):
        run(*words)
    assert priced(*words, "--allow-retired")["cost_usd"] == "0.03"


def test_a_meter_of_the_users_own_book(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("provider,model,meter,usd,per\nacme,m,widget,3,1\n", encoding="utf-8")
    words = ("--book", str(path))
    assert priced("m", "--usage", "widget=2", *words)["components"] == {"widget": "6"}
    (answer, wrong), code = answers(
        '{"model": "m", "usage": {"widget": 2}}', call({"widget": 2}), words=words
    )
    assert answer["components"] == {"widget": "6"}
    assert (code, wrong["error"][:17]) == (2, 'no meter "widget"')


def test_a_users_book_lies_on_top(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"rows: [{{provider: anthropic, model: {HAIKU}, meter: input, usd: 7}}]", encoding="utf-8"
    )
    assert priced(HAIKU, "--input", "1000000", "--book", str(path))["cost_usd"] == "7"
    assert priced(HAIKU, "--input", "1000", "--book", str(path))["cost_usd"] == "0.007"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((HAIKU,), "nothing to price"),
        ((HAIKU, "--usage", "web_search"), "write --usage web_search=2"),
        ((HAIKU, "--input", "1", "--usage", "input=2"), "input is given twice"),
        ((HAIKU, "--input", "ten"), 'input "ten" is not a number'),
        ((HAIKU, "--input", "１"), "is not a number"),
        ((HAIKU, "--input", "-1"), "must not be negative"),
        ((HAIKU, "--input", "1e400"), "too large"),
        ((HAIKU, "--input", "1", "--at", "yesterday"), 'at "yesterday" is not a date'),
        ((HAIKU, "--usage", "page=1"), "has no price for page"),
        ((HAIKU, "--input", "1", "--region", "eu"), "its prices name no region"),
        (("claude-haiku-9", "--input", "1"), "did you mean"),
    ],
)
def test_a_wrong_call_is_an_error(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(KplanError, match=message):
        run(*words)


def test_a_model_or_a_file_and_not_both() -> None:
    assert run().exit_code == 2
    assert run(HAIKU, "--calls", "-").exit_code == 2
    assert run("--calls", "-", "--input", "5").exit_code == 2


def test_a_line_is_answered_by_a_line_in_order() -> None:
    usage = {"input": 1000, "cache_read": 400, "cache_write": 100, "cache_write_1h": 60, "output": 10}
    (first, second), code = answers(call(usage), call({"input": 1}, provider="google"))
    assert code == 0
    assert set(first) == {"cost_usd", "components", "rows"}
    assert first["components"] == {
        "input": "0.00005",
        "cache_read": "0.000004",
        "cache_write_5m": "0.000005",
        "cache_write_1h": "0.000012",
        "output": "0.000005",
    }
    assert second["rows"][0]["id"] == f"google/{HAIKU} input"


def test_a_line_without_a_date_says_which_one_was_taken() -> None:
    (answer,), _ = answers(json.dumps({"model": HAIKU, "usage": {"input": 1}}))
    assert answer["notes"] == ["priced at 2026-11-21, the price book's date: the call says none"]


BAD = {
    "": "an empty line",
    "garbage": "not JSON",
    "[1]": "not a JSON object",
    "null": "not a JSON object",
    "[" * 100_000: "nested too deeply",
    call({"input": 1}).replace('"at"', '"model": "x", "at"'): "model stands twice",
    '{"model": "m", "usage": {"input": 1, "input": 2}}': "input stands twice",
    call({"input": 1}).replace("1}", "NaN}"): "NaN is not a number",
    call({"input": 1}).replace("1}", "-Infinity}"): "-Infinity is not a number",
    call({"input": 1}).replace("1}", "1e400}"): "too large",
    call({"input": 1}).replace("1}", "9" * 5000 + "}"): "too large",
    call({"input": -1}): "must not be negative",
    call({"input": True}): "input must be a number, not true",
    call({"input": None}): "input must be a number, not null",
    call({"input": "5"}): 'input must be a number, not the text "5"',
    call({"input": [5]}): "input must be a number, not a list",
    call({"imput": 5}): 'no meter "imput"; did you mean "input"?',
    call({"input": 1}, modle="x"): 'unknown key "modle"',
    call({"input": 1}, at=20261101): "at must be a text",
    call({"input": 1}, at="2026-02-30"): "is not a date",
    call({"input": 1}, at="0001-01-01T00:00+05:00"): "is not a date",
    call({"input": 1}, mode="bulk"): "has no bulk price",
    call({"input": 1}, model="gpt-4"): "is retired",
    call({"input": 1}, model=""): "model missing",
    '{"usage": {"input": 1}}': "model missing",
    json.dumps({"model": HAIKU}): "usage missing",
}


@pytest.mark.parametrize(("line", "message"), BAD.items(), ids=[text[:30] for text in BAD.values()])
def test_a_bad_line_is_an_error_answer_and_the_others_are_priced(line: str, message: str) -> None:
    (before, bad, after), code = answers(call({"input": 1}), line, call({"input": 1}))
    assert code == 2
    assert message in bad["error"]
    assert before == after
    assert "cost_usd" in before


def test_a_byte_order_mark_may_begin_the_file() -> None:
    line = b"\xef\xbb\xbf" + call({"input": 1}).encode() + b"\n"
    first, second = map(json.loads, run("--calls", "-", stdin=line + line).stdout.splitlines())
    assert "cost_usd" in first
    assert "not JSON" in second["error"]


def test_calls_priced_together_cost_what_each_costs_alone() -> None:
    """Above and below the tier, with other meters, on other days: nothing of one call is left in the next."""
    usages: list[dict[str, object]] = [
        {"input": 100_000, "output": 5},
        {"input": 100_001, "output": 7},
        {"input": 100_000, "output": 7},
        {"output": 7, "input": 9},
        {"input": 9, "cache_read": 4},
        {},
        {"input": 0, "output": 7},
    ]
    lines = [
        call(usage, model=model, at=at)
        for usage in usages
        for model in (HAIKU, "gemini-4-argon", "deepseek-v4-flash", "sonar")
        for at in ("2026-11-20T01:30", "2026-11-30", "2026-12-01")
    ]
    together, _ = answers(*lines)
    assert together == [answers(line)[0][0] for line in lines]
    assert len({answer["cost_usd"] for answer in together}) > 30


def test_bytes_that_are_no_text_are_an_error_answer() -> None:
    result = run("--calls", "-", stdin=b"\xff\xfe\n" + call({"input": 1}).encode())
    bad, good = map(json.loads, result.stdout.splitlines())
    assert "not UTF-8" in bad["error"]
    assert "cost_usd" in good
    assert result.exit_code == 2


OWN = """\
rows:
  - {provider: acme, model: m, meter: our_meter, usd: 0.5, per: 1}
  - {provider: acme, model: m, meter: input, usd: 3}
  - {provider: acme, model: m, meter: input, usd: 6, over_input_tokens: 200000, tier_scope: marginal}
"""


def test_meters_of_ones_own_and_every_other(tmp_path: Path) -> None:
    meters = [meter for meter in METERS if meter not in chain("cache_read_audio")]
    text = "".join(
        f"  - {{provider: acme, model: m, meter: {meter}, usd: 2, per: 1}}\n"
        for meter in [*meters, "our_meter"]
        if meter != "input"
    )
    (tmp_path / "own.yaml").write_text(f"rows:\n{text}")
    for meter in [*meters, "our_meter"]:
        if meter not in ("input", "request"):
            words = ("acme/m", "--usage", f"{meter}=0.25", "--book", str(tmp_path / "own.yaml"))
            answer = priced(*words, "--at", "2027-01-01", "--convention", "exclusive")
            assert answer["components"] == {meter: "0.5", "request": "2"}, meter


def test_a_meter_in_two_steps_is_one_component(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    usage = ("acme/m", "--input", "200001", "--usage", "our_meter=3", "--book", str(tmp_path / "own.yaml"))
    answer = priced(*usage, "--at", "2027-01-01")
    assert answer["components"] == {"input": "0.600006", "our_meter": "1.5"}
    assert [row["quantity"] for row in answer["rows"]] == ["200000", "1", "3"]
    assert "200,000 marginal" in run(*usage, "--at", "2027-01-01").stdout


def test_what_a_price_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        f"{OWN}discounts: [{{models: acme/*, rate: 10%, source: contract 7}}]\n"
    )
    words = ("acme/m", "--input", "1000", "--book", str(tmp_path / "own.yaml"), "--at", "2027-01-01")
    steps = ["3 USD in the book", "x 0.9 discount of 10% (contract 7)"]
    assert priced(*words)["rows"][0]["audit"] == steps
    assert "; ".join(steps) in run(*words).stdout


def test_a_price_without_a_rate_of_exchange_is_an_error_in_files_of_calls_too(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "rows: [{provider: acme, model: m, meter: input, price: 7, currency: CNY}]\n"
        "currencies: {CNY: [{usd: 0.14, from: 2026-12-01}]}\n"
    )
    calls = [
        json.dumps({"model": "acme/m", "at": day, "usage": {"input": 1_000_000}})
        for day in ("2026-11-30", "2026-12-01")
    ]
    said, code = answers(*calls, words=("--book", str(tmp_path / "own.yaml")))
    assert code == 2
    assert "priced in CNY" in said[0]["error"]
    assert said[1]["cost_usd"] == "0.98"

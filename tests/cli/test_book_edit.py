from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]
ON = ("--recorded-on", "2026-11-22")


@pytest.fixture
def prices(kplan: Kplan) -> Callable[..., str]:
    def cost(*words: str) -> str:
        ran = kplan("price", "claude-haiku-5-5", "--input", "1_000_000", "--output", "0", "--json", *words)
        return str(ran.out.split('"cost_usd": "')[1].split('"')[0]) if ran.code == 0 else str(ran.err)

    return cost


def test_a_dated_change_in_a_book_of_ones_own(kplan: Kplan, prices: Callable[..., str]) -> None:
    """kplan's price is 0.5 above 100,000 input tokens; a price for all sizes replaces that step, too."""
    ran = kplan(
        "book", "set", "mine.yaml", "claude-haiku-5-5", "input", "0.08", "--from", "2026-12-01",
        "--source", "contract 2026/17", *ON,
    )  # fmt: skip
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "mine.yaml: anthropic/claude-haiku-5-5 input @2026-12-01 is 0.08/M from 2026-12-01",
        "before: 0.1/M",
    ]
    assert ran.err == (
        "no longer in force then: anthropic/claude-haiku-5-5 input >100000 at 0.5/M; set its price too\n"
    )
    assert Path("mine.yaml").read_text(encoding="utf-8") == (
        "rows:\n  - {provider: anthropic, model: claude-haiku-5-5, meter: input, "
        'usd: "0.08", per: 1000000, valid_from: 2026-12-01, source: "contract 2026/17", '
        "checked_on: 2026-11-22, recorded_on: 2026-11-22}\n"
    )
    book = ("--book", "mine.yaml", "--at")
    assert (prices(*book, "2026-11-30"), prices(*book, "2026-12-01")) == ("0.5", "0.08")


def test_a_second_change_ends_the_first_and_history_is_refused(
    kplan: Kplan, prices: Callable[..., str]
) -> None:
    for usd, day in (("0.08", "2026-12-01"), ("0.07", "2027-01-01")):
        assert (
            kplan("book", "set", "mine.csv", "claude-haiku-5-5", "input", usd, "--from", day, *ON).code == 0
        )
    before = Path("mine.csv").read_bytes()
    ran = kplan("book", "set", "mine.csv", "claude-haiku-5-5", "input", "0.06", "--from", "2026-12-15", *ON)
    assert (ran.code, "kplan book correct FILE" in ran.err) == (2, True)
    assert Path("mine.csv").read_bytes() == before
    assert prices("--book", "mine.csv", "--at", "2026-12-31") == "0.08"
    assert prices("--book", "mine.csv", "--at", "2027-01-01") == "0.07"


def test_a_correction_and_what_was_known_before_it(kplan: Kplan) -> None:
    Path("mine.yaml").write_text(
        'rows:\n  - {provider: acme, model: m, meter: input, usd: "3"}  # from the fair\n', encoding="utf-8"
    )
    ran = kplan("book", "correct", "mine.yaml", "acme/m input", "2", "--evidence", "their letter", *ON)
    assert (ran.code, ran.out) == (0, "mine.yaml: acme/m input is 2/M\n")
    assert "status: corrected}  # from the fair\n" in Path("mine.yaml").read_text(encoding="utf-8")
    scenario = (
        "volume: 1_000_000/month\nmonths: 2026-12..2026-12\n"
        "stages: {a: {input: 1, output: 0}}\ndesigns: {d: acme/m}\n"
        "prices: {book: mine.yaml, known_on: %s}\n"
    )
    found = []
    for day in ("2026-11-21", "2026-11-22"):
        Path("s.kplan.yaml").write_text(scenario % day, encoding="utf-8")
        ran = kplan("simulate", "s.kplan.yaml", "--format", "json", "--no-singles")
        found.append(ran.out.split('"total": "')[1].split('"')[0] if ran.code == 0 else ran.err)
    assert found == ["3", "2"]
    assert kplan("book", "lint", "mine.yaml", "--today", "2026-11-22").code == 0


def test_a_row_of_kplans_own_book_is_corrected_in_the_users(kplan: Kplan, prices: Callable[..., str]) -> None:
    ran = kplan(
        "book",
        "correct",
        "mine.yaml",
        "anthropic/claude-haiku-5-5 input",
        "0.2",
        "--evidence",
        "https://a.b/c",
        *ON,
    )
    assert ran.out.splitlines()[1] == "mine.yaml: anthropic/claude-haiku-5-5 input >100000 stays 0.5/M"
    assert prices("--book", "mine.yaml") == "0.5"
    small = kplan("price", "claude-haiku-5-5", "--input", "1000", "--output", "0", "--book", "mine.yaml")
    assert "0.0002" in small.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("claude-haiku-9", "input", "1"), 'no model "claude-haiku-9"'),
        (("claude-haiku-5-5", "inptu", "1"), 'no meter "inptu"; did you mean input?'),
        (("claude-haiku-5-5", "input", "-1"), "No such option"),
        (("claude-haiku-5-5", "input", "one"), '"one" is not a price'),
        (("claude-haiku-5-5", "web_search", "1"), "Say --per"),
    ],
)
def test_what_cannot_be_set(kplan: Kplan, words: tuple[str, ...], said: str) -> None:
    ran = kplan("book", "set", "mine.yaml", *words, "--from", "2026-12-01", *ON)
    assert (ran.code, said in ran.err, Path("mine.yaml").exists()) == (2, True, False)


def test_evidence_is_asked_for(kplan: Kplan) -> None:
    assert kplan("book", "correct", "mine.yaml", "acme/m input", "2").code == 2
    assert (
        "--evidence is empty"
        in kplan("book", "correct", "mine.yaml", "a/m input", "2", "--evidence", " ").err
    )

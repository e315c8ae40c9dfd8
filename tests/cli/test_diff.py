"""`kplan diff` on the command line: what each side may be, outputs, exit codes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

Kplan = Callable[..., Any]

BOOK = """\
rows:
  - {provider: acme, model: acme-1, meter: input, usd: 1}
  - {provider: acme, model: acme-1, meter: output, usd: 5}
"""
LOWER = """\
volume: 1_000/month
months: 2027-01..2027-03
stages: {answer: {input: 1000, output: 10}}
"""
UPPER = """\
include: ../shared/lower.yaml
prices: {book: mine.yaml}
designs: {a: acme-1}
"""


def frozen() -> str:
    """The support scenario with the prices of November held."""
    path = Path("frozen.kplan.yaml")
    path.write_text("include: support.kplan.yaml\nprices: {freeze: 2026-11-21}\n", encoding="utf-8")
    return str(path)


def test_the_january_rise_is_a_jump_of_price_and_flips_the_ranking(kplan: Kplan) -> None:
    ran = kplan("diff", frozen(), "support.kplan.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert "Cheapest: stay ($7,902) -> switch ($8,568).\n" in ran.out
    assert "Ranking flips: switch is now cheaper than stay.\n" in ran.out
    assert "~ stay\n  +$5,268 ($7,902 -> $13,170), +66.7%\n  price +$5,268\n" in ran.out
    assert "The sides differ from 2027-01 on.\n" in ran.out
    assert "The bill jumps in 2027-01: $1,317 -> $2,634 a month in head" in ran.out
    assert "1 design unchanged: switch $8,568\n" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_equal_sides_say_so_and_give_totals(kplan: Kplan) -> None:
    ran = kplan("diff", "support.kplan.yaml", "support.kplan.yaml")
    assert ran.code == 0
    assert "Nothing changed.\n" in ran.out
    assert "2 designs unchanged: stay $13,170, switch $8,568\n" in ran.out
    assert "~" not in ran.out


def test_a_book_over_one_side_is_a_change_of_price(kplan: Kplan) -> None:
    Path("dear.yaml").write_text(
        "rows:\n  - {provider: openai, model: gpt-5.4-mini, meter: output, usd: 9}\n", encoding="utf-8"
    )
    side = "support.kplan.yaml"
    head = json.loads(kplan("diff", side, side, "--prices-head", "dear.yaml", "--format", "json").out)
    base = json.loads(kplan("diff", side, side, "--prices-base", "dear.yaml", "--format", "json").out)
    (changed,) = [design for design in head["designs"] if design["change"] == "changed"]
    (back,) = [design for design in base["designs"] if design["change"] == "changed"]
    assert changed["id"] == "switch"
    assert changed["effects"]["price"] == changed["delta"] != "0"
    assert back["delta"] == f"-{changed['delta']}"


def test_settings_and_variants_hold_on_both_sides(kplan: Kplan) -> None:
    Path("x.kplan.yaml").write_text(
        f"{LOWER}designs: {{a: gpt-5.4-mini}}\nvariants: {{big: {{volume: 9_000/month}}}}\n"
    )
    ran = kplan("diff", "x.kplan.yaml", "x.kplan.yaml", "--variant", "big", "--set", "stages.answer.output=0")
    assert "a@big" in ran.out
    assert "Nothing changed." in ran.out


def test_a_saved_result_is_a_side_and_says_what_its_split_lacks(kplan: Kplan) -> None:
    assert kplan("simulate", frozen(), "-o", "base.json").code == 0
    ran = kplan("diff", "base.json", "support.kplan.yaml")
    assert "  price +$5,268\n" in ran.out
    assert "A side is a saved result" in ran.out
    refused = kplan("diff", "base.json", "support.kplan.yaml", "--set", "singles=false")
    assert refused.code == 2
    assert "a saved result stays as it is" in refused.err


@pytest.mark.parametrize("spread", [None, 2])
def test_a_saved_result_may_be_piped(
    kplan: Kplan, monkeypatch: pytest.MonkeyPatch, spread: int | None
) -> None:
    document = json.loads(kplan("simulate", frozen(), "--format", "json").out)
    piped(monkeypatch, json.dumps(document, indent=spread))
    ran = kplan("diff", "-", "support.kplan.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("<stdin> -> support.kplan.yaml, ")
    assert "A side is a saved result" in ran.out
    piped(monkeypatch, json.dumps(document) + " " * 5_000_000)
    refused = kplan("diff", "-", "support.kplan.yaml")
    assert refused.err.startswith("<stdin>:1:1: larger than the 5 MB that are piped; write a file")


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))


def test_outputs_go_where_they_are_named(kplan: Kplan) -> None:
    base = frozen()
    ran = kplan("diff", base, "support.kplan.yaml", "-o", "d.md", "-o", "d.json", "-o", "d.txt")
    assert (ran.code, ran.out) == (0, "")
    assert Path("d.md").read_text().startswith("<!-- kplan diff -->\n")
    assert json.loads(Path("d.json").read_text())["kind"] == "kplan/diff"
    assert kplan("diff", base, "support.kplan.yaml", "-o", "d.md").code == 0
    Path("d.md").write_text("mine")
    assert kplan("diff", base, "support.kplan.yaml", "-o", "d.md").code == 2
    assert kplan("diff", base, "support.kplan.yaml", "-o", "d.html").code == 2
    shown = kplan("diff", base, "support.kplan.yaml", "--format", "github").out
    assert shown.startswith("::warning title=kplan diff::frozen.kplan.yaml -> support.kplan.yaml, over ")
    assert "\n::warning title=kplan diff::stay: +$5,268 ($7,902 -> $13,170), +66.7%25" in shown


def test_the_problems_of_both_sides_are_told_at_once(kplan: Kplan) -> None:
    Path("one.kplan.yaml").write_text(
        "volume: many\nstages: {a: {input: 1, output: 1}}\ndesigns: {d: gpt-5.4-mini}\n"
    )
    Path("two.kplan.yaml").write_text(f"{LOWER}designs: {{d: gpt-none}}\n")
    ran = kplan("diff", "one.kplan.yaml", "two.kplan.yaml")
    assert ran.code == 2
    assert "one.kplan.yaml:1" in ran.err
    assert "two.kplan.yaml:4" in ran.err
    assert kplan("diff", "-", "-").code == 2
    assert kplan("diff", "support.kplan.yaml").code == 2


@pytest.fixture
def repository(kplan: Kplan) -> Path:
    """A repository here with a scenario that includes a file and names a price book of another folder."""
    for folder in ("ours", "shared"):
        Path(folder).mkdir()
    Path("shared/lower.yaml").write_text(LOWER)
    Path("ours/x.kplan.yaml").write_text(UPPER)
    Path("ours/mine.yaml").write_text(BOOK)
    git("init", "--quiet")
    git("add", "ours", "shared")
    git("commit", "--quiet", "--message", "one")
    return Path("ours/x.kplan.yaml")


def git(*args: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *args], check=True)


def test_a_commit_is_a_side_with_its_own_includes_and_books(kplan: Kplan, repository: Path) -> None:
    """Volume doubles in the included file, the price of input in the book: both only in the working tree."""
    Path("shared/lower.yaml").write_text(LOWER.replace("1_000", "2_000"))
    Path("ours/mine.yaml").write_text(BOOK.replace("usd: 1}", "usd: 2}"))
    ran = kplan("diff", "git:HEAD:ours/x.kplan.yaml", "ours/x.kplan.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert "+$9.15 ($3.15 -> $12), +290.5%\n  volume +$4.65, price +$4.50\n" in ran.out
    same = kplan("diff", "git:HEAD:ours/x.kplan.yaml", "git:HEAD:./ours/x.kplan.yaml")
    assert "Nothing changed." in same.out


def test_what_is_wrong_in_a_commit_is_told_with_its_place_there(kplan: Kplan, repository: Path) -> None:
    repository.write_text(UPPER.replace("acme-1", "acme-2"))
    git("commit", "--quiet", "--all", "--message", "two")
    side = "git:HEAD:ours/x.kplan.yaml"
    ran = kplan("diff", side, side)
    assert ran.code == 2
    assert ran.err.startswith(f"{side}:3:14: designs.a")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ("git:HEAD", "write git:REF:path"),
        ("git:HEAD:none.yaml", "no such file"),
        ("git:nowhere:x.yaml", "no such commit"),
        ("git:--upload-pack=x:x.yaml", "no such commit"),
        ("git:HEAD:./../../x.yaml", "out of the repository"),
    ],
)
def test_what_git_does_not_have_is_wrong_input(kplan: Kplan, repository: Path, side: str, said: str) -> None:
    ran = kplan("diff", side, "support.kplan.yaml")
    assert ran.code == 2
    assert said in ran.err

"""`kplan lock` and `kplan review`: what is written when, exit codes, and each format read back."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from kplan.prices.book import Book
from kplan.render import LOCK_WRITERS

Kplan = Callable[..., Any]
LOCK = Path("kplan.lock.yaml")
IDS = ["rag.kplan.yaml#all-sonnet", "rag.kplan.yaml#stratified", "support.kplan.yaml#stay"]


def edit(name: str, old: str, new: str) -> None:
    path = Path(name)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def dearer(factor: int = 1) -> Path:
    """A book in which the model of `stay` costs more."""
    text = "rows:\n  - {provider: anthropic, model: claude-haiku-5-5, meter: output, usd: %d}\n"
    Path("own.yaml").write_text(text % factor, encoding="utf-8")
    return Path("own.yaml")


def blocks(text: str) -> dict[str, str]:
    """The entries as they stand in the file."""
    parts = re.split(r'(?m)^(?=  "[^"]+":$)', text)
    return {part.split('"')[1]: part for part in parts[1:]}


def test_lock_then_check_holds_and_locking_again_writes_nothing(kplan: Kplan) -> None:
    missing = kplan("lock", "--check")
    assert (missing.code, missing.err) == (2, f"{LOCK}: there is no lock yet; kplan lock writes it\n")
    first = kplan("lock")
    assert (first.code, first.out) == (0, f"{LOCK}: 4 new.\n")
    content, stamp = LOCK.read_bytes(), LOCK.stat().st_mtime_ns
    for format_name in LOCK_WRITERS:
        assert kplan("lock", "--check", "--format", format_name).code == 0
    assert kplan("lock").out == f"{LOCK}: 4 as before.\n"
    assert (LOCK.read_bytes(), LOCK.stat().st_mtime_ns) == (content, stamp)


def test_drift_is_told_with_the_command_that_accepts_it(kplan: Kplan) -> None:
    kplan("lock")
    before = blocks(LOCK.read_text())
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    ran = kplan("lock", "--check")
    assert ran.code == 1
    assert f"{IDS[0]} drifts by scenario\n  per query $0.08296 -> $0.08396 (+1.2%)\n" in ran.out
    (line,) = (line for line in ran.out.splitlines() if line.startswith("To accept: "))
    words = shlex.split(line.removeprefix("To accept: kplan "))
    assert words == ["lock", "--accept", IDS[0], "--accept", IDS[1]]
    assert kplan(*words[:3], "--reason", "longer: answers").code == 0
    after = blocks(LOCK.read_text())
    assert [id_ for id_ in after if after[id_] != before[id_]] == [IDS[0]]
    assert '    reason: "longer: answers"\n' in after[IDS[0]]
    assert kplan("lock", "--check").out.count("drifts by") == 1
    assert kplan(*words).out == f"{LOCK}: 1 locked anew, 1 as before.\n"
    assert kplan("lock", "--check").code == 0


def test_prices_that_moved_are_told_old_and_new(kplan: Kplan) -> None:
    kplan("lock")
    ran = kplan("lock", "--check", "--book", str(dearer()))
    assert "rag.kplan.yaml#stratified drifts by price\n" in ran.out
    price = "anthropic/claude-haiku-5-5 output $0.5 -> $1 per 1,000,000 from 2026-12-01 (+100.0%)"
    assert price in re.sub(r"\n +", " ", ran.out)
    assert "kplan lock --book own.yaml --accept" in ran.out


def test_machines_and_pull_requests_are_told(kplan: Kplan) -> None:
    kplan("lock")
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    found = json.loads(kplan("lock", "--check", "--format", "json").out)
    assert (found["kind"], found["counts"]) == (
        "kplan/lock-check",
        {"same": 2, "drift": 2, "new": 0, "unused": 0},
    )
    (entry,) = (each for each in found["entries"] if each["id"] == IDS[1])
    assert (entry["causes"], entry["prices"]) == (["scenario"], [])
    assert entry["figures"][0] == {
        "name": "per query",
        "unit": "USD",
        "old": "0.034885",
        "new": "0.036045",
        "pct": entry["figures"][0]["pct"],
    }
    line = next(n for n, text in enumerate(LOCK.read_text().splitlines(), 1) if IDS[1] in text)
    notes = kplan("lock", "--check", "--format", "github").out.splitlines()
    place = f"file={LOCK},line={line},title=kplan lock"
    assert notes[1].startswith(f"::error {place}::{IDS[1]} drifts by scenario")
    root = ET.fromstring(kplan("lock", "--check", "--format", "junit").out)
    assert [(case.get("name"), case.find("failure") is not None) for case in root.iter("testcase")][1:3] == [
        (IDS[1], True),
        (IDS[2], False),
    ]
    page = kplan("lock", "--check", "--format", "markdown").out
    assert "| **drift** by scenario | `rag.kplan.yaml#stratified` |" in page
    assert kplan("lock", "--check", "-o", "lock.md", "-o", "lock.json").out == ""
    assert Path("lock.md").read_text() == page


def test_new_and_unused_designs_fail_until_they_are_accepted(kplan: Kplan) -> None:
    kplan("lock")
    edit("rag.kplan.yaml", "all-sonnet", "sonnet")
    Path("support.kplan.yaml").unlink()
    ran = kplan("lock", "--check")
    assert ran.code == 1
    assert "rag.kplan.yaml#sonnet is not locked yet" in ran.out
    assert "rag.kplan.yaml#all-sonnet is used by no scenario" in ran.out
    assert "support.kplan.yaml#stay is used by no scenario" in ran.out
    assert kplan("lock", "--accept", "rag.kplan.yaml#sonnet").out == f"{LOCK}: 1 new, 2 as before.\n"
    assert kplan("lock", "--accept", "support.kplan.yaml#stay").code == 0
    assert kplan("lock").out == f"{LOCK}: 2 removed, 2 as before.\n"
    assert (list(blocks(LOCK.read_text())), kplan("lock", "--check").code) == (
        ["rag.kplan.yaml#sonnet", "rag.kplan.yaml#stratified"],
        0,
    )
    Path("rag.kplan.yaml").unlink()
    assert kplan("lock", "--check").code == 1
    assert kplan("lock").code == 0
    assert LOCK.read_text().endswith("locked: {}\n")
    assert kplan("lock", "--check").code == 2  # nothing is there at all


def test_locking_some_scenarios_leaves_the_others(kplan: Kplan) -> None:
    kplan("lock")
    before = blocks(LOCK.read_text())
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    edit("support.kplan.yaml", "400_000", "500_000")
    assert kplan("lock", "--check", "support.kplan.yaml").out.count("drifts by") == 2
    assert kplan("lock", "support.kplan.yaml").code == 0
    after = blocks(LOCK.read_text())
    assert {id_ for id_ in after if after[id_] != before[id_]} == {id_ for id_ in after if "support" in id_}
    assert kplan("lock", "--check", "support.kplan.yaml").code == 0
    assert kplan("lock", "--check").code == 1


@pytest.mark.parametrize("ci", ["true", "1", "TRUE", "woodpecker"])
def test_ci_never_writes_unless_told_to(kplan: Kplan, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    for args in (("lock",), ("lock", "--accept", IDS[0])):
        ran = kplan(*args)
        assert (ran.code, ran.out, LOCK.exists()) == (2, "", False)
        assert "--write" in ran.err
    assert kplan("lock", "--write").code == 0
    assert kplan("lock", "--check").code == 0
    for no in ("false", "0", "", "no"):
        monkeypatch.setenv("CI", no)
        assert kplan("lock").code == 0


def test_what_holds_is_locked_anew_where_its_text_is_another_or_a_reason_is_given(kplan: Kplan) -> None:
    kplan("lock")
    edit("rag.kplan.yaml", "250_000", "250000")
    assert kplan("lock", "--check").code == 0
    assert kplan("lock", "--accept", IDS[0]).out == f"{LOCK}: 1 locked anew, 1 as before.\n"
    assert kplan("lock", "--accept", IDS[0]).out == f"{LOCK}: 2 as before.\n"
    assert (
        kplan("lock", "--accept", IDS[0], "--reason", "asked").out == f"{LOCK}: 1 locked anew, 1 as before.\n"
    )
    assert LOCK.read_text().count('    reason: "asked"\n') == 1
    assert kplan("lock").out == f"{LOCK}: 1 locked anew, 3 as before.\n"


def test_problems_of_all_scenarios_are_told_and_nothing_is_written(kplan: Kplan) -> None:
    kplan("lock")
    content = LOCK.read_bytes()
    for name, old in (("rag.kplan.yaml", "volume:"), ("support.kplan.yaml", "volume:")):
        edit(name, old, "volme:")
    for args in (("lock",), ("lock", "--check"), ("lock", "--accept", IDS[0])):
        ran = kplan(*args)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.count("did you mean volume?") == (1 if "--accept" in args else 2)
    assert LOCK.read_bytes() == content


def test_what_is_no_lock_is_never_overwritten(kplan: Kplan) -> None:
    for name in ("rag.kplan.yaml", "notes.txt", "own.yaml"):
        dearer()
        Path("notes.txt").write_text("mine")
        content = Path(name).read_bytes()
        ran = kplan("lock", "--lock", name)
        assert (ran.code, Path(name).read_bytes()) == (2, content), ran.err
    assert kplan("lock", "--lock", "no/such/folder.yaml").code == 2
    assert kplan("lock", "-").code == 2
    misspelt = kplan("lock", "--accept", "rag.kplan.yaml#stratifed")
    assert (misspelt.code, misspelt.err.endswith("did you mean rag.kplan.yaml#stratified?\n")) == (2, True)
    assert kplan("lock", "--check", "--accept", "x").code == 2
    assert kplan("lock", "--format", "json").code == 2


def test_variants_are_locked_when_asked_for_and_held_from_then_on(kplan: Kplan) -> None:
    with Path("rag.kplan.yaml").open("a") as file:
        file.write("variants: {busy: {volume: 9_000/day}, calm: {volume: 9/day}}\n")
    kplan("lock", "rag.kplan.yaml", "--variant", "busy")
    assert [id_.rpartition("#")[2] for id_ in blocks(LOCK.read_text())] == [
        "all-sonnet",
        "all-sonnet@busy",
        "stratified",
        "stratified@busy",
    ]
    assert kplan("lock", "--check", "rag.kplan.yaml").code == 0
    edit("rag.kplan.yaml", "9_000/day", "9_001/day")
    ran = kplan("lock", "--check", "rag.kplan.yaml")
    assert (ran.code, ran.out.count("@busy drifts by scenario")) == (1, 2)
    ran = kplan("lock", "--check", "rag.kplan.yaml", "--variant", "all")
    assert ran.out.count("@calm is not locked") == 2


def test_the_nearest_lock_is_meant(kplan: Kplan) -> None:
    """A lock at the top holds what lies below; paths in it count from the lock."""
    Path("team").mkdir()
    Path("rag.kplan.yaml").rename("team/rag.kplan.yaml")
    kplan("lock")
    assert list(blocks(LOCK.read_text()))[-1] == "team/rag.kplan.yaml#stratified"
    assert kplan("lock", "--check", "team/rag.kplan.yaml").out == f"{LOCK}: 2 are as locked.\n"
    assert kplan("lock", "team", "--lock", "team/own.lock.yaml").code == 0
    assert "team/" not in Path("team/own.lock.yaml").read_text()
    assert kplan("diff", str(LOCK), "team/rag.kplan.yaml").code == 0
    assert "Nothing changed." in kplan("diff", "team/own.lock.yaml", "team/rag.kplan.yaml").out
    ran = kplan("diff", str(LOCK), str(LOCK))
    assert (ran.code, "it holds support.kplan.yaml, team/rag.kplan.yaml;" in ran.err) == (2, True)


@pytest.mark.parametrize("count", [10, 11])
def test_many_designs_are_accepted_by_their_paths(kplan: Kplan, count: int) -> None:
    Path("rag.kplan.yaml").unlink()
    kplan("lock")
    names = ", ".join(f"d{n}: gpt-5.4-mini" for n in range(count))
    edit("support.kplan.yaml", "designs:\n", f"designs:\n  {names.replace(', ', chr(10) + '  ')}\n")
    ran = kplan("lock", "--check", "support.kplan.yaml")
    (line,) = (line for line in ran.out.splitlines() if line.startswith("To accept: "))
    assert line.count("--accept") == (10 if count == 10 else 0)
    assert kplan(*shlex.split(line.removeprefix("To accept: kplan "))).code == 0
    assert kplan("lock", "--check").code == 0


def test_a_lock_above_here_is_not_meant(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    kplan("lock")
    Path("team").mkdir()
    Path("rag.kplan.yaml").rename("team/rag.kplan.yaml")
    monkeypatch.chdir("team")
    ran = kplan("lock", "--check")
    assert (ran.code, ran.err) == (2, f"{LOCK}: there is no lock yet; kplan lock writes it\n")


def test_what_is_gone_is_accepted_though_another_scenario_is_broken(kplan: Kplan) -> None:
    kplan("lock")
    Path("rag.kplan.yaml").unlink()
    edit("support.kplan.yaml", "volume:", "volme:")
    assert kplan("lock", "--accept", IDS[0]).out == f"{LOCK}: 1 removed, 1 as before.\n"


def test_a_plan_without_a_start_is_held_at_the_locked_one(
    kplan: Kplan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot of a later day moves the start of such a plan on; its entries hold all the same."""
    with monkeypatch.context() as then:
        then.setattr(Book, "as_of", date(2026, 10, 30))
        kplan("lock", "rag.kplan.yaml")
    content = LOCK.read_bytes()
    assert (b'"2026-11": {' in content, b'"2027-11": {' in content) == (True, False)
    assert kplan("lock", "--check", "rag.kplan.yaml").code == 0
    assert (kplan("lock", "rag.kplan.yaml").code, LOCK.read_bytes()) == (0, content)
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    assert kplan("lock", "--check", "rag.kplan.yaml").out.count("drifts by scenario\n") == 2
    kplan("lock", "rag.kplan.yaml")
    assert b'"2027-11": {' in LOCK.read_bytes()


def test_an_increase_is_counted_from_the_lock(kplan: Kplan) -> None:
    """stratified costs $8,721.25 a month; 14% more output of synthesize brings $9,011.25."""
    with Path("rag.kplan.yaml").open("a") as file:
        file.write("checks: [{metric: stratified.per_month, max_increase: {usd: $290, pct: 5%}}]\n")
    missing = kplan("check", "rag.kplan.yaml")
    assert missing.code == 2
    assert missing.err.endswith(
        "checks.0.max_increase: rag.kplan.yaml#stratified is not locked in kplan.lock.yaml;"
        " kplan lock rag.kplan.yaml locks it\n"
    )
    assert kplan("simulate", "rag.kplan.yaml", "--format", "json").code == 0
    kplan("lock", "rag.kplan.yaml")
    assert kplan("check", "rag.kplan.yaml").code == 0
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    just = kplan("check", "rag.kplan.yaml", "--format", "json")
    assert (just.code, json.loads(just.out)["files"][0]["checks"][0]["locked"]) == (0, "8721.25")
    edit("rag.kplan.yaml", "$290", "$289.99")
    over = kplan("check", "rag.kplan.yaml")
    assert over.code == 1
    told = "$0.01 over the $9,011 allowed ($289.99 above the $8,721 locked)"
    assert told in re.sub(r"\s+", " ", over.out)
    edit("rag.kplan.yaml", "output: 750", "output: 50")
    assert kplan("check", "rag.kplan.yaml").code == 0


def test_an_increase_is_never_passed_over(kplan: Kplan, monkeypatch: pytest.MonkeyPatch) -> None:
    """stdin has no entry in a lock: a check that needs one is an error, not left out."""
    text = (
        Path("rag.kplan.yaml").read_text() + "checks: [{metric: stratified.total, max_increase: {pct: 0}}]\n"
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    ran = kplan("check", "-")
    assert (ran.code, "there is no lock to count it from" in ran.err) == (2, True)


def test_hostile_names_are_locked_compared_and_accepted_by_the_printed_command(kplan: Kplan) -> None:
    """Control codes reach neither the terminal nor, unescaped, the lock."""
    name = "-a #b@c.kplan.yaml"
    text = (
        "volume: 1_000/month\nsingles: false\nstages: {a: {input: 1000, output: 10}}\n"
        'designs: {"d\\e[31m@x#y \\"q\\" \\u202e": claude-haiku-5-5, "no": claude-opus-5-5}\n'
    )
    for file in ("rag.kplan.yaml", "support.kplan.yaml"):
        Path(file).unlink()
    Path(name).write_text(text)
    assert kplan("lock").out == f"{LOCK}: 2 new.\n"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", LOCK.read_text())
    assert "Nothing changed." in kplan("diff", str(LOCK), "--", name).out
    Path(name).write_text(text.replace("1000", "2000"))
    for format_name in LOCK_WRITERS:
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f\u202e]", kplan("lock", "--check", "--format", format_name).out
        )
    (line,) = (line for line in kplan("lock", "--check").out.splitlines() if line.startswith("To accept: "))
    assert kplan(*shlex.split(line.removeprefix("To accept: kplan "))).code == 0
    assert kplan("lock", "--check").code == 0


def test_review_off_a_terminal_prints_the_commands_and_writes_nothing(kplan: Kplan) -> None:
    kplan("lock")
    content = LOCK.read_bytes()
    assert kplan("review").code == 0
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    ran = kplan("review")
    assert ran.code == 2
    assert [line for line in ran.out.splitlines() if line.startswith("kplan lock --accept")] == [
        f"kplan lock --accept '{id_}'" for id_ in IDS[:2]
    ]
    assert LOCK.read_bytes() == content


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_review_on_a_terminal_accepts_what_is_accepted_alone(kplan: Kplan) -> None:
    kplan("lock")
    before = blocks(LOCK.read_text())
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "kplan", "review"], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    os.write(ours, b"r\na\nbecause\n")
    shown = b""
    while b"left." not in shown:
        shown += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(timeout=60) == 1
    assert b"1 accepted, 1 left." in shown
    after = blocks(LOCK.read_text())
    assert [id_ for id_ in after if after[id_] != before[id_]] == [IDS[1]]
    assert '    reason: "because"\n' in after[IDS[1]]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_review_that_is_interrupted_keeps_what_was_accepted(kplan: Kplan) -> None:
    kplan("lock")
    edit("rag.kplan.yaml", "output: 650", "output: 750")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "kplan", "review"], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    os.write(ours, b"ACCEPT\n\n")
    shown = b""
    while shown.count(b"q = quit: ") < 2:
        shown += os.read(ours, 4096)
    os.write(ours, b"\x04")  # as Ctrl-C, which shells may have told background jobs to ignore
    assert process.wait(timeout=60) == 130
    os.close(ours)
    ran = kplan("lock", "--check")
    assert (ran.code, ran.out.count("drifts by")) == (1, 1)
    assert f"{IDS[1]} drifts by" in ran.out

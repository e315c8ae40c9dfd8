"""What pytest tells of a lock: an item for each design that is locked or should be."""

from __future__ import annotations

import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kplan.cli.main import exit_code
from testing.conftest import N_LINES, SUPPORT, Run

LOCK = Path("kplan.lock.yaml")
NAME = "s.kplan.yaml"


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Here, with s.kplan.yaml (designs `stay` and `switch`) locked."""
    monkeypatch.delenv("CI", raising=False)
    pytester.chdir()
    Path(NAME).write_text(SUPPORT, encoding="utf-8")
    assert exit_code(["lock"]) == 0
    return pytester.path


def edited(old: str, new: str) -> None:
    assert old in SUPPORT
    Path(NAME).write_text(SUPPORT.replace(old, new), encoding="utf-8")


def entry_line(id_: str) -> int:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return lines.index(f'  "{id_}":') + 1


def failure(ran: pytest.RunResult, title: str) -> list[str]:
    """The lines below the title of a failure."""
    start = next(n for n, line in enumerate(ran.outlines) if f"_ {title} _" in line)
    rest = ran.outlines[start + 1 :]
    return rest[: next(n for n, line in enumerate(rest) if line.startswith(("_", "=")))]


def test_what_is_locked_passes_an_item_a_design_behind_the_checks(run: Run, folder: Path) -> None:
    Path(NAME).write_text(SUPPORT + "checks: [{metric: stay.total, min: 0}]\n", encoding="utf-8")
    ran = run("", "-v")
    ran.assert_outcomes(passed=3)
    ran.stdout.fnmatch_lines(
        [f"{NAME}::stay.total PASSED*", f"{NAME}::lock[[]stay] PASSED*", f"{NAME}::lock[[]switch] PASSED*"]
    )


def test_drift_reads_in_few_lines_with_cause_place_and_a_command_that_runs(run: Run, folder: Path) -> None:
    edited("output: 350", "output: 351")
    ran = run("", "--junitxml", "out.xml")
    ran.assert_outcomes(failed=2)
    title, place, accept = failure(ran, "kplan lock[stay]")
    assert title.startswith(f"{NAME}#stay drifts by scenario: total $")
    assert " -> $" in title
    assert place == f"{LOCK}:{entry_line(f'{NAME}#stay')}:3"
    assert accept == f"to accept: kplan lock --accept '{NAME}#stay'"
    case = next(ET.parse(folder / "out.xml").iter("testcase"))
    found = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert found == {"status": "drift", "causes": "scenario"}
    assert exit_code(shlex.split(accept)[3:]) == 0
    run().assert_outcomes(passed=1, failed=1)


def test_a_price_that_moved_is_told_old_and_new(run: Run, folder: Path) -> None:
    book = "rows: [{provider: openai, model: gpt-5.4-mini, meter: output, usd: 9}]\n"
    Path("own.yaml").write_text(book, encoding="utf-8")
    Path(NAME).write_text(f"{SUPPORT}prices: {{book: own.yaml}}\n", encoding="utf-8")
    ran = run()
    ran.assert_outcomes(passed=1, failed=1)
    title, price, _, _ = failure(ran, "kplan lock[switch]")
    assert title.startswith(f"{NAME}#switch drifts by price: total $")
    assert price == "openai/gpt-5.4-mini output $4.5 -> $9 per 1,000,000 from 2026-11-01 (+100.0%)"


def test_a_design_without_an_entry_and_an_entry_without_a_design_fail(run: Run, folder: Path) -> None:
    line = entry_line(f"{NAME}#switch")
    edited("switch:", "other:")
    ran = run()
    ran.assert_outcomes(passed=1, failed=2)
    assert failure(ran, "kplan lock[other]") == [
        f"{NAME}#other is not locked yet",
        f"{NAME}:{N_LINES}:3",
        f"to accept: kplan lock --accept '{NAME}#other'",
    ]
    assert failure(ran, "kplan lock[switch]")[:2] == [
        f"{NAME}#switch is used by no scenario",
        f"{LOCK}:{line}:3",
    ]


def test_entries_of_scenarios_that_are_gone_or_called_otherwise_are_items_of_the_lock(
    run: Run, folder: Path
) -> None:
    Path("plain.yaml").write_text(SUPPORT.replace("350", "1"), encoding="utf-8")
    assert exit_code(["lock", "plain.yaml"]) == 0
    Path(NAME).rename("t.kplan.yaml")
    ran = run("", "-v")
    ran.assert_outcomes(passed=2, failed=4)
    ran.stdout.fnmatch_lines(
        [
            f"{LOCK}::lock[[]plain.yaml#stay] PASSED*",
            f"{LOCK}::lock[[]plain.yaml#switch] PASSED*",
            f"{LOCK}::lock[[]{NAME}#stay] FAILED*",
            f"{LOCK}::lock[[]{NAME}#switch] FAILED*",
            "t.kplan.yaml::lock[[]stay] FAILED*",
        ]
    )


def test_a_nearer_lock_holds_and_the_other_one_keeps_its_entries(run: Run, folder: Path) -> None:
    """A scenario below is locked twice: above, and then by its own folder's lock."""
    (folder / "below").mkdir()
    Path(NAME).rename(folder / "below" / NAME)
    LOCK.unlink()
    for words in (["lock"], ["lock", "--lock", f"below/{LOCK}", "below"]):
        assert exit_code(words) == 0
    below = folder / "below" / NAME
    below.write_text(SUPPORT.replace("350", "351"), encoding="utf-8")
    ran = run("", "-k", "stay")
    ran.assert_outcomes(failed=2, deselected=2)
    own, above = (failure(ran, f"kplan lock[{name}]") for name in ("stay", f"below/{NAME}#stay"))
    assert own[-1] == f"to accept: kplan lock --lock below/{LOCK} --accept '{NAME}#stay'"
    assert above[-1] == f"to accept: kplan lock --accept 'below/{NAME}#stay'"


def test_variants_that_are_locked_are_items_too(run: Run, folder: Path) -> None:
    varied = f"{SUPPORT}variants: {{calm: {{volume: 9/month}}}}\n"
    Path(NAME).write_text(varied, encoding="utf-8")
    run("", "-k", "lock").assert_outcomes(passed=2)
    assert exit_code(["lock", "--variant", "calm"]) == 0
    Path(NAME).write_text(varied.replace("9/month", "8/month"), encoding="utf-8")
    ran = run()
    ran.assert_outcomes(passed=2, failed=2)
    assert f"{NAME}#stay@calm drifts by scenario" in failure(ran, "kplan lock[stay@calm]")[0]


def test_a_broken_lock_is_an_error_of_the_collection(run: Run, folder: Path) -> None:
    LOCK.write_text("<<<<<<< HEAD\n" + LOCK.read_text(encoding="utf-8"), encoding="utf-8")
    ran = run()
    ran.assert_outcomes(errors=2)
    ran.stdout.fnmatch_lines([f"{LOCK}:1:1: a conflict of a merge*"])
    ran.stdout.no_fnmatch_line("*Traceback*")


def test_without_a_lock_nothing_is_asked_for(run: Run, folder: Path) -> None:
    LOCK.unlink()
    assert run().ret == pytest.ExitCode.NO_TESTS_COLLECTED

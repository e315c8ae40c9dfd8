"""The one line on limits that a simulation tells, and the checks that hold it: all by hand."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.fit import Fit
from kplan.errors import KplanError
from kplan.regress.check_files import check_files
from kplan.regress.run import run
from kplan.render.markdown import render as markdown
from kplan.render.terminal import page

OWN = """\
provider: anthropic
limits:
  - {models: [claude-haiku-4-5], tier: Small, input: 500_000}
"""
SCENARIO = """\
volume: {queries_per_day: 144_000, growth_per_month: 10%}
months: 2027-01..2027-06
traffic: {week: even, peak_factor: 2}
limits: {accounts: {anthropic: Small}, book: own.yaml}
stages:
  draft: {input: 1_000, output: 200}
designs: {plain: claude-haiku-4-5}
singles: false
"""


def written(folder: Path, text: str = SCENARIO, own: str = OWN) -> Path:
    (folder / "own.yaml").write_text(own)
    path = folder / "s.kplan.yaml"
    path.write_text(text)
    return path


def fit(folder: Path, text: str = SCENARIO, own: str = OWN) -> Fit:
    found = run(written(folder, text, own)).designs[0].fit
    assert found is not None
    return found


def test_a_design_that_fills_its_limit_within_the_plan(tmp_path: Path) -> None:
    """100 queries a minute at 1,000 tokens, twice that at the peak: 200k of 500k, and 10% more each month.

    0.4 x 1.1^5 = 0.644 in June, the room is 1 / 0.644 = 1.55; full after ln 2.5 / ln 1.1 = 9.6 months.
    """
    found = fit(tmp_path)
    assert found.limit == "anthropic claude-haiku-4-5 input (Small)"
    assert found.headroom == pytest.approx(Decimal(1 / (0.4 * 1.1**5) - 1))
    assert (found.month, found.months_left, found.full_month) == ("2027-06", 10, "2027-11")
    assert found.text == (
        "plain fits: it takes 40% of anthropic claude-haiku-4-5 input (Small) in its busiest minute,"
        " 64% in 2027-06; room for 1.5x"
    )


@pytest.mark.parametrize(
    ("limit", "said", "months"),
    [
        ("200_001", "fits until 2027-02: it takes >99%", 1),
        ("200_000", "plain does not fit: it takes 100%", 0),
        ("160_000", "plain does not fit: it takes 125%", 0),
    ],
)
def test_full_from_the_start_and_one_token_more(tmp_path: Path, limit: str, said: str, months: int) -> None:
    found = fit(tmp_path, own=OWN.replace("500_000", limit))
    assert said in found.text
    assert found.months_left == months


def test_flat_traffic_never_fills_it(tmp_path: Path) -> None:
    found = fit(tmp_path, SCENARIO.replace(", growth_per_month: 10%", ""))
    assert (found.months_left, found.full_month, found.headroom) == (240, "", Decimal("1.5"))
    assert found.text.endswith("in its busiest minute; room for 2.5x")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("19_999_999", "room for 99.9x"),
        ("20_000_001", "room for 100x"),
        ("200_001", "room for 1.0x"),
        ("199_000", "does not fit"),
    ],
)
def test_room_is_cut_and_never_rounded_up(tmp_path: Path, limit: str, said: str) -> None:
    flat = SCENARIO.replace(", growth_per_month: 10%", "")
    assert said in fit(tmp_path, flat, OWN.replace("500_000", limit)).text


def test_a_target_below_the_limit_is_said(tmp_path: Path) -> None:
    """0.4 reach 0.8 after ln 2 / ln 1.1 = 7.3 months; the room in June is 0.8 / 0.644."""
    found = fit(tmp_path, SCENARIO.replace("book: own.yaml", "book: own.yaml, target: 80%"))
    assert found.headroom == pytest.approx(Decimal(0.8 / (0.4 * 1.1**5) - 1))
    assert (found.months_left, found.full_month) == (8, "2027-09")
    assert "in its busiest minute (full at 80%), 64% in 2027-06; room for 1.2x" in found.text


def test_no_limit_known_is_said_and_no_check_passes_on_it(tmp_path: Path) -> None:
    text = SCENARIO.replace("anthropic: Small}", "google: {service: vertex}}").replace(
        "claude-haiku-4-5", "gemini-3.8-flash"
    )
    found = fit(tmp_path, text)
    assert found.text.startswith("no limit is known for plain: pay as you go draws on a pool")
    assert (found.limit, found.headroom) == ("", None)
    path = written(tmp_path, f"{text}checks: [{{metric: plain.headroom, min: 10%}}]\n")
    with pytest.raises(KplanError, match=r"9:19: checks\.0\.metric: no limit is known for plain"):
        run(path)


@pytest.mark.parametrize(
    ("check", "verdict", "text"),
    [
        (
            "{metric: plain.headroom, min: 55%}",
            "pass",
            "in 2027-06, of anthropic claude-haiku-4-5 input (Small): 0.23 points over the 55% asked",
        ),
        ("{metric: plain.headroom, min: 56%}", "fail", "0.77 points under the 56% asked for"),
        (
            "{metric: plain.saturation, min: 10}",
            "pass",
            "is 10 months, anthropic claude-haiku-4-5 input (Small) is full in 2027-11: just the 10 months",
        ),
        ("{metric: '*.saturation', min: 11}", "fail", "1 month under the 11 months asked for"),
    ],
)
def test_checks_hold_headroom_and_saturation(tmp_path: Path, check: str, verdict: str, text: str) -> None:
    path = written(tmp_path, f"{SCENARIO}checks: [{check}]\n")
    [[result]] = [each.checks for each in check_files({"s": path})]
    assert result.verdict == verdict
    assert text in result.text


def test_checks_without_limits_say_what_to_write(tmp_path: Path) -> None:
    text = "\n".join(line for line in SCENARIO.splitlines() if not line.startswith("limits"))
    path = written(tmp_path, f"{text}\nchecks: [{{metric: plain.headroom, min: 1%}}]\n")
    with pytest.raises(KplanError, match="there are no limits to fit into; say whose hold, for example"):
        run(path)


def test_screen_and_markdown_tell_one_line(tmp_path: Path) -> None:
    results = run(written(tmp_path))
    text = "plain fits: it takes 40% of anthropic claude-haiku-4-5 input (Small) in its busiest minute"
    assert page(results).decode().count(f"Limits: {text}") == 1
    assert markdown(results).decode().count("## Limits") == 1


def test_a_scenario_without_limits_imports_nothing_of_capacity(tmp_path: Path) -> None:
    text = "\n".join(line for line in SCENARIO.splitlines() if not line.startswith("limits"))
    code = (
        "import sys\nfrom kplan.cli.main import exit_code\n"
        f"assert exit_code(['simulate', {str(written(tmp_path, text))!r}, '--format', 'table']) == 0\n"
        "print([name for name in sys.modules if name.startswith('kplan.capacity')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
    assert "Limits" not in ran.stdout

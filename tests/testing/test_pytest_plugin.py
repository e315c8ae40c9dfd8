"""kplan's pytest plugin as pytest finds it: by its entry point, some in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest

from testing.conftest import N_LINES, ROOT, SUPPORT, Run

MIXED = """\
checks:
  - {metric: switch.per_month, max: $1_500}
  - {metric: stay.dearest_month, max: $2_000, severity: warn, message: Ask finance.}
  - {metric: stay.months_over_budget, max: 0, id: budget, message: Ask the boss.}
"""


def test_an_item_a_check_and_a_warning_is_no_failure(run_apart: Run) -> None:
    ran = run_apart(MIXED, "-v")
    ran.assert_outcomes(passed=2, failed=1, warnings=1)
    ran.stdout.fnmatch_lines(
        [
            "s.kplan.yaml::switch.per_month PASSED*",
            "s.kplan.yaml::stay.dearest_month PASSED*",
            "s.kplan.yaml::stay.months_over_budget[[]budget] FAILED*",
        ]
    )
    ran.stdout.fnmatch_lines(
        [
            f"*s.kplan.yaml:{N_LINES + 3}: KplanWarning: stay.dearest_month is $2,634 in 2027-01: $634 over*",
            "  Ask finance.",
        ]
    )


def test_a_failure_reads_in_four_lines_with_its_place_and_the_next_command(run: Run) -> None:
    out = run(MIXED).outlines
    start = next(n for n, line in enumerate(out) if "kplan check stay.months_over_budget[budget] __" in line)
    assert out[start + 1 : start + 5] == [
        "stay.months_over_budget is 4 months, first 2027-01: 4 months over the 0 months allowed",
        "Ask the boss.",
        f"s.kplan.yaml:{N_LINES + 4}:14",
        "next: kplan explain s.kplan.yaml stay.answer",
    ]
    assert "warnings summary" in out[start + 5]


def test_the_command_that_a_failure_names_runs(run: Run, pytester: pytest.Pytester) -> None:
    line = next(line for line in run(MIXED).outlines if line.startswith("next: kplan "))
    words = line.removeprefix("next: kplan ").split()
    ran = subprocess.run([sys.executable, "-m", "kplan", *words], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "answer" in ran.stdout


def test_other_yaml_and_scenarios_without_checks_give_no_items(run: Run, pytester: pytest.Pytester) -> None:
    for name in ("s.yaml", "test_s.yml", "s.kplan.yaml.bak", "kplan.yml"):
        (pytester.path / name).write_text(SUPPORT + MIXED)
    (pytester.path / "plain.kplan.yaml").write_text(SUPPORT)
    assert run("", "-W", "error").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_wrong_scenario_is_an_error_of_the_collection_with_all_its_places(
    run: Run, pytester: pytest.Pytester
) -> None:
    (pytester.path / "model.kplan.yaml").write_text(
        "volume: 10/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {d: no-such-model-anywhere}\n"
    )
    ran = run("checks:\n  - {metric: stay.per_mnth, max: 1}\n  - {metric: sty.total, max: 1}\n")
    ran.assert_outcomes(errors=2)
    ran.stdout.fnmatch_lines(
        [
            "model.kplan.yaml:3:14: designs.d.models.default: *no-such-model-anywhere*",
            f"s.kplan.yaml:{N_LINES + 2}:14: checks.0.metric: *did you mean per_month?",
            f"s.kplan.yaml:{N_LINES + 3}:14: checks.1.metric: *did you mean stay?",
        ]
    )
    ran.stdout.no_fnmatch_line("*Traceback*")
    ran.stdout.no_fnmatch_line("*items.py*")


def test_items_are_chosen_by_name_marker_and_id(run: Run) -> None:
    run(MIXED, "-k", "switch").assert_outcomes(passed=1, deselected=2)
    run(MIXED, "-m", "not kplan", "--strict-markers").assert_outcomes(deselected=3)
    run(MIXED, "s.kplan.yaml::stay.months_over_budget[budget]").assert_outcomes(failed=1)


def test_a_bound_stated_twice_has_two_names(run: Run) -> None:
    check = "  - {metric: switch.per_month, max: $1_500}\n"
    ran = run(f"checks:\n{check}{check}", "-v")
    ran.assert_outcomes(passed=2)
    ran.stdout.fnmatch_lines(["s.kplan.yaml::switch.per_month PASSED*", "s.kplan.yaml::switch.per_month#2 *"])


def test_a_check_of_an_included_file_is_reported_where_it_stands(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "lib").mkdir()
    (pytester.path / "lib" / "base.yaml").write_text(SUPPORT + MIXED)
    (pytester.path / "own.kplan.yaml").write_text("include: lib/base.yaml\n")
    ran = run()
    ran.assert_outcomes(passed=2, failed=1, warnings=1)
    ran.stdout.fnmatch_lines([f"lib/base.yaml:{N_LINES + 4}:14"])


def test_files_stand_as_seen_from_here(run: Run, pytester: pytest.Pytester) -> None:
    """pytest's rootdir is the folder with the ini file; a shell stands one below."""
    pytester.makeini("[pytest]")
    below = pytester.mkdir("below")
    (pytester.path / "up.kplan.yaml").write_text(SUPPORT + MIXED)
    pytester.chdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        ran = run("", "..")
    ran.stdout.fnmatch_lines(
        [f"../up.kplan.yaml:{N_LINES + 4}:14", "next: kplan explain ../up.kplan.yaml stay.answer"]
    )


def test_junit_holds_values_and_bounds(run: Run, pytester: pytest.Pytester) -> None:
    run(MIXED, "--junitxml", "out.xml")
    cases = list(ET.parse(pytester.path / "out.xml").iter("testcase"))
    found = [{p.get("name"): p.get("value") for p in case.iter("property")} for case in cases]
    assert [each["metric"] for each in found] == [
        "switch.per_month",
        "stay.dearest_month",
        "stay.months_over_budget",
    ]
    assert found[2] == {"metric": "stay.months_over_budget", "unit": "months", "value": "4", "max": "0"}
    assert found[0]["max"] == "1500"
    failure = cases[2].find("failure")
    assert failure is not None
    assert (failure.text or "").startswith("stay.months_over_budget is 4 months")


@pytest.mark.slow
def test_xdist_collects_the_same_items(run_apart: Run) -> None:
    pytest.importorskip("xdist")
    ran = run_apart(MIXED, "-n", "2", "-v")
    ran.assert_outcomes(passed=2, failed=1, warnings=1)
    ran.stdout.fnmatch_lines(["next: kplan explain s.kplan.yaml stay.answer"])


def test_the_plugin_can_be_switched_off(run: Run) -> None:
    assert run(MIXED, "-p", "no:kplan").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_warning_fails_where_warnings_are_errors(run: Run) -> None:
    ran = run(MIXED, "-W", "error")
    ran.assert_outcomes(passed=1, failed=2)
    ran.stdout.no_fnmatch_line("*Traceback*")


HEAVY = (
    "kplan.engine",
    "kplan.testing",
    "kplan.cli",
    "numpy",
    "pandas",
    "pydantic",
    "yaml",
    "rich",
    "jinja2",
)


def test_another_suite_imports_nothing_of_kplan(run_apart: Run, pytester: pytest.Pytester) -> None:
    """The plugin is loaded (its fixture is known), and nothing behind it; a YAML file lies about."""
    (pytester.path / "data.yaml").write_text("a: 1\n")
    pytester.makepyfile(
        f"""
        import json, sys

        def test_nothing_heavy(pytestconfig):
            assert pytestconfig.pluginmanager.hasplugin("kplan")
            assert [name for name in {HEAVY!r} if name in sys.modules] == []
            ours = sorted(name for name in sys.modules if name.split(".")[0] == "kplan")
            assert ours == ["kplan", "kplan.pytest_plugin", "kplan.version"]
        """
    )
    run_apart().assert_outcomes(passed=1)


def test_hostile_names_break_neither_terminal_nor_junit(run: Run, pytester: pytest.Pytester) -> None:
    name = "\x1b[31mbad\x07\n::[x]/\u202e"
    (pytester.path / "h.kplan.yaml").write_text(
        dedent(f"""
        volume: 10/month
        months: 2026-11..2026-12
        stages: {{a: {{input: 1000, output: 10}}}}
        designs: {{{json.dumps(name)}: openai/gpt-5.4-mini}}
        checks: [{{metric: {json.dumps(name + ".total")}, max: 0, message: {json.dumps(name)}}}]
        """)
    )
    ran = run("", "--junitxml", "out.xml")
    ran.assert_outcomes(failed=1)
    assert "\x1b[31mbad" not in ran.stdout.str()
    assert len(list(ET.parse(pytester.path / "out.xml").iter("testcase"))) == 1


def test_our_own_suite_collects_no_scenario() -> None:
    """scenarios/ holds checks that fail on purpose; testpaths leads past them."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (path,) = declared["tool"]["pytest"]["ini_options"]["testpaths"]
    assert list((ROOT / path).rglob("*.kplan.yaml")) == []
    assert list((ROOT / "scenarios").glob("*-checks.kplan.yaml")) != []


@pytest.mark.slow
def test_installed_in_an_environment_of_its_own(tmp_path: Path) -> None:
    """Its packages are those of this environment; the entry point comes from the wheel."""
    venv.create(tmp_path / "venv", with_pip=True, system_site_packages=False)
    python = tmp_path / "venv" / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    here = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    (Path(site) / "here.pth").write_text(f"{here}\n")
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--force-reinstall",
    ]
    subprocess.run([*install, str(ROOT)], check=True, env={"PATH": "/usr/bin:/bin"})
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "s.kplan.yaml").write_text(SUPPORT + MIXED)
    ran = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "1 failed, 2 passed, 1 warning" in ran.stdout

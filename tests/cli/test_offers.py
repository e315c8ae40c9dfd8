"""`kplan offers`: what is sold, what calls need of it, what to buy, and what is wrong with the question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kplan.cli.main import exit_code

DAY = ("--on", "2026-11-22")
SIZE = ("offers", "size", "azure/gpt-5.2", "--rpm", "1000", "--input", "200", "--output", "20", *DAY)


def answer(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, object]:
    assert exit_code([*args, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def complaint(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    assert exit_code(list(args)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


@pytest.mark.parametrize(
    ("more", "units"),
    [
        (("--deployment", "global"), 110),
        (("--deployment", "regional"), 150),
        (("--deployment", "global", "--cached", "50%"), 80),
        (("--deployment", "regional", "--cached", "0.5"), 100),
    ],
)
def test_the_printed_example(capsys: pytest.CaptureFixture[str], more: tuple[str, ...], units: int) -> None:
    found = answer(capsys, *SIZE, *more)
    assert (found["kind"], found["schema_version"], found["model"]) == ("offers.size", 1, "azure/gpt-5.2")
    [part] = found["parts"]
    assert (part["unit"], part["units"]) == ("PTU", units)
    assert [term["peak"]["units"] for term in part["terms"]] == [units] * 3


def test_what_to_buy_for_a_week(capsys: pytest.CaptureFixture[str]) -> None:
    """110 PTU at $260 are $28,600; calls cost $0.00063, 60,000 an hour at the peak, 1 / 1.66 on average."""
    found = answer(capsys, *SIZE, "--deployment", "global", "--week", "azure-conversation-2024")
    [part] = found["parts"]
    month = part["terms"][1]
    assert (month["term"], month["peak"]["units_usd_per_month"]) == ("1 month", "28600")
    payg = float(part["pay_as_you_go_usd_per_month"])
    assert payg == pytest.approx(0.00063 * 60_000 * 730 / 1.66, rel=0.005)
    assert month["break_even_utilisation"] == pytest.approx(260 / 730 * (360 / 3.4) / (0.00063 * 60_000))
    base = month["base"]
    assert float(base["usd_per_month"]) == pytest.approx(
        float(base["units_usd_per_month"]) + float(base["spilled_usd_per_month"])
    )
    assert base["saved_share"] == pytest.approx(1 - float(base["usd_per_month"]) / payg, abs=1e-8)
    assert part["cheapest"] == "1 year"


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code([*SIZE, "--deployment", "global", "--week", "azure-conversation-2024"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == (
        "PTU: 105.88 needed, 110 to buy for the peak (minimum 15, steps of 5), 96% used then "
        "and 58% on average"
    )
    assert lines[5].split() == [
        *("hourly", "$1", "an", "hour", "$80,300", "never", "(280%)"),
        *("0", "$16,604", "100%", "spills", "0.0%"),
    ]
    assert lines[7].split()[-6:] == ["used", "40", "$15,179", "38%", "spills", "-8.6%"]
    assert lines[-1].startswith("calls are taken to come evenly within an hour")


def test_several_shapes_and_bundles(capsys: pytest.CaptureFixture[str]) -> None:
    call = ("--rpm", "500", "--input", "2000", "--output", "200")
    found = answer(
        capsys, "offers", "size", "openai/gpt-4.1", *call, "--also", "rpm=250,input=4_000,output=400", *DAY
    )
    assert [(part["part"], part["units"]) for part in found["parts"]] == [("input", 67), ("output", 80)]
    assert len(found["calls"]) == 2
    assert "calls of more than 128,000 tokens of input find no room in units" in found["notes"]


def test_a_contract_and_a_model_whose_calls_have_no_price(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Units of Bedrock with what they take said; without prices of calls nothing is compared."""
    own = tmp_path / "own.yaml"
    own.write_text(
        "provider: aws\nprices:\n"
        "  - {models: ['anthropic.claude-v2*'], deployments: [provisioned], term: ours, usd: 10, per: hour}\n"
    )
    call = (
        "offers",
        "size",
        "aws/anthropic.claude-v2:1",
        "--rpm",
        "100",
        "--input",
        "1000",
        "--output",
        "100",
    )
    takes = ("--takes", "input=20_000,output=4_000", "--offers", str(own), *DAY)
    [part] = answer(capsys, *call, *takes)["parts"]
    assert (part["units"], part["pay_as_you_go_usd_per_month"], part["cheapest"]) == (5, None, None)
    assert [(term["term"], term["base"]) for term in part["terms"]][-1] == ("ours", None)
    [part] = answer(capsys, *call, *takes, "--payg", "anthropic/claude-2")["parts"]
    assert part["pay_as_you_go_usd_per_month"] is not None
    assert complaint(capsys, *call, *DAY) == [
        (
            "what a model unit of aws anthropic.claude-v2* provisioned takes is not published; say it, "
            "in tokens a minute: --takes input=20_000,output=4_000"
        )
    ]


def test_all_that_is_wrong_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    call = ("offers", "size", "azure/gpt-5.2", "--rpm", "0", "--input", "x", "--cached", "120%")
    assert complaint(capsys, *call, "--also", "rpm=1,rmp=2") == [
        "--output missing",
        "--rpm: `0` is 0; it has to be above 0",
        "--input: `x` is not a number; write for example 250_000, 0.5 or 8%",
        "--cached: `120%` is no share of the input; write 50%",
        "--also: `rmp=2`; did you mean rpm?; write rpm=1000,input=200,output=20",
    ]
    assert "choose one with --deployment" in complaint(capsys, *SIZE)[0]
    week = complaint(capsys, *SIZE, "--deployment", "global", "--week", "ofice-hours")
    assert week[0].startswith('no week "ofice-hours"; did you mean office-hours?')
    payg = complaint(capsys, *SIZE, "--deployment", "global", "--payg", "gpt-99")
    assert payg[0].startswith("--payg: ")


def test_lists_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "offers", "list", "gpt-5.2")
    assert [each["deployment"] for each in found["offers"]] == ["global", "data-zone", "regional"]
    shown = answer(capsys, "offers", "show", "azure/gpt-5.2", "--deployment", "data-zone", *DAY)
    assert [(price["term"], price["usd"], price["per"]) for price in shown["prices"]] == [
        ("hourly", "1.1", "hour"),
        ("1 month", "286", "month"),
        ("1 year", "2916", "year"),
    ]
    assert exit_code(["offers", "show", "google/gemini-2.5-pro", *DAY]) == 0
    out = capsys.readouterr().out
    assert "over 200,000: 2 x input" in out
    assert "$3.6986" in out
    assert complaint(capsys, "offers", "list", "nothing") == ['no offer holds "nothing" (kplan offers list)']


def test_figures_of_no_known_day_are_said_to_be_old(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["offers", "list", "aws"]) == 0
    assert "old: offers of aws were read on a day that is not known" in capsys.readouterr().err


def test_offers_stand_under_all_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["--help"]) == 0
    assert "offers" not in capsys.readouterr().out
    assert exit_code(["--help", "--all"]) == 0
    assert "  offers " in capsys.readouterr().out

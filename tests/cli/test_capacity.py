"""`kplan capacity`: what binds, from when on, what to do; all figures by hand, and all that can be wrong."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kplan.capacity.loaded.points import Slo

from .conftest import SCENARIOS, Kplan

EXAMPLE = "agent-limits.kplan.yaml"
OWN = """\
provider: anthropic
checked_on: 2020-01-01
limits:
  - {models: [claude-haiku-4-5], tier: Small, input: 500_000}
"""
SCENARIO = """\
volume: {queries_per_day: 144_000, growth_per_month: 10%}
months: 2027-01..2027-12
traffic: {week: even, peak_factor: 2}
limits: {accounts: {anthropic: Small}, book: own.yaml}
stages:
  draft: {input: 1_000, output: 200}
designs: {plain: claude-haiku-4-5}
singles: false
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    shutil.copy(SCENARIOS / EXAMPLE, tmp_path)
    write(SCENARIO)
    (tmp_path / "own.yaml").write_text(OWN)


def write(text: str) -> None:
    Path("s.kplan.yaml").write_text(text)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def document(kplan: Kplan, *args: str) -> Any:
    ran = kplan("capacity", *args, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_the_example_by_hand(kplan: Kplan) -> None:
    """A task of n turns reads 1,200 n + 1,800 n (n + 1) / 2 + 300 n (n - 1) / 2 tokens: 15,300 and 124,500.

    20,000 tasks a day are 13.9 a minute; the consumer week's busiest hour and a peak factor of 1.5 on top.
    """
    said = document(kplan, EXAMPLE)
    assert (said["kind"], said["schema_version"], said["design"]) == ("kplan/capacity", 1, "cached")
    sonnet, split, _ = said["designs"]
    [use] = [each for each in sonnet["limits"] if each["id"] == sonnet["binding"]]
    per_query = 0.7 * 15_300 + 0.3 * 124_500
    assert float(use["per_query"]) == per_query
    mean = 20_000 / 1_440 * per_query / 2_000_000
    [traffic] = said["traffic"]
    busiest = traffic["busiest_hour_over_mean"] * 1.5
    for month in range(12):
        assert use["mean_use"][month] == pytest.approx(mean * 1.06**month)
        assert use["peak_use"][month] == pytest.approx(mean * 1.06**month * busiest)
        assert use["headroom"][month] == pytest.approx(1 / (mean * 1.06**month * busiest) - 1)
    full = next(m for m in range(12) if mean * 1.06**m * busiest >= 1)
    assert (use["full_month"], full) == ("2027-07", 6)
    assert use["binding_hour"] == "Sat 19:00"
    assert split["limits"][0]["stages"] == {"step": "37350"}
    assert (sonnet["fits"], split["fits"], said["designs"][2]["fits"]) == (False, False, True)


def test_requests_in_flight_are_littles(kplan: Kplan) -> None:
    """A turn takes 0.8 + 300 / 80 = 4.55 s, the triage 0.3 + 15 / 150 = 0.4 s; 20,000 tasks a day."""
    flight = document(kplan, EXAMPLE)["designs"][0]["in_flight"]
    seconds = 0.4 + 4.55 * (0.7 * 3 + 0.3 * 10)
    assert flight["mean"][0] == pytest.approx(20_000 / 86_400 * seconds)
    assert flight["mean"][11] == pytest.approx(20_000 / 86_400 * seconds * 1.06**11)
    assert (flight["engine"], flight["unknown"]) == ("closed form (Little's law)", [])


def test_the_screen(kplan: Kplan) -> None:
    ran = kplan("capacity", EXAMPLE)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[:7] == [
        "cached fits: it takes 17% of anthropic claude-sonnet-5-5 input (Start) in its",
        "busiest minute, 33% in 2027-12; room for 3.0x.",
        "",
        "Design    12 months   binds first               at most    room   full",
        "sonnet   $1,145,811   claude-sonnet-5-5 input      137%   0.72x   2027-07",
        "split      $875,164   claude-sonnet-5-5 input      107%   0.93x   2027-11",
        "cached     $493,705   claude-sonnet-5-5 input       33%    3.0x   2029-07",
    ]
    assert "In flight: 5.46 calls on average in 2027-01, 11.8 in the busiest minute." in lines
    assert "Next for split: tier Build: 5,000,000 a minute instead of 2,000,000 a minute:" in lines
    assert "From: use, room and months hour-of-week fluid grid; in flight closed form" in lines
    assert max(map(len, lines)) <= 80


def test_too_much_is_unstable_with_its_month_and_what_helps(kplan: Kplan) -> None:
    """300 a minute at 1,000 tokens are 0.6 of 500k, and twice that in the busiest minute; 10% more a month.

    0.6 x 1.1^6 = 1.06: in July the mean of an hour is too much. 1.2 x 1.1^11 / 4 = 0.856 of the next tier.
    """
    ran = kplan("capacity", "s.kplan.yaml", "--set", "volume.queries_per_day=432_000")
    text = " ".join(ran.out.split())
    assert ran.code == 0
    assert "plain does not fit: it takes 120% of anthropic claude-haiku-4-5 input (Small)" in text
    assert "plain is unstable from 2027-07 on: more comes than the limit lets in" in text
    assert "No design fits over the whole plan." in text
    assert "Next: tier Start: 2,000,000 a minute instead of 500,000 a minute: then 86% at most" in text
    said = document(kplan, "s.kplan.yaml", "--set", "volume.queries_per_day=432_000")
    [design] = said["designs"]
    assert (design["unstable_from"], design["limits"][0]["months_left"]) == ("2027-07", 0)
    assert document(kplan, "s.kplan.yaml")["designs"][0]["unstable_from"] is None


def test_the_cheapest_that_fits_is_named(kplan: Kplan) -> None:
    designs = "designs: {plain: claude-haiku-4-5, dear: claude-sonnet-5}"
    text = SCENARIO.replace("designs: {plain: claude-haiku-4-5}", designs)
    own = OWN + "  - {models: [claude-sonnet-5], tier: Small, input: 5_000_000}\n"
    write(text.replace("144_000", "432_000"))
    Path("own.yaml").write_text(own)
    ran = kplan("capacity", "s.kplan.yaml")
    assert ran.code == 0, ran.err
    out = " ".join(ran.out.split())
    assert "The cheapest that fits over the whole plan is dear: " in out
    assert "+100.0%." in out


def test_a_design_whose_limits_are_half_known_says_so(kplan: Kplan) -> None:
    """Its drafts run on Vertex, which gives no number: it fits as far as is known."""
    write(
        SCENARIO.replace("144_000", "432_000")
        .replace("{anthropic: Small}", "{anthropic: Small, google: {service: vertex}}")
        .replace("output: 200}", "output: 200}\n  check: {input: 100, output: 10}")
        .replace(
            "{plain: claude-haiku-4-5}",
            "{plain: claude-haiku-4-5, half: {models: {draft: gemini-3.8-flash, check: claude-haiku-4-5}}}",
        )
    )
    out = " ".join(kplan("capacity", "s.kplan.yaml").out.split())
    assert "The cheapest that fits over the whole plan, as far as its limits are known, is half: " in out
    [_, half] = document(kplan, "s.kplan.yaml")["designs"]
    assert half["fits"] is True
    assert [each["what"] for each in half["not_counted"]] == ["google/gemini-3.8-flash"]


def test_bursts_of_a_trace_are_exact(kplan: Kplan) -> None:
    """Calls of one minute all at its start: in the busiest minute a fifth of a bucket of a minute."""
    rows = [f"2027-01-04T10:{minute:02}:00Z,1000,200" for minute in range(40) for _ in range(5)]
    Path("t.csv").write_text("\n".join(["timestamp,input,output", *rows]) + "\n")
    write(SCENARIO.replace("peak_factor: 2}", "trace: t.csv}"))
    [design] = document(kplan, "s.kplan.yaml")["designs"]
    first, last = design["bursts"]
    assert (first["delayed"], first["engine"]) == (0, "discrete-event on a trace")
    assert first["mean_use"] == pytest.approx(0.2)
    assert last["mean_use"] == pytest.approx(0.2 * 1.1**11)
    assert "bursts discrete-event on a trace" in " ".join(kplan("capacity", "s.kplan.yaml").out.split())


def test_what_is_assumed_is_said(kplan: Kplan) -> None:
    text = SCENARIO.replace("traffic: {week: even, peak_factor: 2}\n", "")
    write(text)
    ran = kplan("capacity", "s.kplan.yaml")
    out = " ".join(ran.out.split())
    assert "Assumed: a busiest minute of 2.97 times the mean" in out
    assert "In flight: unknown: nobody says how fast claude-haiku-4-5 is, which runs draft" in out


def test_limits_without_numbers_are_said(kplan: Kplan) -> None:
    write(
        SCENARIO.replace("{anthropic: Small}", "{google: {service: vertex}}").replace(
            "claude-haiku-4-5", "gemini-3.8-flash"
        )
    )
    ran = kplan("capacity", "s.kplan.yaml")
    out = " ".join(ran.out.split())
    assert ran.code == 0
    assert out.startswith(
        "no limit is known for plain: pay as you go draws on a pool that all customers share"
    )
    assert "plain $" in out
    assert "unknown" in out
    assert "Not counted: google/gemini-3.8-flash: pay as you go" in out
    [design] = document(kplan, "s.kplan.yaml")["designs"]
    assert (design["fits"], design["binding"], design["limits"]) == (None, None, [])


def test_old_limits_are_told_on_stderr(kplan: Kplan) -> None:
    ran = kplan("capacity", "s.kplan.yaml")
    assert "old: limits of anthropic were read on 2020-01-01" in ran.err
    assert kplan("capacity", "s.kplan.yaml", "--quiet").err == ""


def test_files_and_formats(kplan: Kplan) -> None:
    ran = kplan("capacity", EXAMPLE, "-o", "c.md", "-o", "c.json", "-o", "c.txt")
    assert (ran.code, ran.out) == (0, "")
    page = Path("c.md").read_text()
    assert page.startswith("# Capacity: Agent within its limits\n\n**cached fits: it takes 17% of anthropic")
    assert "| `sonnet` | $1,145,811 | claude-sonnet-5-5 input | 137% | 0.72x | 2027-07 |" in page
    assert "- Next: tier Build: 5,000,000 a minute instead of 2,000,000 a minute: then 55% at most" in page
    assert page.rstrip().splitlines()[-1].startswith("<!-- kplan sha256:")
    assert json.loads(Path("c.json").read_text()) == document(kplan, EXAMPLE)
    Path("c.md").write_text("mine")
    assert kplan("capacity", EXAMPLE, "-o", "c.md").code == 2
    assert Path("c.md").read_text() == "mine"
    assert kplan("capacity", EXAMPLE, "-o", "c.doc").code == 2
    assert kplan("capacity", EXAMPLE, "--json", "--format", "markdown").code == 2


def test_a_workbook_that_was_edited_is_not_overwritten(kplan: Kplan) -> None:
    assert kplan("capacity", EXAMPLE, "-o", "c.xlsx").code == 0
    content = Path("c.xlsx").read_bytes()
    assert kplan("capacity", EXAMPLE, "-o", "c.xlsx").code == 0
    assert Path("c.xlsx").read_bytes() == content
    Path("c.xlsx").write_bytes(content + b"more")
    ran = kplan("capacity", EXAMPLE, "-o", "c.xlsx")
    assert (ran.code, Path("c.xlsx").read_bytes()) == (2, content + b"more")
    assert "--force overwrites it" in ran.err


def test_every_table_as_csv_in_a_folder(kplan: Kplan) -> None:
    ran = kplan("capacity", EXAMPLE, "-o", "tables/", "-o", "c.csv")
    assert (ran.code, ran.out) == (0, "")
    names = {path.name for path in Path("tables").iterdir()}
    assert names >= {f"{name}.csv" for name in ("designs", "limits", "months", "hours", "actions", "sources")}
    assert "bursts.csv" not in names
    assert Path("c.csv").read_bytes() == Path("tables/months.csv").read_bytes()
    assert kplan("capacity", EXAMPLE, "--format", "csv").out == Path("c.csv").read_text()
    Path("tables/hours.csv").write_text("mine")
    assert kplan("capacity", EXAMPLE, "-o", "tables/").code == 2  # CSV does not tell who wrote it
    assert Path("tables/hours.csv").read_text() == "mine"


def test_saved_capacity_is_no_saved_result_and_says_where_its_tables_are(kplan: Kplan) -> None:
    assert kplan("capacity", EXAMPLE, "-o", "c.json").code == 0
    for command in (["show", "c.json"], ["diff", "c.json", "c.json"]):
        ran = kplan(*command)
        assert (ran.code, ran.out) == (2, "")
        assert "c.json:1:1: says how designs fit their limits, not what they cost" in ran.err
        assert "`kplan capacity SCENARIO -o tables/` writes its tables" in ran.err


def test_the_budget_workbook_with_limits_reads_back(kplan: Kplan) -> None:
    """The sheet Capacity is no formula's business: an unedited workbook has nothing to import."""
    assert kplan("simulate", EXAMPLE, "-o", "b.xlsx").code == 0
    ran = kplan("import", "b.xlsx")
    assert ran.code == 0, ran.err
    assert "nothing" in (ran.out + ran.err).lower()


def test_variants_stand_side_by_side(kplan: Kplan) -> None:
    write(f"{SCENARIO}variants:\n  more: {{volume: {{queries_per_day: 288_000}}}}\n")
    said = document(kplan, "s.kplan.yaml", "--variant", "all")
    peaks = {each["id"]: each["limits"][0]["peak_use"][0] for each in said["designs"]}
    assert peaks["plain@more"] == pytest.approx(0.8)
    assert set(said["limits_sha256"]) >= {"more"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            SCENARIO.replace("limits: {accounts: {anthropic: Small}, book: own.yaml}\n", ""),
            "s.kplan.yaml:1:1: limits: no limits to fit into; write for example `limits: {accounts: {",
        ),
        (
            SCENARIO.replace("Small}", "Smal}"),
            "s.kplan.yaml:4:32: limits.accounts.anthropic: no tier `Smal` of anthropic; did you mean Small?",
        ),
        (
            SCENARIO.replace("{anthropic: Small}", "{antropic: Small}"),
            "limits.accounts.antropic: limits of no provider `antropic`; did you mean anthropic?",
        ),
        (SCENARIO.replace("peak_factor: 2", "peak_factor: 0.5"), "s.kplan.yaml:3:36: traffic.peak_factor"),
    ],
)
def test_bad_input_says_where_and_what_to_write(kplan: Kplan, text: str, error: str) -> None:
    write(text)
    ran = kplan("capacity", "s.kplan.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert error in ran.err


def test_the_busiest_minute_of_a_trace_is_that_of_what_a_limit_counts(kplan: Kplan) -> None:
    """Of 100 minutes each with a call of 100 tokens, one has 1,000: 1,000 / 109 times the mean."""
    calls = [f"2027-01-04T{n // 60:02d}:{n % 60:02d}:00Z,{1_000 if n == 50 else 100},1" for n in range(101)]
    Path("t.csv").write_text("\n".join(["timestamp,input,output", *calls]) + "\n")
    write(SCENARIO.replace("{week: even, peak_factor: 2}", "{trace: t.csv}"))
    [input_limit] = document(kplan, "s.kplan.yaml")["designs"][0]["limits"]
    times = input_limit["peak_use"][0] / input_limit["mean_use"][0]
    assert times == pytest.approx(1_000 / 109)
    write(SCENARIO.replace("{week: even, peak_factor: 2}", "{trace: t.csv, peak_factor: 1.5}"))
    [input_limit] = document(kplan, "s.kplan.yaml")["designs"][0]["limits"]
    assert input_limit["peak_use"][0] / input_limit["mean_use"][0] == pytest.approx(1.5)


BUYER = """\
volume: 144_000/day
months: 2027-01..2027-01
traffic: {week: even}
stages:
  draft: {input: 1_000, output: 200}
designs:
  payg: openai/gpt-4.1
  units: {extends: payg, buys: {azure/gpt-4.1: {deployment: global, term: 1 year, units: 45}}}
singles: false
"""


def test_what_is_bought_needs_no_limits(kplan: Kplan) -> None:
    """100 calls a minute of 1,000 + 4 x 200 tokens fill 60 units of 3,000: 45 serve three quarters."""
    write(BUYER)
    design = document(kplan, "s.kplan.yaml")["designs"][1]
    assert (design["fits"], design["limits"]) == (None, [])
    assert float(design["bought"][0]["spilled_share"][0]) == pytest.approx(0.25)
    shown = kplan("capacity", "s.kplan.yaml", "-o", "s.html", "-o", "s.xlsx", "-o", "s.md")
    assert shown.code == 0, shown.err
    said = " ".join(kplan("capacity", "s.kplan.yaml").out.split())
    assert "units buys 45 x azure/gpt-4.1 global PTU" in said
    assert "Limits count" not in said


def test_where_no_limits_are_known_none_of_another_provider_are_named(kplan: Kplan) -> None:
    write(SCENARIO.replace("limits: {acc", "# {acc").replace("claude-haiku-4-5", "groq/openai/gpt-oss-120b"))
    ran = kplan("capacity", "s.kplan.yaml")
    assert ran.code == 2
    assert "of groq none are known, put yours into a file: `limits: {book: own.yaml}`" in ran.err
    assert "anthropic" not in ran.err


def test_a_limit_without_a_window_is_refused_where_it_stands(kplan: Kplan) -> None:
    calls = "{measures: requests, counts: {request: 1}, kind: bucket, per: 60s}"
    own = f"provider: mine\ncounting: {{calls: {calls}}}\nlimits: [{{models: [m], calls: 5}}]\n"
    Path("own.yaml").write_text(own)
    for command in ("capacity", "simulate"):
        ran = kplan(command, "s.kplan.yaml")
        assert ran.code == 2
        assert (
            "own.yaml:2:12: counting.calls: window missing: over what time is the limit measured?" in ran.err
        )


def test_simulate_tells_one_line(kplan: Kplan) -> None:
    ran = kplan("simulate", EXAMPLE, "--format", "table")
    assert (
        ran.out.count("Limits: cached fits: it takes 17% of anthropic claude-sonnet-5-5 input (Start)") == 1
    )


def test_simulate_says_of_limits_that_line_and_nothing_more(kplan: Kplan) -> None:
    """With `limits` and `traffic` and without them, the screen differs by the line alone."""
    text = Path(EXAMPLE).read_text()
    section = text[text.index("limits: {") : text.index("latency:")]
    checks = text[text.index("checks:") :]
    bare = text.replace(section, "").replace(checks, "")
    Path("with.kplan.yaml").write_text(text.replace(checks, ""))
    Path("without.kplan.yaml").write_text(bare)
    own, other = (
        kplan("simulate", f"{name}.kplan.yaml", "--format", "table").out for name in ("with", "without")
    )
    at = own.index("Limits: ")
    told = own[at : own.index("Not in it: ")]
    assert told.rstrip().endswith("room for 3.0x.")
    assert own.replace(told, "") == other


def test_the_first_help_page_says_nothing_of_capacity(kplan: Kplan) -> None:
    """Neither of GPUs, off-peak hours, limits nor of anything that is bought ahead; --all lists them."""
    page = kplan("--help").out.lower()
    for word in ("gpu", "peak", "limit", "capacity", "offer", "provision", "station", "traffic", "ptu"):
        assert word not in page, word
    assert re.search(r"^ +capacity ", kplan("--help", "--all").out, re.MULTILINE)


def test_simulate_without_limits_never_imports_capacity(kplan: Kplan) -> None:
    """Not for the workbook and the page, either."""
    script = (
        "import sys; from kplan.cli.main import exit_code;"
        "code = exit_code(['simulate', 'rag.kplan.yaml', '-o', 'r.xlsx', '-o', 'r.html', '-o', '-']);"
        "sys.exit(code or ' '.join(name for name in sys.modules if name.startswith('kplan.capacity')) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert Path("r.xlsx").exists()


def test_simulate_as_json_says_the_same_of_every_design(kplan: Kplan) -> None:
    """The headroom of the fullest month, as `kplan capacity` has it; without limits there is no such key."""
    said = {each["id"]: each for each in document(kplan, EXAMPLE)["designs"]}
    found = json.loads(kplan("simulate", EXAMPLE, "--format", "json").out)["designs"]
    for each in found:
        fit, use = each["fit"], said[each["id"]]["limits"][0]
        assert list(fit) == ["text", "limit", "headroom", "month", "full_month", "months_left"]
        assert (fit["limit"], fit["month"]) == ("anthropic claude-sonnet-5-5 input (Start)", "2027-12")
        assert float(fit["headroom"]) == use["headroom"][11]
        assert fit["full_month"] == use["full_month"]
    assert [each["fit"]["months_left"] for each in found] == [6, 10, 30]
    assert "fit" not in json.loads(kplan("simulate", "rag.kplan.yaml", "--format", "json").out)["designs"][0]


def test_simulate_as_json_says_what_is_not_known(kplan: Kplan) -> None:
    write(SCENARIO.replace("volume: {queries_per_day: 144_000, growth_per_month: 10%}", "volume: 1/day"))
    [never] = json.loads(kplan("simulate", "s.kplan.yaml", "--format", "json").out)["designs"]
    assert (never["fit"]["full_month"], never["fit"]["months_left"]) == (None, None)
    assert float(never["fit"]["headroom"]) > 1e5
    write(
        SCENARIO.replace("{anthropic: Small}", "{google: {service: vertex}}").replace(
            "claude-haiku-4-5", "gemini-3.8-flash"
        )
    )
    [unknown] = json.loads(kplan("simulate", "s.kplan.yaml", "--format", "json").out)["designs"]
    assert unknown["fit"]["text"].startswith("no limit is known for plain: pay as you go")
    assert {unknown["fit"][name] for name in list(unknown["fit"])[1:]} == {None}


def test_what_to_write_names_the_tiers_of_the_day(kplan: Kplan) -> None:
    write(SCENARIO.replace("limits: {accounts: {anthropic: Small}, book: own.yaml}\n", ""))
    err = kplan("capacity", "s.kplan.yaml").err
    assert "`limits: {accounts: {anthropic: Start}}` (Build or Scale)" in err
    assert err.endswith("kplan limits list anthropic shows all\n")
    write("volume: 1_000/month\nstages: {a: {input: 1, output: 1}}\ndesigns: {x: gpt-5-mini}\n")
    err = kplan("capacity", "s.kplan.yaml").err
    assert "`limits: {accounts: {openai: " in err
    assert "When queries come says `traffic: {week: office-hours, peak_factor: 1.5}`" in err


LATENCY = SCENARIO + "latency: {claude-haiku-4-5: 500ms + 100/s}\n"


def test_an_slo_a_seed_and_a_number_of_queries(kplan: Kplan) -> None:
    write(LATENCY)
    found = study_of("--slo", "p99=3s", "--seed", "4", "--queries", "300")
    assert found.slo == Slo(0.99, 3.0)
    assert found.method == "300 queries, Poisson arrivals, seed 4"
    assert found.largest_per_s is not None
    assert 0 < found.largest_per_s < found.unstable_per_s
    assert kplan("capacity", "s.kplan.yaml", "--slo", "p99=3s", "--queries", "300").code == 0


def study_of(*options: str) -> Any:
    """What `kplan capacity` works out of the first design under load, before it is written."""
    from click.testing import CliRunner

    from kplan.cli import capacity as command

    kept: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command.Shown, "emit", lambda _, found, *, force: kept.append(found))
        ran = CliRunner().invoke(command.capacity, ["s.kplan.yaml", *options])
    assert ran.exit_code == 0, ran.output
    return kept[0].designs[0].loaded


@pytest.mark.parametrize(
    ("slo", "why"),
    [
        ("p95", "`p95` is no bound; write for example p95=2s"),
        ("p95=2", "`2` says no unit of time"),
        ("p95=-1s", "`-1s` is below 0"),
        ("p90=2s", "no figure 'p90'; did you mean p99?"),
        ("mean=2s", "of a whole query p50, p95 and p99 are known"),
    ],
)
def test_an_slo_that_is_none(kplan: Kplan, slo: str, why: str) -> None:
    write(LATENCY)
    ran = kplan("capacity", "s.kplan.yaml", "--slo", slo)
    assert ran.code == 2
    assert "--slo" in ran.err
    assert why in " ".join(ran.err.split())


def test_too_few_queries_are_refused(kplan: Kplan) -> None:
    assert kplan("capacity", "s.kplan.yaml", "--queries", "99").code == 2

"""Scenarios as typed: short form, long form, includes, variants, settings, and the place of every value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.form.expressions import Number, parse
from kplan.places import folder
from kplan.scenario.load import load_scenario, load_variants
from kplan.scenario.schema import json_schema
from kplan.scenario.source import Piped

from .conftest import SMALL

LONG = """\
volume: {queries_per_day: 8_000, start: 2026-12, months: 6, growth_per_month: 3%,
         seasonality: [1, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 2]}
stages:
  expand:     {input: 180, output: 120}
  synthesize: {input: chunks * chunk_tokens + 900, output: 650}
  verify:     {input: "max(chunks, 2) * chunk_tokens", output: 150, cached: 40%, retries: 2%, mode: batch}
params:
  chunks: 8
  chunk_tokens: {value: 1_200, unit: tokens, range: [400, 2_000], source: index}
  redo: 8%
designs:
  all-sonnet: claude-sonnet-5-5
  stratified:
    models: {default: claude-haiku-5-5, synthesize: {claude-sonnet-5-5: 70%, claude-opus-5-5: 30%}}
    stages:
      verify: {output: 30}
      second_pass: {after: verify, chance: redo, like: synthesize, model: claude-opus-5-5}
kplan: 1
name: Knowledge-base assistant
prices: {freeze: 2025-10-15, known_on: 2025-10-01, book: [mine.yaml], mode: batch, region: eu}
mix:
  lookup:   {share: 60%, params: {chunks: 2}}
  analysis: {share: 1 - 60%, params: {chunks: 15}, stages: {synthesize: {output: 1_200}}}
baseline: all-sonnet
budget: $20_000/month
contingency: 10%
fixed: {vector store: $50/month}
profile: {weekdays: Mon-Fri, hours: "08:00-18:00", tz: Europe/Berlin, share: 90%}
candidates: [gpt-x]
singles: false
tags: {team: search, cost_centre: 4711}
books: {old: mine.yaml}
claims:
  - {id: a, printed: $0.0859, figure: stratified, books: [old]}
  - {id: b, printed: 42%, follows: 1 - a}
x-notes: anything
"""


@pytest.mark.parametrize("name", ["rag", "rag-services", "support", "knowledge-base"])
def test_shipped_scenarios_load(name: str) -> None:
    assert load_scenario(folder("scenarios") / f"{name}.kplan.yaml").designs


def test_the_long_form(written) -> None:
    written.file("mine.yaml", "rows:\n")
    scenario = written.load(LONG)
    assert scenario.volume.queries_per_day == 8_000
    assert (scenario.volume.start, scenario.volume.months) == ((2026, 12), 6)
    assert scenario.volume.seasonality[11] == 2
    assert scenario.params["chunk_tokens"].range == (400, 2_000)
    assert scenario.params["redo"].value == Number(Decimal("0.08"))
    assert scenario.shares() == {"lookup": Decimal("0.6"), "analysis": Decimal("0.4")}
    assert scenario.params_of("lookup")["chunks"].value == parse("2")
    assert scenario.prices.freeze == date(2025, 10, 15)
    assert scenario.price_books() == (written.folder / "mine.yaml",)
    assert scenario.claim_books() == {"old": written.folder / "mine.yaml"}
    assert scenario.budget_usd_per_month == 20_000
    assert scenario.contingency == Decimal("0.1")
    assert scenario.fixed == {"vector store": Decimal(50)}
    assert scenario.tags == {"team": "search", "cost_centre": "4711"}
    assert scenario.profile is not None
    assert scenario.profile.hour_profile().share == scenario.profile.share
    assert [claim.printed for claim in scenario.claims] == ["$0.0859", "42%"]
    assert not scenario.singles


def test_months_at_the_top_belong_to_the_volume(load) -> None:
    volume = load(SMALL + "months: 2026-11..2027-04\n").volume
    assert (volume.start, volume.months) == ((2026, 11), 6)
    volume = load(SMALL + "months: 24\n").volume
    assert (volume.start, volume.months) == (None, 24)
    assert load(SMALL).volume.months == 12


SPAN = "{queries_per_month: 5, start: 2026-12, months: 3}"


@pytest.mark.parametrize(
    ("volume", "top", "setting", "start", "months"),
    [
        (SPAN, "", "months=24", (2026, 12), 24),
        (SPAN, "", "months=2027-02..2027-03", (2027, 2), 2),
        (SPAN, "", "volume.months=4", (2026, 12), 4),
        (SPAN, "", "volume=9/day", (2026, 12), 3),
        ("5/month", "2026-11..2027-04", "months=24", None, 24),
        ("5/month", "2026-11..2027-04", "volume.months=24", (2026, 11), 24),
        ("5/month", "2026-11..2027-04", "volume.start=2027-01", (2027, 1), 6),
        ("5/month", "2026-11..2027-04", "volume={start: 2027-01, months: 2}", (2027, 1), 2),
        ("5/month", "24", "volume.start=2027-01", (2027, 1), 24),
        ("{queries_per_month: 5, start: 2026-12}", "24", "volume.months=6", (2026, 12), 6),
    ],
)
def test_months_said_later_win(
    written, volume: str, top: str, setting: str, start: tuple[int, int] | None, months: int
) -> None:
    text = SMALL.replace("1_000/month", volume) + (f"months: {top}\n" if top else "")
    key, _, value = setting.partition("=")
    inner = f"{{volume: {{{key.removeprefix('volume.')}: {value}}}}}" if "." in key else f"{{{key}: {value}}}"
    written.file("base.yaml", text)
    above = inner.removeprefix("{").removesuffix("}")
    for scenario in (
        written.load(text, setting),
        written.load(text + f"variants: {{v: {inner}}}\n", variant="v"),
        written.load(f"include: base.yaml\n{above}\n"),
    ):
        assert (scenario.volume.start, scenario.volume.months) == (start, months)


def test_settings_of_months_win_in_their_order(load) -> None:
    text = SMALL.replace("1_000/month", SPAN)
    assert load(text, "months=24", "volume.months=6").volume.months == 6
    assert load(text, "volume.months=6", "months=24").volume.months == 24


def test_months_twice_in_one_layer_are_refused(problems) -> None:
    twice = SMALL + "variants: {v: {months: 3, volume: {months: 4}}}\n"
    assert "months are said twice" in problems(twice, variant="v")[0]
    text = (
        SMALL.replace("1_000/month", "{queries_per_month: 5, start: 2026-12}") + "months: 2027-01..2027-02\n"
    )
    assert "months are said twice" in problems(text)[0]
    assert "months are said twice" in problems(text, "volume.growth_per_month=3%")[0]
    assert "`soon`" in problems(text.replace("start: 2026-12", "months: 3"), "months=soon")[0]


def test_a_model_over_a_design_replaces_it_whole(load) -> None:
    long = SMALL.replace("plain: sonnet", "plain: {models: {review: haiku}, stages: {draft: {output: 1}}}")
    variant = "variants: {v: {designs: {plain: opus}}}\n"
    for scenario in (load(long, "designs.plain=opus"), load(long + variant, variant="v")):
        design = scenario.designs["plain"]
        assert {name: choice.shares[0][0] for name, choice in design.models.items()} == {"default": "opus"}
        assert not design.stages


def test_a_setting_reaches_stages_that_the_design_does_not_change_yet(load) -> None:
    text = SMALL.replace("plain: sonnet", "plain: {models: {default: m}, stages: {draft: {output: 1}}}")
    scenario = load(text, "designs.plain.stages.review.output=7")
    assert set(scenario.designs["plain"].stages) == {"draft", "review"}


def test_a_volume_within_bounds_is_read(load) -> None:
    grows = "{queries_per_month: 1e18, growth_per_month: 1_000%, months: 1}"
    assert load(SMALL.replace("1_000/month", grows)).volume.peak() == 10**18
    falls = (
        "{queries_per_month: 5, growth_per_month: -90%, months: 201, seasonality: [2,1,1,1,1,1,1,1,1,1,1,3]}"
    )
    assert load(SMALL.replace("1_000/month", falls)).volume.peak() == 15


def test_what_is_piped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("rows:\n")
    (tmp_path / "below.yaml").write_text(SMALL)
    text = "include: below.yaml\nprices: {book: mine.yaml}\nvariants: {v: {budget: 3}}\n"
    piped = Piped(text.encode())
    assert load_scenario(piped).price_books() == (Path("mine.yaml"),)
    assert list(load_variants(piped)) == ["v"]
    with pytest.raises(KplanError, match=r"^<stdin>:4:1: budgte: unknown key"):
        load_scenario(Piped(text.encode() + b"budgte: 1\n"))
    with pytest.raises(KplanError, match="<stdin>:1:1: an empty file"):
        load_scenario(Piped(b""))
    with pytest.raises(KplanError, match="<stdin>:1:1: a file of 5 MB; at most 5 MB"):
        load_scenario(Piped(b" " * 5_000_001))


def test_marks_lead_to_values_and_keys(load, tmp_path: Path) -> None:
    scenario = load(SMALL)
    assert str(scenario.mark(("stages", "review", "output"))).endswith("s.yaml:4:34")
    assert str(scenario.mark(("stages", "review"))).endswith("s.yaml:4:3")
    assert str(scenario.mark(("designs", "plain", "models", "default"))).endswith("s.yaml:6:10")
    assert str(scenario.key_mark(("designs", "plain"))).endswith("s.yaml:6:3")
    assert str(scenario.mark(("nothing",))).endswith("s.yaml:1:1")


def test_fingerprint_is_of_what_is_said(written) -> None:
    first = written.load(SMALL).sha256()
    assert written.load("# a comment\n" + SMALL + "x-note: 1\n").sha256() == first
    assert written.load(SMALL, "volume=2_000/month").sha256() != first


def test_include_lies_below_and_null_drops(written) -> None:
    written.file("base/base.yaml", SMALL + "budget: $5/month\ntags: {a: 1, b: 2}\n")
    scenario = written.load(
        "include: base/base.yaml\nbudget: null\ntags: {b: 3}\nstages: {draft: {input: 7}}\n"
    )
    assert scenario.budget is None
    assert scenario.tags == {"a": "1", "b": "3"}
    assert scenario.stages["draft"].model_dump()["input"] == "7"
    assert scenario.stages["draft"].model_dump()["output"] == "100"


def test_books_of_an_included_file_lie_beside_it(written) -> None:
    written.file("base/base.yaml", SMALL + "prices: {book: mine.yaml}\n")
    written.file("base/mine.yaml", "rows:\n")
    assert written.load("include: base/base.yaml\n").price_books() == (written.folder / "base/mine.yaml",)


def test_a_book_that_is_set_lies_where_the_command_is_given(
    written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written.file("s.yaml", SMALL)
    written.file("elsewhere/mine.yaml", "rows:\n")
    monkeypatch.chdir(tmp_path / "elsewhere")
    scenario = load_scenario(tmp_path / "s.yaml", sets=["prices.book=mine.yaml"])
    assert scenario.price_books() == (Path("mine.yaml"),)


def test_problems_of_included_files_stand_where_they_are(written) -> None:
    written.file("base.yaml", SMALL.replace("input: 2_000", "input: x"))
    assert written.problems("include: base.yaml\n") == [
        "base.yaml:4:19: stages.review.input: no parameter `x`; the scenario has no parameters"
    ]


VARIANTS = (
    SMALL + "variants: {big: {volume: 9_000/month}, opus: {designs: {plain: opus}}, none: }\nmonths: 3\n"
)


def test_variants(written) -> None:
    path = written.file("s.yaml", VARIANTS)
    assert load_scenario(path, variant="big").volume.queries_per_month == 9_000
    loaded = load_variants(path)
    assert list(loaded) == ["big", "opus", "none"]
    assert loaded["opus"].designs["plain"].models["default"].shares == (("opus", Decimal(1)),)
    assert list(load_variants(path, (), ["opus"])) == ["opus"]
    assert load_scenario(path, variant="big", sets=["volume=7/day"]).volume.queries_per_day == 7


def test_all_variants_of_a_scenario_without_any(written) -> None:
    with pytest.raises(KplanError, match=r"s\.yaml:1:1: this scenario has no variants"):
        load_variants(written.file("s.yaml", SMALL))


def test_wrong_variants(written, problems) -> None:
    assert problems(VARIANTS, variant="bug") == ["s.yaml:1:1: variants: no variant `bug`; did you mean big?"]
    assert problems(SMALL, variant="bug") == [
        "s.yaml:1:1: variants: no variant `bug`; this scenario has none"
    ]
    inner = SMALL + "variants: {a: {include: b.yaml}}\n"
    assert problems(inner, variant="a") == ["s.yaml:7:16: variants.a: a variant cannot hold `include`"]
    wrong = written.file("v.yaml", SMALL + "variants: {a: {budegt: 3}, b: {baseline: x}}\n")
    with pytest.raises(KplanError) as error:
        load_variants(wrong)
    assert [problem.mark.column for problem in error.value.problems] == [16, 42]


def test_settings_win_over_variant_and_file(load) -> None:
    text = SMALL + "params: {redo: {value: 8%, range: [0, 1]}, n: redo * 2}\nmix: {a: 60%, b: 40%}\n"
    scenario = load(
        text, "params.redo=12%", "designs.plain.models.review=haiku", "mix.a=70%", "mix.b.share=30%"
    )
    assert scenario.params["redo"].value == Number(Decimal("0.12"))
    assert scenario.params["redo"].range == (0, 1)
    assert set(scenario.designs["plain"].models) == {"default", "review"}
    assert scenario.shares() == {"a": Decimal("0.7"), "b": Decimal("0.3")}
    assert load(text, "designs.plain=haiku").designs["plain"].models["default"].shares[0][0] == "haiku"
    assert load(text, "designs.plain.stages={review: null}").designs["plain"].stages == {"review": None}
    assert load(text, "prices.freeze=2026-10-15").prices.freeze == date(2026, 10, 15)
    assert load(text, "stages.draft.input=max(1, 2)", "tags.x=a=b").tags == {"x": "a=b"}


def test_a_volume_that_is_set_keeps_its_months(load) -> None:
    text = SMALL.replace(
        "1_000/month", "{queries_per_month: 5, start: 2026-12, months: 3, growth_per_month: 3%}"
    )
    volume = load(text, "volume=1_000_000/day").volume
    assert (volume.queries_per_month, volume.queries_per_day) == (None, 1_000_000)
    assert (volume.start, volume.months, volume.growth_per_month) == ((2026, 12), 3, Decimal("0.03"))


def test_names_with_dots_are_set_in_quotes(load) -> None:
    text = SMALL.replace("plain: sonnet", "'v1.2': sonnet")
    assert "review" in load(text, 'designs."v1.2".models.review=haiku').designs["v1.2"].models


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("nonsense", "--set:1:1: `nonsense` is not of the form a.b=VALUE"),
        ("=3", "--set:1:1: `=3` is not of the form a.b=VALUE"),
        ("include=gone.yaml", "--set:1:1: include: `include` cannot be set; write it in the file"),
        (
            "variants.a.budget=3",
            "--set:1:1: variants.a.budget: `variants` cannot be set; write it in the file",
        ),
        ("x-note=3", "--set:1:1: x-note: `x-note` cannot be set; write it in the file"),
        ("mix.a.share=3", "--set:1:1: mix.a.share: no `a` in mix; the scenario has no mix"),
        (
            "designs.plain.stages.darft.output=3",
            (
                "--set:1:1: designs.plain.stages.darft: no stage `darft` to change; did you mean draft?"
                " (a new one needs input and output, or like)"
            ),
        ),
        ("budgte=3", "--set:1:1: budgte: unknown key `budgte`; did you mean budget?"),
        ("params.chunsk=3", "--set:1:1: params.chunsk: no `chunsk` in params; did you mean chunks?"),
        (
            "designs.plian.models.draft=x",
            "--set:1:1: designs.plian.models.draft: no `plian` in designs; did you mean plain?",
        ),
        ("stages.darft.input=3", "--set:1:1: stages.darft.input: no `darft` in stages; did you mean draft?"),
        ("stages.draft.inptu=3", "--set:1:1: stages.draft.inptu: unknown key `inptu`; did you mean input?"),
        (
            "stages.draft.input.x=3",
            "--set:1:1: stages.draft.input: `stages.draft.input` is a single value, not a map",
        ),
        ("budget=x", "--set:1:1: budget: `x` is not an amount; write for example $20_000/month"),
        (
            "name=!!str x",
            "--set:1:1: YAML tag `tag:yaml.org,2002:str`; tags are not supported, leave it out",
        ),
        ("baseline=plian", "--set:1:1: baseline: no design `plian`; did you mean plain?"),
        (
            "params.chunks=1e2000000",
            "--set:1:1: params.chunks: `1e2000000` is out of bounds: the power of ten goes from -100 to 100",
        ),
        (
            "name=a: b: c",
            (
                "--set:1:5: name: not valid YAML: mapping values are not allowed in this context"
                "; text that holds a colon and a blank must stand in quotes"
            ),
        ),
    ],
)
def test_wrong_settings(problems, setting: str, expected: str) -> None:
    assert problems(SMALL + "params: {chunks: 8}\n", setting) == [expected]


@pytest.mark.parametrize("params", ["", "params: {}\n"])
def test_a_param_that_no_scenario_has_cannot_be_set(problems, params: str) -> None:
    assert problems(SMALL + params, "params.x=1") == [
        "--set:1:1: params.x: no `x` in params; the scenario has no params"
    ]


def test_the_schema_knows_short_and_long_forms() -> None:
    schema = json_schema()
    assert set(schema["required"]) == {"volume", "stages", "designs"}
    assert {"type": "string"} in schema["$defs"]["Design"]["anyOf"]
    kinds = schema["$defs"]
    assert {"Call", "SecondPass", "StageChange"} <= kinds.keys()
    assert "oneOf" not in str(schema)
    assert kinds["Call"]["properties"]["cached"]["default"] == "0", "as it would stand in a file"
    assert all("description" in field for field in kinds["Call"]["properties"].values())

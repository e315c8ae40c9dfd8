"""The page on capacity: the answer first, the study's figures unrounded, and nothing that a name could do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64encode
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from kplan.capacity.fits import first_month, fullest_month
from kplan.capacity.study import Study
from kplan.places import folder
from kplan.regress.run import run
from kplan.render import CAPACITY_WRITERS, render
from kplan.render.capacity_page.answers import limits, unsure
from kplan.render.capacity_page.sections import SECTIONS
from kplan.render.html import render as costs
from kplan.render.marks import is_ours
from pages import Element, Page

from .conftest import OWN, SCENARIO, Studied

HOSTILE = "--> </script><img src=x onerror=alert(1)> '=1+1' {{ 7 * 7 }}"
UNKNOWN = SCENARIO.replace("claude-haiku-4-5", "gemini-3.8-flash").replace(
    "anthropic: Small", "google: {service: vertex}"
)
TRACE = "timestamp,input,output\n" + "".join(
    f"2027-01-04T10:{minute:02}:00Z,1000,200\n" for minute in range(40) for _ in range(5)
)


def page(study: Study) -> Page:
    return Page(render("html", study, CAPACITY_WRITERS).decode())


def values(cells: list[Element]) -> list[Decimal]:
    """What stands behind the cells, unrounded; of an interval its figure and its ends."""
    return [Decimal(text) for cell in cells for text in cell.attributes.get("data-v", "").split()]


def test_the_answer_stands_first_and_as_it_was_given(studied: Studied) -> None:
    study = studied()
    found = page(study)
    assert found.texts("h1") == [study.headline[0]]
    assert found.texts("p", class_="lede") == list(study.headline[1:])
    assert found.texts("title")[0] == "Drafts: will it fit?"


@pytest.mark.parametrize(
    ("a_day", "said", "style"),
    [
        ("14_400", "fits", "ok"),
        ("144_000", "fits until 2027-03", "part"),
        ("1_440_000", "does not fit", "fail"),
    ],
)
def test_whether_it_fits_is_set_off(studied: Studied, a_day: str, said: str, style: str) -> None:
    text = SCENARIO.replace("144_000", a_day).replace("short: ", "b: ").replace("input: 400", "input: 999")
    [answer] = page(studied(text)).all("em")
    assert (answer.text, answer.attributes["class"]) == (said, style)


def test_the_figures_are_those_of_the_study(studied: Studied) -> None:
    study = studied()
    found = page(study)
    numbers = values(found.all("td"))
    for each in study.designs:
        for use in each.headroom.uses:
            first, fullest = first_month(use), fullest_month(use)
            for value in (use.mean[first], use.peak[first], use.peak[fullest]):
                assert Decimal(repr(float(value))) in numbers
            assert any(float(value) == pytest.approx(1 + use.headroom[fullest]) for value in numbers)
    text = " ".join(found.texts("section", id="capacity"))
    assert "short claude-haiku-4-5 input 500,000 a minute, anthropic Small" in text
    assert "Mon 09:00" in text


def test_same_study_same_bytes_with_kplans_mark(studied: Studied) -> None:
    once, again = (render("html", studied(), CAPACITY_WRITERS) for _ in range(2))
    assert once == again
    assert is_ours(once, ".html")


def test_structure_and_policy(studied: Studied) -> None:
    found = page(studied())
    levels = [int(heading.tag[1]) for heading in found.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 == levels.count(1)
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(found.all("caption")) == len(found.all("table")) > 5
    assert all(head.attributes.get("scope") for head in found.all("th"))
    ids = [each.attributes["id"] for each in found.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    links = [a.attributes["href"][1:] for a in found.all("a") if a.attributes["href"].startswith("#")]
    assert set(links) <= set(ids)
    assert not any("style" in each.attributes or "src" in each.attributes for each in found.elements)
    [meta] = found.all("meta", **{"http-equiv": "Content-Security-Policy"})
    digests = [
        b64encode(sha256(each.text.encode()).digest()).decode() for each in found.all("style", "script")
    ]
    assert len(digests) == 2
    assert all(digest in meta.attributes["content"] for digest in digests)
    assert "default-src 'none'" in meta.attributes["content"]


def test_sources_say_who_stands_behind_them(studied: Studied) -> None:
    said = " ".join(page(studied(own=OWN + "status: estimated\n")).texts("section", id="sources"))
    assert "All 2 limits are estimated: look up your own in the provider's console." in said
    assert "△ estimated" in said
    assert "2026-10-01" in said
    sure = page(studied())
    assert "look up your own" not in " ".join(sure.texts("main"))
    assert {a.attributes["href"] for a in sure.all("a") if "://" in a.attributes["href"]} == {
        "https://example.com/limits"
    }


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["vendor", "own"], ""),
        (["estimated"], "The limit is estimated: "),
        (["estimated", "vendor"], "1 of 2 limits is estimated: "),
        (
            ["third party"] * 2 + ["estimated"],
            "2 of 3 limits are read at a third party; 1 of 3 limits is estimated: ",
        ),
    ],
)
def test_how_many_limits_nobody_stands_behind(studied: Studied, statuses: list[str], said: str) -> None:
    limit = limits(studied())[0]
    told = unsure([replace(limit, status=status) for status in statuses])
    assert told.removesuffix("look up your own in the provider's console.") == said


def test_next_actions_with_what_they_come_to(studied: Studied) -> None:
    study = studied()
    text = " ".join(page(study).texts("section", id="next"))
    for each in study.designs:
        for action in each.actions:
            assert action.text in text
    assert "✓ yes" in text
    calm = page(studied(SCENARIO.replace("144_000", "14_400")))
    assert "Nothing has to be done" in " ".join(calm.texts("section", id="next"))


def test_bursts_where_there_is_a_trace(studied: Studied, tmp_path: Path) -> None:
    assert page(studied()).all("section", id="bursts") == []
    (tmp_path / "t.csv").write_text(TRACE, encoding="utf-8")
    text = SCENARIO.replace("week: office-hours, peak_factor: 1.5", "week: even, trace: t.csv")
    study = studied(text)
    found = page(study)
    said = " ".join(found.texts("section", id="bursts"))
    assert "t.csv: 200 calls in 39.0 min" in said
    waits = [each.found for each in study.shown.delays if each.found is not None]
    numbers = values(found.all("td"))
    assert waits
    assert all(Decimal(repr(each.p99_s)) in numbers for each in waits)


def test_no_known_limit_leaves_a_page_that_says_so(studied: Studied) -> None:
    study = studied(UNKNOWN)
    found = page(study)
    assert found.texts("h1") == [study.headline[0]]
    assert found.all("section", id="saturation") == found.all("section", id="sources") == []
    text = " ".join(found.texts("section", id="capacity"))
    assert "unknown" in text
    assert "google/gemini-3.8-flash: pay as you go" in text
    assert found.all("table", class_="heat still") == []


def test_in_flight_says_what_is_missing(studied: Studied) -> None:
    said = " ".join(page(studied()).texts("section", id="flight"))
    assert "Not known: nobody says how fast claude-haiku-4-5 is" in said
    known = studied(SCENARIO + "latency: {claude-haiku-4-5: 1s + 100/s}\n")
    pair = known.shown.in_flight(0)
    assert pair is not None
    numbers = values(page(known).all("td"))
    assert {Decimal(repr(value)) for value in pair} <= set(numbers)


def test_no_name_becomes_markup(studied: Studied) -> None:
    name = json.dumps(HOSTILE)
    text = SCENARIO.replace("short:", f"{name}:").replace("Drafts", name).replace("draft:", f"{name}:")
    html = render("html", studied(text), CAPACITY_WRITERS).decode()
    found = Page(html)
    assert found.all("img") == []
    assert len(found.all("script")) == 1
    assert HOSTILE in " ".join(found.texts("th"))


def test_every_template_is_listed() -> None:
    files = {path.name for path in (folder("templates") / "capacity").iterdir()} - {"macros.html.j2"}
    assert files == {each.template.partition("/")[2] for each in SECTIONS if each.folder == "capacity"}


def test_the_page_on_costs_has_the_same_section_where_limits_are_said(
    studied: Studied, tmp_path: Path
) -> None:
    study = studied()
    mine, other = page(study), Page(costs(study.results).decode())
    assert other.all("a", href="#capacity")
    weeks = [values(each.all("td")) for each in (mine, other)]
    assert [len(found.all("table", class_="heat still")) for found in (mine, other)] == [4, 4]
    assert set(weeks[0][:20]) <= set(weeks[1])
    path = tmp_path / "without.kplan.yaml"
    path.write_text(re.sub(r"(?m)^(limits|traffic):.*\n", "", SCENARIO), encoding="utf-8")
    plain = costs(run(path)).decode()
    assert "Will it fit?" not in plain
    assert ".heat" not in plain


PLAIN = """
import sys
from kplan.regress.run import run
from kplan.render.html import render
render(run(sys.argv[1]))
print([name for name in sys.modules if name.startswith("kplan.render.capacity")])
"""


def test_a_page_without_limits_loads_nothing_of_capacity() -> None:
    """What it would cost to import is not paid by those who do not ask for it."""
    path = folder("scenarios") / "rag.kplan.yaml"
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(path)], capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"


def test_a_workspace_may_put_its_own_template_in_place(
    studied: Studied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others then run in the sandbox, and show the same."""
    text = f"{SCENARIO}latency: {{claude-haiku-4-5: {{first_token: 1s, tokens_per_s: 100}}}}\n"
    study = studied(text)
    ours = page(study)
    own = tmp_path / "reports" / "templates" / "capacity" / "origin.html.j2"
    own.parent.mkdir(parents=True)
    own.write_text("<p>Ask the platform team.</p>\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    theirs = page(study)
    assert "Ask the platform team." in theirs.texts("p")
    assert theirs.texts("table") == ours.texts("table")
    assert theirs.texts("svg") == ours.texts("svg")

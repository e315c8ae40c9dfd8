"""The page's sections: every template is listed, and the head leads to what is shown."""

from __future__ import annotations

from pathlib import Path

from kplan.engine.results import Results
from kplan.places import folder
from kplan.render.html import render
from kplan.render.sections import SECTIONS, shown
from pages import Page, flagship


def test_every_template_of_a_section_is_listed_once() -> None:
    files = sorted(path.name for path in (folder("templates") / "sections").iterdir())
    assert sorted(section.template.removeprefix("sections/") for section in SECTIONS) == files


def test_the_head_leads_to_the_sections_that_are_shown(claimed: Results) -> None:
    page = Page(render(claimed).decode())
    sections = [section for section in shown(claimed) if section.name != "whatif"]  # nothing to move in it
    links = [a.attributes["href"] for a in page.all("a") if a.attributes["href"].startswith("#")]
    assert links[1:] == [f"#{section.name}" for section in sections if section.title]
    assert "#claims" in links
    assert "#queries" not in links
    places = [section.attributes.get("id") for section in page.all("section")]
    assert [place for place in places if place] == [
        section.name for section in sections if section.name not in ("verdict", "assumptions")
    ]


def test_the_what_if_stands_where_there_is_something_to_move(tmp_path: Path) -> None:
    page = Page(render(flagship(tmp_path)).decode())
    assert page.all("section", id="whatif")
    assert page.all("a", href="#whatif")

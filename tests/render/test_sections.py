"""The page's sections: every template is listed, and the head leads to what is shown."""

from __future__ import annotations

from kplan.engine.results import Results
from kplan.places import folder
from kplan.render.html import render
from kplan.render.sections import SECTIONS, shown
from pages import Page


def test_every_template_of_a_section_is_listed_once() -> None:
    files = sorted(path.name for path in (folder("templates") / "sections").iterdir())
    assert sorted(section.template.removeprefix("sections/") for section in SECTIONS) == files


def test_the_head_leads_to_the_sections_that_are_shown(claimed: Results) -> None:
    page = Page(render(claimed).decode())
    links = [a.attributes["href"] for a in page.all("a") if a.attributes["href"].startswith("#")]
    assert links[1:] == [f"#{section.name}" for section in shown(claimed) if section.title]
    assert "#claims" in links
    assert "#queries" not in links
    places = [section.attributes.get("id") for section in page.all("section")]
    assert [place for place in places if place] == [
        section.name for section in shown(claimed) if section.name not in ("verdict", "assumptions")
    ]

"""Templates: compiled ones are kept apart by version, and a workspace may put its own in their place."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache
from jinja2.exceptions import SecurityError

from kplan.engine.results import Results
from kplan.render.html import render
from kplan.render.templates import environment, own_templates
from kplan.version import __version__


def test_compiled_code_is_of_this_kplan_and_this_jinja() -> None:
    cache = environment(str).bytecode_cache
    assert isinstance(cache, FileSystemBytecodeCache)
    name = cache.pattern % "x"
    assert __version__ in name
    assert version("jinja2") in name


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of templates of a workspace that kplan runs in."""
    made = tmp_path / "reports" / "templates"
    (made / "sections").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return made


def test_a_workspace_puts_its_own_in_place_of_ours(workspace: Path, january: Results) -> None:
    before = render(january)
    (workspace / "notes.css").write_text("p{}", encoding="utf-8")
    assert own_templates() == ()
    assert render(january) == before
    (workspace / "sections" / "events.html.j2").write_text(
        "<p>Ask {{ made.book_name }}.</p>\n", encoding="utf-8"
    )
    assert own_templates() == ("sections/events.html.j2",)
    page = render(january).decode()
    assert "<p>Ask kplan book.</p>" in page
    assert "Price changes and retirements" not in page
    assert "<dd>sections/events.html.j2 of the workspace</dd>" in page
    assert 'id="money"' in page


@pytest.mark.parametrize(
    "template",
    [
        "{{ page.shlex.os.system('true') }}",
        "{{ charts.__loader__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ page.groups.__globals__ }}",
        "{{ page.plain(1) }}",
        "{{ results.plans[0].scenario.parse_file('x', allow_pickle=true) }}",
        "{{ results.__init__.__globals__ }}",
    ],
)
def test_templates_of_others_reach_nothing_of_the_machine(
    workspace: Path, january: Results, template: str
) -> None:
    (workspace / "sections" / "method.html.j2").write_text(template, encoding="utf-8")
    with pytest.raises(SecurityError):
        render(january)


def test_without_a_workspace_ours_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert own_templates() == ()

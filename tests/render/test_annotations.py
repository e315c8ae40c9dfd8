"""Annotations of a workflow run: foreign text stays text, and nothing is lost to GitHub's limit."""

from __future__ import annotations

import pytest

from kplan.render.annotations import MOST_OF_LEVEL, annotation, workflow_log


def told(count: int) -> list[str]:
    return [
        annotation("warning", {"title": "t: a,b"}, f"n{number}: 5%\n::error::x ##[error]y")
        for number in range(count)
    ]


def test_properties_and_messages_are_escaped_as_the_runner_reads_them() -> None:
    assert annotation("error", {"file": "a,b:c%", "line": 3}, "5%\r\n::notice::a,b: c;d") == (
        "::error file=a%2Cb%3Ac%25,line=3::5%25%0A::notice::a,b: c;d"
    )


def test_as_many_as_github_shows_stay_as_they_are() -> None:
    lines = told(MOST_OF_LEVEL)
    assert workflow_log([*lines, "plain"]).decode().splitlines() == [*lines, "plain"]


@pytest.mark.parametrize("more", [1, 7])
def test_what_is_beyond_the_limit_is_counted_and_stands_in_the_log(more: int) -> None:
    lines = told(MOST_OF_LEVEL + more)
    notices = [annotation("notice", {"title": "t"}, "one"), annotation("notice", {}, "two")]
    shown = workflow_log([notices[0], *lines, notices[1], "plain"]).decode().splitlines()
    assert shown[:MOST_OF_LEVEL] == [notices[0], *lines[: MOST_OF_LEVEL - 1]]
    assert shown[MOST_OF_LEVEL:][:3] == [
        f"::warning title=kplan::and {more + 1} more warnings, in the log of this step",
        notices[1],
        "plain",
    ]
    rest = shown[MOST_OF_LEVEL + 3 :]
    assert rest == [
        f"warning: n{number}: 5% ::error::x ## [error]y"
        for number in range(MOST_OF_LEVEL - 1, MOST_OF_LEVEL + more)
    ]

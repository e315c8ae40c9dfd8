"""Workflow commands of GitHub: annotations that foreign text can neither end nor open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from kplan.render.format import plain_text

MOST_OF_LEVEL = 10
"""Annotations of one level that GitHub shows of a step; it drops the others without a word."""
_COMMAND = re.compile(r"::(\w+) [^:]*::(.*)")


def annotation(level: str, properties: Mapping[str, object], message: str) -> str:
    """`::level key=value::message` on one line; level is `notice`, `warning` or `error`."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{level} {listed}::{_data(message)}"


def workflow_log(lines: Iterable[str]) -> bytes:
    """The lines, with no more annotations of a level than GitHub shows: the last says how many there are.

    lines   annotations, the worst of each level first, and plain lines
    Those for which there is no room stand below the others, as plain lines of the step's log.
    """
    given = list(lines)
    commands = [_COMMAND.fullmatch(line) for line in given]
    total = Counter(command[1] for command in commands if command)
    seen = Counter[str]()
    kept, more = [], []
    for line, command in zip(given, commands, strict=True):
        level = command[1] if command else ""
        seen[level] += 1
        if command is None or total[level] <= MOST_OF_LEVEL or seen[level] < MOST_OF_LEVEL:
            kept.append(line)
            continue
        if seen[level] == MOST_OF_LEVEL:
            kept.append(f"::{level} title=kplan::{_more(total[level] - MOST_OF_LEVEL + 1, level)}")
        more.append(f"{level}: {_undone(command[2])}")
    return "".join(f"{line}\n" for line in [*kept, *more]).encode()


def _more(count: int, level: str) -> str:
    return f"and {count} more {level}s, in the log of this step"


def _undone(data: str) -> str:
    """A message as a line of the log, in which the runner finds no command of the older form."""
    return data.replace("%0A", " ").replace("%25", "%").replace("##[", "## [")


def _data(text: str) -> str:
    """As the runner reads a message back: percent signs and line breaks escaped, control codes left out."""
    lines = "\n".join(map(plain_text, text.splitlines()))
    return lines.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""What kplan says when something is wrong: where, what, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Mark(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One thing that is wrong, and where it stands."""

    what: str
    mark: Mark | None = None
    path: str = ""
    """Dotted place in the scenario, such as `designs.fast.models.verify`."""

    def __str__(self) -> str:
        return ": ".join(str(part) for part in (self.mark, self.path, self.what) if part)


class KplanError(Exception):
    """Wrong usage or input (exit code 2): every problem found, in the order of the file."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def at(self, mark: Mark | None, path: str = "") -> KplanError:
        """The same error with its place, where a problem has none yet."""
        return KplanError(
            problem._replace(mark=problem.mark or mark, path=problem.path or path)
            for problem in self.problems
        )


def all_of(parts: Iterable[Callable[[], T]]) -> list[T]:
    """What each part returns; raises KplanError with the problems of all parts, each told once."""
    found: list[T] = []
    problems: dict[Problem, None] = {}
    for part in parts:
        try:
            found.append(part())
        except KplanError as e:
            problems |= dict.fromkeys(e.problems)
    if problems:
        raise KplanError(problems)
    return found

"""What is wrong with calls: each kind of problem once, with the index of its first call."""

from __future__ import annotations

from operator import itemgetter

from msgspec import Struct, field

from kplan.errors import KplanError, Problem


class Problems(Struct, frozen=True, eq=False):
    """Problems as they are found, block after block."""

    _first: dict[object, tuple[int, Problem]] = field(default_factory=dict)

    def note(self, kind: object, call: int, error: KplanError) -> None:
        """Keep an error; only the first one of its kind counts, and blocks come in the calls' order."""
        for problem in error.problems:
            self._first.setdefault(kind, (call, Problem(problem.what, path=f"calls[{call}]")))

    def refuse(self) -> None:
        """Raise KplanError with every problem, by call, if there is any."""
        if self._first:
            raise KplanError(problem for _, problem in sorted(self._first.values(), key=itemgetter(0)))

"""A small CSV of one's own: a line for each load, its columns named in the head.

`rps_per_replica` is needed; further columns are `offered_rps`, `concurrency`, `input_tokens` and
`output_tokens` (mean of a request) or `input_tokens_per_s` and `output_tokens_per_s`, `gpus_per_replica`,
`model`, `completed`, `failed`, and latencies such as `ttft_p95_ms` or `e2e_p99_s`: ttft, itl, tpot or e2e;
mean or a percentile; ms or s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from kplan.capacity.fleet.content import Content, Node, Row
from kplan.capacity.fleet.points import Found, Point, is_figure
from kplan.capacity.fleet.readers.aiperf import SECONDS
from kplan.capacity.fleet.readers.reader import Reader
from kplan.errors import Mark, Problem
from kplan.form.numbers import clipped
from kplan.money import exact
from kplan.scenario.names import meant

RATE = "rps_per_replica"
COLUMNS = (
    RATE,
    "offered_rps",
    "concurrency",
    "input_tokens",
    "output_tokens",
    "input_tokens_per_s",
    "output_tokens_per_s",
    "gpus_per_replica",
    "model",
    "completed",
    "failed",
)
_LATENCY = re.compile(r"(.+)_(ms|s)")
_EXAMPLES = ("ttft_p50_ms", "ttft_p95_ms", "ttft_p99_ms", "itl_p99_ms", "tpot_mean_ms", "e2e_p95_s")


def _fits(content: Content) -> bool:
    return bool(content.rows) and RATE in content.rows[0].cells


def _read(content: Content) -> Found:
    head = content.rows[0]
    for n, name in enumerate(head.cells):
        if name not in COLUMNS and _figure(name) is None:
            what = f"unknown column `{clipped(name)}`{meant(name, (*COLUMNS, *_EXAMPLES))}"
            content.problems.append(Problem(what, Mark(content.file, head.line, n + 1)))
        elif name in head.cells[:n]:
            what = f"column `{clipped(name)}` stands twice"
            content.problems.append(Problem(what, Mark(content.file, head.line, n + 1)))
    points = [_point(content, head, row) for row in content.rows[1:]]
    if not points:
        content.problems.append(Problem("no row below the head", Mark(content.file, head.line, 1)))
    return Found(tuple(point for point in points if point))


def _figure(name: str) -> tuple[str, Decimal] | None:
    """`ttft_p95_ms` as the figure and seconds in its unit."""
    match = _LATENCY.fullmatch(name)
    return (match[1], SECONDS[match[2]]) if match and is_figure(match[1]) else None


def _point(content: Content, head: Row, row: Row) -> Point | None:
    cells = _Cells(content, head, row)
    rate = cells.above_zero(RATE)
    if rate is None:
        return None
    gpus = cells.above_zero("gpus_per_replica")
    if gpus is not None and gpus != gpus.to_integral_value():
        cells.wrong("gpus_per_replica", f"`{gpus}` GPUs; a whole number is expected")
        gpus = None
    if cells.text("failed") and not cells.text("completed"):
        cells.wrong("failed", "failed without completed: of how many?")
    figures = {name: _figure(name) for name in head.cells}
    with exact():
        latencies = {
            figure[0]: value * figure[1]
            for name, figure in figures.items()
            if figure and (value := cells.above_zero(name)) is not None
        }
    return Point(
        requests_per_s=rate,
        latencies_s=latencies,
        place=f"{content.file}:{row.line}",
        model=cells.text("model"),
        input_tokens_per_s=cells.tokens_per_s("input_tokens", rate),
        output_tokens_per_s=cells.tokens_per_s("output_tokens", rate),
        offered_per_s=cells.above_zero("offered_rps"),
        concurrency=cells.above_zero("concurrency"),
        gpus=None if gpus is None else int(gpus),
        completed=cells.amount("completed"),
        failed=cells.amount("failed"),
    )


class _Cells:
    """The cells of a row by the names of their columns."""

    def __init__(self, content: Content, head: Row, row: Row) -> None:
        self._content, self._line = content, row.line
        self._at: Mapping[str, int] = {name: n for n, name in reversed(list(enumerate(head.cells)))}
        self._cells = row.cells
        if len(row.cells) > len(head.cells) and any(row.cells[len(head.cells) :]):
            content.problems.append(Problem("more cells than the head has", self._mark(len(head.cells))))
        if not self.text(RATE):
            self.wrong(RATE, f"{RATE} missing")

    def _mark(self, n: int) -> Mark:
        return Mark(self._content.file, self._line, n + 1)

    def text(self, name: str) -> str:
        n = self._at.get(name, len(self._cells))
        return self._cells[n] if n < len(self._cells) else ""

    def wrong(self, name: str, what: str) -> None:
        self._content.problems.append(Problem(what, self._mark(self._at[name])))

    def amount(self, name: str) -> Decimal | None:
        """A number of 0 or more; None where the cell is empty or wrong."""
        text = self.text(name)
        if not text:
            return None
        found: list[Problem] = []
        value = Node(text.replace("_", ""), "", found).amount()
        for problem in found:
            self.wrong(name, problem.what)
        return value

    def above_zero(self, name: str) -> Decimal | None:
        value = self.amount(name)
        if value is not None and not value:
            self.wrong(name, f"{name} is 0; leave the cell empty where it was not measured")
        return value or None

    def tokens_per_s(self, name: str, rate: Decimal) -> Decimal | None:
        """As said, else those of a request times the rate."""
        each, whole = self.amount(name), self.amount(f"{name}_per_s")
        with exact():
            return whole if whole is not None or each is None else each * rate


TABLE = Reader("csv", f"a CSV with a column {RATE}", _fits, _read)

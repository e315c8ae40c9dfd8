"""Results of `vllm bench serve`, and of `vllm bench sweep`: lists, and its summary.csv.

Fields: vllm/benchmarks/serve.py of vLLM (`benchmark()`, `main_async()`): `request_throughput` [1/s],
`output_throughput` and `total_token_throughput` [tokens/s], `completed`, `failed`, `num_prompts`,
`request_rate` (`inf` where all are sent at once), `max_concurrency`, `mean_ttft_ms`, `median_ttft_ms`,
`p99_ttft_ms`, and the same of `tpot`, `itl` and `e2el`; vllm/benchmarks/sweep/serve.py adds the settings of
the server and `run_number` (-1 is a warm-up); sweep/plot_pareto.py reads GPUs off `tensor_parallel_size`,
`pipeline_parallel_size` and `data_parallel_size`, as here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from kplan.capacity.fleet.content import Content, Node
from kplan.capacity.fleet.points import ALL_AT_ONCE, Found, Point, SkippedRun
from kplan.capacity.fleet.readers.reader import Reader
from kplan.money import ONE, exact, plain

_FIGURE = re.compile(r"(mean|median|p\d{1,2}(?:\.\d{1,3})?)_(ttft|tpot|itl|e2el)_ms")
_OURS = {"e2el": "e2e"}
_NEEDED = ("request_throughput", "completed")
_PARALLEL = (("tensor_parallel_size", "tp"), ("pipeline_parallel_size", "pp"), ("data_parallel_size", "dp"))
_MILLI = Decimal("0.001")
NOTHING_CAME = "no request came through"


def _fits(content: Content) -> bool:
    if content.rows:
        return set(_NEEDED) <= set(content.rows[0].cells)
    return any(_is_run(node) for node in content.documents)


def _is_run(node: Node) -> bool:
    held = [node.get(key) for key in _NEEDED]
    return all(each is not None and not isinstance(each.value, dict) for each in held)


def _read(content: Content) -> Found:
    points: list[Point] = []
    skipped: list[SkippedRun] = []
    for node in _runs(content):
        why = _why_not(node)
        if why:
            skipped.append(SkippedRun(node.place.removesuffix(": "), why))
        elif (point := _point(node)) is not None:
            points.append(point)
    return Found(tuple(points), tuple(skipped))


def _runs(content: Content) -> Iterator[Node]:
    """The objects of JSON, or the rows of a summary.csv as such."""
    yield from content.documents
    names = content.rows[0].cells if content.rows else ()
    for row in content.rows[1:]:
        said = {name: cell for name, cell in zip(names, row.cells, strict=False) if name and cell}
        yield Node(said, f"{content.file}:{row.line}: ", content.problems)


def _why_not(node: Node) -> str:
    if not _is_run(node):
        return "no result of a run: it lacks request_throughput or completed"
    run_number = node.get("run_number")
    if run_number and str(run_number.value) == "-1":
        return "a warm-up"
    if node.amount("completed") == 0 or node.amount("request_throughput") == 0:
        return NOTHING_CAME
    return ""


def _point(node: Node) -> Point | None:
    rate, output = node.amount("request_throughput"), node.amount("output_throughput")
    if rate is None:
        return None
    whole = node.amount("total_token_throughput")
    with exact():
        fresh = None if whole is None or output is None or whole < output else whole - output
    return Point(
        requests_per_s=rate,
        latencies_s=_latencies_s(node),
        place=node.place.removesuffix(": "),
        model=node.text("model_id"),
        input_tokens_per_s=fresh,
        output_tokens_per_s=output,
        offered_per_s=_offered(node),
        concurrency=node.amount("max_concurrency"),
        gpus=_gpus(node),
        completed=node.amount("completed"),
        failed=_failed(node),
    )


def _latencies_s(node: Node) -> dict[str, Decimal]:
    """A time of 0 is one that was not measured: nothing takes none."""
    found: dict[str, Decimal] = {}
    for key in node.value if isinstance(node.value, dict) else ():
        match = _FIGURE.fullmatch(key)
        value = node.amount(key) if match else None
        if match and value:
            statistic = "p50" if match[1] == "median" else match[1]
            with exact():
                found[f"{_OURS.get(match[2], match[2])}_{statistic}"] = value * _MILLI
    return found


def _offered(node: Node) -> Decimal | None:
    """Without end where all are sent at once; none where only so many may be in flight."""
    said = node.get("request_rate")
    if said is None:
        return None
    if str(said.value).strip().lower() in ("inf", "infinity"):
        return None if node.get("max_concurrency") else ALL_AT_ONCE
    return said.amount()


def _failed(node: Node) -> Decimal | None:
    """Older versions count none: then it is what of `num_prompts` did not come through."""
    failed, completed, sent = (node.amount(key) for key in ("failed", "completed", "num_prompts"))
    if failed is not None or completed is None or sent is None or sent < completed:
        return failed
    with exact():
        return sent - completed


def _gpus(node: Node) -> int | None:
    """The product of the sizes that the run says."""
    found, is_said = ONE, False
    for names in _PARALLEL:
        keys = [key for name in names for key in (name, name.replace("_", "-"))]
        held = next((each for each in map(node.get, keys) if each), None)
        size = held.amount() if held else None
        if held and size is not None and (size != size.to_integral_value() or not size):
            held.wrong(f"`{plain(size)}` GPUs; a whole number is expected")
        elif size is not None:
            found, is_said = found * size, True
    return int(found) if is_said else None


VLLM = Reader("vllm", "results of vllm bench serve and sweep (JSON, summary.csv)", _fits, _read)

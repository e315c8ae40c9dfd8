"""How each published figure is reproduced: by commands and by `kplan.*`, as a user would."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import kplan
from kplan.cli.main import exit_code
from published.figures import Figure

MILLION = 1_000_000
RATES = {
    "in_per_m": ("input", MILLION),
    "input_per_m": ("input", MILLION),
    "in_per_k": ("input", 1_000),
    "out_per_m": ("output", MILLION),
    "output_per_m": ("output", MILLION),
    "out_per_k": ("output", 1_000),
    "cr_per_m": ("cache_read", MILLION),
    "cw_per_m": ("cache_write_5m", MILLION),
    "token_hour_per_m": ("cache_token_hour", MILLION),
    "session_rate": ("instance_hour", 1),
}
"""How sources name prices: meter, and the units that the price is for."""
USAGE = {
    "input": ("input", 1),
    "input_tokens": ("input", 1),
    "input_k": ("input", 1_000),
    "output": ("output", 1),
    "output_tokens": ("output", 1),
    "output_k": ("output", 1_000),
    "cache_read": ("cache_read", 1),
    "cache_read_tokens": ("cache_read", 1),
    "cache_write": ("cache_write_5m", 1),
    "cache_token_hours": ("cache_token_hour", 1),
    "session_hours": ("instance_hour", 1),
}
"""How they name what was used: meter, and the units in one; here each count stands alone."""
SIZES = {
    "dims": "dimensions",
    "sparse_nonzero": "sparse_values",
    "fts_bytes": "text_bytes",
    "new": "new_tokens",
    "old": "old_tokens",
}
"""How they name the sizes of a rule, where not as kplan does."""
STATED_BY_THE_RULE = ("min_wu", "quantum", "chars_per_token")
PLAN: dict[str, Any] = {
    "kplan": 1,
    "volume": "1/month",
    "months": "2027-01..2027-01",
    "singles": False,
    "designs": {"d": {}},
}


class Desk:
    """A folder to write prices and scenarios into, and the commands of kplan run on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: object) -> Any:
        """What a command prints as JSON; fails unless it exits with 0."""
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with redirect_stdout(out):
            code = exit_code([str(word) for word in words])
            out.flush()
        assert code == 0, f"kplan {words} exits with {code}"
        return json.loads(out.buffer.getvalue(), parse_float=Decimal)

    def book(self, rates: Mapping[str, tuple[object, int]], **tables: object) -> Path:
        """A price book of one model, acme/m: meter to price and the units that it is for."""
        rows = [
            {"provider": "acme", "model": "m", "meter": meter, "usd": str(price), "per": per}
            for meter, (price, per) in rates.items()
        ]
        return self.rows(rows, **tables)

    def rows(self, rows: Sequence[Mapping[str, object]], **tables: object) -> Path:
        """A price book of these rows."""
        return self._written("book.yaml", {"rows": rows, **tables})

    def price(self, model: str, usage: Mapping[str, object], *words: object) -> Decimal:
        """What `kplan price` says of a call in which each count stands alone [USD]."""
        said = [f"--usage={meter}={count}" for meter, count in usage.items()]
        found = self.run("price", model, *said, "--convention", "exclusive", *words, "--json")
        return Decimal(found["cost_usd"])

    def listed(self, model: str, meter: str, *words: object) -> Decimal:
        """The price of a million units in kplan's own book [USD]."""
        return self.price(model, {meter: MILLION}, "--allow-retired", *words)

    def units(self, rule: str, sizes: Mapping[str, object]) -> Decimal:
        """What `kplan units` says."""
        words = [f"--{SIZES.get(name, name).replace('_', '-')}={size}" for name, size in sizes.items()]
        return Decimal(self.run("units", rule, *words, "--json")["units"])

    def bill(self, rates: Mapping[str, tuple[object, int]], **keys: object) -> dict[str, Any]:
        """The results of `kplan simulate` for one design, priced by these rates alone."""
        book = self.book(rates)
        path = self._written("plan.kplan.yaml", {**PLAN, **keys})
        found: dict[str, Any] = self.run("simulate", path, "--book", book, "--format", "json", "--quiet")
        return found

    def _written(self, name: str, document: object) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(document, default=str), encoding="utf-8")
        return path


Route = Callable[[Desk, Figure], Decimal]


def reproduced(figure: Figure, folder: Path) -> Decimal:
    """What kplan gives for a figure, in the figure's unit."""
    found: Decimal = globals()[figure.route](Desk(folder), figure)
    return found


def call(desk: Desk, figure: Figure) -> Decimal:
    """One call at stated prices [USD]."""
    usage, rates = _stated(figure)
    return desk.price("acme/m", usage, "--book", desk.book(rates))


def book_price(desk: Desk, figure: Figure) -> Decimal:
    """A price of kplan's own book that is a multiple of the input price [USD per million]."""
    base = desk.listed(figure.model, "input")
    assert base == figure.inputs["base"]
    found = desk.listed(figure.model, figure.meter)
    assert found == base * figure.inputs["mult"]
    return found


def batch_price(desk: Desk, figure: Figure) -> Decimal:
    """Input and output together in batch, from kplan's own book [USD per million]."""
    return _input_and_output_in_batch(desk, figure)


def batch_at_a_discount(desk: Desk, figure: Figure) -> Decimal:
    """The same of a model whose batch price kplan's book lacks: a user's modifier states it."""
    half = {"models": figure.model, "mode": "batch", "multiplier": figure.inputs["discount"]}
    return _input_and_output_in_batch(desk, figure, "--book", desk.book({}, modifiers=[half]))


def session(desk: Desk, figure: Figure) -> Decimal:
    """A managed agent's session on kplan's own book, whose hours a user's row prices [USD]."""
    of = figure.inputs
    for meter in ("input", "output"):
        assert desk.listed(figure.model, meter) == of[f"{meter}_per_m"]
    provider, _, model = figure.model.partition("/")
    hour = {"provider": provider, "model": model, "meter": "instance_hour", "per": 1,
            "usd": str(of.get("session_rate", 1))}  # fmt: skip
    usage, _ = _stated(figure)
    return desk.price(figure.model, usage, "--book", desk.rows([hour]))


def cache_ttl(desk: Desk, figure: Figure) -> Decimal:
    """Writes for 5 minutes and for an hour in one call, from kplan's own book [USD]."""
    assert desk.listed(figure.model, "input") == figure.inputs["base"]
    writes = {"cache_write_5m": figure.inputs["cw5m"], "cache_write_1h": figure.inputs["cw1h"]}
    return desk.price(figure.model, writes)


def modified(desk: Desk, figure: Figure) -> Decimal:
    """A request in flex, a multiple of the standard price; the source says the result and the multiple
    [US cents]."""
    factor = figure.inputs["tier_mult"]
    flex = {"models": "acme/*", "mode": "flex", "multiplier": factor}
    book = desk.book({"request": (figure.expected / factor / 100, 1)}, modifiers=[flex])
    assert desk.price("acme/m", {"request": 1}, "--book", book) * 100 * factor == figure.expected
    return desk.price("acme/m", {"request": 1}, "--mode", "flex", "--book", book) * 100


def cache_saving(desk: Desk, figure: Figure) -> Decimal:
    """What a prompt of 100,000 tokens that is read from the cache saves [part of its cost]."""
    rates = {"input": (1, MILLION), "cache_read": (figure.inputs["cache_read_mult"], MILLION)}
    words = ("--book", desk.book(rates))
    read = 100_000 * figure.inputs["share_cached"]
    cached = desk.price("acme/m", {"input": 100_000 - read, "cache_read": read}, *words)
    return 1 - cached / desk.price("acme/m", {"input": 100_000}, *words)


def cache_saving_usd(desk: Desk, figure: Figure) -> Decimal:
    """What caching saves against the same tokens all fresh [USD]."""
    usage, rates = _stated(figure)
    words = ("--book", desk.book(rates))
    fresh = sum(count for meter, count in usage.items() if meter != "output")
    plain = {"input": fresh, "output": usage["output"]}
    return desk.price("acme/m", plain, *words) - desk.price("acme/m", usage, *words)


def write_premium(desk: Desk, figure: Figure) -> Decimal:
    """What writing to the cache costs above plain input [USD]."""
    usage, rates = _stated(figure)
    words = ("--book", desk.book(rates))
    n = usage["cache_write_5m"]
    return desk.price("acme/m", {"cache_write_5m": n}, *words) - desk.price("acme/m", {"input": n}, *words)


def reads_to_pay_off(desk: Desk, figure: Figure) -> Decimal:
    """Reads after which one write and its reads cost less than a fresh prompt each time."""
    multiples = {"cache_write_5m": "write_mult", "cache_read": "read_mult"}
    rates = {meter: (figure.inputs[name], MILLION) for meter, name in multiples.items()}
    book = kplan.load_price_book(desk.book({"input": (1, MILLION), **rates}))
    reads = range(20)
    written = {"cache_write_5m": [1_000] * 20, "cache_read": [1_000 * n for n in reads]}
    cached = _costs(book, {"input": [1_000 * (n + 1) for n in reads], **written})
    fresh = _costs(book, {"input": [1_000 * (n + 1) for n in reads]})
    return Decimal(next(n for n in reads if cached[n] < fresh[n]))


def credits_for_a_sum(desk: Desk, figure: Figure) -> Decimal:
    """Credits with a price in USD are a currency; how many make the sum."""
    row = {"provider": "acme", "model": "m", "meter": "request", "price": 1, "per": 1, "currency": "CCU"}
    book = desk.rows([row], currencies={"CCU": [{"usd": figure.inputs["ccu_price"]}]})
    return figure.inputs["usd"] / desk.price("acme/m", {"request": 1}, "--book", book)


def currency(desk: Desk, figure: Figure) -> Decimal:
    """A call priced in CNY, turned into USD at a rate of 1/8 and back [CNY]."""
    usage, rates = _stated(figure)
    rows = [
        {"provider": "acme", "model": "m", "meter": meter, "price": str(price), "per": per, "currency": "CNY"}
        for meter, (price, per) in rates.items()
    ]
    book = desk.rows(rows, currencies={"CNY": [{"usd": "0.125", "from": "2026-01-01"}]})
    return desk.price("acme/m", usage, "--book", book) * 8


def units(desk: Desk, figure: Figure) -> Decimal:
    """Sizes as billed units."""
    sizes = {name: size for name, size in figure.inputs.items() if name not in STATED_BY_THE_RULE}
    return desk.units(figure.rule, sizes)


def windows(desk: Desk, figure: Figure) -> Decimal:
    """Input tokens of a model that ranks a list window by window."""
    of = figure.inputs
    sizes = {"documents": of["n"], "window": of["window"], "stride": of["stride"]}
    book = {"input": (1, MILLION)}
    stages = {"rank": {"input": of["tokens"], "output": 0, "model": "acme/m",
                       "calls": str(desk.units("rerank_window", sizes))}}  # fmt: skip
    (line,) = desk.bill(book, stages=stages)["ledger"]
    return Decimal(line["quantity_per_query"])


def searches(desk: Desk, figure: Figure) -> Decimal:
    """A fee per search in terms of the tokens that were ranked [USD per million]."""
    of = figure.inputs
    stages = {"rank": {"kind": "rerank", "documents": of["docs"], "document_tokens": of["tokens"],
                       "query_tokens": 20, "model": "acme/m"}}  # fmt: skip
    results = desk.bill({"rerank_search": (of["per_search"], 1)}, stages=stages)
    return _per_query(results) * MILLION / (of["docs"] * of["tokens"])


def pages_per_dollar(desk: Desk, figure: Figure) -> Decimal:
    """Pages that a dollar embeds."""
    stages = {"embed": {"kind": "embed", "tokens": figure.inputs["tokens_per_page"], "model": "acme/m"}}
    return 1 / _per_query(desk.bill({"embedding": (figure.inputs["per_m"], MILLION)}, stages=stages))


def hours(desk: Desk, figure: Figure) -> Decimal:
    """Hours that are paid for whether they are used or not [USD]."""
    fixed = {"gsu": {"model": "acme/m", "meter": "instance_hour", "quantity": figure.inputs["hours"]}}
    return _total(_without_calls(desk, {"instance_hour": (figure.inputs["hourly"], 1)}, fixed=fixed))


def allowance(desk: Desk, figure: Figure) -> Decimal:
    """A fee with units that it includes, and a price for more [USD a month]."""
    of = figure.inputs
    fixed = {"users": {"model": "acme/m", "meter": "mau", "quantity": of["mau"]}}
    plan = {"models": "acme/*", "fee": of["base"], "included": {"mau": of["included"]}}
    return _total(_without_calls(desk, {"mau": (of["per"], 1)}, fixed=fixed, contracts={"plan": plan}))


def minimum(desk: Desk, figure: Figure) -> Decimal:
    """A month's bill under a minimum [USD]."""
    return _total(_topped_up(desk, figure))


def true_up(desk: Desk, figure: Figure) -> Decimal:
    """The line that tops a month up to its minimum [USD]."""
    (line,) = (row for row in _topped_up(desk, figure)["ledger"] if row["kind"] == "true-up")
    return Decimal(line["cost_usd"])


def quota(desk: Desk, figure: Figure) -> Decimal:
    """The most queries that an allowance of calls holds: one more is the first that costs."""
    of = figure.inputs
    stages = {
        "ask": {"kind": "tool", "usage": {"request": 1}, "calls": of["calls_per_query"], "model": "acme/m"}
    }
    trial = {"models": "acme/*", "included": {"request": of["quota"]}}

    def cost(queries: int) -> Decimal:
        volume = f"{queries}/month"
        return _total(
            desk.bill({"request": (1, 1)}, stages=stages, contracts={"trial": trial}, volume=volume)
        )

    low, high = 1, of["quota"] + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if cost(middle) else (middle, high)
    return Decimal(low)


def months(desk: Desk, figure: Figure) -> Decimal:
    """What queries of a stated cost come to [USD]."""
    of = figure.inputs
    price = next(of[name] for name in ("per", "per_query", "avg") if name in of)
    queries = next(of[name] for name in ("n", "queries") if name in of)
    last = f"2027-{of.get('months', 1):02}"
    plan = {"volume": f"{int(queries)}/month", "months": f"2027-01..{last}"}
    return _total(desk.bill({"request": (price, 1)}, stages={"ask": _tool(1)}, **plan))


def stages(desk: Desk, figure: Figure) -> Decimal:
    """The sum of stages of a stated cost [USD]."""
    layers = {f"layer{n}": _tool(cost) for n, cost in enumerate(figure.inputs["layers"])}
    return _per_query(desk.bill({"request": (1, 1)}, stages=layers))


def mix(desk: Desk, figure: Figure) -> Decimal:
    """Two classes of query on prices of their own [USD per million]."""
    of = figure.inputs
    share = of["share"]
    classes = {
        name: {"share": str(part), "params": {"price": of[name]}}
        for name, part in (("a", share), ("b", 1 - share))
    }
    plan = {"params": {"price": of["a"]}, "stages": {"ask": _tool("price")}, "mix": classes}
    return _per_query(desk.bill({"request": (1, 1)}, **plan))


def agent_step(desk: Desk, figure: Figure) -> Decimal:
    """A step that reads the prompt before it from the cache and writes the rest [USD]."""
    of = figure.inputs
    counts = {"input": of["prompt"], "cache-read": of["cached"],
              "cache-write-5m": of["prompt"] - of["cached"], "output": of["output"]}  # fmt: skip
    words = [f"--{name}={count}" for name, count in counts.items()]
    book = desk.book(_rates(of))
    return Decimal(desk.run("price", "acme/m", *words, "--book", book, "--json")["cost_usd"])


def agent_steps(desk: Desk, figure: Figure) -> Decimal:
    """All steps as columns, on kplan's own book [USD]."""
    prompts, outputs = zip(*figure.inputs["rows"], strict=True)
    read = [0, *prompts[:-1]]
    written = [prompt - cached for prompt, cached in zip(prompts, read, strict=True)]
    usage = {"input": prompts, "cache_read": read, "cache_write_5m": written, "output": outputs}
    priced = kplan.price_calls(model=figure.model, at=_day(), usage=_columns(usage))
    running = list(accumulate(priced.cost_usd.tolist()))
    assert abs(running[-1] - float(priced.total_usd)) < 1e-12
    return priced.total_usd


def long_context(desk: Desk, figure: Figure) -> Decimal:
    """A call above 200,000 tokens, all of it at the higher prices [USD]."""
    of = figure.inputs
    rows = [
        {
            "provider": "acme",
            "model": "m",
            "meter": RATES[name][0],
            "usd": str(price),
            "over_input_tokens": over,
        }
        for name, prices in figure.rates.items()
        for over, price in zip((0, 200_000), prices, strict=True)
    ]
    usage = {"input": of["miss"], "cache_read": of["hit"], "output": of["out"]}
    return desk.price("acme/m", usage, "--book", desk.rows(rows))


def least_cost(desk: Desk, figure: Figure) -> Decimal:
    """The least that so many tokens can cost: all of them input, on kplan's own book [USD]."""
    of = figure.inputs
    listed = [desk.listed(figure.model, meter) for meter in ("input", "output")]
    assert listed == [of["in_per_m"], of["out_per_m"]]
    tickets = 10_000
    plan = {"volume": f"{tickets}/month", "stages": {"ask": {"input": of["tokens"] // tickets, "output": 0}}}
    return _total(desk.bill({}, **plan, designs={"d": figure.model}))


def billed_once(desk: Desk, figure: Figure) -> Decimal:
    """Cached tokens are part of the input and are billed once: `kplan price` and columns agree, and no
    split of the prompt comes near the figure of the bug [USD]."""
    of = figure.inputs
    path = desk.book(_rates(of))
    words = [f"--{name.replace('_', '-')}={of[name]}" for name in ("input", "cache_read", "output")]
    found = desk.run("price", "acme/m", *words, "--book", path, "--json")
    assert sum(Decimal(row["quantity"]) for row in found["rows"]) == of["input"] + of["output"]
    n, book = of["input"] + 1, kplan.load_price_book(path)
    costs = _costs(book, {"input": [of["input"]] * n, "cache_read": range(n), "output": [of["output"]] * n})
    assert abs(costs[of["cache_read"]] - float(found["cost_usd"])) < 1e-15
    assert figure.printed is not None
    assert max(costs) < float(figure.printed) - 0.0005
    return Decimal(found["cost_usd"])


def _input_and_output_in_batch(desk: Desk, figure: Figure, *words: object) -> Decimal:
    both = {"input": MILLION, "output": MILLION}
    standard = desk.price(figure.model, both, "--allow-retired")
    assert standard == figure.inputs["input"] + figure.inputs["output"]
    return desk.price(figure.model, both, "--mode", "batch", "--allow-retired", *words)


def _stated(figure: Figure) -> tuple[dict[str, Any], dict[str, tuple[object, int]]]:
    """Usage, each count alone, and prices, under the names of our meters."""
    of = figure.inputs
    if figure.meter:
        return {figure.meter: of["tokens"]}, {figure.meter: (of["per_m"], MILLION)}
    usage = {USAGE[name][0]: of[name] * USAGE[name][1] for name in of if name in USAGE}
    return usage, _rates(of)


def _rates(of: Mapping[str, Any]) -> dict[str, tuple[object, int]]:
    return {RATES[name][0]: (of[name], RATES[name][1]) for name in of if name in RATES}


def _topped_up(desk: Desk, figure: Figure) -> dict[str, Any]:
    fixed = {"used": {"model": "acme/m", "meter": "credit", "quantity": figure.inputs["usage"]}}
    plan = {"models": "acme/*", "minimum": figure.inputs["minimum"]}
    return _without_calls(desk, {"credit": (1, 1)}, fixed=fixed, contracts={"plan": plan})


def _without_calls(desk: Desk, rates: Mapping[str, tuple[object, int]], **keys: object) -> dict[str, Any]:
    """A month in which nothing is called: what is fixed is all there is."""
    return desk.bill(rates, stages={"nothing": {"kind": "code"}}, **keys)


def _tool(requests: object) -> dict[str, object]:
    return {"kind": "tool", "usage": {"request": requests}, "model": "acme/m"}


def _total(results: Mapping[str, Any]) -> Decimal:
    return Decimal(results["designs"][0]["total"])


def _per_query(results: Mapping[str, Any]) -> Decimal:
    return Decimal(results["designs"][0]["cost_per_query"])


def _costs(book: Any, usage: Mapping[str, Sequence[int]]) -> list[float]:
    """The cost of each call [USD], through the public columns."""
    priced = kplan.price_calls(book, model="acme/m", at=_day(), usage=_columns(usage))
    costs: list[float] = priced.cost_usd.tolist()
    return costs


def _columns(usage: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    import numpy as np

    return {meter: np.array(counts, dtype=np.int64) for meter, counts in usage.items()}


def _day() -> Any:
    import numpy as np

    return np.datetime64("2026-11-21")


def one_against_other(desk: Desk, figure: Figure) -> Decimal:
    """How many times as much one design costs as another, their printed costs being what a query is billed
    [times]; or by what per cent it costs more, or less."""
    ratio = _ratio(desk, figure.inputs["a"], figure.inputs["b"])
    if figure.unit == "x":
        return ratio
    return abs(ratio - 1) * 100


def _ratio(desk: Desk, one: object, other: object) -> Decimal:
    claim = {"id": "ratio", "printed": "1.000000000000", "figure": "[a.per_query] / [b.per_query]"}
    designs = {"a": {}, "b": {"stages": {"ask": _tool(other)}}}
    found = desk.bill({"request": (1, 1)}, stages={"ask": _tool(one)}, designs=designs, claims=[claim])
    return Decimal(found["claims"][0]["computed"])


def escalated(desk: Desk, figure: Figure) -> Decimal:
    """A cheap call for every query, a big one for those that escalate [USD]."""
    of = figure.inputs
    stages = {"cheap": _tool(of["c_cheap"]), "big": {**_tool(of["c_big"]), "chance": of["p_escalate"]}}
    return _per_query(desk.bill({"request": (1, 1)}, stages=stages))


def nested_attempts(desk: Desk, figure: Figure) -> Decimal:
    """Requests that are billed where every attempt fails, inside and outside."""
    inner = {"kind": "retry", "attempts": figure.inputs["inner"], "failure": 1, "stages": {"ask": _tool(1)}}
    stages = {"client": {"kind": "retry", "attempts": figure.inputs["outer"], "stages": {"sdk": inner}}}
    return _per_query(desk.bill({"request": (1, 1)}, stages=stages))


def billed_for_each_saved(desk: Desk, figure: Figure) -> Decimal:
    """Billed requests for each that comes through, where attempts go on until one does: of the billed, so
    many were saved."""
    billed, saved = figure.inputs["billed"], figure.inputs["saved"]
    stages = {
        "again": {"kind": "retry", "attempts": 20, "failure": f"{billed - saved} / {billed}",
                  "stages": {"ask": _tool(1)}},
        "saved": {"kind": "code"},
    }  # fmt: skip
    found = desk.bill({"request": (1, 1)}, stages=stages)["designs"][0]
    visits = {stage["id"]: Decimal(stage["visits"]) for stage in found["stages"]}
    return visits["ask"] / visits["saved"]


def with_wrong_answers(desk: Desk, figure: Figure) -> Decimal:
    """The bill of 100 queries with what their wrong answers cost, or the wrong answers alone [USD]."""
    of = figure.inputs
    usd = Decimal("0.60")
    wrong = of["unresolved"] if "unresolved" in of else of["penalty"] / usd
    assert "penalty" not in of or wrong == int(wrong)
    api = Decimal(of.get("api", 0)) / 100
    quality = _quality(desk, api, 100 - int(wrong), 100, usd)
    return Decimal(quality["cost_with_errors"]) * 100


def cost_of_a_right_answer(desk: Desk, figure: Figure) -> Decimal:
    """Cost for each right answer [USD]."""
    right = int(figure.inputs["acc"] * 10_000)
    return Decimal(_quality(desk, figure.inputs["cost"], right, 10_000)["cost_per_correct"])


def _quality(desk: Desk, cost: object, passed: int, of: int, wrong_usd: object = None) -> dict[str, Any]:
    said = {"measured": {"ask": {"acme/m": f"{passed}/{of}"}}}
    price = {} if wrong_usd is None else {"wrong_answer": f"${wrong_usd}"}
    found = desk.bill({"input": (cost, 1), "output": (0, 1)}, stages={"ask": {"input": 1, "output": 1}},
                      designs={"d": "acme/m"}, quality={**said, **price})  # fmt: skip
    quality: dict[str, Any] = found["designs"][0]["quality"]
    return quality


def wrong_of_served(desk: Desk, figure: Figure) -> Decimal:
    """Share of an answer cache's own answers that are wrong."""
    cache = {"kind": "answer_cache", "hits": figure.inputs["ahr"], "unsafe": figure.inputs["usr"],
             "stages": {"ask": _tool(1)}}  # fmt: skip
    notes = desk.bill({"request": (1, 1)}, stages={"cache": cache})["notes"]
    said = next(note for note in notes if note.startswith("cache: "))
    return Decimal(said.removeprefix("cache: ").partition("%")[0]) / 100


def median_without_cache(desk: Desk, figure: Figure) -> Decimal:
    """How many times as long the median query takes without a cache as with one that serves most queries: the
    printed medians are the times of a hit and of a query without a cache [times].

    With a hit in fewer than half of the queries the median is a miss, which the gates only make slower.
    """
    of = figure.inputs
    assert _speed_up(desk, of, hits="51%") > 1 > _speed_up(desk, of, hits="49%")
    return _speed_up(desk, of, hits="60%")


def _speed_up(desk: Desk, of: Mapping[str, Any], hits: str) -> Decimal:
    stages = {
        "cache": {
            "kind": "answer_cache",
            "hits": hits,
            "gates": ["gate"],
            "stages": {
                "gate": {"kind": "code", "takes": f"{of['variant']}s"},
                "ask": {**_tool(1), "takes": f"{of['no_cache']}s"},
            },
        }
    }
    claim = {
        "id": "speed_up",
        "printed": "1.000000000000x",
        "figure": "[without.latency.p50] / [with.latency.p50]",
    }
    without = {"stages": {"cache": {"hits": 0}, "gate": {"takes": 0}}}
    found = desk.bill(
        {"request": (1, 1)},
        stages=stages,
        designs={"with": {}, "without": without},
        claims=[claim],
        latency={"acme/m": "0ms"},
    )
    return Decimal(found["claims"][0]["computed"])

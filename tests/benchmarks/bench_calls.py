"""A million calls held as columns: kplan beside the ways that people price them today, in one run.

CPU seconds of this process (which counts every thread), medians of alternating rounds, one thread for all.
All read the same dictionary-encoded columns: model as int16 code, instant as datetime64[us], counts as
int32, input counting cache reads and writes. 13 models, 123 days with their price changes, long-context
tiers, cache reads and writes. kplan gives the cost of every call, and the tokens and the exact cost of each
price row; polars and DuckDB are measured at the same, and at the cost of every call alone, which is less
work. All totals are compared. What prices call by call is run on the first calls only and scaled; what
lacks a rule (LiteLLM and tokencost know no dates, tokencost neither caches nor most of the models) is timed
all the same and its total is not compared. Models are priced outside their lives too, which only kplan knows.
"""

from __future__ import annotations

import os

os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kplan
from kplan.engine.call import CallPricer
from kplan.prices.book import Book
from kplan.prices.meters import disjoint

N_CALLS = 1_000_000
N_SAMPLE = 3_000
ROUNDS = 9
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
N_DAYS = 123
US_PER_DAY = 86_400_000_000
METERS = ("input", "cache_read", "cache_write_5m", "output")
MODELS = (
    "openai/gpt-4o",
    "openai/gpt-4.1-mini",
    "openai/gpt-5.4",
    "openai/gpt-5.4-mini",
    "openai/gpt-5.6-sol",
    "google/gemini-2.5-pro",
    "google/gemini-2.5-flash",
    "google/gemini-3.8-flash",
    "google/gemini-4-argon",
    "anthropic/claude-haiku-5-5",
    "anthropic/claude-sonnet-5-5",
    "anthropic/claude-opus-4-5",
    "mistral/mistral-large-4",
)
LITELLM_PREFIX = {"google": "gemini/", "mistral": "mistral/"}
PROMISED = {"LiteLLM cost_per_token": 2_000, "genai-prices calc_price": 2_000, "polars": 1, "DuckDB": 1}

Array = NDArray[Any]


@dataclass(frozen=True)
class Calls:
    """The columns, each of shape (n,)."""

    model: Array
    at: Array
    input: Array
    cache_read: Array
    cache_write: Array
    output: Array

    def head(self, n: int) -> Calls:
        return Calls(*(column[:n] for column in vars(self).values()))

    def rows(self) -> Iterator[tuple[int, datetime, int, int, int, int]]:
        return zip(*(column.tolist() for column in vars(self).values()), strict=True)


@dataclass(frozen=True)
class Way:
    """One way to price the calls: from the columns to the total [USD]."""

    name: str
    n: int
    price: Callable[[], float]
    exact_usd: float | None
    """What it must find, to 1e-9 of it; None where it lacks a rule."""


def drawn(n: int) -> Calls:
    """Calls from a fixed seed: sizes are log-normal, some prompts lie above every threshold."""
    rng = np.random.default_rng(1)
    model = rng.integers(0, len(MODELS), n).astype(np.int16)
    start = np.datetime64(FIRST.replace(tzinfo=None), "us")
    at = start + rng.integers(0, N_DAYS * US_PER_DAY, n).astype("timedelta64[us]")
    n_input = np.minimum(rng.lognormal(9.5, 1.4, n), 900_000).astype(np.int32)
    read = (n_input * np.where(rng.random(n) < 0.6, rng.random(n) * 0.9, 0)).astype(np.int32)
    writers = np.array([ref.startswith("anthropic/") for ref in MODELS])
    write = ((n_input - read) * np.where(writers[model], rng.random(n) * 0.5, 0)).astype(np.int32)
    return Calls(model, at, n_input, read, write, rng.lognormal(6, 1, n).astype(np.int32))


def with_kplan(book: Book, calls: Calls) -> Callable[[], float]:
    usage = {
        "input": calls.input,
        "cache_read": calls.cache_read,
        "cache_write": calls.cache_write,
        "output": calls.output,
    }

    def price() -> float:
        model = (calls.model, MODELS)
        found = kplan.price_calls(book, model=model, at=calls.at, usage=usage, allow_retired=True)
        return float(found.total_usd)

    return price


def with_decimals(book: Book, calls: Calls) -> Callable[[], float]:
    """kplan's own exact loop, which the columns are held against."""
    from decimal import Decimal

    def price() -> float:
        pricer, total = CallPricer(book, allow_retired=True), Decimal(0)
        for code, at, n_input, read, write, output in calls.rows():
            counts = {"input": n_input, "cache_read": read, "cache_write": write, "output": output}
            usage = disjoint({meter: Decimal(count) for meter, count in counts.items()})
            total += pricer.price(MODELS[code], usage, at).cost_usd
        return float(total)

    return price


# --- joins over a table of prices by model and day ----------------------------------------------------


def price_table(book: Book) -> dict[str, Array]:
    """A row for each model and day, in the order of model * days + day: threshold, rates below and above."""
    rows = []
    for ref in MODELS:
        model = book.find(ref)
        for day in range(N_DAYS):
            ladders = [
                book.rates_at(model, FIRST + timedelta(days=day)).tiers(meter).tiers for meter in METERS
            ]
            over = max(tier.over_input_tokens for tiers in ladders for tier in tiers) or 2**31 - 1
            below, above = (
                [float(tiers[place].rows[0].row.usd_per_unit) for tiers in ladders] for place in (0, -1)
            )
            rows.append([over, *below, *above])
    table = np.array(rows)
    names = ["over", *(f"{name}{step}" for step in "01" for name in ("fresh", "read", "write", "output"))]
    columns = {name: table[:, place].copy() for place, name in enumerate(names)}
    columns["over"] = columns["over"].astype(np.int32)
    return {"key": np.arange(len(table), dtype=np.int32), **columns}


def priced_tokens(table: dict[str, Array], key: Array, is_large: Array, *tokens: Array) -> float:
    """The total of sums of tokens by price row: fresh, cache read, cache write, output."""
    names = ("fresh", "read", "write", "output")
    rates = [np.where(is_large, table[f"{name}1"][key], table[f"{name}0"][key]) for name in names]
    return float(sum((sums * rate).sum() for sums, rate in zip(tokens, rates, strict=True)))


def with_polars(calls: Calls, table: dict[str, Array]) -> dict[str, Callable[[], float]]:
    import polars as pl

    frame, prices = pl.DataFrame(vars(calls)), pl.DataFrame(table)
    first_day = int((FIRST - datetime(1970, 1, 1, tzinfo=UTC)).days)
    day = (pl.col("at").to_physical() // US_PER_DAY - first_day).cast(pl.Int32)
    key = pl.col("model").cast(pl.Int32) * N_DAYS + day
    fresh = pl.col("input") - pl.col("cache_read") - pl.col("cache_write")

    def bill(step: str) -> Any:
        return (
            fresh * pl.col(f"fresh{step}")
            + pl.col("cache_read") * pl.col(f"read{step}")
            + pl.col("cache_write") * pl.col(f"write{step}")
            + pl.col("output") * pl.col(f"output{step}")
        )

    joined = frame.lazy().with_columns(key=key).join(prices.lazy(), on="key", how="left")
    joined = joined.with_columns(is_large=pl.col("input") > pl.col("over"))
    costs = joined.select(cost=pl.when("is_large").then(bill("1")).otherwise(bill("0")))
    tokens = joined.group_by("key", "is_large").agg(
        fresh.cast(pl.Int64).sum().alias("fresh"),
        *(pl.col(name).cast(pl.Int64).sum() for name in ("cache_read", "cache_write", "output")),
    )

    def join() -> float:
        return float(costs.collect()["cost"].sum())

    def same_work() -> float:
        found, sums = pl.collect_all([costs, tokens])
        assert len(found) == len(frame)
        return priced_tokens(table, *(sums[name].to_numpy() for name in sums.columns))

    steps = {
        name: pl.Series(name, np.column_stack((table[f"{name}0"], table[f"{name}1"])).ravel())
        for name in ("fresh", "read", "write", "output")
    }

    def gather() -> float:
        """No join at all: the table's rows are addressed by their place, as in an array."""
        lazy = frame.lazy().with_columns(key=key)
        lazy = lazy.with_columns(
            row=2 * pl.col("key") + (pl.col("input") > pl.lit(prices["over"]).gather(pl.col("key")))
        )
        lazy = lazy.with_columns(
            pl.lit(rates).gather(pl.col("row")).alias(f"{name}x") for name, rates in steps.items()
        )
        return float(lazy.select(cost=bill("x")).collect()["cost"].sum())

    return {"polars": same_work, "polars, costs alone": join, "polars, costs alone, gathered": gather}


def with_duckdb(calls: Calls, table: dict[str, Array]) -> dict[str, Callable[[], float]]:
    import duckdb
    import pandas as pd

    connection = duckdb.connect(config={"threads": 1})
    for name, columns in (("calls", vars(calls)), ("prices", table)):
        connection.register("frame", pd.DataFrame(columns))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    first_day = int((FIRST - datetime(1970, 1, 1, tzinfo=UTC)).days)
    bills = [
        f"(input - cache_read - cache_write) * fresh{step} + cache_read * read{step}"
        f" + cache_write * write{step} + output * output{step}"
        for step in "01"
    ]
    joined = f"""calls JOIN prices ON
        model::INTEGER * {N_DAYS} + (epoch_us("at") // {US_PER_DAY} - {first_day})::INTEGER = "key"
    """
    costs = f'SELECT CASE WHEN input > "over" THEN {bills[1]} ELSE {bills[0]} END AS cost FROM {joined}'
    tokens = f"""
        SELECT "key", input > "over" AS is_large, sum(input - cache_read - cache_write)::BIGINT AS fresh,
            sum(cache_read)::BIGINT AS cache_read, sum(cache_write)::BIGINT AS cache_write,
            sum(output)::BIGINT AS output
        FROM {joined} GROUP BY ALL
    """

    def price() -> float:
        return float(connection.execute(costs).fetchnumpy()["cost"].sum())

    def same_work() -> float:
        found = connection.execute(costs).fetchnumpy()["cost"]
        assert len(found) == len(calls.model)
        return priced_tokens(table, *connection.execute(tokens).fetchnumpy().values())

    return {"DuckDB": same_work, "DuckDB, costs alone": price}


# --- call by call -------------------------------------------------------------------------------------


def with_litellm(calls: Calls) -> Callable[[], float]:
    import litellm

    names = [LITELLM_PREFIX.get(ref.split("/")[0], "") + ref.split("/")[1] for ref in MODELS]

    def price() -> float:
        total = 0.0
        for code, _, n_input, read, write, output in calls.rows():
            paid = litellm.cost_per_token(
                model=names[code],
                prompt_tokens=n_input,
                completion_tokens=output,
                cache_read_input_tokens=read,
                cache_creation_input_tokens=write,
            )
            total += paid[0] + paid[1]
        return total

    return price


def with_genai_prices(calls: Calls) -> Callable[[], float]:
    from genai_prices import Usage, calc_price

    refs = [ref.split("/") for ref in MODELS]

    def price() -> float:
        total = 0.0
        for code, at, n_input, read, write, output in calls.rows():
            usage = Usage(
                input_tokens=n_input, cache_read_tokens=read, cache_write_tokens=write, output_tokens=output
            )
            provider, name = refs[code]
            paid = calc_price(
                usage, name, provider_id=provider, genai_request_timestamp=at.replace(tzinfo=UTC)
            )
            total += float(paid.total_price)
        return total

    return price


def with_tokencost(calls: Calls) -> tuple[int, Callable[[], float]]:
    """Input and output only, of the models that it knows: it has neither caches, tiers nor dates."""
    from tokencost import TOKEN_COSTS, calculate_cost_by_tokens

    names = [ref.split("/")[1] for ref in MODELS]
    rows = [row for row in calls.rows() if names[row[0]] in TOKEN_COSTS]

    def price() -> float:
        total = 0.0
        for code, _, n_input, _, _, output in rows:
            total += float(calculate_cost_by_tokens(n_input, names[code], "input"))
            total += float(calculate_cost_by_tokens(output, names[code], "output"))
        return total

    return len(rows), price


def ways(book: Book, calls: Calls) -> list[Way]:
    """kplan first; what is not installed is left out."""
    sample = calls.head(N_SAMPLE)
    exact_sample_usd = with_kplan(book, sample)()
    kplan_ = with_kplan(book, calls)
    exact_usd = kplan_()
    found = [Way("kplan.price_calls", N_CALLS, kplan_, exact_usd)]
    found.append(
        Way("kplan, call by call in Decimal", N_SAMPLE, with_decimals(book, sample), exact_sample_usd)
    )
    table = price_table(book)
    if find_spec("polars"):
        found += [Way(name, N_CALLS, work, exact_usd) for name, work in with_polars(calls, table).items()]
    if find_spec("duckdb"):
        found += [Way(name, N_CALLS, work, exact_usd) for name, work in with_duckdb(calls, table).items()]
    if find_spec("litellm"):
        found.append(Way("LiteLLM cost_per_token", N_SAMPLE, with_litellm(sample), None))
    if find_spec("genai_prices"):
        found.append(Way("genai-prices calc_price", N_SAMPLE, with_genai_prices(sample), exact_sample_usd))
    if find_spec("tokencost"):
        found.append(Way("tokencost", *with_tokencost(sample), None))
    return found


def measured(found: list[Way]) -> dict[str, float]:
    """Median CPU time a call of each way [s]; a first round warms up and compares the totals."""
    for way in found:
        total_usd = way.price()
        if way.exact_usd is not None:
            assert abs(total_usd - way.exact_usd) <= 1e-9 * way.exact_usd, (
                way.name,
                total_usd,
                way.exact_usd,
            )
    times: dict[str, list[float]] = {way.name: [] for way in found}
    for _ in range(ROUNDS):
        for way in found:
            start = time.process_time()
            way.price()
            times[way.name].append((time.process_time() - start) / way.n)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Print calls per CPU second of each way, and how many times faster kplan is."""
    calls = drawn(N_CALLS)
    found = ways(kplan.load_price_book(), calls)
    times = measured(found)
    peers = ("litellm", "genai-prices", "tokencost", "polars", "duckdb", "numpy")
    print(
        f"{N_CALLS:,} calls of {len(MODELS)} models over {N_DAYS} days, one thread, CPU time, {ROUNDS} rounds"
    )
    for way in found:
        per_call = times[way.name]
        ratio = per_call / times["kplan.price_calls"]
        note = f" (on {way.n:,} calls, scaled)" if way.n < N_CALLS else ""
        promise = f"  promised: {PROMISED[way.name]:,}" if way.name in PROMISED else ""
        print(f"{1 / per_call:14,.0f} calls/s  {ratio:9,.1f} x  {way.name}{note}{promise}")
    print("with " + ", ".join(f"{name} {version(name)}" for name in peers if _installed(name)))


def _installed(name: str) -> bool:
    return find_spec(name.replace("-", "_")) is not None


if __name__ == "__main__":
    main()

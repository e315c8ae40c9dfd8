"""Calls held as columns against each call alone: the same costs, exact totals, the same refusals."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from kplan.engine.call import CallPrice, CallPricer
from kplan.engine.columns import price, table
from kplan.errors import KplanError
from kplan.money import exact
from kplan.prices.book import Book, load_book
from kplan.prices.meters import disjoint
from kplan.prices.models import ModelRow
from kplan.public_calls import PricedCalls, price_calls
from support import book_of, priced

BOUND = Decimal("1e-12")


@dataclass(frozen=True)
class Made:
    """A call, its counts in the inclusive convention."""

    model: str
    at: datetime
    usage: Mapping[str, int]
    mode: str = "standard"
    region: str = ""


def alone(pricer: CallPricer, call: Made, *, inclusive: bool = True) -> CallPrice:
    own = [row.meter for row in pricer.book.rows(pricer.book.find(call.model))]
    usage = disjoint({k: Decimal(n) for k, n in call.usage.items()}, inclusive=inclusive, own=own)
    return pricer.price(call.model, usage, call.at, call.mode, call.region)


def together(book: Book, calls: Sequence[Made], **options: Any) -> PricedCalls:
    keys = dict.fromkeys(key for call in calls for key in call.usage)
    naive = [call.at.astimezone(UTC).replace(tzinfo=None) for call in calls]
    return price_calls(
        book,
        model=[call.model for call in calls],
        mode=[call.mode for call in calls],
        region=[call.region for call in calls],
        at=np.array(naive, dtype="datetime64[us]"),
        usage={key: np.array([call.usage.get(key, 0) for call in calls]) for key in keys},
        **options,
    )


def assert_alike(book: Book, calls: Sequence[Made], *, inclusive: bool = True) -> PricedCalls:
    """Every call within the bound of its exact price, and the total and every cell exact."""
    convention = "inclusive" if inclusive else "exclusive"
    found = together(book, calls, convention=convention, allow_retired=True)
    pricer = CallPricer(book, allow_retired=True)
    lone = [alone(pricer, call, inclusive=inclusive) for call in calls]
    for cost_usd, each in zip(found.cost_usd.tolist(), lone, strict=True):
        assert abs(Decimal(cost_usd) - each.cost_usd) <= BOUND * each.cost_usd, each
    with exact():
        assert found.total_usd == sum(each.cost_usd for each in lone)
        cells: dict[object, Decimal] = {}
        for part in (part for each in lone for part in each.components):
            key = (part.row, part.meter, part.usd_per_unit, part.note)
            cells[key] = cells.get(key, Decimal(0)) + part.quantity
        assert all(cell.cost_usd == cell.quantity * cell.usd_per_unit for cell in found.cells)
    assert {(c.row, c.meter, c.usd_per_unit, c.note): c.quantity for c in found.cells} == cells
    return found


# --- the whole embedded book --------------------------------------------------------------------------

INPUTS = ("cache_read", "cache_write_5m", "cache_write_1h", "audio_in", "image_in")


def draw(rng: random.Random, book: Book, ref: str) -> Made:
    """A call that leans to the edges: tiers at T and T + 1, midnights of changes, openings of windows."""
    rows = book.rows(book.find(ref))
    row = rng.choice(rows)
    days = [day for each in rows for day in (each.valid_from, each.valid_to) if day]
    at = datetime.combine(rng.choice([*days, date(2026, 11, 21)]), datetime.min.time(), UTC)
    at += rng.choice([timedelta(0), -timedelta(microseconds=1), timedelta(days=rng.randint(0, 40))])
    minutes = [minute for each in rows if each.is_windowed for span in each.windows.spans for minute in span]
    at += timedelta(minutes=rng.choice([0, *minutes, rng.randint(0, 1439)]))
    at -= rng.choice([timedelta(0), timedelta(microseconds=1)])
    threshold = rng.choice([each.over_input_tokens for each in rows])
    total = max(0, rng.choice([threshold, threshold + 1, rng.randint(0, 2 * threshold + 5000), 0]))
    usage = {"input": total, "output": rng.choice([0, rng.randint(0, 50_000)])}
    for key in rng.sample(INPUTS, rng.randint(0, 3)):
        usage[key] = rng.randint(0, total // 4)
    usage["reasoning"] = rng.choice([0, usage["output"] // 3])
    others = {each.meter for each in rows} - {"input", "output", "request", *INPUTS}
    usage |= {meter: rng.randint(0, 5) for meter in sorted(others) if rng.random() < 0.3}
    for part, whole in (("cache_read_audio", "cache_read"), ("cache_read_image", "cache_read")):
        if part in usage:
            usage[whole] = usage.get(whole, 0) + usage[part]
    usage["input"] += usage.get("cache_read_audio", 0) + usage.get("cache_read_image", 0)
    for whole, part in (("output", "citation"), ("output", "image_out"), ("output", "audio_out"),
                        ("output", "video_out"), ("input", "video_in"), ("second", "input_second"),
                        ("page", "annotated_page")):  # fmt: skip
        if part in usage:
            usage[whole] = usage.get(whole, 0) + usage[part]
    return Made(ref, at, usage, row.mode, row.region)


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


def interesting(book: Book) -> list[str]:
    """Every model with hours, fees or regions, one of each set of thresholds and modes, and a few others."""
    found: dict[object, str] = {}
    for place, ref in enumerate(book.ids()):
        try:
            rows = book.rows(book.find(ref))
        except KplanError:
            continue
        if any(row.is_windowed or row.meter == "request" or row.region for row in rows):
            found[ref] = ref
        sizes = frozenset(row.over_input_tokens for row in rows)
        days = frozenset(bool(row.valid_from) for row in rows)
        found.setdefault((sizes, frozenset(row.mode for row in rows), days), ref)
        found.setdefault(frozenset(row.meter for row in rows), ref)
        if place % 60 == 0:
            found[ref] = ref
    return sorted(set(found.values()))


@pytest.mark.parametrize("seed", range(4))
def test_every_rule_of_the_embedded_book_as_each_call_alone(book: Book, seed: int) -> None:
    """What cannot be priced alone is refused in columns too; all else is alike, all at once."""
    rng = random.Random(seed)
    pricer = CallPricer(book, allow_retired=True)
    good: list[Made] = []
    n_refused = 0
    for ref in interesting(book):
        for call in (draw(rng, book, ref) for _ in range(8)):
            try:
                alone(pricer, call)
            except KplanError:
                n_refused += 1
                with pytest.raises(KplanError):
                    together(book, [call], allow_retired=True)
            else:
                good.append(call)
    found = assert_alike(book, good)
    assert len(good) > 700
    assert n_refused > 20
    assert {cell.row.over_input_tokens for cell in found.cells} >= {0, 128_000, 200_000, 272_000}
    assert {cell.row.mode for cell in found.cells} == {"standard", "batch", "flex", "priority", "fast"}
    assert any(cell.row.hours for cell in found.cells)
    assert any(cell.meter == "request" for cell in found.cells)
    assert any(cell.note for cell in found.cells)


# --- rules that the embedded book has little of -------------------------------------------------------

HOURS = book_of(
    {"night": {"input": "4", "output": "8"}, "still": {"input": "1", "output": "2"}},
    (
        priced("night", "input", "1", weekdays="Mon-Fri", hours="22:00-06:00", tz="Europe/Berlin"),
        priced("night", "output", "3", hours="01:05-02:35", tz="Australia/Lord_Howe"),
        priced("night", "output", "5", weekdays="Sat,Sun", hours="10:00-12:00", tz="Asia/Kathmandu"),
        priced("night", "input", "3", mode="batch", weekdays="Sun"),
        priced("night", "input", "9", mode="batch"),
        priced("still", "cache_read", "0.1", valid_from=date(2026, 3, 29), valid_to=date(2026, 10, 25)),
    ),
)


def test_hours_in_zones_whose_clocks_change() -> None:
    """Every half hour of the days around the changes, and random seconds of two years."""
    rng = random.Random(5)
    turns = [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC),
             datetime(2026, 10, 3, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)]  # fmt: skip
    instants = [turn + timedelta(minutes=30 * n + e) for turn in turns for n in range(96) for e in (0, -1)]
    start = datetime(2025, 6, 1, tzinfo=UTC)
    instants += [start + timedelta(seconds=rng.randrange(2 * 366 * 86_400)) for _ in range(1500)]
    calls = [
        Made(
            rng.choice(["night", "still"]) if n % 3 else "night",
            at,
            {"input": 1000 + n, "cache_read": n % 900, "output": n},
            "batch" if n % 3 == 0 and n % 2 else "standard",
        )
        for n, at in enumerate(instants)
    ]
    found = assert_alike(HOURS, calls)
    assert {cell.row.tz for cell in found.cells} == {
        *("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
    }


MARGINAL = book_of(
    {"steps": {"input": "4", "cache_read": "1", "output": "8"}, "plain": {"input": "1", "output": "1"}},
    (
        priced("steps", "input", "2", over_input_tokens=1000, tier_scope="marginal"),
        priced("steps", "input", "1", over_input_tokens=5000, tier_scope="marginal"),
        priced("steps", "output", "16", over_input_tokens=3000),
        priced("plain", "request", "3", per=1000),
    ),
)


def test_marginal_steps_are_evaluated_as_their_graph() -> None:
    rng = random.Random(6)
    sizes = [0, 1, 999, 1000, 1001, 3000, 3001, 4999, 5000, 5001, *(rng.randint(0, 9000) for _ in range(200))]
    at = datetime(2026, 12, 1, tzinfo=UTC)
    calls = [
        Made(rng.choice(["steps", "plain"]), at, {"input": n, "cache_read": rng.randint(0, n), "output": 7})
        for n in sizes
    ]
    found = assert_alike(MARGINAL, calls)
    assert {cell.row.over_input_tokens for cell in found.cells} == {0, 1000, 3000, 5000}


def test_thresholds_next_to_each_other() -> None:
    rows = (priced("m", "input", "2", over_input_tokens=10), priced("m", "input", "3", over_input_tokens=11))
    near = book_of(
        {"m": {"input": "1", "output": "1"}}, (*rows, priced("m", "output", "5", over_input_tokens=12))
    )
    at = datetime(2026, 12, 1, tzinfo=UTC)
    assert_alike(near, [Made("m", at, {"input": n, "output": 1}) for n in range(9, 15)])


def test_a_split_price_of_more_units_than_float64_holds_is_refused() -> None:
    usage = {"input": np.array([5, 2**53 - 2, 2**53 - 1]), "output": np.array([1, 1, 1])}
    price_calls(MARGINAL, model="steps", at=date(2026, 12, 1), usage={k: v[:2] for k, v in usage.items()})
    with pytest.raises(KplanError, match="more units than a call can hold"):
        price_calls(MARGINAL, model="steps", at=date(2026, 12, 1), usage=usage)


def test_tables_and_graphs_agree(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast way (rates gathered from tables) against the graph of every cell, over the same calls."""
    rng = random.Random(7)
    pricer = CallPricer(book, allow_retired=True)
    calls = [draw(rng, book, ref) for ref in interesting(book)[::4] for _ in range(3)]
    good = []
    for call in calls:
        try:
            alone(pricer, call)
        except KplanError:
            continue
        good.append(call)
    fast = together(book, good, allow_retired=True)
    monkeypatch.setattr(table, "compiled", table.compiled.__wrapped__)
    monkeypatch.setattr(table, "steps", lambda *_: None)
    slow = together(book, good, allow_retired=True)
    assert (slow.total_usd, slow.cells) == (fast.total_usd, fast.cells)
    np.testing.assert_allclose(slow.cost_usd, fast.cost_usd, rtol=1e-12, atol=0)


# --- conventions --------------------------------------------------------------------------------------

KEPT = {"cache_read": "0.3", "cache_write_5m": "3.75", "cache_write_1h": "6"}
CACHES = book_of(
    {"m": {"input": "3", "output": "15", **KEPT}},
    tuple(priced("m", meter, usd, over_input_tokens=200_000) for meter, usd in
          {"input": "6", "cache_read": "0.6", "output": "22.5"}.items()),
)  # fmt: skip
AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "keys",
    [
        ("input", "output"),
        ("input", "cache_read", "cache_write", "output", "reasoning"),
        ("input", "cache_read", "cache_write", "cache_write_1h", "output"),
        ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output"),
        ("input", "cache_write_1h"),
        ("cache_read", "output"),
    ],
)
@pytest.mark.parametrize("inclusive", [True, False])
def test_both_conventions(keys: tuple[str, ...], inclusive: bool) -> None:
    rng = random.Random(8)
    calls = []
    for total in [0, 1, 199_999, 200_000, 200_001, *(rng.randint(0, 400_000) for _ in range(50))]:
        read = 0 if inclusive and "input" not in keys else rng.randint(0, total)
        write = rng.randint(0, total - read)
        hour = rng.randint(0, write)
        of = {"input": total, "output": 500, "cache_read": read, "cache_write": write, "reasoning": 100}
        of |= {"cache_write_1h": hour, "cache_write_5m": write - hour}
        calls.append(Made("m", AT, {key: of[key] for key in keys}))
    assert_alike(CACHES, calls, inclusive=inclusive)


def test_cache_writes_said_twice_must_agree() -> None:
    usage = {
        "input": [9, 9, 9],
        "cache_write": [3, 3, 4],
        "cache_write_5m": [1, 1, 1],
        "cache_write_1h": [2, 2, 2],
    }
    columns = {key: np.array(counts) for key, counts in usage.items()}
    with pytest.raises(KplanError, match=r"calls\[2\]: cache_write is 4, but .* add up to 3"):
        price_calls(CACHES, model="m", at=AT, usage=columns)
    fine = price_calls(CACHES, model="m", at=AT, usage={key: c[:2] for key, c in columns.items()})
    assert fine.total_usd == 2 * (6 * Decimal(3) + Decimal("3.75") + 2 * Decimal(6)) / 10**6
    with pytest.raises(KplanError, match="both given"):
        price_calls(CACHES, model="m", at=AT, usage=columns, convention="exclusive")


# --- sums ---------------------------------------------------------------------------------------------


def test_totals_lose_no_token_at_any_size() -> None:
    """Sums far above 2**53 and 2**63, where float64 and int64 fail."""
    n = 3 * price.BLOCK + 5
    counts = np.full(n, 2**53 - 1)
    counts[::7] = 3
    found = price_calls(CACHES, model="m", at=AT, usage={"output": counts})
    quantity = sum(counts.tolist())
    assert quantity > 2**63
    assert [cell.quantity for cell in found.cells] == [quantity]
    assert found.total_usd == quantity * Decimal(15) / 10**6


@pytest.mark.parametrize("n", [0, 1, price.BLOCK - 1, price.BLOCK, price.BLOCK + 1])
def test_blocks_do_not_show(n: int) -> None:
    counts = np.arange(n)
    found = price_calls(CACHES, model="m", at=AT, usage={"input": counts, "cache_read": counts // 2})
    assert found.cost_usd.shape == (n,)
    assert sum(cell.quantity for cell in found.cells) == n * (n - 1) // 2
    np.testing.assert_allclose(found.cost_usd.sum(), float(found.total_usd), rtol=1e-12)


def test_no_calls_cost_nothing() -> None:
    none = np.zeros(0, int)
    for model in ("m", [], (none, ["m"])):
        found = price_calls(CACHES, model=model, at=np.zeros(0, "M8[s]"), usage={"input": none})
        assert (len(found.cost_usd), found.total_usd, found.cells) == (0, 0, ())


def test_many_labels_of_which_few_occur() -> None:
    """Beyond some hundreds of combinations only those that occur are looked up."""
    names = [f"unknown {n}" for n in range(200)] + ["m"]
    n = 2 * price.BLOCK
    codes = np.full(n, 200, dtype=np.uint64)
    modes = (np.arange(n) % 2, ["no such mode", "standard"])
    usage = {"input": np.ones(n, int)}
    found = price_calls(CACHES, model=(codes, names), mode="standard", at=AT, usage=usage)
    assert found.total_usd == n * Decimal(3) / 10**6
    with pytest.raises(KplanError) as caught:
        price_calls(CACHES, model=(codes, names), mode=modes, at=AT, usage=usage)
    assert [problem.path for problem in caught.value.problems] == ["calls[0]"]
    codes[-1] = 7
    with pytest.raises(KplanError, match=rf'calls\[{n - 1}\]: no model "unknown 7"'):
        price_calls(CACHES, model=(codes, names), at=AT, usage=usage)


def test_a_free_model_and_a_call_of_nothing_cost_nothing_but_are_counted() -> None:
    free = book_of({"free": {"input": "0", "output": "0"}})
    found = price_calls(
        free, model="free", at=AT, usage={"input": np.array([5, 0]), "output": np.array([1, 0])}
    )
    assert (found.cost_usd.tolist(), found.total_usd) == ([0.0, 0.0], 0)
    assert {cell.meter: cell.quantity for cell in found.cells} == {"input": 5, "output": 1}


def test_a_request_is_billed_once_a_call_unless_it_is_counted() -> None:
    usage = {"input": np.array([0, 10, 10])}
    asked = price_calls(MARGINAL, model="plain", at=AT, usage=usage)
    assert asked.total_usd == 3 * Decimal("0.003") + 20 * Decimal("0.000001")
    counted = price_calls(MARGINAL, model="plain", at=AT, usage=usage | {"request": np.array([0, 1, 4])})
    assert counted.total_usd == 5 * Decimal("0.003") + 20 * Decimal("0.000001")


# --- what is refused ----------------------------------------------------------------------------------

Refused = Callable[..., KplanError]


@pytest.fixture
def refused(book: Book) -> Refused:
    def found(**columns: Any) -> KplanError:
        said = {"model": "gpt-4o", "at": date(2026, 11, 1), "usage": {"input": np.array([1, 2, 3])}}
        with pytest.raises(KplanError) as caught:
            price_calls(book, **(said | columns))
        return caught.value

    return found


def test_all_that_is_unknown_is_named_at_once_with_its_first_call(refused: Refused) -> None:
    usage = {"input": np.full(7, 10), "rerank_search": np.array([0, 0, 0, 0, 0, 0, 2])}
    error = refused(
        model=["gpt-4o", "gpt-4o", "claude-hiku-4-5", "gpt-9", "gpt-9", "gpt-4o", "gpt-4o"],
        mode=["standard", "flax", "flex", "standard", "standard", "standard", "standard"],
        region=["", "", "", "", "", "eu", ""],
        usage=usage,
    )
    assert [str(problem).partition(";")[0].partition(" (k")[0] for problem in error.problems] == [
        "calls[1]: openai/gpt-4o has no flax price",
        'calls[2]: no model "claude-hiku-4-5"',
        'calls[3]: no model "gpt-9"',
        'calls[5]: openai/gpt-4o has no price for region "eu"',
        "calls[6]: openai/gpt-4o has no price for rerank_search",
    ]


def test_a_meter_that_no_model_has_is_refused_even_for_nothing(refused: Refused) -> None:
    none = np.zeros(3, int)
    error = refused(usage={"imput": none, "output": none, "widget": none})
    assert [problem.what.partition(";")[0] for problem in error.problems] == [
        'no meter "imput"',
        'no meter "widget"',
    ]


def test_a_meter_without_a_price_is_fine_while_it_counts_nothing(book: Book) -> None:
    usage = {"input": np.array([10, 10]), "rerank_search": np.array([0, 0])}
    assert price_calls(book, model="gpt-4o", at=AT, usage=usage).total_usd > 0


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (np.array([1, -2, -3]), "calls[1]: input is -2; it must not be negative"),
        (np.array([1, 2, 2**53]), "calls[2]: input is 9007199254740992, more than a call can hold (2**53)"),
        (
            np.array([1, 2**64 - 1, 2], dtype=np.uint64),
            "calls[1]: input is 18446744073709551615, more than",
        ),
        (np.array([1, 2**70, 2], dtype=object), 'usage["input"][1]: 1180591620717411303424 is more than'),
        (
            np.array([1.0, 2.0, 2.5]),
            'usage["input"][2]: 2.5 is not a whole number; counts must be a column of',
        ),
        (np.array([1.0, np.nan, 2.5]), 'usage["input"][1]: nan is not a whole number'),
        (
            np.array([1.0, 2.0, 3.0]),
            'usage["input"][0]: 1.0 is a float64; counts must be a column of integers',
        ),
        (np.array([True, False, True]), "counts must be a column of integers, not bool"),
        (np.array([3, None, 1], dtype=object), 'usage["input"][1]: None is not a whole number'),
        (np.array([3, "4", 1], dtype=object), "usage[\"input\"][1]: '4' is not a whole number"),
        (np.array([[1, 2, 3]]), 'usage["input"] must be a column, not int64 of shape (1, 3)'),
        (7, 'usage["input"] must be a column, not int64 of shape ()'),
    ],
)
def test_counts_that_cannot_be_are_refused_with_their_call(refused: Refused, counts: Any, said: str) -> None:
    assert said in str(refused(usage={"input": counts}))


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i4"])
def test_any_integers_do(book: Book, dtype: str) -> None:
    usage = {"input": np.array([100, 120], dtype=dtype), "cache_read": np.array([100, 0], dtype=dtype)}
    found = price_calls(book, model="gpt-4o", at=AT, usage=usage)
    assert found.total_usd == (100 * Decimal("1.25") + 120 * Decimal("2.5")) / 10**6


def test_parts_larger_than_their_whole_are_refused_with_their_call(refused: Refused) -> None:
    usage = {"input": np.array([9, 9, 9, 9]), "cache_read": np.array([9, 10, 11, 0]),
             "output": np.array([5, 5, 5, 5]), "reasoning": np.array([5, 0, 0, 6])}  # fmt: skip
    assert [str(problem) for problem in refused(usage=usage).problems] == [
        "calls[1]: input is 9, less than what it includes (cache_read 10); input counts them too",
        "calls[3]: output is 5, less than what it includes (reasoning 6); output counts them too",
    ]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"model": (np.array([0, 1, -1]), ["gpt-4o", "o3"])}, "model[2]: no label"),
        ({"model": (np.array([0, 2, 1]), ["gpt-4o", "o3"])}, "model[1]: code 2 of 2 categories"),
        (
            {"model": (np.array([0.0, 1.0, 1.0]), ["gpt-4o", "o3"])},
            "model: codes must be a column of integers",
        ),
        ({"model": ["gpt-4o", None, "o3"]}, "model[1]: None is not a text"),
        ({"mode": ["standard", "batch"]}, 'columns of different lengths: usage["input"] 3, mode 2'),
        ({"usage": {}}, "usage is empty"),
        ({"at": np.array([0, 1, 2])}, "at must be a column of datetime64, days or finer, not int64"),
        ({"at": np.array(["2026-11", "2026-11", "2026-12"], "datetime64[M]")}, "days or finer"),
        ({"at": np.array(["2026-11-01", "NaT", "NaT"], "datetime64[s]")}, "at[1]: no instant"),
        ({"at": np.array([1, 2, 3], "datetime64[s]")}, "at[0]: 1970-01-01T00:00:01 is outside 2000..2199"),
        ({"at": "soon"}, "at 'soon' is no date"),
        ({"at": 5}, "at 5 is no date"),
        ({"convention": "both"}, 'convention "both"; it must be inclusive or exclusive'),
    ],
)
def test_columns_that_cannot_be(refused: Refused, columns: dict[str, Any], said: str) -> None:
    assert said in str(refused(**columns))


def test_a_model_is_refused_outside_its_life_call_by_call() -> None:
    lives = book_of(
        {"m": {"input": "1"}, "n": {"input": "2"}},
        models=(ModelRow("test", "m", released_on=date(2026, 3, 1), retires_on=date(2026, 6, 1)),),
    )
    at = np.array(["2026-02-28T23", "2026-03-01", "2026-05-31T23", "2026-06-01"], dtype="datetime64[h]")
    usage = {"input": np.full(4, 10)}
    with pytest.raises(KplanError) as caught:
        price_calls(lives, model="m", at=at, usage=usage)
    assert [problem.path for problem in caught.value.problems] == ["calls[0]", "calls[3]"]
    inside = price_calls(lives, model="m", at=at[1:3], usage={"input": np.full(2, 10)})
    assert (
        inside.total_usd
        == price_calls(lives, model="m", at=at, usage=usage, allow_retired=True).total_usd / 2
    )
    assert price_calls(lives, model="n", at=at, usage=usage).total_usd == Decimal("0.00008")


# --- how columns may be held --------------------------------------------------------------------------


def test_labels_and_instants_in_every_form() -> None:
    pd = pytest.importorskip("pandas")
    labels = ["night", "still", "night", "still"]
    category = pd.Categorical(labels, categories=["not used", "still", "night"])
    pair = (np.array([1, 0, 1, 0], dtype=np.int8), ["still", "night"])
    usage = {"input": pd.Series([1000, 2000, 3000, 4000])}
    instants = ["2026-10-23T21:59:59", "2026-10-23T22:00", "2026-10-25T00:30", "2026-03-29T01:00"]
    at = np.array(instants, dtype="datetime64[s]")
    wanted = price_calls(HOURS, model=labels, at=at, usage=usage)
    assert len({*wanted.cost_usd.tolist()}) == 4
    for model in (category, pd.Series(category), pd.Series(labels), np.array(labels), pair, tuple(labels)):
        assert (
            price_calls(HOURS, model=model, at=at, usage=usage).cost_usd.tolist() == wanted.cost_usd.tolist()
        )
    for unit in ("ms", "us", "ns"):
        column = pd.Series(at.astype(f"datetime64[{unit}]"))
        assert price_calls(HOURS, model=labels, at=column, usage=usage).total_usd == wanted.total_usd
    listed = at.astype(object).tolist()
    assert price_calls(HOURS, model=labels, at=listed, usage=usage).total_usd == wanted.total_usd
    aware = pd.Series(at).dt.tz_localize("UTC")
    with pytest.raises(KplanError, match="tz_convert"):
        price_calls(HOURS, model=labels, at=aware, usage=usage)


def test_days_are_their_midnights_and_one_instant_is_for_all() -> None:
    days = np.array(["2026-01-05", "2026-07-06", "2026-07-06"], dtype="datetime64[D]")
    usage = {"input": np.array([1000, 1000, 1000])}
    by_day = price_calls(HOURS, model="night", at=days, usage=usage)
    assert (
        by_day.total_usd == price_calls(HOURS, model="night", at=days.astype("M8[ns]"), usage=usage).total_usd
    )
    at_once = price_calls(HOURS, model="night", at=date(2026, 1, 5), usage=usage)
    assert at_once.cost_usd.tolist() == [by_day.cost_usd[0]] * 3
    zoned = datetime.fromisoformat("2026-01-05T05:59:59+01:00")
    assert price_calls(HOURS, model="night", at=zoned, usage=usage).total_usd == 3 * Decimal("0.001")
    assert price_calls(HOURS, model="night", at=zoned.replace(hour=6), usage=usage).total_usd == 3 * Decimal(
        "0.004"
    )

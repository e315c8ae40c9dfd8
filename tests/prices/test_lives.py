from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.places import folder
from kplan.prices.book import load_book
from kplan.prices.importers.litellm_lives import lives
from kplan.prices.lives import (
    LIVES_FILE,
    VENDOR_LIVES_FILE,
    Life,
    read_lives,
    vendor_lives,
    with_lives,
    write_lives,
)
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

RETIRES = date(2027, 6, 30)
MODEL = ModelRow("acme", "m", context_window=1000, source="book")


def test_lives_survive_being_written(tmp_path: Path) -> None:
    known = [
        Life("b", "m", 9, 5, date(2026, 1, 1), None, RETIRES, "b/n", "us", "https://x", date(2026, 2, 1)),
        Life("a", "m"),
    ]
    write_lives(known, tmp_path / "lives.csv")
    assert read_lives(tmp_path / "lives.csv") == known[::-1]
    assert read_lives(tmp_path / "none.csv") == []


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_lives([Life("a", "m", retires_on=RETIRES)], tmp_path / "l.csv")
    text = (tmp_path / "l.csv").read_text(encoding="utf-8")
    (tmp_path / "l.csv").write_text(text.replace("2027-06-30", "soon"), encoding="utf-8")
    with pytest.raises(KplanError, match=r"l\.csv:2: .*soon"):
        read_lives(tmp_path / "l.csv")


def test_a_life_is_put_on_its_model() -> None:
    life = Life("acme", "m", max_output=1000, retires_on=RETIRES, source="us")
    (lived,), skipped = with_lives([MODEL], [], [life])
    assert (lived.max_output, lived.retires_on, lived.source) == (1000, RETIRES, "book, us")
    assert not skipped


def test_a_context_window_fills_a_gap_and_never_more() -> None:
    life = Life("acme", "m", 500, source="us")
    assert with_lives([MODEL], [], [life]) == ([MODEL], [])
    (lived,), _ = with_lives([replace(MODEL, context_window=None)], [], [life])
    assert (lived.context_window, lived.source) == (500, "book, us")


@pytest.mark.parametrize(("window", "believed"), [(200_000, False), (200_001, True)])
def test_a_window_reaches_the_prices_that_the_model_has(window: int, believed: bool) -> None:
    rows = [PriceRow("acme", "m", "input", Decimal(1), over_input_tokens=200_000)]
    (lived,), skipped = with_lives([ModelRow("acme", "m")], rows, [Life("acme", "m", window)])
    assert (lived.context_window == window) is believed
    assert [skip.what for skip in skipped] == ([] if believed else ["acme/m context_window"])


@pytest.mark.parametrize(("starts", "believed"), [(date(2026, 1, 2), True), (date(2026, 1, 1), False)])
def test_a_model_is_released_before_it_is_priced(starts: date, believed: bool) -> None:
    rows = [PriceRow("acme", "m", "input", Decimal(1), valid_from=starts)]
    (lived,), _ = with_lives([MODEL], rows, [Life("acme", "m", released_on=date(2026, 1, 2))])
    assert (lived.released_on is not None) is believed


def test_the_earlier_source_wins_and_the_other_is_told() -> None:
    vendor = Life("acme", "m", retires_on=RETIRES, source_url="https://v", checked_on=date(2027, 1, 1))
    machine = Life("acme", "m", max_output=5, retires_on=date(2027, 1, 1), source="machine")
    (lived,), (skip,) = with_lives([MODEL], [], [vendor, machine])
    assert (lived.retires_on, lived.max_output) == (RETIRES, 5)
    assert lived.source == "book, https://v (2027-01-01), machine"
    assert skip.what == "acme/m retires_on"
    assert skip.why == "2027-01-01 by machine, but 2027-06-30 by https://v (2027-01-01)"


def test_vendors_pages_name_themselves_agree_and_end_after_they_begin(tmp_path: Path) -> None:
    page = {"source_url": "https://v", "checked_on": date(2027, 1, 1)}
    good = Life("acme", "g", deprecated_on=RETIRES, retires_on=RETIRES, **page)
    more = Life("acme", "g", released_on=date(2026, 1, 1), **page)
    write_lives([good, more], tmp_path / "v.csv")
    (told,) = vendor_lives(tmp_path / "v.csv")
    assert (told.released_on, told.deprecated_on, told.retires_on) == (date(2026, 1, 1), RETIRES, RETIRES)
    bad = [
        Life("acme", "a", successor="b", source="hearsay"),
        replace(good, retires_on=date(2027, 7, 1)),
        Life("acme", "o", released_on=RETIRES, retires_on=date(2027, 6, 29), **page),
    ]
    write_lives([good, *bad], tmp_path / "v.csv")
    with pytest.raises(KplanError) as caught:
        vendor_lives(tmp_path / "v.csv")
    assert [problem.what.partition(": ")[2] for problem in caught.value.problems] == [
        "acme/a names no source_url and checked_on",
        "acme/g retires_on: 2027-07-01 by https://v (2027-01-01), but 2027-06-30 by https://v (2027-01-01)",
        "acme/o retires_on: 2027-06-29 is before released_on, 2027-06-30",
    ]


@pytest.mark.parametrize(("starts", "believed"), [(date(2027, 6, 29), True), (RETIRES, False)])
def test_a_model_does_not_retire_before_its_price_begins(starts: date, believed: bool) -> None:
    rows = [PriceRow("acme", "m", "input", Decimal(1), valid_from=starts)]
    (lived,), skipped = with_lives([MODEL], rows, [Life("acme", "m", max_output=5, retires_on=RETIRES)])
    assert (lived.retires_on == RETIRES) is believed
    assert [skip.what for skip in skipped] == ([] if believed else ["acme/m retires_on"])
    assert lived.max_output == 5


def test_an_output_is_not_larger_than_the_context() -> None:
    (lived,), (skip,) = with_lives([MODEL], [], [Life("acme", "m", max_output=1001, retires_on=RETIRES)])
    assert lived.max_output is None
    assert lived.retires_on == RETIRES
    assert skip.why == "1001 is above the context window, 1000"


def test_a_life_of_no_model_is_reported() -> None:
    _, (skip,) = with_lives([MODEL], [], [Life("acme", "n", max_output=5)])
    assert (skip.what, skip.why) == ("acme/n", "no such model in the book")


def test_litellm_is_read_by_provider_and_very_id(tmp_path: Path) -> None:
    entries = {
        "gemini/g": {"litellm_provider": "gemini", "max_output_tokens": 9, "source": "https://x"},
        "g": {"litellm_provider": "vertex_ai", "deprecation_date": "2026-01-01"},
        "gemini/h": {"litellm_provider": "gemini", "max_output_tokens": 9},
        "gemini/i": {"litellm_provider": "gemini"},
    }
    (tmp_path / "l.json").write_text(json.dumps(entries), encoding="utf-8")
    models = [ModelRow("google", "g"), ModelRow("google", "i")]
    assert lives(tmp_path / "l.json", "LiteLLM 1", models) == [
        Life("google", "g", max_output=9, source="LiteLLM 1", source_url="https://x")
    ]
    (tmp_path / "l.json").write_text("[", encoding="utf-8")
    with pytest.raises(KplanError, match="not LiteLLM's JSON"):
        lives(tmp_path / "l.json", "LiteLLM 1", models)


@pytest.mark.parametrize(
    ("entries", "limits"),
    [
        ({"m": ("chat", 7), "m-01": ("chat", 8)}, (7, 1)),
        ({"m-01": ("chat", 8)}, (8, 1)),
        ({"m-01": ("chat", 8), "m-02": ("chat", 8)}, (8, 1)),
        ({"m-01": ("chat", 8), "m-02": ("chat", 9)}, None),
        ({"m-latest": ("chat", 8)}, None),
        ({"m": ("embedding", 7)}, (7, 1)),
        ({"m": ("rerank", 7)}, (None, 1)),
    ],
)
def test_limits_by_alias_where_aliases_agree_and_do_not_roll(
    tmp_path: Path, entries: dict[str, tuple[str, int]], limits: tuple[int | None, int] | None
) -> None:
    said = {
        name: {"litellm_provider": "openai", "mode": mode, "max_input_tokens": window, "max_output_tokens": 1}
        for name, (mode, window) in entries.items()
    }
    (tmp_path / "l.json").write_text(json.dumps(said), encoding="utf-8")
    model = ModelRow("openai", "m", ("m-01", "m-02", "m-latest"))
    found = lives(tmp_path / "l.json", "us", [model])
    assert [(life.model, life.context_window, life.max_output) for life in found] == (
        [("m", *limits)] if limits else []
    )


def test_a_snapshots_end_is_not_the_end_of_its_model(tmp_path: Path) -> None:
    said = {"m-01": {"litellm_provider": "openai", "max_output_tokens": 1, "deprecation_date": "2026-01-01"}}
    (tmp_path / "l.json").write_text(json.dumps(said), encoding="utf-8")
    (life,) = lives(tmp_path / "l.json", "us", [ModelRow("openai", "m", ("m-01",))])
    assert (life.max_output, life.retires_on) == (1, None)


def test_every_shipped_life_has_a_source() -> None:
    shipped = read_lives(folder("pricing") / LIVES_FILE)
    assert len(shipped) > 400
    assert all(life.source for life in shipped)


def test_what_vendors_say_is_in_the_book_as_they_say_it() -> None:
    """Every model and successor is one of the book's, every fact is there and none was doubted."""
    book = load_book(())
    told = vendor_lives(folder("pricing") / VENDOR_LIVES_FILE)
    assert len(told) > 100
    for life in told:
        model = book.find(f"{life.provider}/{life.model}")
        assert (model.provider, model.id) == life.key
        assert {name: getattr(model, name) for name in life.facts()} == life.facts()
        assert life.source_url.startswith("https://")
        if life.successor:
            book.find(f"{life.provider}/{life.successor}")


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ("gemini-2.5-pro", 1_048_576),
        ("gemini-3.1-pro-preview", 1_048_576),
        ("mistral-large", 128_000),
        ("mistral-medium-latest", 262_144),
        ("command-r-plus", 128_000),
        ("command-a", 256_000),
        ("voyage-4", 32_000),
        ("groq/llama-3.3-70b-versatile", 131_072),
        ("claude-haiku-5-5", 1_000_000),
    ],
)
def test_windows_of_models_that_people_use(model: str, window: int) -> None:
    assert load_book(()).find(model).context_window == window

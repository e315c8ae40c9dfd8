from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.places import folder
from kplan.prices.importers.litellm_lives import lives
from kplan.prices.lives import Life, read_lives, with_lives, write_lives
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow

RETIRES = date(2027, 6, 30)
MODEL = ModelRow("acme", "m", context_window=1000, source="book")


def test_lives_survive_being_written(tmp_path: Path) -> None:
    known = [Life("b", "m", 5, date(2026, 1, 1), None, RETIRES, "b/n", "us", "https://x"), Life("a", "m")]
    write_lives(known, tmp_path / "lives.csv")
    assert read_lives(tmp_path / "lives.csv") == known[::-1]
    assert read_lives(tmp_path / "none.csv") == []


def test_a_life_is_put_on_its_model() -> None:
    (lived,), skipped = with_lives([MODEL], [], [Life("acme", "m", 1000, retires_on=RETIRES, source="us")])
    assert (lived.max_output, lived.retires_on, lived.source) == (1000, RETIRES, "book, us")
    assert not skipped


@pytest.mark.parametrize(("starts", "believed"), [(date(2027, 6, 29), True), (RETIRES, False)])
def test_a_model_does_not_retire_before_its_price_begins(starts: date, believed: bool) -> None:
    rows = [PriceRow("acme", "m", "input", Decimal(1), valid_from=starts)]
    (lived,), skipped = with_lives([MODEL], rows, [Life("acme", "m", 5, retires_on=RETIRES)])
    assert (lived.retires_on == RETIRES) is believed
    assert [skip.what for skip in skipped] == ([] if believed else ["acme/m retires_on"])
    assert lived.max_output == 5


def test_an_output_is_not_larger_than_the_context() -> None:
    (lived,), (skip,) = with_lives([MODEL], [], [Life("acme", "m", 1001, retires_on=RETIRES)])
    assert lived.max_output is None
    assert lived.retires_on == RETIRES
    assert skip.why == "1001 is above the context window, 1000"


def test_a_life_of_no_model_is_reported() -> None:
    _, (skip,) = with_lives([MODEL], [], [Life("acme", "n", 5)])
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
        Life("google", "g", 9, source="LiteLLM 1", source_url="https://x")
    ]
    (tmp_path / "l.json").write_text("[", encoding="utf-8")
    with pytest.raises(KplanError, match="not LiteLLM's JSON"):
        lives(tmp_path / "l.json", "LiteLLM 1", models)


def test_every_shipped_life_has_a_source() -> None:
    shipped = read_lives(folder("pricing") / "lives.csv")
    assert len(shipped) > 400
    assert all(life.source for life in shipped)

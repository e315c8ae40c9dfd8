"""How tokens become seconds."""

from __future__ import annotations

import numpy as np
import pytest

from kplan.engine.flow.speeds import Speed, Speeds

FAST = Speed(0.45, 140.0, 0.00002)


def test_a_call_takes_its_first_token_its_prefill_and_its_output() -> None:
    usage = {"input": 9_000.0, "cache_write_5m": 1_000.0, "output": 100.0, "reasoning": 40.0}
    assert FAST.seconds(usage) == pytest.approx(0.45 + 10_000 * 0.00002 + 140 / 140, rel=1e-15)


def test_what_a_prompt_cache_holds_needs_no_prefill() -> None:
    cold = FAST.seconds({"input": 10_000.0, "output": 0.0})
    warm = FAST.seconds({"input": 1_000.0, "cache_read": 9_000.0, "output": 0.0})
    assert cold - warm == pytest.approx(9_000 * 0.00002)


def test_units_that_are_no_tokens_take_no_time() -> None:
    assert FAST.seconds({"web_search": 3.0, "read_unit": 2.0}) == 0.45


def test_people_take_the_minutes_that_they_are_billed_for() -> None:
    assert Speed(0.0).seconds({"human_minute": 2.5}) == 150.0


def test_embedded_tokens_are_read() -> None:
    assert Speed(0.03, None, 0.00001).seconds({"embedding": 2_000.0}) == pytest.approx(0.05)


def test_arrays_of_calls() -> None:
    seconds = FAST.seconds({"input": np.zeros(2), "output": np.array([140.0, 280.0])})
    assert seconds == pytest.approx(np.array([1.45, 2.45]))


def test_output_without_its_speed_is_unknown_and_never_free() -> None:
    slow = Speed(0.45)
    assert slow.is_known({"input": 5.0, "output": 0.0})
    assert slow.seconds({"input": 5.0, "output": 0.0}) == 0.45
    for output in (1.0, np.array([0.0, 1.0])):
        assert not slow.is_known({"input": 5.0, "output": output})
        with pytest.raises(ValueError, match="tokens per second"):
            slow.seconds({"input": 5.0, "output": output})


def test_a_stage_of_its_own_speed_comes_before_its_model() -> None:
    speeds = Speeds({"m": Speed(1.0)}, {("answer", "m"): Speed(2.0), ("nightly", "m"): None})
    assert speeds.of("nightly", "m") is None
    assert (speeds.of("answer", "m"), speeds.of("check", "m")) == (Speed(2.0), Speed(1.0))
    assert speeds.of("answer", "other") is None

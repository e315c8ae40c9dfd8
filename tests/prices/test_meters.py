from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kplan.errors import KplanError
from kplan.prices.meters import METERS, chain, disjoint, is_input, is_text


def counts(**usage: int) -> dict[str, Decimal]:
    return {key: Decimal(count) for key, count in usage.items()}


def test_the_one_hour_write_falls_back_on_the_five_minute_one_and_then_on_input() -> None:
    assert chain("cache_write_1h") == ("cache_write_1h", "cache_write_5m", "input")
    assert chain("annotated_page") == ("annotated_page", "page")
    assert chain("their_own_meter") == ("their_own_meter",)


def test_the_input_family_counts_toward_thresholds() -> None:
    counted = {meter for meter in METERS if is_input(meter)}
    assert counted == {
        *("input", "cache_read", "cache_write_5m", "cache_write_1h", "audio_in", "image_in", "video_in"),
        *("cache_read_audio", "cache_read_image"),
    }
    assert not is_input("embedding")
    assert not is_input("their_own_meter")


def test_embedding_falls_back_on_input_without_being_part_of_it() -> None:
    assert chain("embedding") == ("embedding", "input")
    assert disjoint(counts(input=10, embedding=7)) == counts(input=10, embedding=7)


def test_tokenizers_make_text_and_nothing_else() -> None:
    text = {meter for meter in METERS if is_text(meter)}
    assert text == {
        *("input", "cache_read", "cache_write_5m", "cache_write_1h", "embedding"),
        *("output", "reasoning", "citation"),
    }
    assert {METERS[meter].unit for meter in text} == {"token"}


def test_inclusive_usage_is_taken_apart_once() -> None:
    usage = counts(input=1000, cache_read=400, cache_write=100, cache_write_1h=60, output=50, reasoning=20)
    assert disjoint(usage) == counts(
        input=500, cache_read=400, cache_write_5m=40, cache_write_1h=60, output=30, reasoning=20
    )


def test_five_minute_and_one_hour_writes_may_be_said_alone() -> None:
    usage = counts(input=1000, cache_write_5m=40, cache_write_1h=60)
    assert disjoint(usage) == counts(input=900, cache_write_5m=40, cache_write_1h=60)
    assert disjoint(usage | counts(cache_write=100)) == disjoint(usage)
    with pytest.raises(KplanError, match=r"cache_write is 101.*add up to 100"):
        disjoint(usage | counts(cache_write=101))


def test_cached_audio_is_part_of_the_cache_reads() -> None:
    usage = counts(input=100, audio_in=10, cache_read=30, cache_read_audio=20)
    assert disjoint(usage) == counts(input=60, audio_in=10, cache_read=10, cache_read_audio=20)


def test_exclusive_usage_stands_as_it_is() -> None:
    usage = counts(input=1000, cache_read=4000, cache_write=100, cache_write_1h=600)
    assert disjoint(usage, inclusive=False) == counts(
        input=1000, cache_read=4000, cache_write_5m=100, cache_write_1h=600
    )
    with pytest.raises(KplanError, match="both given"):
        disjoint(counts(cache_write=1, cache_write_5m=1), inclusive=False)


@pytest.mark.parametrize(
    ("usage", "message"),
    [
        (counts(input=99, cache_read=100), "input is 99.*cache_read 100"),
        (counts(input=100, cache_write=4, cache_write_1h=5), "cache_write is 4.*cache_write_1h 5"),
        (counts(output=9, reasoning=10), "output is 9.*reasoning 10"),
        (counts(reasoning=10), "output is 0.*reasoning 10"),
        (counts(input=-1), "input is -1; it must not be negative"),
        ({"input": Decimal("nan")}, "must be a finite number"),
        ({"output": Decimal("inf")}, "must be a finite number"),
        (counts(imput=1), 'no meter "imput"; did you mean "input"?'),
    ],
)
def test_what_cannot_be_is_refused_with_both_numbers(usage: dict[str, Decimal], message: str) -> None:
    with pytest.raises(KplanError, match=message.replace("?", r"\?")):
        disjoint(usage)


def test_parts_may_fill_their_whole_exactly() -> None:
    assert disjoint(counts(input=100, cache_read=100))["input"] == 0


def test_a_meter_of_the_users_own_stands_beside_the_others() -> None:
    usage = counts(widget=2, input=100, cache_read=40)
    assert disjoint(usage, own=["widget", "input"]) == counts(input=60, cache_read=40, widget=2)
    assert disjoint(usage, inclusive=False, own=["widget"]) == usage
    with pytest.raises(KplanError, match='no meter "widgte"; did you mean "widget"'):
        disjoint(counts(widgte=2), own=["widget"])
    with pytest.raises(KplanError, match='no meter "widget"'):
        disjoint(usage)


def test_all_problems_come_at_once() -> None:
    with pytest.raises(KplanError) as caught:
        disjoint(counts(imput=1, output=-2))
    assert len(caught.value.problems) == 2


@given(st.dictionaries(st.sampled_from(sorted(METERS)), st.integers(0, 10**9)))
def test_nothing_is_lost_or_counted_twice(buckets: dict[str, int]) -> None:
    """Adding the buckets up and taking them apart again gives them back."""
    totals = {key: Decimal(count) for key, count in buckets.items()}
    for meter in ("cache_read_audio", "cache_read_image"):
        if meter in buckets:
            totals["cache_read"] = totals.get("cache_read", Decimal(0)) + buckets[meter]
    for meter in buckets:
        root = chain(meter)[-1]
        if METERS[root].family == METERS[meter].family and meter != root:
            totals[root] = totals.get(root, Decimal(0)) + buckets[meter]
    back = {meter: count for meter, count in disjoint(totals).items() if count}
    assert back == {meter: count for meter, count in buckets.items() if count}

"""Each provider's rule with a case worked by hand, on kplan's own limits with small amounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from kplan.capacity.entrances import Visitors, admitted, entrance, share_refused, smallest_amount
from kplan.capacity.limit_book import load_limits
from kplan.capacity.limit_files import limits_of
from kplan.capacity.limits import Limit
from kplan.errors import KplanError
from kplan.prices.models import ModelRow

DAY = date(2026, 11, 1)


def limit(model: str, name: str, amount: int, tier: str, service: str = "") -> Limit:
    """A limit of kplan's own with another amount."""
    provider, _, id_ = model.partition("/")
    found = load_limits().in_force(ModelRow(provider, id_), DAY, tier, service)
    return replace(next(each for each in found if each.counting.name == name), amount=Decimal(amount))


def visitors(at: list[float], lasts_s: list[float] | None = None, **amounts: list[float]) -> Visitors:
    held = {name: np.array(each, np.float64) for name, each in amounts.items()}
    return Visitors(
        np.array(at, np.float64),
        {"request": np.ones(len(at)), **held},
        lasts_s and np.array(lasts_s, np.float64),
    )


def test_anthropic_counts_fresh_input_and_cache_writes_but_no_reads() -> None:
    """6,000 a minute are 100 a second: 6,000 at once, then 300 fresh ones wait 3 s, however much is read."""
    calls = visitors(
        [0, 0, 0],
        input=[5_000, 200, 0],
        cache_write=[1_000, 100, 0],
        cache_read=[9e6, 9e6, 9e6],
        output=[9] * 3,
    )
    itpm = limit("anthropic/claude-opus-5", "input", 6_000, "Scale")
    assert calls.charged(itpm).tolist() == [6_000, 300, 0]
    assert entrance(itpm, calls)(calls.at_s).tolist() == pytest.approx([0, 3, 3])


def test_anthropic_haiku_3_5_counts_cache_reads_too() -> None:
    itpm = limit("anthropic/claude-3-5-haiku-latest", "input_with_reads", 6_000, "Scale")
    assert visitors([0], input=[10], cache_read=[30], cache_write=[5]).charged(itpm).tolist() == [45]


def test_anthropic_counts_output_as_made_whatever_max_tokens_says() -> None:
    otpm = limit("anthropic/claude-opus-5", "output", 6_000, "Scale")
    assert visitors([0], output=[70], max_tokens=[64_000]).charged(otpm).tolist() == [70]


def test_openai_counts_the_larger_of_max_tokens_and_the_prompt() -> None:
    """6,000 a minute: max_tokens of 4,000 beats a prompt of 1,000, and a prompt of 5,000 beats it."""
    tpm = limit("openai/gpt-6-sol", "tokens", 6_000, "Tier 1")
    calls = visitors(
        [0, 0], input=[1_000, 3_000], cache_read=[0, 2_000], output=[10, 10], max_tokens=[4_000, 4_000]
    )
    assert calls.charged(tpm).tolist() == [4_000, 5_000]
    assert entrance(tpm, calls)(calls.at_s).tolist() == pytest.approx([0, 30])


def test_azure_counts_prompt_and_max_tokens_by_the_minute() -> None:
    """6,000 a minute: three of 2,000 at 50 s fill the minute; the fourth waits for its end, for no refill."""
    tpm = limit("azure/gpt-5", "tokens", 6_000, "Tier 1", "GlobalStandard")
    calls = visitors([50, 50, 50, 51, 61], input=[1_200] * 5, output=[1] * 5, max_tokens=[800] * 5)
    assert calls.charged(tpm).tolist() == [2_000] * 5
    assert entrance(tpm, calls)(calls.at_s).tolist() == [50, 50, 50, 60, 61]


def test_azure_looks_at_requests_over_ten_seconds() -> None:
    """600 requests a minute are 100 in 10 s, as the vendor explains with 10 in 1 s: the 101st waits."""
    rpm = limit("azure/gpt-5", "requests", 600, "Tier 1", "GlobalStandard")
    at = entrance(rpm, visitors([3.0] * 101))(np.full(101, 3.0))
    assert (at[:100].max(), at[100]) == (3, 10)
    in_one_second = replace(rpm, counting=replace(rpm.counting, window_s=Decimal(1)))
    at = entrance(in_one_second, visitors([3.0] * 11))(np.full(11, 3.0))
    assert (at[:10].max(), at[10]) == (3, 4)


def test_bedrock_reserves_and_settles_with_five_times_the_output() -> None:
    """AWS's own sums: 10 in and 750 out are 3,760 in the end, 2,005 and 200 are 3,005."""
    found = load_limits()
    five = next(
        each for file in found.files for (_, name), each in file.countings.items() if name == "tokens_5x"
    )
    base = limit("aws/global.anthropic.claude-opus-5-5", "tokens_10x", 6_000, "default", "cross-region")
    tpm = replace(base, counting=five)
    calls = visitors([0, 0], [2, 2], input=[10, 2_005], output=[750, 200], max_tokens=[4_000, 1_000])
    assert calls.settled(tpm).tolist() == [3_760, 3_005]
    assert calls.charged(tpm).tolist() == [4_010, 3_005]
    # 1,990 are left, 100 come in each second and 250 back at 2 s, which makes 2,440; 565 more by 7.65 s
    assert entrance(tpm, calls)(calls.at_s).tolist() == pytest.approx([0, 7.65])


def test_bedrock_reserves_cache_reads_and_gives_them_back() -> None:
    tpm = limit("aws/global.anthropic.claude-opus-5-5", "tokens_10x", 6_000, "default", "cross-region")
    calls = visitors([0], [1], input=[100], cache_read=[900], cache_write=[50], output=[20], max_tokens=[500])
    assert calls.charged(tpm).tolist() == [1_550]
    assert calls.settled(tpm).tolist() == [350]


@pytest.mark.parametrize(("times", "settled"), [(1, 340), (5, 420), (10, 520), (15, 620)])
def test_bedrock_settles_by_the_class_of_the_model(times: int, settled: int) -> None:
    """300 in, 20 written and 20 out, whose tokens count 1, 5, 10 or 15 times; all reserve 1,320."""
    countings = {name: each for file in load_limits().files for (_, name), each in file.countings.items()}
    base = limit("aws/global.anthropic.claude-opus-5-5", "tokens_10x", 6_000, "default", "cross-region")
    tpm = replace(base, counting=countings[f"tokens_{times}x"])
    calls = visitors([0], [1], input=[300], cache_write=[20], output=[20], max_tokens=[1_000])
    assert (calls.charged(tpm).tolist(), calls.settled(tpm).tolist()) == ([1_320], [settled])


def test_bedrock_mantle_in_a_file_of_ones_own() -> None:
    """Its door looks at input and max_tokens, without reads of caches; at output apart; at no requests."""
    own = """\
provider: aws
counting:
  mantle_in:
    {measures: input, counts: {input: 1, cache_write: 1, max_tokens: 1}, kind: bucket, per: 60s, window: 60s}
  mantle_out: {measures: output, counts: {output: 1}, kind: bucket, per: 60s, window: 60s}
limits:
  - {models: ['*'], mantle_in: 6_000, mantle_out: 600}
"""
    inward, outward = limits_of(own, "own.yaml").limits
    calls = visitors(
        [0, 0], input=[2_000, 500], cache_read=[9e6, 9e6], output=[500, 200], max_tokens=[4_000, 500]
    )
    assert calls.charged(inward).tolist() == [6_000, 1_000]
    assert entrance(inward, calls)(calls.at_s).tolist() == pytest.approx([0, 10])
    assert entrance(outward, calls)(calls.at_s).tolist() == pytest.approx([0, 10])
    assert admitted([inward, outward], calls).max_s == pytest.approx(10)


def test_gemini_counts_input_with_its_caches_and_no_output() -> None:
    tpm = limit("google/gemini-2.5-pro", "input", 6_000, "Tier 1", "gemini-api")
    calls = visitors([0], input=[1_000], cache_read=[500], output=[9e6], max_tokens=[9e6])
    assert calls.charged(tpm).tolist() == [1_500]


@pytest.mark.parametrize(
    ("model", "tier", "service"),
    [
        ("anthropic/claude-opus-5", "Scale", ""),
        ("openai/gpt-6-sol", "Tier 1", ""),
        ("google/gemini-2.5-pro", "Tier 1", "gemini-api"),
    ],
)
def test_sixty_requests_a_minute_at_once_and_then_one_a_second(model: str, tier: str, service: str) -> None:
    rpm = limit(model, "requests", 60, tier, service)
    at = entrance(rpm, visitors([5.0] * 62))(np.full(62, 5.0))
    assert (at[59], at[60], at[61]) == pytest.approx((5, 6, 7))
    each_second = replace(rpm, counting=replace(rpm.counting, window_s=Decimal(1)))
    assert entrance(each_second, visitors([5.0] * 3))(np.full(3, 5.0)).tolist() == pytest.approx([5, 6, 7])


def test_models_of_one_family_share_a_pool() -> None:
    """As printed: Opus 4.x together, Sonnet 4.x together; one of them apart from the other."""

    def pool(model: str) -> str:
        return limit(f"anthropic/{model}", "input", 1, "Start").id

    assert len({pool(f"claude-opus-4-{n}") for n in (5, 6, 7, 8)}) == 1
    assert pool("claude-sonnet-4-5") == pool("claude-sonnet-4-6") != pool("claude-opus-4-6")


def test_gemini_counts_days_from_midnight() -> None:
    rpd = limit("google/gemini-2.5-pro", "requests_a_day", 2, "Tier 1", "gemini-api")
    assert entrance(rpd, visitors([0] * 3))(np.array([10.0, 20, 30])).tolist() == [10, 20, 86_400]


def test_several_limits_at_once() -> None:
    """A request a second lets the second call in at 1 s; its input lets it in at 4 s."""
    rpm = limit("anthropic/claude-opus-5", "requests", 60, "Scale")
    rpm = replace(rpm, counting=replace(rpm.counting, window_s=Decimal(1)))
    itpm = limit("anthropic/claude-opus-5", "input", 6_000, "Scale")
    calls = visitors([0, 0], input=[6_000, 400], output=[1, 1])
    assert admitted([rpm, itpm], calls).max_s == pytest.approx(4)
    assert admitted([rpm], calls).max_s == pytest.approx(1)


def test_the_smallest_amount_is_at_the_edge() -> None:
    rng = np.random.default_rng(5)
    at = np.cumsum(rng.gamma(0.2, 5.0, 2_000)).tolist()
    calls = visitors(
        at,
        [3.0] * 2_000,
        input=rng.integers(100, 900, 2_000).tolist(),
        output=[50] * 2_000,
        max_tokens=[200] * 2_000,
    )
    for each in (
        limit("anthropic/claude-opus-5", "input", 1, "Scale"),
        limit("azure/gpt-5", "tokens", 1, "Tier 1", "GlobalStandard"),
        limit("azure/gpt-5", "requests", 1, "Tier 1", "GlobalStandard"),
        limit("aws/global.anthropic.claude-opus-5-5", "tokens_10x", 1, "default", "cross-region"),
    ):
        amount = Decimal(str(smallest_amount(each, calls)))
        for times, does in ((1, True), (Decimal("0.97"), False)):
            found = admitted([replace(each, amount=amount * times)], calls)
            assert (found.p99_s <= 1) is does, each.id


def test_shares_that_are_refused() -> None:
    """Of 101 requests in 10 s at 600 a minute one is refused, and none of the next window."""
    rpm = limit("azure/gpt-5", "requests", 600, "Tier 1", "GlobalStandard")
    assert share_refused(rpm, visitors([3.0] * 101)) == pytest.approx(1 / 101)
    assert share_refused(rpm, visitors([3.0] * 100 + [13.0])) == 0
    itpm = limit("anthropic/claude-opus-5", "input", 6_000, "Scale")
    assert share_refused(itpm, visitors([0, 0, 1], input=[6_000, 1, 100])) == pytest.approx(1 / 3)
    reserving = limit("aws/global.anthropic.claude-opus-5-5", "tokens_10x", 6_000, "default", "cross-region")
    with pytest.raises(KplanError, match="only waiting is followed"):
        share_refused(reserving, visitors([0], [1.0], input=[5], output=[5], max_tokens=[9]))


def test_what_is_not_said_is_no_zero() -> None:
    tpm = limit("azure/gpt-5", "tokens", 6_000, "Tier 1", "GlobalStandard")
    with pytest.raises(KplanError, match="counts max_tokens, which the trace does not say"):
        entrance(tpm, visitors([0], input=[5]))
    reserving = limit("aws/global.anthropic.claude-opus-5-5", "tokens_10x", 6_000, "default", "cross-region")
    with pytest.raises(KplanError, match="say how long calls take"):
        entrance(reserving, visitors([0], input=[5], output=[5], max_tokens=[9]))
    with pytest.raises(KplanError, match="at once; it is no rate"):
        entrance(limit("anthropic/claude-opus-5", "batch_queue", 9, "Scale"), visitors([0]))

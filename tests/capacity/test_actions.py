"""What helps against a limit that fills up, with how long it lasts then, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import inf, log

import numpy as np
import pytest
from msgspec.structs import replace

from kplan.capacity.actions import actions
from kplan.capacity.demand import Demand
from kplan.capacity.headroom import Use
from kplan.capacity.limit_book import LimitBook, load_limits
from kplan.prices.models import ModelRow

DAY = date(2026, 11, 1)


def use_of(
    peak: float, counting: str = "input", tier: str = "Start", growth: float = 0.1, **stages: str
) -> Use:
    """A use that begins at some peak and grows for six months."""
    found = load_limits().in_force(ModelRow("anthropic", "claude-opus-5"), DAY, tier)
    limit = next(each for each in found if each.counting.name == counting)
    taken = {name: Decimal(text) for name, text in (stages or {"draft": "1"}).items()}
    hours = peak * (1 + growth) ** np.arange(6.0)[:, None] * np.ones((1, 168))
    return Use(
        Demand(limit, sum(taken.values(), Decimal(0)), taken), hours, 1.0, 1.0, "", 0.0, hours.max(axis=1)
    )


def test_a_higher_tier_comes_first_and_is_as_high_as_needed() -> None:
    """0.9 grows to 1.45 within the plan: Build has 2.5 times the input, for ln 2.5 / ln 1.1 months."""
    [first, *others] = actions(use_of(0.9), load_limits(), DAY, 0.1)
    assert (first.kind, first.suffices) == ("tier", True)
    assert first.text == "tier Build: 5,000,000 a minute instead of 2,000,000 a minute"
    assert first.use_then == pytest.approx(0.9 * 1.1**5 / 2.5)
    assert first.months_more == pytest.approx(log(2.5) / log(1.1))
    assert [each.kind for each in others] == ["cache", "spread"]
    [far, *_] = actions(use_of(2.6), load_limits(), DAY, 0.1)
    assert far.text.startswith("tier Scale")


def test_the_highest_tier_leaves_caches_stages_and_accounts() -> None:
    """1.61 at the end: 38% from a cache; a stage of 40% is enough, one of 20% is not; 2 accounts."""
    use = use_of(1.0, tier="Scale", draft="2", review="2", check="1")
    found = {each.kind: each for each in actions(use, load_limits(), DAY, 0.1)}
    assert set(found) == {"cache", "move", "spread"}
    assert found["cache"].text == "read 38% of the input that counts from a prompt cache"
    assert found["cache"].use_then == pytest.approx(1)
    assert found["move"].text.startswith("move draft, 40% of the use")
    assert found["spread"].text.startswith("spread the calls over 2 accounts")
    assert found["move"].months_more == pytest.approx(log(1 / 0.6) / log(1.1))


def test_what_does_not_suffice_comes_last_and_says_so() -> None:
    use = use_of(3.0, tier="Scale", draft="2", review="3")
    found = actions(use, load_limits(), DAY, 0.1)
    assert [(each.kind, each.suffices) for each in found] == [
        ("cache", True),
        ("spread", True),
        ("move", False),
    ]


def test_caches_help_only_where_they_are_not_counted() -> None:
    kinds = {each.kind for each in actions(use_of(2.0, "requests", "Scale"), load_limits(), DAY, 0.1)}
    assert kinds == {"spread"}
    assert {each.kind for each in actions(use_of(2.0, "batch_queue", "Scale"), load_limits(), DAY, 0.1)} == {
        "spread"
    }


def test_without_growth_a_limit_below_its_target_lasts_for_ever() -> None:
    full = use_of(1.5, tier="Scale", growth=0.0)
    [cache, _] = actions(full, load_limits(), DAY, 0.0)
    assert cache.months_more == 0
    low = use_of(0.9, tier="Scale", growth=0.0, draft="2", review="3")
    assert actions(low, load_limits(), DAY, 0.0) == ()
    [tier] = actions(use_of(1.5, growth=0.0), load_limits(), DAY, 0.0)[:1]
    assert tier.months_more == inf


def test_a_tier_must_be_on_offer_on_the_day() -> None:
    ended = LimitBook(
        tuple(
            replace(file, limits=tuple(replace(each, valid_to=DAY) for each in file.limits))
            for file in load_limits().files
        )
    )
    assert "tier" not in {each.kind for each in actions(use_of(0.9), ended, DAY, 0.1)}

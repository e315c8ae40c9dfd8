"""What a check counts an increase from: every metric as it was locked, variants and savings too."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from kplan.engine.results import Results
from kplan.money import exact
from kplan.regress.checks import Against, checked
from kplan.regress.lock.baseline import Baseline
from kplan.regress.lock.fresh import entries_of
from kplan.regress.lock.reader import LockFile
from kplan.regress.metrics import METRICS, readings
from kplan.regress.run import results_of
from kplan.render.lock_yaml import rewritten
from kplan.scenario.load import load_scenario, load_variants
from regress.test_attribution import BASE
from support import book_of, dumped

KEYS = {**BASE, "budget": "$1_300/month", "baseline": "big", "variants": {"calm": {"contingency": "20%"}}}
LOCKED = [name for name, metric in METRICS.items() if metric.is_locked] + ["answer", "share.answer"]


def results(folder: Path, keys: dict[str, object], *, calm: bool) -> Results:
    path = folder / "s.kplan.yaml"
    path.write_text(dumped(keys), encoding="utf-8")
    scenarios = load_variants(path, names=["calm"]) if calm else {"": load_scenario(path)}
    return results_of(scenarios, dict.fromkeys(scenarios, book_of()))


def baseline(folder: Path, found: Results) -> Baseline:
    """The results, locked."""
    path = folder / "kplan.lock.yaml"
    books = {plan.variant: book_of() for plan in found.plans}
    held = {str(entry.id): entry for entry in entries_of(found, books, "s.kplan.yaml")}
    path.write_bytes(rewritten(LockFile(path, "", {}, {}), held))
    return Baseline(lambda: LockFile.read(path), folder / "s.kplan.yaml")


@pytest.mark.parametrize("calm", [False, True])
def test_every_metric_that_a_lock_holds_is_read_as_it_was(tmp_path: Path, calm: bool) -> None:
    """Stages, tokens and volume change; the locked design says what it said, exactly."""
    before = results(tmp_path, KEYS, calm=calm)
    held = baseline(tmp_path, before)
    params = {"params": {"chunks": 40, "redo": "50%"}, "volume": {"queries_per_month": 20_000}}
    after = results(tmp_path, {**KEYS, **params}, calm=calm)
    old, new = ([d for d in found.designs if d.design == "mixed"] for found in (before, after))
    asked = [f"mixed.{name}" for name in LOCKED]
    was = [readings(name, old)[0].value for name in asked]
    assert [readings(name, [held.locked(new[0])])[0].value for name in asked] == was
    now = [readings(name, new)[0].value for name in asked]
    moved = [name for name, one, other in zip(LOCKED, was, now, strict=True) if one != other]
    assert moved == LOCKED


def test_percents_of_a_loss_widen_the_bound(tmp_path: Path) -> None:
    """A saving of -50% may rise by 10% of 50%: to -45%, not to -55%."""
    keys = {**KEYS, "baseline": "mixed", "checks": [{"metric": "big.saving", "max_increase": {"pct": "10%"}}]}
    found = results(tmp_path, keys, calm=False)
    (result,) = checked(found, Against(None, baseline(tmp_path, found).locked))
    assert result.locked is not None
    assert result.locked < 0
    with exact():
        assert result.bounds.max == result.locked * Decimal("0.9")
    assert result.verdict == "pass"

"""Checks that bound times under load, and what happens where none does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kplan.capacity.loaded import asked
from kplan.capacity.loaded.points import LoadPoint
from kplan.capacity.loaded.scene import Scene
from kplan.capacity.loaded.study import busiest
from kplan.errors import KplanError
from kplan.regress.check_files import check_files
from kplan.regress.run import run
from kplan.render.json_checks import check_of

from .test_study import OWN, SCENARIO

CALM = SCENARIO.replace(", growth_per_month: 10%", "")
"""Half a query a second at a limit of one: 2 s in all percentiles."""


def written(folder: Path, text: str) -> Path:
    (folder / "own.yaml").write_text(OWN)
    path = folder / "s.kplan.yaml"
    path.write_text(text)
    return path


def check(folder: Path, text: str, *checks: str) -> list[tuple[str, str, Decimal]]:
    path = written(folder, text + "checks:\n" + "".join(f"  - {{{each}}}\n" for each in checks))
    [found] = check_files({"s": path})
    return [(each.verdict, each.text, each.value) for each in found.checks]


@pytest.mark.parametrize("name", ["p50", "p95", "p99"])
def test_a_bound_on_each_percentile(tmp_path: Path, name: str) -> None:
    metric = f"metric: plain.{name}_under_load"
    kept, broken = check(tmp_path, CALM, f"{metric}, max: 2s", f"{metric}, max: 1.99s")
    assert kept == ("pass", f"plain.{name}_under_load is 2.00 s in 2027-01: just the 2 s allowed", Decimal(2))
    assert broken[0] == "fail"
    assert broken[1].endswith("10 ms over the 1.99 s allowed")


def test_what_is_unstable_keeps_no_bound(tmp_path: Path) -> None:
    """Growth takes the busiest minute above the limit: the check fails, and says so."""
    [(verdict, text, value)] = check(tmp_path, SCENARIO, "metric: '*.p95_under_load', max: 1h")
    assert (verdict, value) == ("fail", Decimal("Infinity"))
    assert text.startswith("plain.p95_under_load is unstable in 2027-12: without end over the ")
    [found] = check_files({"s": tmp_path / "s.kplan.yaml"})
    assert check_of(found.checks[0])["value"] == "Infinity"


def test_nothing_is_simulated_unless_a_check_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("simulated")

    monkeypatch.setattr(asked, "busiest", refuse)
    assert run(written(tmp_path, CALM)).designs[0].under_load is None
    bound = "checks: [{metric: plain.headroom, min: 1%}]\n"
    assert run(written(tmp_path, CALM + bound)).designs[0].under_load is None
    with pytest.raises(AssertionError):
        run(written(tmp_path, CALM + bound.replace("headroom, min: 1%", "p95_under_load, max: 9s")))


def test_only_the_designs_that_are_named_are_simulated(tmp_path: Path) -> None:
    text = CALM.replace("designs: {", "designs: {other: {extends: plain}, ")
    bound = "checks: [{metric: plain.p95_under_load, max: 9s}]\n"
    other, plain = run(written(tmp_path, text + bound)).designs
    assert other.under_load is None
    assert plain.under_load is not None
    assert plain.under_load.times_s["p95"] == 2


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("latency: {claude-haiku-4-5: 500ms + 100/s}\n", "", "nothing says how fast its models are"),
        ("limits: {accounts: {anthropic: Small}, book: own.yaml}\n", "", "there are no limits to fit into"),
    ],
)
def test_what_is_missing_is_an_error(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(KplanError, match=why):
        check(tmp_path, CALM.replace(old, new), "metric: plain.p95_under_load, max: 9s")


@pytest.mark.parametrize(("load", "n"), [("0.8", 1), ("0.93", 2), ("0.9999", 3)])
def test_near_to_unstable_more_queries_are_followed_or_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: str, n: int
) -> None:
    """At a limit of one a second: as few queries as elsewhere would meet no line, and keep any bound."""
    followed = []

    def seen(scene: Scene, *others: Any) -> tuple[str, LoadPoint]:
        followed.append(scene.effort.queries)
        return busiest(scene, *others)

    monkeypatch.setattr(asked, "busiest", seen)
    text = CALM.replace("43_200", str(int(86_400 * Decimal(load))))
    metric = "metric: plain.p99_under_load, max: 2s"
    if n < 3:
        [(verdict, _, value)] = check(tmp_path, text, metric)
        assert (verdict, value) == ("pass", 2)
    else:
        with pytest.raises(KplanError, match="320,000 queries are too few to tell"):
            check(tmp_path, text, metric)
    assert followed == [5_000, 40_000, 320_000][:n]

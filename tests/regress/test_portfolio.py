"""Portfolios: which design counts, totals by month and tag, and comparisons that add up exactly."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.regress.diff import Change
from kplan.regress.folder_sides import FolderSide
from kplan.regress.folders import scenarios_among, scenarios_below
from kplan.regress.portfolio import Portfolio, portfolio_of
from kplan.regress.portfolio_diff import PortfolioDiff, portfolios_compared
from kplan.regress.run import run
from kplan.regress.shapley import Factor

BOOK = """\
rows:
  - {provider: acme, model: small, meter: input, usd: 1}
  - {provider: acme, model: large, meter: input, usd: 10}
"""
DEARER = """\
rows:
  - {provider: acme, model: small, meter: input, usd: 1, valid_to: 2026-03-01}
  - {provider: acme, model: small, meter: input, usd: 20, valid_from: 2026-03-01}
"""
PIPELINE = """\
months: 2026-01..2026-04
prices: {book: own.yaml}
singles: false
stages: {read: {input: 1_000_000, output: 0}}
designs: {cheap: small, dear: large}
"""
"""A query costs $1 (cheap) or $10 (dear)."""
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("a/x", more)`: a/x.kplan.yaml, the pipeline with more laid over it, its book beside it."""

    def written(name: str, more: str) -> Path:
        path = tmp_path / f"{name}.kplan.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "own.yaml").write_text(BOOK, encoding="utf-8")
        path.write_text(PIPELINE + more, encoding="utf-8")
        return path

    return written


def totals(folder: Path, by: str = "") -> Portfolio:
    return portfolio_of({name: folder / name for name in scenarios_below(folder)}, by=by)


def differing(tmp_path: Path, by: str = "", **books: Path) -> PortfolioDiff:
    base, head = (
        FolderSide(str(tmp_path / side), book_paths=(books[side],) if side in books else ())
        for side in ("base", "head")
    )
    return portfolios_compared(base, head, by)


def check_sums(diff: PortfolioDiff) -> None:
    """Everything that is said to add up does, exactly."""
    assert diff.delta_usd == diff.head_usd - diff.base_usd
    assert sum(diff.effects.values()) + diff.added_usd - diff.removed_usd == diff.delta_usd
    assert sum(each.delta_usd for each in diff.scenarios) == diff.delta_usd
    for each in diff.scenarios:
        if each.change in (Change.CHANGED, Change.SAME):
            assert sum(each.effects.values()) == each.delta_usd == each.head_usd - each.base_usd
    if diff.tags:
        assert sum(tag.delta_usd for tag in diff.tags) == diff.delta_usd


@pytest.mark.parametrize(
    ("said", "design", "how"),
    [
        ("", "cheap", "first"),
        ("baseline: dear\n", "dear", "baseline"),
        ("in_use: dear\n", "dear", "in_use"),
        ("in_use: cheap\nbaseline: dear\n", "cheap", "in_use"),
    ],
)
def test_which_design_counts(tmp_path: Path, write: Write, said: str, design: str, how: str) -> None:
    write("s", f"volume: 100/month\n{said}")
    (member,) = totals(tmp_path).members
    assert (member.design.design, member.chosen_by, member.cheapest.design) == (design, how, "cheap")
    assert member.total_usd == 4 * 100 * {"cheap": 1, "dear": 10}[design]
    assert member.saving_share == (Decimal("0.9") if design == "dear" else None)


def test_an_added_design_never_counts(tmp_path: Path, write: Write) -> None:
    path = write("s", "")
    (tmp_path / "own.yaml").write_text(BOOK + BOOK.removeprefix("rows:\n").replace("input", "output"))
    text = PIPELINE.replace("singles: false", "candidates: [acme/small]").replace("cheap: small, ", "")
    path.write_text(f"{text}volume: 100/month\n")
    assert min(run(path).designs, key=lambda design: design.total_usd).added
    (member,) = totals(tmp_path).members
    assert (member.design.id, member.cheapest.id) == ("dear", "dear")


def test_totals_by_month_and_tag(tmp_path: Path, write: Write) -> None:
    """a: $100 a month to April, team x. b: $50 a month to February, team y. c: $10 a month, no team."""
    write("a", "volume: 100/month\ntags: {team: x, centre: '1'}\n")
    path = write("sub/b", "")
    path.write_text(PIPELINE.replace("2026-04", "2026-02") + "volume: 50/month\ntags: {team: y}\n")
    write("c", "volume: 10/month\ntags: {centre: '1'}\n")
    found = totals(tmp_path, "team")
    assert [member.file for member in found.members] == [
        "a.kplan.yaml",
        "c.kplan.yaml",
        "sub/b.kplan.yaml",
    ]
    assert found.total_usd == 400 + 100 + 40
    assert [(month.month, month.n_scenarios, month.cost_usd) for month in found.months] == [
        ("2026-01", 3, 160),
        ("2026-02", 3, 160),
        ("2026-03", 2, 110),
        ("2026-04", 2, 110),
    ]
    assert [(group.value, group.total_usd) for group in found.groups] == [("x", 400), ("y", 100), (None, 40)]
    assert [(group.value, len(group.members)) for group in totals(tmp_path, "centre").groups] == [
        ("1", 2),
        (None, 1),
    ]
    for by in ("team", "centre"):
        groups = totals(tmp_path, by).groups
        assert sum(group.total_usd for group in groups) == found.total_usd
        assert sum(month.cost_usd for group in groups for month in group.months) == found.total_usd


def test_an_unknown_tag_and_several_variants_are_refused(tmp_path: Path, write: Write) -> None:
    path = write("s", "volume: 1/month\ntags: {team: x}\nvariants: {a: {volume: 2/month}, b: {}}\n")
    with pytest.raises(KplanError, match=r"no scenario has the tag `taem`; did you mean team\?"):
        totals(tmp_path, "taem")
    with pytest.raises(KplanError, match="name one variant"):
        portfolio_of({"s": path}, variants=["all"])
    (member,) = portfolio_of({"s": path}, variants=["a"]).members
    assert (member.design.id, member.total_usd) == ("cheap@a", 8)


def test_broken_scenarios_are_told_all_at_once(tmp_path: Path, write: Write) -> None:
    write("good", "volume: 1/month\n")
    for side in ("base", "head"):
        write(f"{side}/a", "volume: 1/month\nin_use: chaep\n")
        write(f"{side}/b", "volume: x/month\n")
    with pytest.raises(KplanError) as caught:
        totals(tmp_path / "base")
    assert [problem.mark.line for problem in caught.value.problems if problem.mark] == [7, 6]
    with pytest.raises(KplanError) as caught:
        differing(tmp_path)
    assert len(caught.value.problems) == 4


def test_a_price_change_says_who_moves_by_how_much_and_from_when(tmp_path: Path, write: Write) -> None:
    """In March a cheap query goes from $1 to $20: a moves and flips; b runs the other design, and flips."""
    for side in ("base", "head"):
        write(f"{side}/a", "volume: 100/month\ntags: {team: x}\n")
        write(f"{side}/b", "volume: 100/month\nin_use: dear\ntags: {team: y}\n")
        write(f"{side}/c", "").write_text(PIPELINE.replace("cheap: small, ", "") + "volume: 7/month\n")
    dearer = tmp_path / "dearer.yaml"
    dearer.write_text(DEARER)
    diff = differing(tmp_path, "team", head=dearer)
    check_sums(diff)
    a, b, c = diff.scenarios
    assert (a.file, a.change, a.delta_usd, a.parts_in) == (
        "a.kplan.yaml",
        Change.CHANGED,
        2 * 100 * 19,
        "2026-03",
    )
    assert {factor: usd for factor, usd in a.effects.items() if usd} == {Factor.PRICE: 3800}
    assert [(flip.cheaper, flip.dearer) for flip in a.flips] == [("dear", "cheap")]
    assert (b.change, b.delta_usd, b.parts_in, b.others) == (Change.CHANGED, 0, "", ("cheap",))
    assert b.flips == a.flips
    assert (c.change, c.flips, c.others) == (Change.SAME, (), ())
    assert [(tag.value, tag.delta_usd) for tag in diff.tags] == [("x", 3800), ("y", 0), (None, 0)]


def test_a_change_of_another_design_alone_is_no_change_but_is_told(tmp_path: Path, write: Write) -> None:
    for side, usd in (("base", "10"), ("head", "11")):
        write(f"{side}/a", "volume: 100/month\n")
        (tmp_path / side / "own.yaml").write_text(BOOK.replace("usd: 10", f"usd: {usd}"))
    (only,) = differing(tmp_path).scenarios
    assert (only.change, only.others, only.delta_usd) == (Change.SAME, ("dear",), 0)


def test_scenarios_come_and_go(tmp_path: Path, write: Write) -> None:
    write("base/both", "volume: 1/month\n")
    write("head/both", "volume: 1/month\n")
    write("base/old", "volume: 10/month\ntags: {team: x}\n")
    write("head/new", "volume: 20/month\ntags: {team: y}\n")
    diff = differing(tmp_path, "team")
    check_sums(diff)
    assert [(each.file.split(".")[0], each.change.value, each.delta_usd) for each in diff.scenarios] == [
        ("new", "+", 80),
        ("old", "-", -40),
        ("both", "=", 0),
    ]
    assert (diff.added_usd, diff.removed_usd, diff.delta_usd) == (80, 40, 40)
    assert [(tag.value, tag.base_usd, tag.head_usd) for tag in diff.tags] == [
        ("y", 0, 80),
        ("x", 40, 0),
        (None, 4, 4),
    ]


def test_a_scenario_that_changes_teams_counts_under_each(tmp_path: Path, write: Write) -> None:
    write("base/a", "volume: 10/month\ntags: {team: x}\n")
    write("head/a", "volume: 10/month\ntags: {team: y}\n")
    diff = differing(tmp_path, "team")
    check_sums(diff)
    assert {tag.value: tag.delta_usd for tag in diff.tags} == {"x": -40, "y": 40}


def test_a_longer_plan_differs_from_its_first_new_month(tmp_path: Path, write: Write) -> None:
    write("base/a", "volume: 10/month\n")
    write("head/a", "").write_text(PIPELINE.replace("2026-04", "2026-06") + "volume: 10/month\n")
    (only,) = differing(tmp_path).scenarios
    assert (only.delta_usd, only.parts_in, only.effects[Factor.VOLUME]) == (20, "2026-05", 20)


def test_another_design_in_use_is_split_from_the_other_changes(tmp_path: Path, write: Write) -> None:
    """From cheap (100 queries, $1) to dear (200 queries, $10), 4 months: 400 -> 8 000.

    Volume first: 400, then design 7 200; design first: 3 600, then volume 4 000.
    """
    write("base/a", "volume: 100/month\nin_use: cheap\n")
    write("head/a", "volume: 200/month\nin_use: dear\n")
    diff = differing(tmp_path)
    check_sums(diff)
    (only,) = diff.scenarios
    effects = {factor: usd for factor, usd in only.effects.items() if usd}
    assert effects == {
        Factor.VOLUME: Fraction(400 + 4000, 2),
        Factor.DESIGN: Fraction(7200 + 3600, 2),
    }
    base, head = FolderSide(str(tmp_path / "head")), FolderSide(str(tmp_path / "base"))
    (back,) = portfolios_compared(base, head).scenarios
    assert {factor: -usd for factor, usd in back.effects.items() if usd} == effects


def test_a_design_that_one_side_lacks_leaves_one_order_or_none(tmp_path: Path, write: Write) -> None:
    write("base/a", "").write_text(PIPELINE.replace(", dear: large", "") + "volume: 100/month\n")
    write("head/a", "volume: 200/month\nin_use: dear\n")
    write("base/b", "").write_text(PIPELINE.replace(", dear: large", "") + "volume: 100/month\n")
    write("head/b", "").write_text(PIPELINE.replace("cheap: small, ", "") + "volume: 200/month\n")
    diff = differing(tmp_path)
    check_sums(diff)
    found = {each.file[0]: {f: usd for f, usd in each.effects.items() if usd} for each in diff.scenarios}
    assert found == {"a": {Factor.VOLUME: 400, Factor.DESIGN: 7200}, "b": {Factor.DESIGN: 7600}}


def test_the_split_adds_up_where_nothing_is_round(tmp_path: Path, write: Write) -> None:
    for side, volume, share in (("base", "1_037", "0.37"), ("head", "2_999", "0.91")):
        for name, use in (("a", "cheap"), ("b", "dear"), ("c", "cheap" if side == "base" else "dear")):
            write(
                f"{side}/{name}",
                f"volume: {{queries_per_month: {volume}, growth_per_month: 3.7%}}\nin_use: {use}\n"
                f"contingency: {share}\nfixed: {{rent: ${share}/month}}\n",
            )
    dearer = tmp_path / "dearer.yaml"
    dearer.write_text(DEARER)
    diff = differing(tmp_path, head=dearer)
    check_sums(diff)
    assert len([usd for usd in diff.effects.values() if usd]) >= 4


def test_a_folder_of_a_commit(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("top/a", "volume: 10/month\n")
    write("top/.hidden/h", "volume: x\n")
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True)
    write("top/a", "volume: 30/month\n")
    write("top/sub/b", "volume: 1/month\n")
    diff = portfolios_compared(FolderSide("git:HEAD:top"), FolderSide("top"))
    check_sums(diff)
    assert [(each.file, each.delta_usd) for each in diff.scenarios] == [
        ("a.kplan.yaml", 80),
        ("sub/b.kplan.yaml", 4),
    ]
    write("top/a", "volume: x/month\n")
    subprocess.run([*git, "commit", "-qam", "broken"], check=True)
    with pytest.raises(KplanError, match=r"git:HEAD:top/a\.kplan\.yaml:6:9"):
        FolderSide("git:HEAD:top").read()


def test_which_files_are_scenarios_is_the_same_here_and_in_a_commit(tmp_path: Path) -> None:
    names = ["s/a.kplan.yaml", "s/.x/b.kplan.yaml", "s/t/c.kplan.yaml", "s/d.yaml", "sx/e.kplan.yaml"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert (
        scenarios_below(tmp_path / "s") == scenarios_among(names, "s") == ["a.kplan.yaml", "t/c.kplan.yaml"]
    )
    assert scenarios_below(tmp_path) == scenarios_among(names, ".")

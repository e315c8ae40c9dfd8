"""The screen: what stands on it, at 80 and at 120 columns, and that no line is longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from kplan.engine.results import Results
from kplan.render import terminal

Build = Callable[..., Results]


BLOCKS = "▏▎▍▌▋▊▉█"
"""One to eight eighths of a column."""


def screen(results: Results, width: int = 80) -> str:
    return terminal.render(results, width, color=False)


def row(text: str, name: str) -> str:
    """The words of a line, without its bar."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return " ".join(line.rstrip(BLOCKS).split())


def test_designs(built: Build) -> None:
    text = screen(built())
    assert row(text, "Design") == "Design per 1,000 a month 12 months vs all-sonnet"
    assert row(text, "stratified") == "stratified costs $8,721 a month, less than all-sonnet."
    assert "stratified              $34.89    $8,721    $104,655          -57.9%" in text
    assert row(text, "+ claude-opus-5-5") == "+ claude-opus-5-5 $165.92 $41,480 $497,760 +100.0%"
    assert "(+ one model everywhere, added by kplan; --no-singles)" in text


def test_stages_by_cost_small_ones_together(built: Build) -> None:
    lines = screen(built()).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("stratified  ") and "model" in line)
    names = [line.split("   ")[0] for line in lines[start + 1 : start + 6]]
    assert names == ["synthesize", "second_pass  8%", "verify", "rerank", "cite, expand"]
    assert lines[start + 1].endswith(f"79%   {'█' * 22}")
    assert lines[start + 5].split()[-3:] == ["$0.52", "1%", "▍"]


def test_shares_that_miss_100_say_why(built: Build) -> None:
    assert "(Shares are rounded; unrounded they add up to 100%.)" in screen(built())


def test_below(built: Build) -> None:
    text = screen(built())
    assert "Flips: all-sonnet is cheaper only above a 90% rate of second_pass.\n" in text
    assert "Prices: kplan book 2026-11-21, anthropic; no change known to 2027-11.\n" in text
    assert "Note: the plan starts in 2026-12" in text
    assert "Not in it: embedding, vector store, retries.\n" in text
    assert "Claims" not in text


def test_flips_of_other_designs_are_counted(built: Build) -> None:
    results = built()
    (flip,) = results.flips
    many = (
        *(replace(flip, text=f"flip {n}") for n in range(8)),
        replace(flip, design="all-sonnet", text="other"),
    )
    text = screen(replace(results, flips=many))
    assert "Flips: flip 0.\n       flip 1.\n" in text
    assert "       flip 5.\n       3 more between the designs: --format markdown\n" in text
    assert "other" not in text
    assert "Flips: 1 more between" in screen(replace(results, flips=many[8:]))


def test_overridden_pins_are_listed(built: Build) -> None:
    results = built()
    designs = tuple(replace(d, pins_overridden=("verify",) if d.added else ()) for d in results.designs)
    said = "(claude-haiku-5-5, claude-opus-5-5: the model pinned for verify is overridden)"
    assert said in screen(replace(results, designs=designs))
    assert "pinned" not in screen(results)


def test_layered_books_are_dated_apart(built: Build) -> None:
    results = built()
    made = replace(results.provenance, book_name="kplan book + mine.yaml")
    assert "Prices: kplan book + mine.yaml, as of 2026-11-21, anth" in screen(
        replace(results, provenance=made)
    )


def test_price_periods_take_the_place_of_the_month(january: Results) -> None:
    text = screen(january, 120)
    assert row(text, "Design") == "Design per 1,000 now from 2027-01 12 months vs all-sonnet over budget"
    assert row(text, "all-sonnet") == "all-sonnet $82.96 $165.92 $248,880 every month"
    assert "+2" not in row(text, "stratified  ")
    assert "Price events: 2027-01-01 claude-sonnet-5-5 input x2 (announced)\n" in text
    assert "no change known" not in text


def test_over_budget_says_when(built: Build) -> None:
    results = built(budget="30_000")
    first, *others = results.designs
    late = tuple(replace(m, over_budget=m.month >= "2027-03") for m in first.months)
    once = tuple(replace(m, over_budget=m.month in ("2027-03", "2027-05")) for m in first.months)
    assert row(
        screen(replace(results, designs=(replace(first, months=late), *others))), "all-sonnet"
    ).endswith("from 2027-03")
    assert row(
        screen(replace(results, designs=(replace(first, months=once), *others))), "all-sonnet"
    ).endswith("2 of 12, first 2027-03")
    assert row(screen(results), "stratified  ").endswith("never")


def test_months_that_differ_are_called_first_month(built: Build) -> None:
    results = built()
    first, *others = results.designs
    months = (replace(first.months[0], cost_usd=Decimal(5)), *first.months[1:])
    assert "first month" in screen(replace(results, designs=(replace(first, months=months), *others)))


def test_change_within_a_month_names_the_day(january: Results) -> None:
    (plan,) = january.plans
    cut = (
        replace(plan.epochs[0], ends_on=date(2027, 1, 15)),
        replace(plan.epochs[1], starts_on=date(2027, 1, 15)),
    )
    assert "from 2027-01-15" in screen(replace(january, plans=(replace(plan, epochs=cut),)), 120)


def test_claims(claimed: Results) -> None:
    text = screen(claimed)
    assert (
        "Claims: 1 reproduced, 1 follow from printed claims, 1 not reproduced.\n  - c: 42%, not 72%\n" in text
    )
    assert "b follows" not in text


def test_a_long_claim_goes_on_below_its_first_word(claimed: Results) -> None:
    long = replace(claimed.claims[2], text=" ".join(["word"] * 30))
    lines = screen(replace(claimed, claims=(long,))).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  - word"))
    assert lines[start + 1].startswith("    word")


LONG = {"stratified": "a-design-with-a-name-that-is-much-longer-than-any-column-of-a-table-could-ever-hold-x"}


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("rename", [{}, LONG, {"stratified": "設計" * 30}, {"synthesize": "s" * 90}])
@pytest.mark.parametrize("budget", [None, "9_000"])
def test_no_line_is_longer_than_the_screen(
    built: Build, width: int, rename: dict[str, str], budget: str
) -> None:
    text = screen(built(rename=rename, budget=budget), width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert all(line == line.rstrip() for line in text.splitlines())


def test_long_names_fold_and_lose_nothing(built: Build) -> None:
    text = screen(built(rename=LONG, budget="9_000"))
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("a-design-with") and "$34.89" in line)
    folded = lines[start].split("$")[0].strip()
    for line in lines[start + 1 :]:
        if "$" in line:
            break
        folded += line.strip()
    assert folded == LONG["stratified"]


def test_columns_without_room_are_named(january: Results) -> None:
    (plan,) = january.plans
    starts = [date(2026, 12, 1), *(date(2027, n, 1) for n in range(1, 11)), date(2027, 12, 1)]
    cuts = tuple(replace(plan.epochs[0], starts_on=start, ends_on=end) for start, end in pairwise(starts))
    designs = tuple(replace(d, epochs_usd=(d.cost_per_query_usd,) * len(cuts)) for d in january.designs)
    text = screen(replace(january, plans=(replace(plan, epochs=cuts),), designs=designs))
    assert "(no room for: from 2027-10, from 2027-09" in text
    assert "$248,880" in text
    assert max(map(cell_len, text.splitlines())) <= 80


def test_colour_changes_no_word(built: Build) -> None:
    from kplan.render.format import plain_text

    coloured = terminal.render(built(), 80, color=True)
    assert "\x1b[1m" in coloured
    stripped = [plain_text(line).rstrip() for line in coloured.splitlines()]
    assert stripped == screen(built()).splitlines()


def test_same_bytes_twice(built: Build) -> None:
    assert screen(built()) == screen(built())


def bar(text: str, name: str) -> int:
    """Length of the bar of the last line that starts so [eighths of a column]."""
    drawn = [line for line in text.splitlines() if line.startswith(name)][-1]
    return sum(BLOCKS.index(sign) + 1 for sign in drawn if sign in BLOCKS)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_bars_are_as_long_as_the_totals(built: Build, width: int) -> None:
    results = built()
    text = screen(results, width)
    longest = bar(text, "+ claude-opus")
    assert 6 * 8 <= longest <= 30 * 8
    most = max(design.total_usd for design in results.designs)
    for design in results.designs:
        name = f"+ {design.id}" if design.added else design.id
        line = next(
            line
            for line in text.splitlines()
            if line.startswith(name) and "$" in line and " a month" not in line
        )
        exact = design.total_usd / most * longest
        assert abs(bar(line, name) - exact) <= Decimal("0.5")


def test_a_table_without_room_for_bars_has_none(built: Build) -> None:
    text = screen(built(rename={"all-sonnet": "all-sonnet-of-a-name-that-takes-room"}), 80)
    assert not [line for line in text.splitlines() if "$248,880" in line and "█" in line]


def test_sentences_fold_at_120_however_wide_the_terminal(built: Build) -> None:
    results = replace(built(), notes=("word " * 60,))
    assert 100 < max(map(cell_len, screen(results, 200).splitlines())) <= 120

"""The verdicts on claims, and what is said of claims that cannot be audited."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from kplan.errors import KplanError
from regress.workspace import Workspace

REPRODUCED, FOLLOWS, NOT = "reproduced", "follows from printed claims", "not reproduced"

Verdicts = Callable[..., dict[str, str]]


def test_a_claim_under_the_scenarios_own_prices(workspace: Workspace) -> None:
    claims = """
    claims:
      - {id: right, printed: $5.0, figure: small.write}
      - {id: wrong, printed: $5.1, figure: small.write}
    """
    right, wrong = workspace.run(claims).claims
    assert (right.verdict, right.computed, right.difference, right.book) == (
        REPRODUCED,
        Decimal(5),
        Decimal(0),
        "",
    )
    assert (wrong.verdict, wrong.computed, wrong.difference) == (NOT, Decimal(5), Decimal("-0.1"))
    assert right.text == "right: $5.0 reproduced"
    assert wrong.text == "wrong: $5.1 not reproduced; $5.0 computed, off by -$0.1"


def test_half_a_unit_of_the_last_digit_both_ways(verdicts: Verdicts) -> None:
    """small.read is 1 exactly: half a unit from 0.5 and 1.5 if these are printed to the unit."""
    claims = """
    claims:
      - {id: tie_below, printed: $1.05, figure: "[small.read] + 0.045"}
      - {id: past_below, printed: $1.05, figure: "[small.read] + 0.044999999999999999999999999999"}
      - {id: tie_above, printed: $1.05, figure: "[small.read] + 0.055"}
      - {id: past_above, printed: $1.05, figure: "[small.read] + 0.055000000000000000000000000001"}
    """
    assert verdicts(claims) == {
        "tie_below": REPRODUCED,
        "past_below": NOT,
        "tie_above": REPRODUCED,
        "past_above": NOT,
    }


def test_the_books_that_a_claim_tries(workspace: Workspace) -> None:
    claims = """
    claims:
      - {id: under_half, printed: $2.5, figure: small.write, books: [double, half]}
      - {id: own_only, printed: $5.0, figure: small.write, books: [double, half]}
      - {id: coarse, printed: $10, figure: large.read, books: [half, double]}
      - {id: both, printed: "0", figure: "[small.read] / 10", books: [half, double]}
    """
    half, own, coarse, both = workspace.run(claims).claims
    assert (half.verdict, half.book, half.text) == (
        REPRODUCED,
        "half",
        "under_half: $2.5 reproduced under half",
    )
    assert (own.verdict, own.book, own.computed) == (NOT, "half", Decimal("2.5"))
    assert own.text == "own_only: $5.0 not reproduced; nearest $2.5 under half, off by -$2.5"
    assert (coarse.verdict, coarse.book) == (REPRODUCED, "double"), "a book lies over the scenario's own"
    assert (both.book, both.computed) == ("half", Decimal("0.05")), "the first of those that agree"
    assert both.text == "both: 0 reproduced under half and double"


def test_a_claim_follows_from_others_as_they_were_printed(workspace: Workspace) -> None:
    claims = """
    claims:
      - {id: a, printed: $1.1, figure: small.read}
      - {id: b, printed: $5.0, figure: small.write}
      - {id: sum, printed: $6.1, figure: small.per_query, follows: a + b}
      - {id: month, printed: "$6,100", follows: sum * 1_000}
      - {id: share, printed: 18%, follows: a / sum}
      - {id: loss, printed: -$4.9, follows: a - sum + 0.1}
      - {id: wrong, printed: $6.2, figure: small.per_query, follows: a + b}
      - {id: exact, printed: $6.0, figure: small.per_query, follows: a + b}
    """
    _, _, total, month, share, loss, wrong, exact = workspace.run(claims).claims
    assert total.text == "sum: $6.1 follows from printed claims; $6.0 computed"
    assert [claim.verdict for claim in (total, month, share, loss)] == [FOLLOWS] * 4
    assert (wrong.verdict, wrong.computed) == (NOT, Decimal("6.1"))
    assert wrong.text == "wrong: $6.2 not reproduced; $6.1 from printed claims, off by -$0.1"
    assert exact.verdict == REPRODUCED, "computed comes before added up"


def test_figures_of_a_design(verdicts: Verdicts) -> None:
    claims = """
    claims:
      - {id: per_query, printed: $6.00, figure: small.per_query}
      - {id: per_month, printed: "$6,000.00", figure: small.per_month}
      - {id: total, printed: "$72,000.00", figure: small.total}
      - {id: average, printed: $6.00, figure: small.total_per_query}
      - {id: saving, printed: 90.0%, figure: "1 - [small.total] / [large.total]"}
    """
    assert set(verdicts(claims).values()) == {REPRODUCED}


def test_per_month_is_the_first_month(verdicts: Verdicts) -> None:
    claims = """
    claims:
      - {id: first, printed: "$6,000.00", figure: small.per_month}
      - {id: average, printed: $6.00, figure: "[small.total] / (1_000 * (1 + 2 + 4))"}
    """
    growing = ["volume.growth_per_month=100%", "months=2026-01..2026-03"]
    assert set(verdicts(claims, sets=growing).values()) == {REPRODUCED}


VARIANTS = """
claims:
  - {id: base, printed: $5.0, figure: small.write}
  - {id: cheap, printed: $2.5, figure: small@cheap.write}
  - {id: dear, printed: $10.0, figure: small@dear.write}
  - {id: ratio, printed: 4x, figure: "[small@dear.write] / [small@cheap.write]"}
  - {id: halved, printed: $2.5, figure: small@dear.write, books: [half]}
"""


@pytest.mark.parametrize(
    ("variants", "audited", "left_out"),
    [
        ((), "base", "cheap, dear, ratio, halved"),
        ("cheap", "cheap", "base, dear, ratio, halved"),
        (("dear",), "dear, halved", "base, cheap, ratio"),
        ("all", "cheap, dear, ratio, halved", "base"),
    ],
)
def test_claims_about_variants_not_shown_are_left_out_and_listed(
    workspace: Workspace, variants: str | tuple[str, ...], audited: str, left_out: str
) -> None:
    results = workspace.run(VARIANTS, variants=variants)
    assert ", ".join(claim.id for claim in results.claims) == audited
    assert {claim.verdict for claim in results.claims} == {REPRODUCED}
    assert results.notes[-1] == f"claims not audited, about variants not shown: {left_out}"


def test_without_claims_there_is_no_note(workspace: Workspace) -> None:
    results = workspace.run()
    assert (results.claims, [note for note in results.notes if "claims" in note]) == ((), [])


@pytest.mark.parametrize(
    ("claim", "place", "message"),
    [
        (
            "printed: $5, figure: small.wrte",
            "figure",
            "no stage or figure `wrte` in small; did you mean write?",
        ),
        ("printed: $5, figure: smal.write", "figure", "no design `smal`; did you mean small?"),
        ("printed: $5, figure: smal@cheep.write", "figure", "no design `smal@cheep`; known are large, small"),
        (
            "printed: $5, figure: small",
            "figure",
            "`small` is no figure; write DESIGN.STAGE or DESIGN.per_query",
        ),
        ("printed: $5, figure: small.read + small.write", "figure", "in arithmetic each stands in brackets"),
        ('printed: $5, figure: "[small.read] + volume"', "figure", "`volume` stands outside brackets"),
        ('printed: $5, figure: "[small.read] / 0"', "figure", "division by zero"),
        ('printed: $5, figure: "[small.read] +"', "figure", "ends where a number or a name is missing"),
        (
            'printed: $5, figure: "[small.raed] + 1"',
            "figure",
            "no stage or figure `raed` in small; did you mean read?",
        ),
        ("printed: 4-8x, figure: small.read", "printed", "`4-8x` is more than one number"),
        ("printed: $5, figure: small.read, books: [haf]", "books", "no price book `haf`; did you mean half?"),
        ("printed: $5, follows: z + zz", "follows", "no claim `zz`; did you mean z?"),
        ("printed: $5, follows: a", "follows", "each other"),
        ("printed: $5, follows: 2 + 3", "follows", "names no other claim"),
        ("printed: $5, follows: z / 0", "follows", "division by zero"),
        ("printed: $5, books: [half]", "books", "price books to try, but no `figure`"),
        ("printed: $5", "", "a claim needs `figure`"),
    ],
)
def test_what_is_wrong_with_a_claim_is_said_with_its_place(
    workspace: Workspace, claim: str, place: str, message: str
) -> None:
    line = f"  - {{id: a, {claim}}}"
    with pytest.raises(KplanError) as error:
        workspace.run(f"claims:\n{line}\n  - {{id: z, printed: $1, figure: small.read}}\n")
    (problem,) = error.value.problems
    text = workspace.path.read_text().splitlines()
    row = text.index(line) + 1
    assert message in problem.what
    assert problem.mark is not None
    assert (problem.mark.file, problem.mark.line) == (str(workspace.path), row)
    column = line.index(f"{place}: ") + 1 if place else 5
    assert problem.mark.column in (column, column + len(f"{place}: "), column + len(f"{place}: [")), (
        "its key, its value, or the first item of its list"
    )


def test_all_wrong_claims_are_told_at_once(workspace: Workspace) -> None:
    claims = """
    claims:
      - {id: a, printed: $5, figure: small.wrte}
      - {id: b, printed: $5, figure: small.write}
      - {id: c, printed: 1/10, figure: small.write}
    """
    with pytest.raises(KplanError) as error:
        workspace.run(claims)
    assert [problem.path for problem in error.value.problems] == ["claims.0.figure", "claims.2.printed"]


def test_a_broken_price_book_of_claims_is_told_once(workspace: Workspace) -> None:
    row = "  - {provider: acme, model: tiny, meter: input, usd: cheap}"
    workspace.write("half.yaml", f"rows:\n{row}\n")
    claims = """
    claims:
      - {id: a, printed: $5, figure: small.write, books: [half]}
      - {id: b, printed: $5, figure: small.read, books: [half]}
    """
    with pytest.raises(KplanError) as error:
        workspace.run(claims)
    (problem,) = error.value.problems
    assert str(problem.mark).endswith(f"half.yaml:2:{row.index('cheap') + 1}")


def test_a_book_of_claims_that_cannot_be_read_is_told_where_it_is_named(workspace: Workspace) -> None:
    (workspace.folder / "half.yaml").write_bytes(b"\xff")
    claims = """
    claims:
      - {id: a, printed: $5, figure: small.write, books: [half]}
      - {id: b, printed: $5, figure: small.read, books: [half]}
    """
    with pytest.raises(KplanError) as error:
        workspace.run(claims)
    (problem,) = error.value.problems
    assert problem.path == "books.half"
    line = next(text for text in workspace.path.read_text().splitlines() if text.startswith("books:"))
    assert problem.mark is not None
    assert problem.mark.column == line.index("half.yaml") + 1


def test_a_stage_called_like_a_figure(workspace: Workspace) -> None:
    claims = "claims: [{id: a, printed: $5, figure: small.total}]"
    with pytest.raises(KplanError, match="`total` is a stage of small and a figure of every design"):
        workspace.run(claims, sets=["stages.total={input: 1, output: 1}"])

"""The way from files to audited results: which price book lies over which."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kplan.engine.results import Results
from kplan.errors import KplanError
from kplan.prices.book import load_book
from kplan.regress.run import books_of, results_of, run
from kplan.scenario.load import load_scenario
from kplan.scenario.source import Piped
from regress.workspace import PIPELINE, Workspace

CLAIMS = "claims: [{id: a, printed: $2.5, figure: small.write, books: [half]}]"


def costs(results: Results) -> dict[str, Decimal]:
    return {design.id: design.cost_per_query_usd for design in results.designs}


def test_the_scenarios_book_lies_over_kplans(workspace: Workspace) -> None:
    results = workspace.run()
    assert costs(results) == {"small": 6, "large": 60}
    assert results.provenance.book_name == "kplan book + own.yaml"


def test_a_given_book_lies_over_the_scenarios(workspace: Workspace) -> None:
    given = workspace.book("given.yaml", tiny=("7", "70"))
    assert costs(workspace.run(book_paths=[given])) == {"small": 77, "large": 60}


def test_a_claims_book_lies_over_both(workspace: Workspace) -> None:
    given = workspace.book("given.yaml", tiny=("7", "70"))
    results = workspace.run(CLAIMS, book_paths=[given])
    assert costs(results)["small"] == 77
    assert (results.claims[0].verdict, results.claims[0].computed) == ("reproduced", Decimal("2.5"))


def test_each_variant_has_its_own_books(workspace: Workspace) -> None:
    assert costs(workspace.run(variants="all")) == {
        "small@cheap": 3,
        "large@cheap": 30,
        "small@dear": 12,
        "large@dear": 60,
    }
    assert costs(workspace.run(variants=["dear"])) == {"small@dear": 12, "large@dear": 60}


def test_settings_reach_the_scenario(workspace: Workspace) -> None:
    results = workspace.run(sets=["stages.read.input=2_000_000"])
    assert costs(results) == {"small": 7, "large": 70}


def test_retired_models_only_where_allowed(workspace: Workspace) -> None:
    rows = (workspace.folder / "own.yaml").read_text()
    workspace.write("own.yaml", f"{rows}models:\n  - {{provider: acme, id: tiny, retires_on: 2025-12-01}}\n")
    with pytest.raises(KplanError, match="acme/tiny is retired since 2025-12-01"):
        workspace.run(CLAIMS)
    assert workspace.run(CLAIMS, allow_retired=True).claims[0].verdict == "reproduced"


def test_results_of_a_book_in_memory_try_a_claims_book_over_it(workspace: Workspace) -> None:
    workspace.run(CLAIMS)
    scenario = load_scenario(workspace.path)
    dear = load_book([workspace.book("dear.yaml", tiny=("9", "9"), huge=("9", "9"))], embedded=False)
    results = results_of({"": scenario}, {"": dear})
    assert costs(results) == {"small": 18, "large": 18}
    assert results.claims[0].computed == Decimal("2.5")


def test_books_of_later_files_win(workspace: Workspace) -> None:
    workspace.run()
    first, second = workspace.book("1.yaml", tiny=("3", "3")), workspace.book("2.yaml", tiny=("4", "4"))
    book = books_of({"": load_scenario(workspace.path)}, [first, second])[""]
    assert {row.usd for row in book.rows(book.find("tiny"))} == {4}
    assert book.name == "kplan book + own.yaml + 1.yaml + 2.yaml"


def test_a_missing_book_and_an_unknown_variant_are_told(workspace: Workspace) -> None:
    with pytest.raises(KplanError, match=r"gone\.yaml: No such file"):
        workspace.run(book_paths=[workspace.folder / "gone.yaml"])
    with pytest.raises(KplanError, match="no variant `cheep`; did you mean cheap"):
        workspace.run(variants=["cheep"])


@pytest.mark.parametrize("book", ["bad.yaml", "[own.yaml, bad.yaml]"])
def test_a_book_that_cannot_be_read_is_told_where_it_is_named(workspace: Workspace, book: str) -> None:
    workspace.run()
    (workspace.folder / "bad.yaml").write_bytes(b"rows: \xff")
    text = workspace.path.read_text().replace("book: own.yaml", f"book: {book}", 1)
    workspace.path.write_text(text)
    column = text.splitlines()[2].index("bad.yaml") + 1
    what = "not a text file in UTF-8 (byte 6)"
    item = ".1" if "[" in book else ""
    with pytest.raises(KplanError) as error:
        run(workspace.path)
    assert [str(problem) for problem in error.value.problems] == [
        f"{workspace.path}:3:{column}: prices.book{item}: {workspace.folder / 'bad.yaml'}: {what}"
    ]


def test_a_book_that_is_not_there_is_told_once(workspace: Workspace) -> None:
    (workspace.folder / "own.yaml").unlink()
    with pytest.raises(KplanError) as error:
        workspace.run()
    assert [str(problem) for problem in error.value.problems] == [
        f"{workspace.path}:3:36: prices.book: no such file: {workspace.folder}/own.yaml"
    ]


def test_a_wrong_cell_of_a_book_stands_in_the_book(workspace: Workspace) -> None:
    workspace.book("own.yaml", tiny=("cheap", "5"), huge=("10", "50"))
    with pytest.raises(KplanError, match=r'^\S*own\.yaml:2:\d+: usd: "cheap" is not a price'):
        workspace.run()


def test_all_variants_of_a_scenario_without_any(workspace: Workspace) -> None:
    with pytest.raises(KplanError, match="this scenario has no variants"):
        run(Piped(PIPELINE.partition("variants:")[0].encode()), variants=["all"])

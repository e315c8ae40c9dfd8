from __future__ import annotations

from decimal import Decimal

import pytest

from kplan.errors import KplanError
from kplan.prices.book import Book, load_book
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow


@pytest.fixture(scope="module")
def embedded() -> Book:
    return load_book()


def layered(book: Book, *refs: str, aliases: tuple[str, ...] = ()) -> Book:
    """The book with a layer of further models."""
    pairs = [ref.split("/", 1) for ref in refs]
    rows = [PriceRow(provider, name, "input", Decimal(1)) for provider, name in pairs]
    return book.with_rows("mine", rows, [ModelRow(provider, name, aliases) for provider, name in pairs])


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("claude-haiku-5-5", "anthropic/claude-haiku-5-5"),
        ("google/claude-haiku-5-5", "google/claude-haiku-5-5"),
        ("claude-haiku-5.5", "anthropic/claude-haiku-5-5"),
        ("anthropic/claude-haiku-5.5", "anthropic/claude-haiku-5-5"),
        ("gpt-6-luna", "openai/gpt-6-luna"),
        ("GLM-5", "zai/GLM-5"),
        ("llama-3.3-70b", "cerebras/llama-3.3-70b"),
        ("mistralai/mistral-large-4-0", "openrouter/mistralai/mistral-large-4-0"),
        ("openrouter/mistralai/mistral-large-4-0", "openrouter/mistralai/mistral-large-4-0"),
        ("perplexity/sonar", "perplexity/sonar"),
        ("gemini-flash-latest", "google/gemini-3.8-flash"),
    ],
)
def test_what_a_name_means(embedded: Book, name: str, ref: str) -> None:
    assert embedded.find(name).ref == ref


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "claude-haiku-4.55",
            r'no model "claude-haiku-4.55"; did you mean claude-haiku-4.5\? \(kplan book list haiku\)',
        ),
        ("azure/gpt-4o", r"did you mean openai/gpt-4o\?"),
        ("zzzzzz", r'no model "zzzzzz" \(kplan book list\)'),
        ("Claude-Haiku-5-5", r"did you mean claude-haiku-5-5\?"),
        ("CLAUDE-HAIKU-5-5", r"did you mean claude-haiku-5-5\?"),
        ("glm-5", r"did you mean GLM-5\?"),
        ("zai/glm-5", r"did you mean zai/GLM-5\?"),
        ("azure/GPT-4O", r"did you mean openai/gpt-4o\?"),
        ("", "no model"),
        ("deepseek-ai/DeepSeek-V4-Flash-0731", "ambiguous; write one of baseten/deepseek-ai/DeepSeek"),
    ],
)
def test_a_name_that_means_none_or_several(embedded: Book, name: str, message: str) -> None:
    for _ in range(2):  # the second answer comes from memory
        with pytest.raises(KplanError, match=message):
            embedded.find(name)


def test_a_users_new_model_wins_over_the_maker(embedded: Book) -> None:
    book = layered(embedded, "gateway/claude-haiku-5-5")
    assert book.find("claude-haiku-5-5").ref == "gateway/claude-haiku-5-5"
    assert book.find("anthropic/claude-haiku-5-5").ref == "anthropic/claude-haiku-5-5"


def test_a_book_of_many_providers_takes_no_name_from_the_maker(embedded: Book) -> None:
    book = layered(embedded, "gateway/claude-haiku-5-5", "resale/claude-haiku-5-5", "anthropic/claude-opus-5")
    assert book.find("claude-haiku-5-5").ref == "anthropic/claude-haiku-5-5"
    assert book.find("gateway/claude-haiku-5-5").ref == "gateway/claude-haiku-5-5"


def test_new_prices_for_a_known_model_do_not_change_what_its_name_means(embedded: Book) -> None:
    book = layered(embedded, "google/claude-haiku-5-5")
    assert book.find("claude-haiku-5-5").ref == "anthropic/claude-haiku-5-5"


def test_a_users_alias(embedded: Book) -> None:
    book = layered(embedded, "acme/cheap-one", aliases=("cheap", "claude-haiku-5-5"))
    assert book.find("cheap").ref == "acme/cheap-one"
    assert book.find("claude-haiku-5-5").ref == "acme/cheap-one"
    assert book.find("acme/cheap").ref == "acme/cheap-one"


def test_two_new_models_of_one_name_are_ambiguous(embedded: Book) -> None:
    book = layered(embedded, "one/m", "two/m")
    with pytest.raises(KplanError, match='"m" is ambiguous; write one of one/m, two/m'):
        book.find("m")


def test_every_embedded_model_is_found_by_its_full_name(embedded: Book) -> None:
    assert all(embedded.find(ref).ref == ref for ref in embedded.ids())


def test_no_alias_is_another_models_id_at_the_same_provider(embedded: Book) -> None:
    models = [embedded.find(ref) for ref in embedded.ids()]
    ids = {(model.provider, model.id) for model in models}
    names = [(model.provider, alias) for model in models for alias in model.aliases]
    assert not ids.intersection(names)
    assert len(set(names)) == len(names) > 1000

"""Rules that turn sizes into billed units, as formulas: documents into searches, records into read units."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct


class SizeRule(Struct, frozen=True):
    """How a vendor counts its units."""

    name: str
    arguments: tuple[str, ...]
    """What the formula asks for; each name says its unit, a bare plural is a count."""
    formula: str
    """In the language of scenario expressions (form.expressions), over the arguments."""
    unit: str
    """What comes out."""
    source: str
    optional: tuple[str, ...] = ()
    """Arguments that are 0 unless given."""


def _registry(*rules: SizeRule) -> Mapping[str, SizeRule]:
    return MappingProxyType({rule.name: rule for rule in rules})


_COHERE = (
    "Cohere pricing page, as Microsoft's Cohere Rerank page words it: a search is one query with up to 100 "
    "documents; a document longer than 500 tokens with the query is split, each chunk counts as one. Every "
    "chunk repeats the query, which is cut at half of it (Cohere, Best Practices for using Rerank)"
)
_PINECONE = "Pinecone docs, Understanding cost"
_FOUR = (
    "estimate: English text has about 4 characters a token (OpenAI help, What are tokens); count to be sure"
)

RULES: Mapping[str, SizeRule] = _registry(
    SizeRule(
        "rerank_search",
        ("documents", "document_tokens", "query_tokens"),
        "ceil(documents * max(1, ceil(document_tokens / (500 - min(query_tokens, 250)))) / 100)",
        "search",
        _COHERE,
        ("query_tokens",),
    ),
    SizeRule(
        "rerank_window",
        ("documents", "window", "stride"),
        "1 + ceil(max(0, documents - window) / stride)",
        "call",
        "RankGPT (Sun et al., Is ChatGPT Good at Search?, EMNLP 2023): a window slides over the ranking from "
        "its end, by the stride; each place of it is one call",
    ),
    SizeRule(
        "read_unit_query",
        ("namespace_gb",),
        "max(0.25, namespace_gb)",
        "read unit",
        f"{_PINECONE}: 1 read unit for each GB of the namespace, at least 0.25 a query",
    ),
    SizeRule(
        "read_unit_query_quarters",
        ("namespace_gb",),
        "max(0.25, ceil(namespace_gb / 0.25) * 0.25)",
        "read unit",
        f"{_PINECONE} (July 2025): the same, rounded up to quarters of a read unit",
    ),
    SizeRule(
        "read_unit_fetch",
        ("records",),
        "max(1, ceil(records / 10))",
        "read unit",
        f"{_PINECONE}: 1 read unit for every 10 records fetched, at least 1",
    ),
    SizeRule(
        "write_unit_upsert",
        ("records", "record_kb"),
        "max(5, ceil(records * record_kb))",
        "write unit",
        f"{_PINECONE}: 1 write unit for each KB of a request's new records, at least 5",
    ),
    SizeRule(
        "write_unit_update",
        ("new_kb", "old_kb"),
        "max(5, ceil(new_kb + old_kb))",
        "write unit",
        f"{_PINECONE}: 1 write unit for each KB of the new and of the old record together, at least 5",
    ),
    SizeRule(
        "vector_gb",
        ("records", "dimensions", "sparse_values", "metadata_bytes", "id_bytes", "text_bytes"),
        "records * (id_bytes + metadata_bytes + text_bytes + 4 * dimensions + 8 * sparse_values) / 1e9",
        "GB",
        f"{_PINECONE}: 4 bytes a dense dimension, 8 a sparse value; a GB is 1e9 bytes",
        ("dimensions", "sparse_values", "metadata_bytes", "id_bytes", "text_bytes"),
    ),
    SizeRule("tokens_from_characters", ("characters",), "characters / 4", "token", _FOUR),
    SizeRule("tokens_from_bytes", ("bytes",), "bytes / 4", "token", f"{_FOUR}; a byte a character in UTF-8"),
    SizeRule(
        "tokenizer_factor",
        ("new_tokens", "old_tokens"),
        "new_tokens / old_tokens",
        "x",
        "the same text counted by both tokenizers; a workload's tokens grow by it when it moves",
    ),
)
"""A new rule is one entry here; `kplan units` and the stage kinds read it."""

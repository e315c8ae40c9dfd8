"""`rerank`: documents put in order by a reranking service; a chat model that ranks is a `call`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from kplan.form.expressions import Apply, Expression
from kplan.kinds.fields import Drawn
from kplan.kinds.service import REPEATED, Service, by_rule, known


class Rerank(Service):
    """Queries to a reranker, billed by the search or by the token.

    A search is one query with up to 100 documents, long ones split (rule `rerank_search`). By the token,
    every document is read with the query: documents x (document_tokens + query_tokens).
    Source: Voyage AI docs, Pricing: query tokens x documents + the sum of all documents' tokens.
    """

    needed = ("documents", "document_tokens", "query_tokens")
    copied = (*needed, "per", *REPEATED)
    units: ClassVar[Mapping[str, str]] = {
        "documents": "documents per call",
        "document_tokens": "tokens per document",
        "query_tokens": "tokens per query",
    }
    said_by: ClassVar[Mapping[str, str]] = {"rerank_search": "documents", "input": "documents"}

    kind: Literal["rerank"] = Field(description="Documents put in order by a reranking service.")
    documents: Drawn | None = Field(None, description="Documents of one call.")
    document_tokens: Drawn | None = Field(None, description="Tokens of one document, on average.")
    query_tokens: Drawn | None = Field(None, description="Tokens of the query.")
    per: Literal["search", "token"] = Field(
        "search", description="What the service bills: search (100 documents, long ones split) or token."
    )

    def billed(self) -> Mapping[str, Expression]:
        """Searches, or tokens read."""
        sizes = {name: known(getattr(self, name)) for name in self.needed}
        if self.per == "search":
            return {"rerank_search": by_rule("rerank_search", **sizes)}
        read = Apply("add", (sizes["document_tokens"], sizes["query_tokens"]))
        return {"input": Apply("multiply", (sizes["documents"], read))}

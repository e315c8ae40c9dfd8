"""A pipeline of every stage kind, on services whose meters all have rates of their own."""

from __future__ import annotations

from decimal import Decimal

from support import book_of

CHAT = {
    "input": "3", "cache_read": "0.3", "cache_write_5m": "3.75", "cache_write_1h": "6", "output": "15",
    "reasoning": "17", "web_search": "10000", "page": "2000", "image_in": "4", "audio_in": "9",
    "image_out": "30",
}  # fmt: skip
RATES: dict[str, dict[str, str]] = {
    "big": CHAT,
    "small": {meter: str(Decimal(usd) / 4) for meter, usd in CHAT.items()},
    "vectors": {"embedding": "0.02"},
    "store": {"read_unit": "16", "write_unit": "4"},
    "ranker": {"rerank_search": "2000"},
    "people": {"human_minute": "750000"},
    "suite": {"page": "1000", "second": "100", "own_unit": "7"},
}
"""USD per million units, each rate another, so that a unit on the wrong meter is another cost."""
BOOK = book_of(RATES)

PIPELINE = """
volume: 10_000/month
months: 2027-01..2027-12
budget: $900/month
params: {chunks: 12, chunk_tokens: 700, gb: 0.1, doubt: 3%}
stages:
  embed: {kind: embed, tokens: 60 + chunks, model: vectors}
  find: {kind: retrieve, namespace_gb: gb, calls: 3, model: store}
  rank: {kind: rerank, model: ranker,
    documents: chunks * 10, document_tokens: chunk_tokens, query_tokens: 60}
  answer: {input: chunks * chunk_tokens + 900, output: 700, reasoning: 250, cached: 20%, cache_write: 30%,
    cache_write_1h: 12.5%, retries: 2%,
    usage: {web_search: 2, image_in: 500, audio_in: chunks, image_out: 40}}
  cite: {kind: code}
  parse: {kind: tool, usage: {page: 3, second: 1.5, own_unit: chunks / 5}, model: suite}
  look: {kind: human, minutes: 4, chance: doubt, model: people}
mix:
  lookup: {share: 75%, params: {chunks: 2}}
  research: {share: 25%, params: {chunk_tokens: 480, gb: 40}}
tokenizers: {big: 1.35}
designs:
  one: big
  two: {models: {default: small}, stages: {answer: {usage: {web_search: 1}}}}
"""

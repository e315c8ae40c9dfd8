"""What LiteLLM's providers and models are called in kplan."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kplan.prices.importers.litellm_lives import PROVIDERS

BRANCHES: Mapping[str, str] = MappingProxyType(
    {
        "azure_text": "azure",
        "fireworks_ai-embedding-models": "fireworks_ai",
        "text-completion-codestral": "codestral",
        "text-completion-inception": "inception",
        "text-completion-openai": "openai",
    }
)
"""Provider of which another name of LiteLLM's is a branch; so is every `vertex_ai-...` one of Vertex AI."""

VERTEX = "vertex_ai"


def named(key: str, provider: str) -> tuple[str, str]:
    """Provider and id of an entry in kplan: its key without the provider that stands before it."""
    root = VERTEX if provider.startswith(f"{VERTEX}-") else BRANCHES.get(provider, provider)
    ours, prefix = PROVIDERS.get(root, (root, ""))
    for start in filter(None, (prefix, f"{provider}/", f"{root}/")):
        if key.startswith(start) and key != start:
            return ours, key[len(start) :]
    return ours, key

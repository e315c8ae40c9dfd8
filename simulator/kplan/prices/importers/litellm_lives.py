"""Limits and retirement dates from LiteLLM's JSON, which is read and never imported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.prices.lives import Life
from kplan.prices.models import ModelRow

PROVIDERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "anthropic": ("anthropic", ""),
        "azure": ("azure", "azure/"),
        "baseten": ("baseten", "baseten/"),
        "bedrock": ("aws", ""),
        "bedrock_converse": ("aws", ""),
        "cerebras": ("cerebras", "cerebras/"),
        "cloudflare": ("cloudflare", "cloudflare/"),
        "cohere": ("cohere", ""),
        "cohere_chat": ("cohere", ""),
        "databricks": ("databricks", "databricks/"),
        "deepseek": ("deepseek", "deepseek/"),
        "fireworks_ai": ("fireworks", "fireworks_ai/"),
        "gemini": ("google", "gemini/"),
        "github_copilot": ("github-copilot", "github_copilot/"),
        "groq": ("groq", "groq/"),
        "minimax": ("minimax", "minimax/"),
        "mistral": ("mistral", "mistral/"),
        "moonshot": ("moonshotai", "moonshot/"),
        "novita": ("novita", "novita/"),
        "openai": ("openai", ""),
        "ovhcloud": ("ovhcloud", "ovhcloud/"),
        "perplexity": ("perplexity", "perplexity/"),
        "together_ai": ("together", "together_ai/"),
        "voyage": ("voyageai", "voyage/"),
        "xai": ("x-ai", "xai/"),
    }
)
"""LiteLLM's provider -> ours and the beginning of its keys.

Vertex AI is left out: its retirement dates are "not sooner than".
"""


WINDOWED = frozenset({"chat", "completion", "responses", "embedding"})
"""Modes whose `max_input_tokens` bounds one call; a reranker's bounds each document."""

ROLLING = "-latest"
"""Names that end so move from model to model."""


def lives(path: Path, source: str, models: Iterable[ModelRow]) -> list[Life]:
    """A life for each of the models that LiteLLM knows by its very id, or whose limits it knows by an alias.

    path    model_prices_and_context_window_backup.json
    source  what is written beside each, such as `LiteLLM 1.109.1`
    """
    try:
        entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise KplanError(f"{path}: not LiteLLM's JSON ({e})") from e
    said = {life.key: life for name, entry in entries.items() if (life := _life(name, entry, source))}
    found = (said.get((model.provider, model.id)) or _by_alias(model, said) for model in models)
    return [life for life in found if life]


def _life(name: str, entry: Mapping[str, Any], source: str) -> Life | None:
    provider, prefix = PROVIDERS.get(str(entry.get("litellm_provider")), ("", ""))
    window = entry.get("max_input_tokens") if entry.get("mode") in WINDOWED else None
    max_output, retires = entry.get("max_output_tokens"), entry.get("deprecation_date")
    if not (provider and name.startswith(prefix) and (window or max_output or retires)):
        return None
    return Life(
        provider,
        name[len(prefix) :],
        int(window) if window else None,
        int(max_output) if max_output else None,
        retires_on=date.fromisoformat(retires) if retires else None,
        source=source,
        source_url=str(entry.get("source") or ""),
    )


def _by_alias(model: ModelRow, said: Mapping[tuple[str, str], Life]) -> Life | None:
    """The limits that all aliases share; no dates, since a snapshot's end is not the model's."""
    names = [name for name in model.aliases if not name.endswith(ROLLING)]
    found = [said[model.provider, name] for name in names if (model.provider, name) in said]
    if not found or len({(life.context_window, life.max_output) for life in found}) > 1:
        return None
    life = replace(found[0], model=model.id, retires_on=None)
    return life if life.facts() else None

"""Largest outputs and retirement dates from LiteLLM's JSON, which is read and never imported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

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


def lives(path: Path, source: str, models: Iterable[ModelRow]) -> list[Life]:
    """A life for each of the models whose provider and very id LiteLLM knows, if it says anything.

    path    model_prices_and_context_window_backup.json
    source  what is written beside each, such as `LiteLLM 1.109.1`
    """
    try:
        entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise KplanError(f"{path}: not LiteLLM's JSON ({e})") from e
    wanted = {(model.provider, model.id) for model in models}
    found = (_life(name, entry, source) for name, entry in entries.items())
    return [life for life in found if life and (life.provider, life.model) in wanted]


def _life(name: str, entry: Mapping[str, Any], source: str) -> Life | None:
    provider, prefix = PROVIDERS.get(str(entry.get("litellm_provider")), ("", ""))
    max_output, retires = entry.get("max_output_tokens"), entry.get("deprecation_date")
    if not (provider and name.startswith(prefix) and (max_output or retires)):
        return None
    return Life(
        provider,
        name[len(prefix) :],
        int(max_output) if max_output else None,
        retires_on=date.fromisoformat(retires) if retires else None,
        source=source,
        source_url=str(entry.get("source") or ""),
    )

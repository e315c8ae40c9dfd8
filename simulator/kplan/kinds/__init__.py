"""Stage kinds: a new one is one file with its model and its expansion, and one line in `KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kplan.kinds.answer_cache import AnswerCache
from kplan.kinds.bundles import Bundles
from kplan.kinds.call import Call
from kplan.kinds.code import Code
from kplan.kinds.embed import Embed
from kplan.kinds.fallback import Fallback
from kplan.kinds.human import Human
from kplan.kinds.ingestion import Ingestion
from kplan.kinds.loop import Loop
from kplan.kinds.parallel import Parallel
from kplan.kinds.rerank import Rerank
from kplan.kinds.retrieve import Retrieve
from kplan.kinds.retry import Retry
from kplan.kinds.route import Route
from kplan.kinds.second_pass import SecondPass
from kplan.kinds.stage import Stage
from kplan.kinds.steps import Steps
from kplan.kinds.storage import Storage
from kplan.kinds.tool import Tool

KINDS: Mapping[str, type[Stage]] = MappingProxyType(
    {
        "call": Call,
        "second_pass": SecondPass,
        "embed": Embed,
        "retrieve": Retrieve,
        "rerank": Rerank,
        "tool": Tool,
        "code": Code,
        "human": Human,
        "steps": Steps,
        "parallel": Parallel,
        "route": Route,
        "loop": Loop,
        "retry": Retry,
        "fallback": Fallback,
        "answer_cache": AnswerCache,
        "bundles": Bundles,
        "ingestion": Ingestion,
        "storage": Storage,
    }
)
"""What a stage's `kind` may be."""

DEFAULT_KIND = "call"
"""The kind of a stage that does not say one."""

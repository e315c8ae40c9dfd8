"""Stage kinds: a new one is one file with its model and its expansion, and one line in `KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kplan.kinds.call import Call
from kplan.kinds.code import Code
from kplan.kinds.embed import Embed
from kplan.kinds.human import Human
from kplan.kinds.rerank import Rerank
from kplan.kinds.retrieve import Retrieve
from kplan.kinds.second_pass import SecondPass
from kplan.kinds.stage import Stage
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
    }
)
"""What a stage's `kind` may be."""

DEFAULT_KIND = "call"
"""The kind of a stage that does not say one."""

"""Stage kinds: a new one is one file with its model and its expansion, and one line in `KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kplan.kinds.call import Call
from kplan.kinds.second_pass import SecondPass
from kplan.kinds.stage import Stage

KINDS: Mapping[str, type[Stage]] = MappingProxyType(
    {
        "call": Call,
        "second_pass": SecondPass,
    }
)
"""What a stage's `kind` may be."""

DEFAULT_KIND = "call"
"""The kind of a stage that does not say one."""

"""Texts and names as YAML writes them, so that every reader takes them for texts."""

from __future__ import annotations

import json
import re

from kplan.render.json import safe

NOT_TEXTS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What other readers of YAML take for something else than a text."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*([-./][A-Za-z0-9_]+)*")


def quoted(text: str) -> str:
    """In double quotes, on one line: no text needs to be looked at to know that it is one."""
    return safe(json.dumps(text, ensure_ascii=False))


def plainly(text: str) -> str:
    """As people write it, without quotes where it needs none."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in NOT_TEXTS else quoted(text)

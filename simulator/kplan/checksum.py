"""The checksum that a JSON file carries: it tells whether the file is as kplan wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

CHECKSUM = "checksum"
"""Last key of a JSON file: the hash of the rest, written with sorted keys and no spaces."""


def json_checksum(rest: Mapping[str, object]) -> str:
    """The hash of a JSON document without its checksum."""
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{sha256(canonical.encode()).hexdigest()}"


def is_as_written(document: object) -> bool:
    """Whether the document carries the checksum of its rest, however it is laid out."""
    if not isinstance(document, dict) or CHECKSUM not in document:
        return False
    rest = {key: value for key, value in document.items() if key != CHECKSUM}
    return bool(document[CHECKSUM] == json_checksum(rest))

"""The text of a scenario file: UTF-8, of bounded size, free of characters that YAML forbids."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from kplan.errors import KplanError, Mark

MAX_BYTES = 5_000_000
STDIN = "<stdin>"
"""What stands for the file in marks of a scenario that was piped in."""
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Piped(Struct, frozen=True):
    """A scenario that came as bytes rather than as a file: files it names lie in the current folder."""

    data: bytes
    name: str = STDIN
    """What stands for the file in marks."""

    def __str__(self) -> str:
        return self.name


def read_text(source: Path | Piped, max_bytes: int = MAX_BYTES) -> str:
    """A scenario's text: UTF-8, of bounded size, no control characters."""
    data = source.data if isinstance(source, Piped) else _bytes(source, max_bytes)
    return _decoded(data, str(source), max_bytes)


def _bytes(path: Path, max_bytes: int) -> bytes:
    start = Mark(str(path), 1, 1)
    try:
        if path.stat().st_size > max_bytes:
            raise _too_large(path.stat().st_size, max_bytes).at(start)
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
        raise KplanError(f"cannot be read: {reason}").at(start) from e


def _too_large(size: int, max_bytes: int) -> KplanError:
    return KplanError(f"a file of {size / 1e6:,.0f} MB; at most {max_bytes // 1_000_000} MB are read")


def _decoded(data: bytes, shown: str, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise _too_large(len(data), max_bytes).at(Mark(shown, 1, 1))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        before = data[: e.start].decode("utf-8", "replace")
        raise KplanError(f"not a text file in UTF-8: byte 0x{data[e.start]:02x}; a scenario is YAML text").at(
            place(shown, before)
        ) from e
    return checked_text(text, shown)


def checked_text(text: str, shown: str) -> str:
    """The text itself; raises KplanError at the first character that YAML forbids."""
    bad = _FORBIDDEN.search(text)
    if bad is None:
        return text
    code = f"U+{ord(bad[0]):04X}"
    what = f"character {code}: not a text file; a scenario is YAML text"
    if 0 < ord(bad[0]) < 0x100:
        what = f'control character {code}, which YAML forbids; write "\\x{ord(bad[0]):02x}" in double quotes'
    raise KplanError(what).at(place(shown, text[: bad.start()]))


def place(shown: str, before: str) -> Mark:
    """The place right after some text of the file."""
    return Mark(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))

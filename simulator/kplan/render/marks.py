"""The mark by which kplan knows a file that it wrote and that nobody has edited since."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from types import MappingProxyType

from kplan.checksum import is_as_written

COMMENT = re.compile(rb"<!-- kplan sha256:([0-9a-f]{64}) -->\n?\Z")
"""Last line of a web page, a Markdown or an XML file: the hash of all bytes before it."""
REMARK = re.compile(rb"# kplan sha256:([0-9a-f]{64})\n?\Z")
"""Last line of a YAML file: the same."""
PROPERTY = "kplan_checksum"
"""Custom property of a workbook: the hash of its parts but for `docProps/custom.xml`."""
PLACEHOLDER = "0" * 64
"""What a workbook's writer sets the property to; `marked` fills it in."""

_ZIP_END, _ZIP_END_BYTES = b"PK\x05\x06", 22
"""An archive without a comment ends in this record: whatever stands after it was added by others."""
_CUSTOM = "docProps/custom.xml"
_STORED = re.compile(rb'(name="kplan_checksum"[^>]*>\s*<vt:lpwstr>)([0-9a-f]{64})(</vt:lpwstr>)')


def marked(content: bytes, suffix: str) -> bytes:
    """The content with its mark, where one can be added; marked content stays as it is."""
    if suffix not in _MARK or is_ours(content, suffix):
        return content
    return _MARK[suffix](content)


def can_be_marked(suffix: str) -> bool:
    """Whether files of this ending carry a mark; CSV and plain text have no place for one."""
    return suffix in _CHECK


def is_ours(content: bytes, suffix: str) -> bool:
    """Whether kplan wrote exactly this; no for formats that carry no mark."""
    try:
        return can_be_marked(suffix) and _CHECK[suffix](content)
    except (ValueError, RecursionError, zipfile.BadZipFile, KeyError, OSError, NotImplementedError):
        return False


def _mark_comment(content: bytes) -> bytes:
    body = COMMENT.sub(b"", content)
    body = body if body.endswith(b"\n") else body + b"\n"
    return body + f"<!-- kplan sha256:{sha256(body).hexdigest()} -->\n".encode()


def _mark_remark(content: bytes) -> bytes:
    body = content if content.endswith(b"\n") else content + b"\n"
    return body + f"# kplan sha256:{sha256(body).hexdigest()}\n".encode()


def _has_comment(content: bytes) -> bool:
    return _has_hash(COMMENT, content)


def _has_remark(content: bytes) -> bool:
    return _has_hash(REMARK, content)


def _has_hash(line: re.Pattern[bytes], content: bytes) -> bool:
    found = line.search(content)
    return found is not None and sha256(content[: found.start()]).hexdigest() == found[1].decode()


def _has_checksum(content: bytes) -> bool:
    return is_as_written(json.loads(content))


def _mark_workbook(content: bytes) -> bytes:
    """The workbook with the hash of its parts in place of the placeholder; without one, as it is."""
    found = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(found, "w") as new:
        if _CUSTOM not in old.namelist():
            return content
        hexdigest = _parts(old).encode()
        for part in old.infolist():
            body = old.read(part)
            if part.filename == _CUSTOM:
                body = _STORED.sub(rb"\g<1>" + hexdigest + rb"\g<3>", body)
            new.writestr(part, body)
    return found.getvalue()


def _has_property(content: bytes) -> bool:
    if content[-_ZIP_END_BYTES:][:4] != _ZIP_END:
        return False
    with zipfile.ZipFile(BytesIO(content)) as workbook:
        found = _STORED.search(workbook.read(_CUSTOM))
        return found is not None and found[2].decode() == _parts(workbook)


def _parts(workbook: zipfile.ZipFile) -> str:
    digest = sha256()
    for name in sorted(workbook.namelist()):
        if name != _CUSTOM:
            digest.update(f"{name}\n{sha256(workbook.read(name)).hexdigest()}\n".encode())
    return digest.hexdigest()


_MARK: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        ".html": _mark_comment,
        ".md": _mark_comment,
        ".xml": _mark_comment,
        ".yaml": _mark_remark,
        ".xlsx": _mark_workbook,
    }
)
_CHECK: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {
        ".html": _has_comment,
        ".md": _has_comment,
        ".xml": _has_comment,
        ".yaml": _has_remark,
        ".json": _has_checksum,
        ".xlsx": _has_property,
    }
)

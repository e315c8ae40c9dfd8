"""Files on disk: written whole or not at all, and never over somebody else's work."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from kplan.errors import KplanError, Problem
from kplan.render.marks import can_be_marked, is_ours


def write(path: Path, content: bytes, *, force: bool = False) -> None:
    """Write one file; see `write_all`."""
    write_all({path: content}, force=force)


def write_all(contents: Mapping[Path, bytes], *, force: bool = False) -> None:
    """Write the files, each atomically: temporary file in the same folder, fsync, rename.

    Raises KplanError, before anything is written, for a file that kplan did not write or that was edited
    since (unless forced; a format without a mark is always in doubt), for a folder in its place and for a
    folder that is missing.
    """
    problems = [
        Problem(f"{path}: {why}")
        for path, content in contents.items()
        if (why := refusal(path, content, force))
    ]
    if problems:
        raise KplanError(problems)
    for path, content in contents.items():
        try:
            _replace(Path(os.path.realpath(path)), content)
        except OSError as e:
            raise KplanError(f"{path}: cannot be written: {e.strerror or e}") from e


def refusal(path: Path, content: bytes, force: bool) -> str:
    """Why the file must not be written; empty if it may be."""
    try:
        if path.is_dir():
            return "is a folder; name a file in it"
        if not path.parent.is_dir():
            return f"there is no folder {path.parent}; make it first"
        if force or not path.is_file() or _is_replaceable(path, content):
            return ""
    except OSError as e:
        return f"cannot be looked at: {e.strerror or e}"
    suffix = path.suffix.lower()
    if not can_be_marked(suffix):
        return (
            f"is there already, and a {suffix} carries no mark of who wrote it: use --force to overwrite it"
        )
    return "was not written by kplan, or was edited since; --force overwrites it, -o writes elsewhere"


def _is_replaceable(path: Path, content: bytes) -> bool:
    old = path.read_bytes()
    return old == content or is_ours(old, path.suffix.lower())


def _replace(path: Path, content: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a device cannot be replaced
        return
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.tmp")
    try:
        _write_through(temporary, content, _mode(path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _mode(path: Path) -> int | None:
    """Permissions of the file that is replaced; None for a new one, which takes the user's own."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


def _write_through(path: Path, content: bytes, mode: int | None) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)


def _sync_folder(folder: Path) -> None:
    """Make the rename last through a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)

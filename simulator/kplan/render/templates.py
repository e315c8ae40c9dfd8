"""Jinja's environment for the page: escaped, strict, and compiled once a machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version

from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from kplan.places import folder
from kplan.version import __version__


class _QuietCache(FileSystemBytecodeCache):
    """Jinja's cache; a full or read-only disk costs time, never the page."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)


def environment(plain: Callable[[str], str]) -> Environment:
    """Templates in which every value is made plain text and then escaped.

    plain   strips what no page should hold, such as control codes
    Compiled templates are kept where Jinja keeps them: a folder of the user's own among the system's
    temporary files, by version of kplan and of Jinja. Compiling takes longer than rendering.
    """

    def finalized(value: object) -> object:
        return value if isinstance(value, Markup) else plain(str(value))

    return Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        finalize=finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_cache(),
    )


def _cache() -> BytecodeCache | None:
    """None where there is no folder that is safe to keep compiled code in."""
    try:
        return _QuietCache(pattern=f"kplan-{__version__}-jinja-{version('jinja2')}-%s.cache")
    except (OSError, RuntimeError):
        return None

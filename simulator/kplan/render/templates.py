"""Jinja's environment for the page: escaped, strict, and compiled once a machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
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


WORKSPACE = Path("reports/templates")
"""Where a user's workspace may hold templates of its own, from the folder that kplan runs in."""


class _Sandboxed(ImmutableSandboxedEnvironment):
    """For templates that kplan did not write: they call what kplan and Jinja define, and no other library."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        of_module = isinstance(obj, ModuleType)
        if isinstance(value, ModuleType) or (of_module and attr.startswith("_")):
            return False
        if callable(value):
            home = getattr(value, "__module__", None) or "builtins"
            return home.startswith(_OF_MODULES if of_module else _OF_OBJECTS) and (
                of_module or super().is_safe_attribute(obj, attr, value)
            )
        return of_module or super().is_safe_attribute(obj, attr, value)


_OF_MODULES = ("kplan.render.",)
_OF_OBJECTS = ("kplan.", "jinja2.", "markupsafe", "builtins")
"""Where functions come from that a template of others may call, on our modules and on any other object."""


def own_templates() -> tuple[str, ...]:
    """Which of kplan's templates the workspace replaces, or adds for them, by name."""
    ours = folder("templates")
    if not WORKSPACE.is_dir() or WORKSPACE.resolve() == ours.resolve():
        return ()
    names = (path.relative_to(ours).as_posix() for path in sorted(ours.rglob("*")) if path.is_file())
    return tuple(name for name in names if (WORKSPACE / name).is_file())


def environment(plain: Callable[[str], str]) -> Environment:
    """Templates in which every value is made plain text and then escaped.

    plain   strips what no page should hold, such as control codes
    A template of the workspace stands in for kplan's of the same name; with one of those all run in Jinja's
    sandbox, since a workspace may come from anybody. Compiled templates are kept where Jinja keeps them: a
    folder of the user's own among the system's temporary files, by version of kplan and of Jinja. Compiling
    takes longer than rendering.
    """

    def finalized(value: object) -> object:
        return value if isinstance(value, Markup) else plain(str(value))

    has_own = bool(own_templates())
    return (_Sandboxed if has_own else Environment)(
        loader=FileSystemLoader([WORKSPACE, folder("templates")] if has_own else folder("templates")),
        autoescape=True,
        finalize=finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=None if has_own else _cache(),
    )


def _cache() -> BytecodeCache | None:
    """None where there is no folder that is safe to keep compiled code in."""
    try:
        return _QuietCache(pattern=f"kplan-{__version__}-jinja-{version('jinja2')}-%s.cache")
    except (OSError, RuntimeError):
        return None

"""Compiled templates are kept apart by the versions that compiled them."""

from __future__ import annotations

from importlib.metadata import version

from jinja2 import FileSystemBytecodeCache

from kplan.render.templates import environment
from kplan.version import __version__


def test_compiled_code_is_of_this_kplan_and_this_jinja() -> None:
    cache = environment(str).bytecode_cache
    assert isinstance(cache, FileSystemBytecodeCache)
    name = cache.pattern % "x"
    assert __version__ in name
    assert version("jinja2") in name

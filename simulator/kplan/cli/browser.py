"""A page that was written, shown in the reader's browser."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kplan.errors import KplanError

PAGE = "html"


def page_among(files: Iterable[tuple[Path, str]]) -> Path:
    """The first file that is a page; raises KplanError where none is.

    files   each with its format
    """
    for path, name in files:
        if name == PAGE:
            return path
    raise KplanError("--open shows the page, and none is written: add -o report.html")


def open_page(path: Path) -> None:
    """Open it in the browser that BROWSER names, or that the system has; raises KplanError without one."""
    import webbrowser

    try:
        is_open = webbrowser.open(path.resolve().as_uri())
    except (webbrowser.Error, OSError):
        is_open = False
    if not is_open:
        raise KplanError(f"no browser was found to open {path} in; BROWSER names one")

"""Where kplan's own data lies: beside the checkout's source first, else inside the installed package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Folder = Literal["pricing", "scenarios", "templates"]

_IN_CHECKOUT: dict[Folder, str] = {
    "pricing": "pricing",
    "scenarios": "scenarios",
    "templates": "reports/templates",
}


def folder(name: Folder) -> Path:
    """The folder with kplan's price book, example scenarios or report templates.

    An editable install leaves a stale copy in site-packages, so the checkout is looked at first.
    """
    return folder_of(name, Path(__file__).resolve().parent)


def folder_of(name: Folder, package: Path) -> Path:
    """The same for a package that lies elsewhere: `package` is the directory of `kplan/__init__.py`."""
    root = package.parent.parent
    if package.parent.name == "simulator" and _is_checkout(root):
        return root / _IN_CHECKOUT[name]
    return package / "_data" / name


def _is_checkout(root: Path) -> bool:
    project = root / "pyproject.toml"
    if not project.is_file():
        return False
    lines = [line.replace(" ", "") for line in project.read_text(encoding="utf-8").splitlines()]
    return 'name="kplan"' in lines

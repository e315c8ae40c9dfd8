from __future__ import annotations

from pathlib import Path

import kplan.places
from kplan.places import folder, folder_of

ROOT = Path(__file__).resolve().parent.parent


def test_this_checkout_is_looked_at_first() -> None:
    assert Path(kplan.places.__file__).is_relative_to(ROOT)
    assert folder("pricing") == ROOT / "pricing"
    assert folder("templates") == ROOT / "reports" / "templates"


def package_in(root: Path, project: str | None) -> Path:
    """A package beside stale data of its own, in a project of that name."""
    package = root / "simulator" / "kplan"
    (package / "_data" / "pricing").mkdir(parents=True)
    if project:
        (root / "pyproject.toml").write_text(f'[project]\nname = "{project}"\n', encoding="utf-8")
    return package


def test_a_checkout_wins_over_the_packages_copy(tmp_path: Path) -> None:
    package = package_in(tmp_path, "kplan")
    assert folder_of("scenarios", package) == tmp_path / "scenarios"


def test_another_project_or_none_is_no_checkout(tmp_path: Path) -> None:
    for name, project in (("other", "other"), ("bare", None)):
        package = package_in(tmp_path / name, project)
        assert folder_of("pricing", package) == package / "_data" / "pricing"


def test_an_installed_package_has_its_copy(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "kplan"
    (tmp_path / "pyproject.toml").write_text('name = "kplan"\n', encoding="utf-8")
    assert folder_of("templates", package) == package / "_data" / "templates"

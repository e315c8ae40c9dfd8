"""tests/install-programs.sh never fails a machine that is offline: it says what is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "install-programs.sh"


@pytest.mark.parametrize("failing", ["update", "install"])
def test_a_failing_package_manager_is_told_and_forgiven(tmp_path: Path, failing: str) -> None:
    """A machine with nothing but `id`, which says root, and an apt-get that fails."""
    for name, body in {"id": "echo 0", "apt-get": f'case "$1" in {failing}) exit 100;; esac'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    shell = shutil.which("sh")
    assert shell is not None
    ran = subprocess.run([shell, str(SCRIPT)], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("not installed: chromium libreoffice-calc poppler-utils")

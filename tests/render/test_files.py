"""A file is written whole or not at all, and somebody else's work is never overwritten unasked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kplan.errors import KplanError
from kplan.render.files import write, write_all
from kplan.render.marks import marked

PAGE = marked(b"# One\n", ".md")


def test_new_file(tmp_path: Path) -> None:
    write(tmp_path / "a.md", PAGE)
    assert (tmp_path / "a.md").read_bytes() == PAGE
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_own_file_is_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "a.md", PAGE)
    write(tmp_path / "a.md", marked(b"# Two\n", ".md"))
    assert (tmp_path / "a.md").read_bytes().startswith(b"# Two")


@pytest.mark.parametrize("edit", [b"# Ones\n" + PAGE[6:], PAGE + b"more\n", b"", b"# Mine\n"])
def test_edited_or_foreign_file_is_not(tmp_path: Path, edit: bytes) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(edit)
    with pytest.raises(KplanError, match="not written by kplan, or was edited since; --force"):
        write(path, marked(b"# Two\n", ".md"))
    assert path.read_bytes() == edit
    write(path, PAGE, force=True)
    assert path.read_bytes() == PAGE


def test_same_bytes_are_no_overwriting(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n")
    write(path, b"a,b\n")


@pytest.mark.parametrize("name", ["a.csv", "a.TXT"])
def test_a_format_without_a_mark_is_not_said_to_be_edited(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, b"a,b\n")
    with pytest.raises(KplanError, match=rf"a {path.suffix.lower()} carries no mark .* --force") as error:
        write(path, b"a,c\n")
    assert "edited" not in str(error.value)
    write(path, b"a,c\n", force=True)
    assert path.read_bytes() == b"a,c\n"


def test_one_refusal_stops_all(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_bytes(b"mine")
    with pytest.raises(KplanError) as error:
        write_all({tmp_path / "a.md": PAGE, tmp_path / "b.md": PAGE, tmp_path / "no" / "c.md": PAGE})
    assert [problem.what.split(": ")[1][:12] for problem in error.value.problems] == [
        "was not writ",
        "there is no ",
    ]
    assert not (tmp_path / "a.md").exists()


def test_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(KplanError, match="is a folder"):
        write(tmp_path, PAGE, force=True)


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_bytes(PAGE)
    (tmp_path / "link.md").symlink_to("real.md")
    write(tmp_path / "link.md", marked(b"# Two\n", ".md"))
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_bytes().startswith(b"# Two")


def test_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    write(path, PAGE)
    path.chmod(0o640)
    write(path, marked(b"# Two\n", ".md"))
    assert path.stat().st_mode & 0o777 == 0o640


KILLED = """
import os, signal, sys
from pathlib import Path
from kplan.render import files
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
files.write(Path(sys.argv[1]), b"new" * 100_000, force=True)
"""


def test_killed_half_way_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(PAGE)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, env=_environment())
    assert done.returncode == -9
    assert path.read_bytes() == PAGE


def test_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(KplanError, match=r"a\.md: cannot be written: No space left"):
        write(tmp_path / "a.md", PAGE)
    assert list(tmp_path.iterdir()) == []


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2] / "simulator")}

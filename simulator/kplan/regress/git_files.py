"""Files of a commit: `git:REF:path`, with all files that they name, read through git."""

from __future__ import annotations

import posixpath
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from kplan.errors import KplanError, Problem
from kplan.regress.folders import scenarios_among
from kplan.scenario.parse import parse
from kplan.scenario.source import Piped, read_text
from kplan.scenario.tree import Mapping, Node, Scalar

PREFIX = "git:"


class GitFile(Struct, frozen=True):
    """A file of a commit; the path counts from the top of the repository, or from here after `./`."""

    ref: str
    path: str

    @classmethod
    def of(cls, written: str) -> GitFile:
        """From `git:REF:path`; raises KplanError for anything else."""
        ref, _, path = written.removeprefix(PREFIX).partition(":")
        if not ref or not path:
            raise KplanError(f"{written}: write git:REF:path, such as git:main:scenarios/rag.kplan.yaml")
        return cls(ref, path)

    def here(self) -> Path:
        """Where the file would lie in the folder that git works on."""
        return Path(_git("rev-parse", "--show-toplevel").rstrip("\n")) / _from_top(self)

    def __str__(self) -> str:
        return f"{PREFIX}{self.ref}:{self.path}"


def is_folder(file: GitFile) -> bool:
    """Whether the path is a folder with scenarios; raises KplanError where the commit has nothing of it."""
    path, known = _from_top(file), _files(_commit(file))
    if path not in known and not scenarios_among(known, path):
        raise KplanError(f"{file}: there is no such file, and no folder with scenarios, in that commit")
    return path not in known


@contextmanager
def fetched(file: GitFile) -> Iterator[Path]:
    """The file in a temporary folder, beside the files of the same commit that it names.

    Whatever text in a scenario is the name of a file in the commit is fetched with it: includes, price
    books and their model lists. Problems are told with the places in the commit.
    """
    commit, path = _commit(file), _from_top(file)
    known = _files(commit)
    if path not in known:
        raise KplanError(f"{file}: there is no such file in that commit")
    with _unpacked(commit, [path], known, file.ref) as folder:
        yield folder / path


@contextmanager
def fetched_below(file: GitFile) -> Iterator[dict[str, Path]]:
    """Every *.kplan.yaml below a folder of the commit, by its path from there, as `fetched` gives one."""
    commit, top = _commit(file), _from_top(file)
    known = _files(commit)
    names = {name: posixpath.normpath(posixpath.join(top, name)) for name in scenarios_among(known, top)}
    with _unpacked(commit, list(names.values()), known, file.ref) as folder:
        yield {name: folder / path for name, path in names.items()}


@contextmanager
def _unpacked(commit: str, paths: Sequence[str], known: frozenset[str], ref: str) -> Iterator[Path]:
    """A temporary folder with the files and all that they name, each at its place."""
    with TemporaryDirectory(prefix="kplan-") as name:
        folder = Path(name).resolve()
        seen: set[str] = set()
        for path in paths:
            _fetch(commit, path, known, folder, seen)
        try:
            yield folder
        except KplanError as e:
            raise KplanError([_told(problem, folder, ref) for problem in e.problems]) from e


def _files(commit: str) -> frozenset[str]:
    """Every file of a commit, from the top of the repository."""
    return frozenset(
        _git("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit).rstrip("\0").split("\0")
    )


def _from_top(file: GitFile) -> str:
    """The file's path from the top of the repository."""
    here = _git("rev-parse", "--show-prefix").strip() if file.path.startswith(("./", "../")) else ""
    path = posixpath.normpath(posixpath.join(here, file.path))
    if path.startswith(("../", "/")):
        raise KplanError(f"{file}: the path leads out of the repository")
    return path


def _fetch(commit: str, path: str, known: frozenset[str], folder: Path, seen: set[str]) -> None:
    """The file and every file of the commit that it names, each at its place in the folder."""
    if path in seen:
        return
    seen.add(path)
    content = _show(commit, path)
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    for named in _named(content, path):
        if named in known:
            _fetch(commit, named, known, folder, seen)


def _named(content: bytes, path: str) -> Iterator[str]:
    """What could be the name of a file beside it: every text of a scenario; a book's list of models."""
    yield f"{posixpath.splitext(path)[0]}.models.csv"
    if not path.lower().endswith((".yaml", ".yml")):
        return
    try:
        root = parse(read_text(Piped(content)), path).root
    except KplanError:
        return  # told where the file is loaded
    beside = posixpath.dirname(path)
    for text in _texts(root):
        yield posixpath.normpath(posixpath.join(beside, text))


def _texts(root: Node | None) -> Iterator[str]:
    stack = [root] if root else []
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar):
            yield node.text
        elif isinstance(node, Mapping):
            stack.extend(value for _, value in node.entries.values())
        else:
            stack.extend(node.items)


def _told(problem: Problem, folder: Path, ref: str) -> Problem:
    """The problem with the commit's name in place of the temporary folder's."""
    shown = f"{PREFIX}{ref}:"
    mark = problem.mark
    if mark is not None:
        mark = mark._replace(file=mark.file.replace(f"{folder}/", shown))
    return problem._replace(what=problem.what.replace(f"{folder}/", shown), mark=mark)


def _show(commit: str, path: str) -> bytes:
    return _run(["show", f"{commit}:{path}"])


def _commit(file: GitFile) -> str:
    """The commit's full id; raises KplanError where git has none or there is no repository."""
    try:
        return _git("rev-parse", "--verify", "--end-of-options", f"{file.ref}^{{commit}}").strip()
    except KplanError as e:
        raise KplanError(f"{file}: no such commit, branch or tag here ({e})") from e


def _git(*args: str) -> str:
    return _run(args).decode("utf-8", "surrogateescape")


def _run(args: Sequence[str]) -> bytes:
    try:
        done = subprocess.run(["git", *args], capture_output=True, check=False)  # noqa: S603, S607 - no shell; the user's own git
    except OSError as e:
        raise KplanError(f"git cannot be run ({e.strerror or e}); git:REF:path needs it") from e
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise KplanError(f"git {args[0]}: {said[-1] if said else 'failed'}")
    return done.stdout

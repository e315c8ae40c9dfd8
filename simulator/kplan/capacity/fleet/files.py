"""Measured curves from files and folders: the format is told by the content, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from kplan.capacity.fleet.content import Content, read_content
from kplan.capacity.fleet.points import Found, Point, SkippedRun
from kplan.capacity.fleet.readers import READERS
from kplan.capacity.fleet.readers.reader import Reader
from kplan.errors import KplanError, Mark, Problem

_ENDINGS = (".json", ".jsonl", ".csv")
_MOST_FILES = 10_000


class Measured(Struct, frozen=True):
    """What was read: every run of the files is a point, or skipped with its reason."""

    points: tuple[Point, ...]
    skipped: tuple[SkippedRun, ...]
    remarks: tuple[str, ...]
    formats: tuple[str, ...]
    """Names of the readers that read anything."""


def read_measured(paths: Sequence[Path]) -> Measured:
    """The runs of files, and of all JSON and CSV files of folders.

    Raises KplanError with all that is wrong in any of them, for a file of no known format, and where no run
    is left. Of a folder, files of other formats are skipped, and those that say again what others say.
    """
    found: list[Found] = []
    formats: dict[str, None] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            for name, each in _of_folder(path, problems) if path.is_dir() else [_of_file(path, problems)]:
                found.append(each)
                formats |= {name: None} if name else {}
        except KplanError as e:
            problems += e.problems
    if problems:
        raise KplanError(dict.fromkeys(problems))
    points, again = _once([point for each in found for point in each.points])
    skipped = (*(run for each in found for run in each.skipped), *again)
    if not points:
        raise KplanError(_nothing(paths, skipped))
    remarks = dict.fromkeys(remark for each in found for remark in each.remarks)
    return Measured(tuple(points), skipped, tuple(remarks), tuple(formats))


def _of_file(path: Path, problems: list[Problem]) -> tuple[str, Found]:
    content = read_content(path)
    reader = _reader(content)
    if reader is None:
        known = "; ".join(f"{each.name}: {each.what}" for each in READERS)
        raise KplanError(Problem(f"no measured curve that kplan knows ({known})", Mark(str(path), 1, 1)))
    return reader.name, _read(reader, content, problems)


def _read(reader: Reader, content: Content, problems: list[Problem]) -> Found:
    found = reader.read(content)
    problems += content.problems
    return found


def _reader(content: Content) -> Reader | None:
    return next((each for each in READERS if each.fits(content)), None)


def _of_folder(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, Found]]:
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    if len(files) > _MOST_FILES:
        raise KplanError(f"{folder}: more than {_MOST_FILES:,} files; name those with the runs")
    for path in files:
        why = _why_not(path, files)
        if why:
            yield "", Found(skipped=(SkippedRun(str(path), why),))
            continue
        try:
            content = read_content(path)
            reader = _reader(content)
        except KplanError as e:
            problems += e.problems
            continue
        if reader is None:
            yield "", Found(skipped=(SkippedRun(str(path), "no measured curve that kplan knows"),))
        else:
            yield reader.name, _read(reader, content, problems)


def _why_not(path: Path, files: Sequence[Path]) -> str:
    """Why a file of a folder is not read: it is of another kind, or a summary of what lies beside it."""
    if path.suffix.lower() not in _ENDINGS:
        return "neither JSON nor CSV"
    if path.name == "summary.json" and any(_is_run(each) and each.parent == path.parent for each in files):
        return "the runs beside it once more"
    if path.name == "summary.csv" and any(_is_run(each) and path.parent in each.parents for each in files):
        return "the runs below it once more"
    beside = path.with_suffix(".json")
    return f"{beside.name} beside it says the same" if path.suffix == ".csv" and beside in files else ""


def _is_run(path: Path) -> bool:
    """Whether `vllm bench sweep` calls the result of one run so."""
    return path.name.startswith("run=") and path.suffix == ".json"


def _once(points: Sequence[Point]) -> tuple[list[Point], list[SkippedRun]]:
    """The points, those with all figures the same counted once."""
    first: dict[tuple[object, ...], Point] = {}
    again: list[SkippedRun] = []
    for point in points:
        known = first.setdefault(point.measured(), point)
        if known is not point:
            again.append(SkippedRun(point.place, f"the same figures as {known.place}"))
    return list(first.values()), again


def _nothing(paths: Sequence[Path], skipped: Sequence[SkippedRun]) -> str:
    where = ", ".join(map(str, paths)) or "no file"
    whys = dict.fromkeys(f"{run.place}: {run.why}" for run in skipped)
    return "\n".join((f"{where}: no run that could be read", *whys))

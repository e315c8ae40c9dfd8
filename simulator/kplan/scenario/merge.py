"""Trees laid over one another: later wins, maps merge, null drops."""

from __future__ import annotations

from kplan.scenario.tree import Mapping, Node, Scalar

_SHORT: dict[tuple[str, ...], str] = {
    ("params", "*"): "value",
    ("mix", "*"): "share",
}
"""Where a plain value stands for one key of a map: `redo: 8%` for `redo: {value: 8%}`."""

_KEEPS_NULL = (("designs", "*", "stages", "*"), ("mix", "*", "stages", "*"))
"""Where null is a value of its own: it drops a stage of the pipeline."""

_QUERIES = ("queries_per_month", "queries_per_day")


def merged(base: Node, over: Node, path: tuple[str, ...] = ()) -> Node:
    """`over` laid on `base`: maps merge key by key, all else is replaced whole.

    A plain value over the long form of a volume, a parameter or a class replaces only what it stands for.
    """
    if isinstance(base, Mapping) and isinstance(over, Scalar) and not over.is_null:
        over = long_form(over, path) or over
    if isinstance(base, Scalar) and isinstance(over, Mapping):
        base = long_form(base, path) or base
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return merged_maps(base, over, path)
    return over


def merged_maps(base: Mapping, over: Mapping, path: tuple[str, ...] = ()) -> Mapping:
    """As `merged`, of two maps."""
    entries = dict(base.entries)
    if path == ("volume",) and any(key in over.entries for key in _QUERIES):
        entries = {key: entry for key, entry in entries.items() if key not in _QUERIES}
    for key, (mark, value) in over.entries.items():
        place = (*path, key)
        if key in entries and _drops(value, place):
            del entries[key]
        elif key in entries:
            entries[key] = (mark, merged(entries[key][1], value, place))
        else:
            entries[key] = (mark, value)
    return Mapping(entries, base.mark)


def long_form(value: Scalar, path: tuple[str, ...]) -> Mapping | None:
    """The map that a plain value at this place stands for; None where it stands for itself."""
    if path == ("volume",):
        key = _QUERIES[value.text.rstrip().endswith("day")]
    elif len(path) == 2 and path[0] == "designs":
        default = Mapping({"default": (value.mark, value)}, value.mark)
        return Mapping({"models": (value.mark, default)}, value.mark)
    else:
        key = _SHORT.get((*path[:-1], "*"), "")
    return Mapping({key: (value.mark, value)}, value.mark) if key else None


def _drops(value: Node, path: tuple[str, ...]) -> bool:
    if not (isinstance(value, Scalar) and value.is_null):
        return False
    return not any(matches(path, pattern) for pattern in _KEEPS_NULL)


def matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the path has this form; `*` stands for any one step."""
    return len(path) == len(pattern) and all(
        want in ("*", step) for step, want in zip(path, pattern, strict=True)
    )

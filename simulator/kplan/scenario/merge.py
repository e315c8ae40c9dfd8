"""Trees laid over one another: later wins, maps merge, null drops."""

from __future__ import annotations

from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.scenario import scalars
from kplan.scenario.tree import Mapping, Node, Scalar

_SHORT: dict[tuple[str, ...], str] = {
    ("params", "*"): "value",
    ("mix", "*"): "share",
    ("tokenizers", "*"): "factor",
    ("prompt_caches", "*"): "tokens",
    ("limits", "accounts", "*"): "tier",
}
"""Where a plain value stands for one key of a map: `redo: 8%` for `redo: {value: 8%}`."""

_KEEPS_NULL = (("designs", "*", "stages", "*"), ("mix", "*", "stages", "*"))
"""Where null is a value of its own: it drops a stage of the pipeline."""

_QUERIES = ("queries_per_month", "queries_per_day")
_VALUES = ("value", "varies")
"""What a param says of its number; it has one of them."""
_MONTHS = ("months", "start")
"""What a volume says of the plan's months; `months` at the top may say either or both."""


def merged(base: Node, over: Node, path: tuple[str, ...] = ()) -> Node:
    """`over` laid on `base`: maps merge key by key, all else is replaced whole.

    A plain value over the long form of a volume, a parameter or a class replaces only what it stands for;
    over a design it replaces the design.
    """
    is_design = path[:1] == ("designs",)
    if isinstance(base, Mapping) and isinstance(over, Scalar) and not over.is_null and not is_design:
        over = long_form(over, path) or over
    if isinstance(base, Scalar) and isinstance(over, Mapping):
        base = long_form(base, path) or base
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return merged_maps(base, over, path)
    return over


def merged_maps(base: Mapping, over: Mapping, path: tuple[str, ...] = ()) -> Mapping:
    """As `merged`, of two maps."""
    if not path:
        base = _with_months_of(base, over)
    entries = dict(base.entries)
    if path == ("volume",) and any(key in over.entries for key in _QUERIES):
        entries = {key: entry for key, entry in entries.items() if key not in _QUERIES}
    if matches(path, ("params", "*")) and any(key in over.entries for key in _VALUES):
        entries = {key: entry for key, entry in entries.items() if key not in _VALUES or key in over.entries}
    for key, (mark, value) in over.entries.items():
        place = (*path, key)
        if key not in entries:
            entries[key] = (mark, value)
        elif not _is_null(value):
            entries[key] = (mark, merged(entries[key][1], value, place))
        elif not any(matches(place, pattern) for pattern in _KEEPS_NULL):
            del entries[key]
        elif not _is_null(entries[key][1]):
            entries[key] = (mark, Scalar("", False, value.mark, replaces=True))
    return Mapping(entries, base.mark)


def _with_months_of(base: Mapping, over: Mapping) -> Mapping:
    """The base with its months said where `over` says them, at the top or in the volume: later wins."""
    volume = over.get("volume")
    if isinstance(volume, Mapping) and not volume.entries.keys().isdisjoint(_MONTHS):
        base = _months_in_volume(base)
    said, volume = over.get("months"), base.get("volume")
    if not isinstance(said, Scalar) or said.is_null or not isinstance(volume, Mapping):
        return base
    replaced = _MONTHS if ".." in said.text else _MONTHS[:1]
    kept = {key: entry for key, entry in volume.entries.items() if key not in replaced}
    return base.with_entry("volume", base.entries["volume"][0], Mapping(kept, volume.mark))


def _months_in_volume(root: Mapping) -> Mapping:
    """The tree with `months` of the top as months and start of the volume, where that can be."""
    said, volume = root.get("months"), root.get("volume")
    if isinstance(volume, Scalar):
        volume = long_form(volume, ("volume",))
    if not isinstance(said, Scalar) or not isinstance(volume, Mapping):
        return root
    try:
        span = scalars.months(said.text)
    except KplanError:
        return root
    spelled = {"months": str(span.count)}
    if span.start is not None:
        spelled["start"] = said.text.partition("..")[0]
    if not spelled.keys().isdisjoint(volume.entries):
        return root
    added = {key: (said.mark, replace(said, text=text)) for key, text in spelled.items()}
    whole = Mapping(volume.entries | added, volume.mark)
    rest = {key: entry for key, entry in root.entries.items() if key != "months"}
    return Mapping(rest, root.mark).with_entry("volume", root.entries["volume"][0], whole)


def long_form(value: Scalar, path: tuple[str, ...]) -> Mapping | None:
    """The map that a plain value at this place stands for; None where it stands for itself."""
    if path == ("volume",):
        key = _QUERIES[value.text.rstrip().endswith("day")]
    elif path == ("traffic",):
        key = "week"
    elif len(path) == 2 and path[0] == "designs":
        default = Mapping({"default": (value.mark, value)}, value.mark)
        return Mapping({"models": (value.mark, default)}, value.mark)
    else:
        key = _SHORT.get((*path[:-1], "*"), "")
    return Mapping({key: (value.mark, value)}, value.mark) if key else None


def _is_null(value: Node) -> bool:
    return isinstance(value, Scalar) and value.is_null


def matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the path has this form; `*` stands for any one step."""
    return len(path) == len(pattern) and all(
        want in ("*", step) for step, want in zip(path, pattern, strict=True)
    )

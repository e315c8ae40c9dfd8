"""The one tree of a scenario: file over includes, variant over that, `--set` over all."""

from __future__ import annotations

from collections.abc import Sequence

from kplan.errors import KplanError, Problem
from kplan.form.numbers import clipped
from kplan.scenario.include import Composed
from kplan.scenario.merge import merged_maps
from kplan.scenario.names import dotted, meant
from kplan.scenario.settings import setting, with_setting
from kplan.scenario.tree import Mapping, Scalar


def composed(base: Composed, sets: Sequence[str] = (), variant: str | None = None) -> Composed:
    """A scenario's tree with a variant and settings laid over it; raises KplanError for no such variant."""
    root = with_variant(base.root, variant) if variant is not None else base.root
    problems = list(base.problems)
    for text in sets:
        try:
            root = with_setting(root, setting(text))
        except KplanError as e:
            problems.extend(e.problems)
    return Composed(without_extras(root), tuple(problems), base.is_partial)


def variant_names(root: Mapping) -> tuple[str, ...]:
    """The variants a scenario has, in the order written."""
    variants = root.get("variants")
    return tuple(variants.entries) if isinstance(variants, Mapping) else ()


def with_variant(root: Mapping, name: str) -> Mapping:
    """The tree with one of its variants laid over it."""
    variants = root.get("variants")
    known = variants.entries if isinstance(variants, Mapping) else {}
    if name not in known:
        hint = meant(name, known) or "; this scenario has none"
        raise KplanError(f"no variant `{clipped(name)}`{hint}").at(root.mark, "variants")
    _, over = known[name]
    if isinstance(over, Scalar) and over.is_null:
        return root
    path = dotted(("variants", name))
    if not isinstance(over, Mapping):
        raise KplanError("a map of what the variant changes is expected").at(over.mark, path)
    _check_variant(over, path)
    return merged_maps(root, over)


def _check_variant(over: Mapping, path: str) -> None:
    wrong = [
        Problem(f"a variant cannot hold `{key}`", mark, path)
        for key, (mark, _) in over.entries.items()
        if key in ("variants", "include")
    ]
    if wrong:
        raise KplanError(wrong)


def without_extras(root: Mapping) -> Mapping:
    """The tree without its top-level `x-` keys, which hold anchors and notes."""
    kept = {key: entry for key, entry in root.entries.items() if not key.startswith("x-")}
    return Mapping(kept, root.mark)

"""The sections of the page on capacity in their order: a template in `capacity/` and a line here each."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kplan.capacity.study import Study
from kplan.render.capacity_page import buys


class Section(Struct, frozen=True):
    """One section, which the page's head leads to where it has a title."""

    name: str
    """The anchor that the head leads to."""
    title: str = ""
    is_shown: Callable[[Study], bool] = bool
    """Whether a study has something for it."""
    folder: str = "capacity"
    """Of its file, `FOLDER/NAME.html.j2`."""

    @property
    def template(self) -> str:
        """Its file among the templates."""
        return f"{self.folder}/{self.name}.html.j2"


def _is_known(study: Study) -> bool:
    return any(each.binding is not None for each in study.designs)


def _has_bursts(study: Study) -> bool:
    return any(each.delays for each in study.designs)


SECTIONS = (
    Section("answer"),
    Section("capacity", "Headroom", folder="sections"),
    Section("saturation", "Saturation", _is_known),
    Section("next", "Next", _is_known),
    Section("load", "Latency"),
    Section("bursts", "Bursts", _has_bursts),
    Section("flight", "In flight"),
    Section("buys", "Units", buys.is_shown),
    Section("sources", "Limits", _is_known),
    Section("origin", "Method"),
)


def shown(study: Study) -> tuple[Section, ...]:
    """The sections that a study has something for."""
    return tuple(section for section in SECTIONS if section.is_shown(study))

"""What the sheet `_kplan` says of a cell: written with the workbook, read back by `kplan import`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from msgspec import Struct

from kplan.scenario.tree import Place

SHEET = "_kplan"
TITLE = "kplan workbook map"
SCHEMA = 2
"""Version of this sheet's layout."""
HEADS = ("kind", "variants", "name", "cell", "labels", "exported", "places", "least", "most", "options")
CELL = HEADS.index("cell")
"""Column that holds a formula, =Inputs!$B$8: a spreadsheet program moves it along with the cell."""
FACTS = ("schema", "kplan", "scenario", "file", "scenario_sha256", "book_sha256", "options")
"""What else it says, one a line."""
FORMULAS, TEXT, NUMBER, DAY = "formulas", "text", "number", "day"
"""First cell of the lines that say what else stands where: formulas, texts, numbers or days; then the sheet,
and [what it is, spans of columns] of all of them as JSON."""

INPUT, STEP, PRICE, CHOICE, HELD, TOTAL = "input", "step", "price", "choice", "held", "total"
"""Kinds: a number of the scenario, the units from which a step of a contract holds, a price, a text out of a
list, a number that is not to be edited, a design's total."""


class Mapped(Struct, frozen=True):
    """One cell and what it stands for."""

    kind: str
    variants: tuple[str, ...]
    """Whose plans it is part of; the base is ``."""
    name: str
    """What people call it: `params.chunks`, a price row's id, a design."""
    labels: tuple[tuple[int, str], ...]
    """Texts beside the cell, by how many columns they stand to its right."""
    exported: str
    """The exact number, NaN where it was unknown; of a choice the text."""
    places: tuple[Place, ...] = ()
    """Where the scenario says it; of a price the provider and the model."""
    least: str = ""
    most: str = ""
    """Bounds of what may stand there; empty for none."""
    options: tuple[tuple[str, str], ...] = ()
    """What can be chosen: the text that is shown, and what the scenario says for it."""

    def texts(self) -> tuple[str, ...]:
        """The cells of its line but for that of the formula."""
        return (
            self.kind,
            json.dumps(self.variants, ensure_ascii=True),
            self.name,
            json.dumps(self.labels, ensure_ascii=True),
            self.exported,
            json.dumps(self.places, ensure_ascii=True),
            self.least,
            self.most,
            json.dumps(self.options, ensure_ascii=True),
        )

    @classmethod
    def of(cls, texts: Sequence[str]) -> Mapped:
        """From the cells that `texts` gave; raises ValueError for others."""
        kind, variants, name, labels, exported, places, least, most, options = texts
        return cls(
            kind,
            tuple(json.loads(variants)),
            name,
            tuple((int(offset), str(text)) for offset, text in json.loads(labels)),
            exported,
            tuple(tuple(place) for place in json.loads(places)),
            least,
            most,
            tuple((str(shown), str(said)) for shown, said in json.loads(options)),
        )

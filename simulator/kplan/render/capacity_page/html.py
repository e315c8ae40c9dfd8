"""The page on capacity: whether it fits, when it does not, what to do, and where the limits are from."""

from __future__ import annotations

import shlex

from kplan.capacity.study import Study
from kplan.render import paper
from kplan.render.capacity import words
from kplan.render.capacity_page import answers, buys, latency, saturation, sections, unit_charts
from kplan.render.capacity_page.fit import views
from kplan.render.capacity_page.fitting import fittings
from kplan.render.format import plain_text
from kplan.scenario.source import Piped

STYLE = "capacity.css"


def render(study: Study) -> bytes:
    """The page, UTF-8; the same study gives the same bytes."""
    results = study.results
    found = fittings(results)
    return paper.printed(
        results,
        f"{results.provenance.scenario_name}: will it fit?",
        sections.shown(study),
        {
            **views(results, is_open=True),
            "study": study,
            "answers": answers,
            "words": words,
            "saturation": saturation,
            "buys": buys,
            "unit_charts": unit_charts,
            "latency": latency,
            "fittings": found,
            "curves": saturation.curves(found),
            "command": command(study),
        },
        styles=(STYLE,),
    )


def command(study: Study) -> str:
    """What to type to get the figures again; nothing where the scenario was no file."""
    made = study.results.provenance
    is_file = made.scenario_file not in ("", str(Piped(b"")))
    said = ("kplan", "capacity", *made.options, made.scenario_file)
    return shlex.join(map(plain_text, said)) if is_file else ""

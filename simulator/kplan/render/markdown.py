"""Results as Markdown for a pull request or a wiki: short enough to post, and it says what it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from kplan.engine.ledger import OF_SUMS
from kplan.engine.results import DesignResult, Results
from kplan.regress.claims import NOT_REPRODUCED
from kplan.render import markdown_tables, samples, sensitivity, sentences, times
from kplan.render.columns import Column, design_columns
from kplan.render.format import chance, markdown_code, markdown_text, money, per_1000, share, visits
from kplan.render.page import compositions
from kplan.render.quality import quality_columns

MOST_CHARACTERS = 59_000
"""GitHub takes 65 536 characters a comment; below 60 000 there is room for what surrounds it."""
LONGEST_NAME = 120


class Section(Struct, frozen=True):
    """A heading and its lines; a table's first two lines are its head."""

    title: str
    lines: tuple[str, ...]
    group: str = ""
    """What it is called among what was left out; the title unless said."""


def render(results: Results) -> bytes:
    """The page, sections in the order of their weight until the room is used up."""
    made = results.provenance
    title = made.scenario_name or made.scenario_file or "kplan"
    lines = [f"# {markdown_text(_short(title))}", ""]
    left_out: Counter[str] = Counter()
    room = MOST_CHARACTERS - sum(map(len, lines)) - len(_footer(results)) - 1_000
    for section in _sections(results):
        kept, more = _cut(section, room)
        room -= sum(len(line) + 1 for line in kept)
        lines += kept
        if more:
            left_out[section.group or section.title] += more
    if left_out:
        missing = ", ".join(f"{count} lines of {group}" for group, count in left_out.items())
        lines += [f"Left out for length: {missing}. `--format json` has everything.", ""]
    return "\n".join([*lines, _footer(results), ""]).encode()


def _cut(section: Section, room: int) -> tuple[list[str], int]:
    """As many of the section's lines as fit, and how many do not."""
    kept = [f"## {section.title}", ""] if section.title != "Verdict" else []
    used = sum(len(line) + 1 for line in kept) + 1
    for number, line in enumerate(section.lines):
        used += len(line) + 1
        if used > room:
            kept = kept if number else []
            return ([*kept, ""] if kept else []), len(section.lines) - number
        kept.append(line)
    return [*kept, ""], 0


def _sections(results: Results) -> Iterator[Section]:
    yield Section("Verdict", tuple(_verdict(results)))
    yield Section("Designs", tuple(_designs(results)))
    yield from _optional("Quality", _quality(results))
    yield from _optional("Latency", _latency(results))
    yield from _optional("Ranges", _ranges(results))
    yield from _optional("Sensitivity", _drivers(results))
    yield from _optional("Queries", _samples(results))
    yield from _optional("Claims", _claims(results))
    yield from _optional("Checks", markdown_tables.checks(results))
    fits = sentences.fits(results)
    yield from _optional("Limits", [markdown_text(fits)] if fits else [])
    yield from _optional("Price events", [f"- {markdown_text(event.text)}" for event in results.events])
    yield from _optional("Flips", _flips(results))
    written = [design for design in results.designs if not design.added and design.stages]
    for design in sorted(written, key=lambda design: design.id != results.verdict.design):
        yield Section(f"Stages of {_name(design.id)}", tuple(_stages(design)), "Stages")
    yield Section("Months", tuple(_months(results)))
    yield from _optional("What the totals are made of", _composition(results))
    for title, lines in markdown_tables.sums(results):
        yield Section(markdown_text(title), tuple(lines), "sums of the ledger")
    not_included = ", ".join(map(markdown_text, results.not_included))
    yield from _optional("Not in it", [f"{not_included}."] if not_included else [])
    yield from _optional("Prices", markdown_tables.prices(results))
    yield from _optional("Notes", [f"- {markdown_text(note)}" for note in results.notes])


def _optional(title: str, lines: Sequence[str]) -> Iterator[Section]:
    if lines:
        yield Section(title, tuple(lines))


def _verdict(results: Results) -> Iterator[str]:
    for sentence in results.verdict.headline:
        yield f"**{markdown_text(sentence)}**  "
    for caveat in results.verdict.caveats:
        yield f"{markdown_text(caveat)}  "


def _by_design(results: Results, columns: Sequence[Column]) -> Iterator[str]:
    names = [("+ " if design.added else "") + _name(design.id) for design in results.designs]
    rows = zip(*(column.cells for column in columns), strict=True)
    heads = ["Design", *(markdown_text(column.head) for column in columns)]
    yield from _table(
        heads, ([name, *map(markdown_text, cells)] for name, cells in zip(names, rows, strict=True))
    )


def _quality(results: Results) -> list[str]:
    columns = quality_columns(results)
    return list(_by_design(results, columns)) if columns else []


def _latency(results: Results) -> list[str]:
    """All designs and their classes, cost and times beside each other."""
    rows = times.time_rows(results.designs)
    if not rows:
        return []
    columns = times.time_columns(rows)
    cells = zip(*(column.cells for column in columns), strict=True)
    heads = ["Design", "Queries", *(column.head for column in columns)]
    lines = (
        [
            ("+ " if row.design.added else "") + _name(row.design.id),
            _name(row.name),
            *map(markdown_text, each),
        ]
        for row, each in zip(rows, cells, strict=True)
    )
    told = times.notes(results)
    return [*_table(heads, lines, n_left=2), *(["", markdown_text(told)] if told else [])]


def _designs(results: Results) -> Iterator[str]:
    yield from _by_design(results, design_columns(results))
    if any(design.added for design in results.designs):
        yield from ("", markdown_text(" ".join([sentences.LEGEND, *sentences.pins(results)])))
    shown = sentences.shown_design(results)
    if shown is not None and (beside := sentences.beside_usage(shown, results)):
        yield from ("", markdown_text(beside))


def _ranges(results: Results) -> list[str]:
    """Every design's headlines with P10 and P90, and how often each is the cheapest."""
    found = sensitivity.ranged(results)
    if not found:
        return []
    names = [("+ " if design.added else "") + _name(design.id) for design, _ in found]
    lines = _printed("Design", names, sensitivity.range_columns(results))
    doubt = sensitivity.doubtful(results)
    said = [f"{sensitivity.title(results)}.", sensitivity.CHEAPEST, sensitivity.INDEPENDENT, doubt]
    return [*lines, "", markdown_text(" ".join(filter(None, said)))]


def _samples(results: Results) -> list[str]:
    """How the cost of a query spreads under every design."""
    found = samples.sampled(results)
    if not found:
        return []
    names = [("+ " if design.added else "") + _name(design.id) for design, _ in found]
    lines = _printed("Design", names, samples.sample_columns(results))
    return [*lines, "", markdown_text(f"{samples.title(results)}. {samples.SAID}")]


def _drivers(results: Results) -> list[str]:
    """What moves the design that the verdict is about."""
    shown = sentences.shown_design(results)
    if shown is None or not (names := sensitivity.driver_names(shown)):
        return []
    lines = _printed("Parameter", [_name(name) for name in names], sensitivity.driver_columns(shown))
    turns = (f"- {markdown_text(turn)}." for turn in sensitivity.turns(shown))
    return [*lines, "", markdown_text(f"Of {shown.id}: {sensitivity.ALONE}"), *turns]


def _printed(head: str, names: Sequence[str], columns: Sequence[Column]) -> Iterator[str]:
    rows = zip(*(column.cells for column in columns), strict=True)
    cells = ([name, *map(markdown_text, row)] for name, row in zip(names, rows, strict=True))
    return _table([head, *(markdown_text(column.head) for column in columns)], cells)


def _stages(design: DesignResult) -> Iterator[str]:
    heads = ["Stage", "model", "visits", "chance", "per 1,000", "share"]
    rows = [
        [
            _name(stage.id) + (f" in {_name(stage.block)}" if stage.block else ""),
            " + ".join(map(_name, stage.models)) or markdown_text(sentences.models(stage)),
            visits(stage.visits),
            "" if stage.chance is None else chance(stage.chance),
            per_1000(stage.cost_per_query_usd),
            share(stage.share),
        ]
        for stage in design.stages
    ]
    yield from _table(heads, ([*row[:5], markdown_text(row[5])] for row in rows), n_left=2)
    whole = "100%" if design.cost_per_query_usd else "0%"
    amounts = ("Amounts", [row[4] for row in rows], per_1000(design.cost_per_query_usd))
    why = [sentences.rounding(*amounts), sentences.rounding("Shares", [row[5] for row in rows], whole)]
    if any(why):
        yield from ("", markdown_text(" ".join(filter(None, why))))


def _months(results: Results) -> Iterator[str]:
    months = sorted({month.month for design in results.designs for month in design.months})
    costs = [{month.month: month for month in design.months} for design in results.designs]
    rows = (
        [
            month,
            *(
                _month(found[month].cost_usd, found[month].over_budget) if month in found else ""
                for found in costs
            ),
        ]
        for month in months
    )
    yield from _table(["Month", *(_name(design.id) for design in results.designs)], rows)
    budgets = dict.fromkeys(d.budget_usd_per_month for d in results.designs)
    if named := " or ".join(money(usd) for usd in budgets if usd is not None):
        yield from ("", f"! over the budget of {named} a month")


def _composition(results: Results) -> list[str]:
    """Usage, each monthly line and contract by design over the plan, where there are contracts or units."""
    if not any(row.kind in OF_SUMS for row in results.ledger):
        return []
    parts, found = compositions(results)
    amounts = (["" if usd is None else markdown_text(money(usd)) for usd in each.parts] for each in found)
    rows = ([_name(part), *cells] for part, *cells in zip(parts, *amounts, strict=True))
    return list(_table(["Over the plan", *(_name(each.design.id) for each in found)], rows))


def _flips(results: Results) -> list[str]:
    """Where the ranking turns, those of the verdict's design first."""
    if not results.flips:
        return []
    rows = (
        [
            _name(flip.design),
            _name(flip.stage),
            markdown_text(chance(flip.chance_now)),
            f"{'above' if flip.cheaper_above else 'below'} {markdown_text(chance(flip.chance_at))}",
            _name(flip.other),
        ]
        for flip in sorted(results.flips, key=lambda flip: flip.design != results.verdict.design)
    )
    return list(_table(["Design", "rate of", "now", "at a rate", "is dearer than"], rows, n_left=2))


def _claims(results: Results) -> list[str]:
    if not results.claims:
        return []
    rows = (
        [
            _name(claim.id),
            markdown_text(claim.printed),
            markdown_text(claim.verdict),
            markdown_text(sentences.computed(claim)),
            _name(claim.book) if claim.book else "",
        ]
        for claim in sorted(results.claims, key=lambda claim: claim.verdict != NOT_REPRODUCED)
    )
    table = _table(["Claim", "printed", "verdict", "computed", "book"], rows, n_left=1)
    return [f"{sentences.claims_summary(results.claims)}.", "", *table]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], n_left: int = 1) -> Iterator[str]:
    """A table whose first columns are set left, the others right."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * n_left}{'---:|' * (len(heads) - n_left)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace(chr(10), ' ') for cell in row)} |"


def _month(usd: Decimal, over_budget: bool) -> str:
    return markdown_text(money(usd)) + (" !" if over_budget else "")


def _name(text: str) -> str:
    return markdown_code(_short(text))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def _footer(results: Results) -> str:
    made = results.provenance
    return (
        f"kplan {markdown_text(made.kplan_version)}, scenario sha256 `{made.scenario_sha256[:16]}`, "
        f"price book sha256 `{made.book_sha256[:16]}`"
    )

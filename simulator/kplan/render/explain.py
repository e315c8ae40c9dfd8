"""An explanation on a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kplan.engine.results import Results
from kplan.money import plain
from kplan.prices.rows import PriceRow
from kplan.render.explain_monthly import blocks, document
from kplan.render.explanation import Explanation, Later, Line, Part, explanation
from kplan.render.format import chance, in_full, money, per_1000, plain_text, quantity, share, visits
from kplan.render.json import Value, price_row, text_of
from kplan.render.monthly_explanation import monthly_explanation
from kplan.render.price_row import made_of, per, rate, validity
from kplan.render.screen import printed

SCHEMA_VERSION = 1


def render(results: Results, figure: str, width: int, color: bool) -> str:
    """One figure as a sum, with the price rows, their sources and dates.

    figure   `DESIGN.STAGE`, `DESIGN.fixed.NAME`, `DESIGN.contracts.NAME`, `DESIGN.buys.MODEL`; raises
             KplanError where there is none such
    """
    monthly = monthly_explanation(results, figure)
    if monthly is not None:
        rows = [line.row for span in monthly.spans for line in span.lines if line.row]
        return printed([*blocks(monthly), list(_prices(dict.fromkeys(rows), (), results))], width, color)
    found = explanation(results, figure)
    notes = [line.note for part in found.parts for line in part.lines if line.note]
    return printed(
        [
            list(_head(found)),
            *_parts(found),
            *([list(_laws(found))] if found.laws else []),
            list(_prices(found.rows, notes, results)),
        ],
        width,
        color,
    )


def _head(found: Explanation) -> Iterator[RenderableType]:
    name = f"{found.design.id}.{found.stage.id}"
    cost, part = per_1000(found.stage.cost_per_query_usd), share(found.stage.share)
    yield _line(f"{name} costs {cost} per 1,000 queries, {part} of {found.design.id}.", "bold")
    models = " + ".join(found.stage.models) or "no model"
    often = "" if found.stage.visits == 1 else f", {visits(found.stage.visits)} times a query"
    if found.stage.visits == found.stage.chance:
        often = f", in {chance(found.stage.chance)} of queries"
    yield _line(f"It runs on {models}{often}.")


def _parts(found: Explanation) -> Iterator[list[RenderableType]]:
    mixed = len(found.parts) > 1
    for part in found.parts:
        head = [_line(f"{part.query_class}, {chance(part.share)} of queries", "bold")] if mixed else []
        yield [*head, *_sums(part, "per query of this class" if mixed else "per query")]
    block: list[RenderableType] = []
    if mixed:
        block.append(
            _line(f"Averaged over the classes: {in_full(found.stage.cost_per_query_usd)} per query.")
        )
    queries, cost = quantity(found.month_queries), money(found.month_cost_usd)
    block.append(_line(f"{found.month}: {queries} queries, {cost} for the month."))
    if found.served_by:
        named = ", ".join(dict.fromkeys(found.served_by))
        block.append(_line(f"Its calls as if each were paid for; what is bought serves some: {named}."))
    block += [_line(f"From {later.on}: {_later(later, mixed)}.") for later in found.later]
    yield block


def _later(later: Later, mixed: bool) -> str:
    """`$4.67 per 1,000 queries`; each class for itself where there are several."""
    costs = [
        f"{per_1000(usd)} per 1,000 queries" + (f" of {query_class}" if mixed else "")
        for query_class, usd in later.costs_usd.items()
    ]
    return ", ".join(costs)


def _sums(part: Part, result: str) -> Iterator[RenderableType]:
    """The lines of each model, and the result below the last."""
    by_model: dict[str, list[Line]] = {}
    for line in part.lines:
        by_model.setdefault(line.model, []).append(line)
    for number, (model, lines) in enumerate(by_model.items(), start=1):
        if len(by_model) > 1:
            yield _line(model)
        table = _table(lines)
        if number == len(by_model):
            table.add_row("", "", Text(result), Text(f"= {in_full(part.cost_usd)}"), style="bold")
        yield table
    if summed := dict.fromkeys(line.meter for line in part.lines if line.is_summed):
        ways = "the turns and ways that a query may go, each with its chance"
        yield _line(f"{', '.join(summed)}: no one product, but a sum over {ways}.")
    if not by_model:
        yield _line(f"Nothing is billed: {in_full(part.cost_usd)} {result}.")


def _table(lines: Sequence[Line]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for side in ("left", "right", "left", "left"):
        table.add_column(justify=side, overflow="fold")
    for line in lines:
        cells = (plain_text(line.meter), _quantity(line), f"x {_price(line)}", f"= {in_full(line.cost_usd)}")
        table.add_row(*map(Text, cells))
    return table


def _quantity(line: Line) -> str:
    whole = quantity(line.quantity)
    return whole if len(line.factors) == 1 else f"{' x '.join(map(quantity, line.factors))} = {whole}"


def _price(line: Line) -> str:
    return f"{rate(line.row)} per {per(line.row)}"


def _laws(found: Explanation) -> Iterator[RenderableType]:
    """Means of what, where quantities are means over draws."""
    for name, law in found.laws.items():
        yield _line(f"{name}: mean of {law}")


def _prices(rows: Collection[PriceRow], notes: Iterable[str], results: Results) -> Iterator[RenderableType]:
    if rows:
        yield _line("Prices", "bold")
    for row in rows:
        yield _line(f"{row.id}: {validity(row)}; {row.status}")
        if row.audit:
            yield _indented(made_of(row))
        source = ", ".join(filter(None, [row.source, row.source_url, row.note]))
        as_of = results.provenance.book_as_of
        checked = f"checked {row.checked_on}" if row.checked_on else f"in a book of {as_of or 'unknown date'}"
        yield _indented(f"{source or 'no source'}; {checked}")
    for note in dict.fromkeys(notes):
        yield _indented(note)


def _line(text: str, style: str = "") -> Text:
    return Text(plain_text(text), style=style, overflow="fold")


def _indented(text: str) -> Padding:
    return Padding(_line(text), (0, 0, 0, 2))


def render_json(results: Results, figure: str) -> str:
    """The same as JSON; amounts are decimal strings."""
    head: dict[str, Value] = {"kind": "kplan/explanation", "schema_version": SCHEMA_VERSION}
    monthly = monthly_explanation(results, figure)
    if monthly is not None:
        return text_of({**head, **document(monthly)})
    found = explanation(results, figure)
    parts: list[Value] = [_part(part) for part in found.parts]
    return text_of(
        {
            **head,
            "design": found.design.id,
            "stage": found.stage.id,
            "currency": results.currency,
            "cost_per_query": plain(found.stage.cost_per_query_usd),
            "share": plain(found.stage.share),
            "chance": None if found.stage.chance is None else plain(found.stage.chance),
            "models": list(found.stage.models),
            "month": {
                "month": found.month,
                "queries": plain(found.month_queries),
                "cost": plain(found.month_cost_usd),
            },
            "classes": parts,
            "later": [
                {
                    "from": later.on.isoformat(),
                    "classes": [
                        {"class": query_class, "cost_per_query": plain(usd)}
                        for query_class, usd in later.costs_usd.items()
                    ],
                }
                for later in found.later
            ],
            **({"distributions": dict(found.laws)} if found.laws else {}),
        }
    )


def _part(part: Part) -> Value:
    return {
        "class": part.query_class,
        "share": plain(part.share),
        "cost_per_query": plain(part.cost_usd),
        "lines": [
            {
                "meter": line.meter,
                "model": line.model,
                "quantity": plain(line.quantity),
                "factors": [plain(factor) for factor in line.factors],
                "unit_price": plain(line.unit_price_usd),
                "cost": plain(line.cost_usd),
                "price_row": price_row(line.row),
                "note": line.note,
            }
            for line in part.lines
        ],
    }

"""Price rows from the installed genai-prices: every source price becomes a row or a skip with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from genai_prices import data, types

from kplan.errors import KplanError
from kplan.prices.importers.genai_names import aliases
from kplan.prices.importers.genai_tally import Entry, Reign, Tally
from kplan.prices.importers.imported import Imported, Wishes
from kplan.prices.models import ModelRow

WHENS: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("processing", "batch"): ("batch", ""),
        ("service_tier", "flex"): ("flex", ""),
        ("service_tier", "priority"): ("priority", ""),
        ("service_tier", "fast"): ("fast", ""),
        ("speed", "fast"): ("fast", ""),
        ("route", "mistral/eu"): ("standard", "eu"),
    }
)
"""Mode and region of each request context that the source has variants for."""

NO_CONTEXT = "no mode or region of kplan for this request context"


def read(path: Path | None, as_of: date, wishes: Wishes) -> Imported:  # noqa: ARG001 - an Importer's signature
    """Everything that the installed package bundles; it has no file, and nothing to wish."""
    return snapshot(as_of)


def snapshot(as_of: date) -> Imported:
    """Everything genai-prices bundles, as rows; a price that starts after `as_of` is announced."""
    source = f"genai-prices {version('genai-prices')}"
    tally = Tally(as_of, source)
    models = []
    for provider in data.providers:
        url = (provider.pricing_urls or [""])[0]
        for model in provider.models:
            place = (provider.id, model.id, url)
            names = aliases(provider, model)
            models.append(ModelRow(provider.id, model.id, names, model.context_window, source=source))
            _take_standard(tally, place, _standard(place, model))
            _take_variants(tally, place, _variants(place, model))
    counts = {
        "providers": len(data.providers),
        "models": len(models),
        "source prices": tally.n_prices,
        "imported prices": tally.n_imported,
        "skipped prices": len(tally.skipped),
        "entries without a price": len(tally.empty),
        "rows": len(tally.rows),
        "announced rows": sum(row.status == "announced" for row in tally.rows),
    }
    rows = sorted(tally.rows, key=lambda row: (row.provider, row.model, row.id))
    models.sort(key=lambda row: (row.provider, row.id))
    return Imported(
        tuple(rows), tuple(models), tuple(tally.skipped), tuple(tally.empty), MappingProxyType(counts), source
    )


def _take_standard(tally: Tally, place: tuple[str, str, str], entries: Sequence[Entry]) -> None:
    """Base prices: the last active entry wins as a whole; hours of the day win over the dated ones."""
    tally.count(entries)
    dated = [entry for entry in entries if not entry.hours]
    timed = [entry for entry in entries if entry.hours]
    reigns = _reigns([None, *(entry.start for entry in dated[1:])])
    for entry, its in zip(dated, reigns, strict=True):
        for key in entry.prices:
            tally.take(place, entry, key, its)
    current = next(
        entry for entry, its in zip(dated, reigns, strict=True) if any(end is None for _, end in its)
    )
    for entry in timed:
        if entry.prices.keys() != current.prices.keys():
            raise KplanError(f"{entry.what}: its hours price other units than the day does")
        since = max((start for its in reigns for start, _ in its if start), default=None)
        for key in entry.prices:
            tally.take(place, entry, key, [(since, None)])


def _take_variants(tally: Tally, place: tuple[str, str, str], entries: Sequence[Entry]) -> None:
    """Variants: the first active one wins, price by price."""
    tally.count(entries)
    for mode, region in dict.fromkeys((entry.mode, entry.region) for entry in entries):
        here = [entry for entry in entries if (entry.mode, entry.region) == (mode, region)]
        for key in dict.fromkeys(key for entry in here for key in entry.prices):
            rivals = [entry for entry in here if key in entry.prices]
            # Reversed, the first active one is the last active one.
            reigns = _reigns([entry.start for entry in reversed(rivals)])[::-1]
            for entry, its in zip(rivals, reigns, strict=True):
                if not mode:
                    tally.skip(entry, key, NO_CONTEXT)
                elif entry.hours:
                    tally.skip(entry, key, "a variant of some hours of the day")
                else:
                    tally.take(place, entry, key, its)


def _reigns(starts: Sequence[date | None]) -> list[list[Reign]]:
    """For each start the dates on which it is the last active one in the list."""
    reigns: list[list[Reign]] = [[] for _ in starts]
    days = [*({None: None} if None in starts else {}), *sorted({day for day in starts if day})]
    for day, until in zip(days, [*days[1:], None], strict=True):
        active = [i for i, start in enumerate(starts) if start is None or (day is not None and start <= day)]
        winner = reigns[active[-1]]
        if winner and winner[-1][1] == day:
            winner[-1] = (winner[-1][0], until)
        else:
            winner.append((day, until))
    return reigns


def _standard(place: tuple[str, str, str], model: types.ModelInfo) -> list[Entry]:
    what = f"{place[0]}/{place[1]}"
    if isinstance(model.prices, types.ModelPrice):
        return [Entry(_steps(model.prices), None, what)]
    return [
        Entry(_steps(entry.prices), entry.constraint, f"{what} entry {number}")
        for number, entry in enumerate(model.prices, 1)
    ]


def _variants(place: tuple[str, str, str], model: types.ModelInfo) -> list[Entry]:
    """An unknown context gets the mode ""."""
    entries = []
    for variant in model.price_variants or ():
        when = tuple(variant.when.items())
        mode, region = WHENS.get(when[0], ("", "")) if len(when) == 1 else ("", "")
        said = ", ".join(f"{key}={value}" for key, value in when)
        what = f"{place[0]}/{place[1]} when {said}"
        entries.append(Entry(_steps(variant.prices), variant.constraint, what, mode, region))
    return entries


def _steps(prices: types.ModelPrice) -> dict[str, list[tuple[int, Decimal]]]:
    return {key: list(_price_steps(value)) for key, value in vars(prices).items() if value is not None}


def _price_steps(price: Decimal | types.TieredPrices) -> Iterator[tuple[int, Decimal]]:
    if isinstance(price, Decimal):
        yield 0, price
        return
    yield 0, price.base
    for tier in price.tiers:
        yield tier.start, tier.price

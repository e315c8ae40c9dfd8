"""Price rows from LiteLLM's JSON map of models; the file is read, the package is never imported.

The map is `model_prices_and_context_window.json`, MIT: it has no history, so its prices hold since ever in a
new book, and from the day given on in one that is brought up to date (`prices.refresh`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from kplan.errors import KplanError
from kplan.money import ZERO
from kplan.prices.importers.imported import Imported, Wishes
from kplan.prices.importers.litellm_entry import Entry
from kplan.prices.importers.litellm_leaves import MOST_TOKENS, number
from kplan.prices.importers.litellm_names import VERTEX, named
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

SOURCE = "LiteLLM"
MAX_BYTES = 50_000_000
"""Largest map that is read; it has 3 million bytes at the end of 2026."""
SAMPLE = "sample_spec"
"""The entry that explains the others."""
NO_PRICE = "the source gives no price"
NO_MODEL = "no model: the entry names no provider"
NO_NAME = "its name cannot stand in a price book"
AGAIN = "another entry of the same model says it too"
OTHERWISE = "another entry of the same model says otherwise, or does not say it"
FREE_SEARCHES = "free searches a day or a month: a price row has no allowance"
EARLIEST = 'Vertex AI\'s retirement dates are "not sooner than"'

Entries = Mapping[str, Mapping[str, object]]


def read(path: Path | None, as_of: date, wishes: Wishes) -> Imported:
    """Every price of the map as rows, or left out with its reason.

    A price of zero is left out, since LiteLLM also writes it for unknown, unless it is wished to mean free.
    Raises KplanError for a file that is not such a map.
    """
    if path is None:
        raise KplanError("LiteLLM's prices are read from its JSON file; name it")
    said = _entries(path)
    read_ones: dict[tuple[str, str], Entry] = {}
    models: list[ModelRow] = []
    remarks: list[Skipped] = []
    skipped: list[Skipped] = []
    n_prices = 0
    for key in sorted(said, key=lambda each: ("/" not in each, each)):
        ref, why = _named(key, said[key].get("litellm_provider"))
        entry = Entry(key, said[key], _blank(ref, said[key], as_of), wishes.zeros)
        entry.read()
        n_prices += entry.n_prices
        if why:
            skipped += [Skipped(f"{key} {leaf.what}", why) for leaf in entry.leaves()]
            remarks += [] if entry.n_prices else [Skipped(key, why)]
            continue
        if ref in read_ones:
            skipped += _said_again(entry, read_ones[ref])
            remarks += [] if entry.n_prices else [Skipped(key, AGAIN)]
            continue
        read_ones[ref] = entry
        skipped += entry.skipped
        remarks += [] if entry.n_prices else [Skipped(key, NO_PRICE)]
        model, doubts = _model(ref, key, said[key])
        models.append(model)
        remarks += doubts
        if "search_free_requests" in said[key]:
            remarks.append(Skipped(f"{key} search_free_requests", FREE_SEARCHES))
    rows = sorted(
        (row for entry in read_ones.values() for row in entry.rows),
        key=lambda row: (row.provider, row.model, row.id),
    )
    counts = {
        "entries": len(said),
        "models": len(models),
        "source prices": n_prices,
        "imported prices": sum(len(entry.imported) for entry in read_ones.values()),
        "skipped prices": len(skipped),
        "rows": len(rows),
    }
    models.sort(key=lambda row: (row.provider, row.id))
    return Imported(
        tuple(rows), tuple(models), tuple(skipped), tuple(remarks), MappingProxyType(counts), SOURCE
    )


def _named(key: str, provider: object) -> tuple[tuple[str, str], str]:
    """Provider and id of an entry, and why it is no model of a price book; "" for one that is."""
    if key == SAMPLE or not isinstance(provider, str):
        return ("", key), NO_MODEL
    ref = named(key, provider)
    is_fit = all(name and name == name.strip() and name.isprintable() for name in ref) and "/" not in ref[0]
    return ref, "" if is_fit else NO_NAME


def _entries(path: Path) -> Entries:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KplanError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB")
        said = json.loads(
            path.read_text(encoding="utf-8"),
            parse_float=Decimal,
            parse_constant=_constant,
            object_pairs_hook=_once,
        )
    except OSError as e:
        raise KplanError(f"{path}: {e.strerror or e}") from e
    except (ValueError, RecursionError) as e:
        raise KplanError(f"{path}: not LiteLLM's JSON ({e})") from e
    except KplanError as e:
        raise KplanError(f"{path}: not LiteLLM's JSON ({e})") from e
    if not isinstance(said, dict) or not all(isinstance(entry, dict) for entry in said.values()):
        raise KplanError(f"{path}: not LiteLLM's JSON: it is a map of models, each a map of its own")
    if not any("litellm_provider" in entry for entry in said.values()):
        raise KplanError(f"{path}: not LiteLLM's JSON: no entry has a litellm_provider")
    return said


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(pairs)
    if len(said) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise KplanError(f"{', '.join(twice)} stands twice")
    return said


def _constant(text: str) -> NoReturn:
    raise KplanError(f"{text} is not a number")


def _blank(ref: tuple[str, str], said: Mapping[str, object], as_of: date) -> PriceRow:
    """What all rows of an entry have alike."""
    url = said.get("source")
    return PriceRow(
        *ref,
        meter="",
        usd=ZERO,
        source=SOURCE,
        source_url=url.strip() if isinstance(url, str) and url.startswith("http") else "",
        checked_on=as_of,
        recorded_on=as_of,
    )


def _said_again(entry: Entry, first: Entry) -> Iterable[Skipped]:
    """The prices of an entry whose model another entry has priced already."""
    said = {leaf.what: leaf.value for leaf in first.leaves()}
    for leaf in entry.leaves():
        why = AGAIN if said.get(leaf.what) == leaf.value else OTHERWISE
        yield Skipped(f"{entry.key} {leaf.what} ({first.key})", why)


def _model(ref: tuple[str, str], key: str, said: Mapping[str, object]) -> tuple[ModelRow, list[Skipped]]:
    """Limits and life of a model, and what of them is not believed."""
    doubts = []
    retires, why = _day(said.get("deprecation_date"))
    if retires and ref[0] == VERTEX:
        retires, why = None, EARLIEST
    if why:
        doubts.append(Skipped(f"{key} deprecation_date", why))
    model = ModelRow(
        *ref,
        context_window=_limit(said.get("max_input_tokens")),
        max_output=_limit(said.get("max_output_tokens")),
        retires_on=retires,
        source=SOURCE,
    )
    return model, doubts


def _day(said: object) -> tuple[date | None, str]:
    if said is None:
        return None, ""
    try:
        return date.fromisoformat(str(said)), ""
    except ValueError:
        return None, "not a date"


def _limit(said: object) -> int | None:
    """A limit [tokens]; zero and what is no number of tokens mean that it is unknown."""
    found = None if isinstance(said, str) else number(said)
    return int(found) if found and 1 <= found <= MOST_TOKENS else None

"""Offers from a YAML file, all its problems at once, each with its line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from kplan.capacity.limits import STATUSES
from kplan.capacity.maps import MapReader, span, weight
from kplan.capacity.offers import HOURS, Offer, Source, Throughput, UnitPrice
from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped, number
from kplan.money import ONE, ZERO
from kplan.prices import cell_readers
from kplan.prices.meters import METERS
from kplan.scenario import tree
from kplan.scenario.parse import parse
from kplan.scenario.source import read_text

_ABOUT = ("source", "source_url", "checked_on", "status")
"""What the head of a file may say for all of its rows."""
_DATED = (*_ABOUT, "valid_from", "valid_to", "note")
_HEAD = ("provider", "unit", *_ABOUT, "prices", "offers")
_OFFER = (
    "models",
    "deployments",
    "part",
    "unit",
    "minimum",
    "increment",
    "throughput",
    "prices",
    "payg",
    *_DATED,
)
_PRICE = ("term", "usd", "per", *_DATED)
_THROUGHPUT = ("amount", "per", "weights", "over_input_tokens", "over_weights")
_UNKNOWN = "unknown"
_MOST_UNITS = 1_000_000

Marked = tuple[Mark, Offer | UnitPrice]


class OfferFile(Struct, frozen=True):
    """What stands in a file of offers."""

    offers: tuple[Offer, ...]
    prices: tuple[UnitPrice, ...]
    sha256: str
    """Of the file's text."""


def read_offers(path: Path, known: Sequence[UnitPrice] = ()) -> OfferFile:
    """The offers of a YAML file.

    known   prices that its offers may have without saying them, such as those of kplan's own files
    Raises KplanError with every problem: unknown keys, an offer without a price, two rows in force at once.
    """
    return offers_of(read_text(path), str(path), known)


def offers_of(text: str, file: str, known: Sequence[UnitPrice] = ()) -> OfferFile:
    """The same of a text; `file` is what it is called in messages."""
    document = parse(text, file, max_entries=10_000)
    reader = MapReader(list(document.problems))
    root = document.root
    if not isinstance(root, tree.Mapping):
        mark = root.mark if root else Mark(file, 1, 1)
        raise KplanError(Problem("a file of offers is a map with `offers:`", mark))
    reading = _Reading(reader, root)
    offers, prices = reading.offers(), reading.prices
    problems = [
        *reader.problems,
        *_without_price(offers, [*known, *(price for _, price in prices)]),
        *_clashes(offers),
        *_clashes(prices),
    ]
    if problems:
        raise KplanError(sorted(dict.fromkeys(problems), key=lambda p: (p.mark is None, p.mark)))
    return OfferFile(
        tuple(offer for _, offer in offers),
        tuple(price for _, price in prices),
        sha256(text.encode()).hexdigest(),
    )


class _Reading:
    """A file's head, and the prices that were met so far."""

    def __init__(self, reader: MapReader, root: tree.Mapping) -> None:
        self._reader, self._root = reader, root
        reader.keys(root, _HEAD)
        self._provider = reader.value(root, "provider", cell_readers.provider, "")
        if not self._provider:
            reader.wrong("provider missing", root.mark)
        self.prices: list[tuple[Mark, UnitPrice]] = []
        for row in reader.maps(root, "prices"):
            reader.keys(row, ("models", "deployments", "part", *_PRICE))
            self._price(row, row, reader.texts(row, "models") or ("*",))

    def offers(self) -> list[tuple[Mark, Offer]]:
        """An offer for each deployment of a row; their own prices are kept with the others."""
        return [each for row in self._reader.maps(self._root, "offers") for each in self._offers(row)]

    def _offers(self, row: tree.Mapping) -> Iterator[tuple[Mark, Offer]]:
        reader = self._reader
        reader.keys(row, _OFFER)
        start, models = _start(row), reader.texts(row, "models")
        missing = [key for key in ("models", "deployments", "throughput") if row.get(key) is None]
        if missing:
            reader.wrong(f"{', '.join(missing)} missing", start)
        minimum = reader.value(row, "minimum", _units, 1)
        increment = reader.value(row, "increment", _units, 1)
        throughput, about = tuple(self._throughputs(row)), self._about(row)
        unit = reader.text(row, "unit", reader.text(self._root, "unit", "unit"))
        for price in reader.maps(row, "prices"):
            reader.keys(price, _PRICE)
            self._price(price, row, models)
        for deployment in reader.texts(row, "deployments"):
            yield (
                start,
                Offer(
                    provider=self._provider,
                    models=models,
                    deployment=deployment,
                    part=reader.text(row, "part"),
                    unit=unit,
                    minimum=minimum,
                    increment=increment,
                    throughput=throughput,
                    payg=reader.text(row, "payg"),
                    about=about,
                ),
            )

    def _price(self, row: tree.Mapping, holder: tree.Mapping, models: tuple[str, ...]) -> None:
        """Keep a price; `holder` says what it is for: the row itself, or the offer that it stands in."""
        reader = self._reader
        missing = [key for key in ("term", "usd", "per") if row.get(key) is None]
        missing += ["deployments"] if holder is row and row.get("deployments") is None else []
        if missing:
            reader.wrong(f"{', '.join(missing)} missing", _start(row), "prices")
        usd = reader.value(row, "usd", cell_readers.usd, ONE)
        per = reader.value(row, "per", cell_readers.one_of(tuple(HOURS)), "hour")
        if not usd:
            reader.wrong(
                "a unit that costs nothing is no offer; say what it costs", row.entries["usd"][0], "usd"
            )
        for deployment in reader.texts(holder, "deployments"):
            part, term = reader.text(holder, "part"), reader.text(row, "term")
            price = UnitPrice(
                self._provider, models, deployment, part, term, usd, per, self._about(row, holder)
            )
            self.prices.append((_start(row), price))

    def _throughputs(self, row: tree.Mapping) -> Iterator[Throughput]:
        reader, node = self._reader, row.get("throughput")
        if node is None or (isinstance(node, tree.Scalar) and node.text == _UNKNOWN):
            return
        for each in node.items if isinstance(node, tree.Sequence) else (node,):
            if not isinstance(each, tree.Mapping):
                what = (
                    "a map such as {amount: 3_400, per: 60s, weights: {input: 1, output: 8}} is expected here"
                )
                reader.wrong(f"{what}, or {_UNKNOWN}", each.mark, "throughput")
                continue
            reader.keys(each, _THROUGHPUT)
            missing = [key for key in ("amount", "per", "weights") if each.get(key) is None]
            if missing:
                reader.wrong(f"{', '.join(missing)} missing", _start(each), "throughput")
            over = reader.value(each, "over_input_tokens", cell_readers.count, None)
            if (over is None) is not (each.get("over_weights") is None):
                reader.wrong("over_input_tokens and over_weights go together", _start(each), "throughput")
            yield Throughput(
                reader.value(each, "amount", _amount, ONE),
                reader.value(each, "per", span, ONE),
                self._weights(each, "weights"),
                over,
                self._weights(each, "over_weights"),
            )

    def _weights(self, node: tree.Mapping, key: str) -> Mapping[str, Decimal]:
        value = node.get(key)
        if value is None:
            return {}
        if not isinstance(value, tree.Mapping) or not value.entries:
            self._reader.wrong("a map such as {input: 1, output: 5} is expected here", value.mark, key)
            return {}
        self._reader.keys(value, tuple(METERS))
        return {
            name: self._reader.value(value, name, weight, ZERO) for name in value.entries if name in METERS
        }

    def _about(self, row: tree.Mapping, holder: tree.Mapping | None = None) -> Source:
        """Where a row comes from: what it says itself, else the row around it, else the head of the file."""
        reader, places = self._reader, (row, holder or row, self._root)

        def holding(key: str) -> tree.Mapping:
            return next((node for node in places if node.get(key)), row)

        begins = reader.value(holding("valid_from"), "valid_from", cell_readers.day, None)
        ends = reader.value(holding("valid_to"), "valid_to", cell_readers.day, None)
        if begins and ends and ends <= begins:
            reader.wrong(f"valid_to {ends} must be after valid_from {begins}, the first day", _start(row))
        return Source(
            reader.text(holding("source"), "source"),
            reader.text(holding("source_url"), "source_url"),
            reader.value(holding("checked_on"), "checked_on", cell_readers.day, None),
            reader.value(holding("status"), "status", cell_readers.one_of(STATUSES), "own"),
            begins,
            ends,
            reader.text(row, "note"),
        )


def _start(row: tree.Mapping) -> Mark:
    return next(iter(row.entries.values()), (row.mark,))[0]


def _units(text: str) -> int:
    found = cell_readers.count(text)
    if not 1 <= found <= _MOST_UNITS:
        raise KplanError(f"{clipped(text)} units; 1 to {_MOST_UNITS:,} are possible")
    return found


def _amount(text: str) -> Decimal:
    value = number(text)
    if value <= 0 or "%" in text:
        raise KplanError(f"`{clipped(text)}` is no throughput; a number above 0 is expected, such as 3_400")
    return value


def _without_price(offers: Iterable[tuple[Mark, Offer]], prices: Sequence[UnitPrice]) -> Iterator[Problem]:
    for mark, offer in offers:
        for model in offer.models:
            if not any(each.is_of(offer, model) and each.about.shares_days(offer.about) for each in prices):
                what = f"no price for {model} in deployment {offer.deployment}; say it under `prices`"
                yield Problem(what, mark)


def _clashes(rows: Iterable[Marked]) -> Iterator[Problem]:
    """Two rows for one thing in force at once, each told where the later one stands."""
    by_key: dict[tuple[str, ...], list[Marked]] = {}
    for mark, row in rows:
        term = row.term if isinstance(row, UnitPrice) else ""
        for model in row.models:
            earlier = by_key.setdefault((row.provider, model, row.deployment, row.part, term), [])
            met = next((each for each in earlier if each[1].about.shares_days(row.about)), None)
            if met:
                name = " ".join(filter(None, (row.provider, model, row.deployment, row.part, term)))
                what = f"two at once: {name}, the first on line {met[0].line}; end one of them"
                yield Problem(what, mark)
            earlier.append((mark, row))

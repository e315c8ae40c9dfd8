"""One entry of LiteLLM's map: its numbers as price rows, or each left out with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.money import ZERO, plain
from kplan.prices.importers.imported import scaled
from kplan.prices.importers.litellm_hours import off_peak_hours
from kplan.prices.importers.litellm_keys import Place, place_of
from kplan.prices.importers.litellm_leaves import (
    MOST_TOKENS,
    OFF_PEAK,
    SEARCH,
    SPECIFIC,
    TIERS,
    Leaf,
    as_map,
    leaves_of,
    number,
)
from kplan.prices.meters import METERS, PER_THOUSAND
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

ZERO_PRICE = "zero, which LiteLLM writes for free, for unknown and for what there is none of alike"
NOT_A_NUMBER = "not a number"
BELOW_ZERO = "below zero"
BEYOND = "beyond any price"
NO_RANGE = "its range is no number of tokens"
UNKNOWN = "kplan does not know what this number is"
BY_SIZE = "tiered_pricing says it by size of request"
AS_OUTPUT = "the same as output, which is what reasoning is billed at anyway"
NO_BASE = "for large requests alone: the smaller ones have no price"
NO_PEAK = "for some hours alone: the others have no price"
BY_RESULTS = "by the number of results: kplan has no price for that"

_UPLIFT = re.compile(r"regional_processing_uplift_multiplier_([a-z]+)|regional_endpoint_uplift_multiplier")
REGIONAL = "regional"
"""Region of Vertex AI's endpoints but for the global one."""
_LEAST, _MOST = Decimal("1e-30"), Decimal("1e30")
"""Prices of one unit outside these are no prices, and have more digits than a price book holds [USD]."""
_SIZES = "search_context_size_"
_INCLUSIVE = "xai"
"""LiteLLM's one provider whose thresholds belong to the higher price already."""
_PROMPTS = ("gemini", "vertex_ai")
"""Providers that bill a prompt that searched, unless the entry says `per_query`."""


@dataclass
class Entry:
    """One entry while it is read; every leaf ends in `rows` or in `skipped`."""

    key: str
    said: Mapping[str, object]
    blank: PriceRow
    """Provider, model and source of its rows."""
    zeros: bool
    rows: list[PriceRow] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    imported: list[Leaf] = field(default_factory=list)
    """The leaves that rows were made of: counted apart, so that what is in neither list shows."""
    n_prices: int = 0
    _taken: dict[tuple[str, str, int], tuple[Leaf, PriceRow]] = field(default_factory=dict)

    def read(self) -> None:
        """Make all rows."""
        leaves = list(self.leaves())
        self.n_prices = len(leaves)
        for leaf in sorted(leaves, key=lambda each: each.block != TIERS):
            if leaf.block in ("", TIERS) and not _UPLIFT.fullmatch(leaf.key):
                self._take(leaf)
        self._drop_steps_without_base()
        self._drop_reasoning_like_output()
        self.rows = [row for _, row in self._taken.values()]
        self.imported = [leaf for leaf, _ in self._taken.values()]
        self._fill_modes()
        self._take_searches([leaf for leaf in leaves if leaf.block == SEARCH])
        self._take_off_peak([leaf for leaf in leaves if leaf.block == OFF_PEAK])
        for leaf in leaves:
            if leaf.block == SPECIFIC or _UPLIFT.fullmatch(leaf.key):
                self._multiply(leaf)
            elif leaf.block not in ("", TIERS, SEARCH, OFF_PEAK):
                self._skip(leaf, _why(place_of(leaf.block, self._kind)))

    @property
    def _kind(self) -> str:
        return str(self.said.get("mode") or "")

    @property
    def _maker(self) -> str:
        return str(self.said.get("litellm_provider") or "")

    def leaves(self) -> Iterator[Leaf]:
        """Its numbers that are, or may be, prices."""
        return leaves_of(self.said)

    def _skip(self, leaf: Leaf, why: str) -> None:
        self.skipped.append(Skipped(f"{self.key} {leaf.what}", why))

    def _price(self, leaf: Leaf) -> Decimal | str:
        """The number, or why it is no price."""
        value = number(leaf.value)
        if value is None:
            return NOT_A_NUMBER
        if value < 0:
            return BELOW_ZERO
        if value and not _LEAST <= value <= _MOST:
            return BEYOND
        return value if value or self.zeros else ZERO_PRICE

    def _placed(self, leaf: Leaf) -> tuple[Place, Decimal] | str:
        if "cost" not in leaf.key:
            return UNKNOWN
        if leaf.block == TIERS and leaf.key == "input_cost_per_query":
            return BY_RESULTS
        if not 0 <= leaf.over <= MOST_TOKENS:
            return NO_RANGE
        place, price = place_of(leaf.key, self._kind), self._price(leaf)
        if isinstance(place, str):
            return place
        return price if isinstance(price, str) else (place, price)

    def _take(self, leaf: Leaf) -> None:
        found = self._placed(leaf)
        if isinstance(found, str):
            self._skip(leaf, found)
            return
        place, price = found
        over = leaf.over or place.over_input_tokens
        over = max(over - 1, 0) if self._maker == _INCLUSIVE else over
        tiered = any(each.block == TIERS for each, _ in self._of(place.meter, place.mode))
        if leaf.block != TIERS and tiered:
            self._skip(leaf, BY_SIZE)
        elif at := self._taken.get((place.meter, place.mode, over)):
            same = "the same as" if number(at[0].value) == price else "another price than"
            self._skip(leaf, f"{same} {at[0].what}, which is for the same")
        else:
            row = self._row(place.meter, scaled(price, place.per), place.per)
            self._taken[place.meter, place.mode, over] = (
                leaf,
                replace(row, mode=place.mode, over_input_tokens=over),
            )

    def _row(self, meter: str, usd: Decimal, per: int) -> PriceRow:
        note = "" if usd else "zero in LiteLLM, taken as free"
        return replace(self.blank, meter=meter, usd=usd, per=per, note=note)

    def _of(self, meter: str, mode: str) -> list[tuple[Leaf, PriceRow]]:
        return [found for place, found in self._taken.items() if place[:2] == (meter, mode)]

    def _drop(self, meter: str, mode: str, why: str) -> None:
        for leaf, row in self._of(meter, mode):
            del self._taken[meter, mode, row.over_input_tokens]
            self._skip(leaf, why)

    def _drop_steps_without_base(self) -> None:
        for meter, mode, _ in list(self._taken):
            if (meter, mode, 0) not in self._taken:
                self._drop(meter, mode, NO_BASE)

    def _drop_reasoning_like_output(self) -> None:
        """A row of its own would hide the prices that output has in other modes and sizes."""
        steps = {row.over_input_tokens: row.usd for _, row in self._of("reasoning", "standard")}
        output = {row.over_input_tokens: row.usd for _, row in self._of("output", "standard")}
        modes = {mode for meter, mode, _ in self._taken if meter == "reasoning"}
        if modes == {"standard"} and all(output.get(over) == usd for over, usd in steps.items()):
            self._drop("reasoning", "standard", AS_OUTPUT)

    def _fill_modes(self) -> None:
        """Where a mode has no price for large requests but the standard one has, that one holds."""
        steps = [row for row in self.rows if row.mode == "standard" and row.over_input_tokens]
        for row in steps:
            for mode in {each.mode for each in self.rows if each.meter == row.meter} - {"standard"}:
                if (row.meter, mode, row.over_input_tokens) not in self._taken:
                    note = f"no {mode} price above {row.over_input_tokens} in LiteLLM: the standard one"
                    self.rows.append(replace(row, mode=mode, note=note))

    def _take_searches(self, leaves: list[Leaf]) -> None:
        """One price of a web search; or, where it goes by size of context, a meter for each size."""
        prices: dict[str, Decimal] = {}
        for leaf in leaves:
            price = self._price(leaf)
            if isinstance(price, str) or not leaf.key.startswith(_SIZES):
                self._skip(leaf, price if isinstance(price, str) else UNKNOWN)
            else:
                prices[leaf.key.removeprefix(_SIZES)] = price
                self.imported.append(leaf)
        is_query = self.said.get("web_search_billing_unit") == "per_query"
        by_prompt = self._maker.startswith(_PROMPTS) and not is_query
        if len(set(prices.values())) == 1:
            prices = {"": next(iter(prices.values()))}
        for size, price in prices.items():
            meter = f"web_search_{size}" if size else "web_search"
            row = self._row(meter, scaled(price, PER_THOUSAND), PER_THOUSAND)
            note = "a search is a prompt that searched, however often" if by_prompt else row.note
            self.rows.append(replace(row, note=note))

    def _take_off_peak(self, leaves: list[Leaf]) -> None:
        try:
            hours = off_peak_hours(as_map(self.said.get(OFF_PEAK))) if leaves else ()
        except KplanError as e:
            for leaf in leaves:
                self._skip(leaf, f"off-peak hours that kplan cannot read: {e}")
            return
        for leaf in leaves:
            found = self._placed(leaf)
            if isinstance(found, str):
                self._skip(leaf, found)
                continue
            place, price = found
            at_peak = [row for row in self.rows if (row.meter, row.mode) == (place.meter, place.mode)]
            made = [
                replace(row, usd=scaled(price, place.per), weekdays=weekdays, hours=spans, tz=zone)
                for row in at_peak
                if not row.is_windowed
                for weekdays, spans, zone in hours
            ]
            self.rows += made
            if made:
                self.imported.append(leaf)
            else:
                self._skip(leaf, NO_PEAK)

    def _multiply(self, leaf: Leaf) -> None:
        """Prices of tokens in a region, or in the fast mode, that are a multiple of the others."""
        factor = number(leaf.value)
        region, mode = _multiplied(leaf)
        tokens = [row for row in self.rows if not row.region and _is_token(row)]
        base = [row for row in tokens if row.mode == "standard"] if mode else tokens
        if factor is None or factor <= ZERO or not (region or mode):
            self._skip(leaf, UNKNOWN if factor is not None else NOT_A_NUMBER)
        elif not base or any(row.mode == mode for row in self.rows):
            self._skip(leaf, "it multiplies no price of tokens")
        else:
            self.imported.append(leaf)
            note = f"{plain(factor)} x the {'standard price' if mode else 'price of every region'}"
            self.rows += [
                replace(row, usd=scaled(row.usd * factor), region=region, mode=mode or row.mode, note=note)
                for row in base
            ]


def _multiplied(leaf: Leaf) -> tuple[str, str]:
    """Region and mode that a multiplier is for; both empty when it is none."""
    if found := _UPLIFT.fullmatch(leaf.key):
        return found[1] or REGIONAL, ""
    if leaf.key == "fast":
        return "", "fast"
    return (leaf.key, "") if re.fullmatch("[a-z]{2}", leaf.key) else ("", "")


def _is_token(row: PriceRow) -> bool:
    return row.meter in METERS and METERS[row.meter].unit == "token"


def _why(place: Place | str) -> str:
    return place if isinstance(place, str) else UNKNOWN

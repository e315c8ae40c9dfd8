"""The rates of one model at one time: each meter's steps by size of request, and what it falls back on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct, field

from kplan.errors import KplanError
from kplan.money import ONE, ZERO, exact, quotient
from kplan.prices.meters import chain
from kplan.prices.models import ModelRow
from kplan.prices.rows import MARGINAL, MODES, PriceRow
from kplan.prices.windows import Windows

Weigh = Callable[[Windows], Fraction]
"""The part of the calls [0..1] that falls into some windows, exact: 0 or 1 for one instant."""


class WeightedRow(Struct, frozen=True):
    """A price row and the part of the calls it is for."""

    row: PriceRow
    weight: Decimal
    """[0..1]; 1 for a single call."""


class Tier(Struct, frozen=True):
    """The prices of requests above a size."""

    over_input_tokens: int
    rows: tuple[WeightedRow, ...]
    """Their weights add up to 1."""


class MeterRates(Struct, frozen=True):
    """What a meter costs, by size of request."""

    meter: str
    billed_as: str
    """Meter whose rows hold: itself, or the parent it falls back on."""
    note: str
    """What it fell back on, in words; "" when it has rows of its own."""
    tiers: tuple[Tier, ...]
    """Ascending; the first holds from 0 input tokens."""
    is_marginal: bool = False
    """Whether each unit pays the price of the step it falls in; else a step re-prices the whole request."""


class Rates(Struct, frozen=True, eq=False):
    """Every rate of one model in one mode and region, at one time; told apart by identity."""

    model: ModelRow
    mode: str
    region: str
    rows: tuple[PriceRow, ...]
    """The rows in force on the day, of all modes, regions and hours."""
    weigh: Weigh
    _found: dict[str, MeterRates] = field(default_factory=dict)

    def has(self, meter: str) -> bool:
        """Whether the meter, or a parent of it, has a price."""
        return self._place(meter) is not None

    def meters(self) -> tuple[str, ...]:
        """The meters with rows of their own that hold here."""
        places = {row.meter: self._place(row.meter) for row in self.rows}
        return tuple(meter for meter, place in places.items() if place and place[0] == meter)

    def tiers(self, meter: str) -> MeterRates:
        """The steps of a meter; raises KplanError when nothing prices it."""
        if meter not in self._found:
            self._found[meter] = self._tiers(meter)
        return self._found[meter]

    def _tiers(self, meter: str) -> MeterRates:
        place = self._place(meter)
        if place is None:
            raise KplanError(
                f"{self.model.ref} has no price for {meter}; it has prices for {', '.join(self.meters())}"
            )
        family = [row for row in self.rows if chain(row.meter)[-1] == chain(meter)[-1]]
        _refuse_other_modes(self.model, family, self.mode, self.region, meter)
        rows = [row for row in self.rows if (row.meter, row.mode, row.region) == place]
        return MeterRates(meter, place[0], self._note(meter, *place), self._ladder(rows), _is_marginal(rows))

    def _place(self, meter: str) -> tuple[str, str, str] | None:
        """Meter, mode and region of the rows that price the meter."""
        priced = {(row.meter, row.mode, row.region) for row in self.rows}
        return next((place for place in self._places(meter) if place in priced), None)

    def _places(self, meter: str) -> Iterator[tuple[str, str, str]]:
        for name in chain(meter):
            for mode in dict.fromkeys((self.mode, "standard")):
                for region in dict.fromkeys((self.region, "")):
                    yield name, mode, region

    def _note(self, meter: str, billed_as: str, mode: str, region: str) -> str:
        lacks = []
        if billed_as != meter:
            lacks.append(f"at the rate of {billed_as}: no row of its own")
        if mode != self.mode:
            lacks.append(f"at the {mode} rate: no row for {self.mode}")
        if region != self.region:
            lacks.append(f"at the rate of every region: no row for {self.region}")
        return f"{meter} billed {', '.join(lacks)}" if lacks else ""

    def _ladder(self, rows: list[PriceRow]) -> tuple[Tier, ...]:
        steps = sorted({row.over_input_tokens for row in rows})
        if steps[0]:
            raise KplanError(f"{rows[0].id}: no price for requests of up to {steps[0]} input tokens")
        return tuple(
            Tier(step, self._weighted([row for row in rows if row.over_input_tokens == step]))
            for step in steps
        )

    def _weighted(self, rows: list[PriceRow]) -> tuple[WeightedRow, ...]:
        """The rows of one step with their weights: what no window takes is left to the row without one."""
        for row in rows:
            row.check_currency()
        parts = [(row, self.weigh(row.windows)) for row in rows if row.is_windowed]
        rest = Fraction(1) - sum(part for _, part in parts)
        if rest < 0:
            raise KplanError(f"two prices at once: {' and '.join(row.id for row, _ in parts)}")
        always = [(row, rest) for row in rows if not row.is_windowed]
        if rest and not always:
            raise KplanError(f"{rows[0].id}: no price outside its hours")
        return _in_decimals([(row, part) for row, part in (*parts, *always) if part])


def _is_marginal(rows: Sequence[PriceRow]) -> bool:
    """Whether a ladder's steps are marginal; the price from 0 on need not say so.

    Raises KplanError for a ladder that mixes both scopes, and for marginal steps of an output meter, whose
    tokens have no place among the input's.
    """
    marginal = [row for row in rows if row.tier_scope == MARGINAL]
    if not marginal:
        return False
    if whole := [row for row in rows if row.tier_scope != MARGINAL and row.over_input_tokens]:
        raise KplanError(
            f"{marginal[0].id} is marginal and {whole[0].id} re-prices the whole request;"
            " the steps of one meter must have one tier_scope"
        )
    if chain(rows[0].meter)[-1] == "output":
        raise KplanError(
            f"{marginal[0].id}: {rows[0].meter} cannot be marginal over input tokens; write request"
        )
    return True


def resolve(model: ModelRow, rows: tuple[PriceRow, ...], mode: str, region: str, weigh: Weigh) -> Rates:
    """The rates of a model from its rows in force; raises KplanError for a mode or region it lacks."""
    _refuse_other_modes(model, rows, mode, region)
    here = [row for row in rows if row.region in ("", region)]
    if not here:
        regions = sorted({row.region for row in rows})
        wanted = f"region {region}" if region else "a call without a region"
        raise KplanError(f"{model.ref} has no price for {wanted}; it has regions {', '.join(regions)}")
    if region and all(row.region == "" for row in rows):
        raise KplanError(f'{model.ref} has no price for region "{region}"; its prices name no region')
    if region and region not in {row.region for row in rows}:
        regions = sorted({row.region for row in rows if row.region})
        raise KplanError(f'{model.ref} has no price for region "{region}"; it has {", ".join(regions)}')
    if mode not in {row.mode for row in here}:
        modes = ", ".join(name for name in MODES if name in {row.mode for row in here})
        raise KplanError(f"{model.ref} has no {mode} price; it has {modes}")
    return Rates(model, mode, region, rows, weigh)


def _refuse_other_modes(
    model: ModelRow, rows: Iterable[PriceRow], mode: str, region: str, meter: str = ""
) -> None:
    """Raise KplanError where the region has prices, but none in the mode nor in the standard one."""
    modes = {row.mode for row in rows if row.region == region}
    if region and modes and modes.isdisjoint((mode, "standard")):
        what = f"{mode} price for {meter}" if meter else f"{mode} price"
        named = ", ".join(name for name in MODES if name in modes)
        raise KplanError(f'{model.ref} has no {what} in region "{region}"; there it has {named}')


def _in_decimals(parts: Sequence[tuple[PriceRow, Fraction]]) -> tuple[WeightedRow, ...]:
    """Shares that add up to 1, to 60 digits each but for the last, which takes what is left."""
    weights = [quotient(Decimal(part.numerator), Decimal(part.denominator)) for _, part in parts[:-1]]
    with exact():
        weights.append(ONE - sum(weights, ZERO))
    return tuple(WeightedRow(row, weight) for (row, _), weight in zip(parts, weights, strict=True))

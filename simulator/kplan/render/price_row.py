"""A price row in words: what it asks of a call, what it costs, when it holds, where it was read."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlsplit

from kplan.money import plain
from kplan.prices.meters import METERS, PER_HOUR, PER_MILLION, PER_THOUSAND, PER_UNIT, is_input
from kplan.prices.rows import MARGINAL, US_DOLLAR, PriceRow
from kplan.render.format import plain_text

_PER = {PER_UNIT: "", PER_THOUSAND: "/k", PER_HOUR: "/h", PER_MILLION: "/M"}


def price(row: PriceRow) -> str:
    """A price as its vendor writes it, for lists: `0.1/M`, `10/k`, `4.8/h`."""
    return plain(row.usd) + _PER[row.per] + ("" if row.currency == US_DOLLAR else f" {row.currency}")


def step(row: PriceRow) -> str:
    """The size from which a price holds, for lists: `200,000`, `100 marginal`, or nothing."""
    scope = f" {MARGINAL}" if row.tier_scope == MARGINAL else ""
    return f"{row.over_input_tokens:,}{scope}" if row.over_input_tokens else ""


def made_of(row: PriceRow) -> str:
    """How a price came about, for lists: `3 USD in the book; x 0.88 discount of 12%`."""
    return "; ".join(row.audit)


def conditions(row: PriceRow) -> str:
    """What a price row asks of a call, besides its meter: `over 200,000 input tokens, batch, eu`."""
    said = (
        _step(row),
        row.mode if row.mode != "standard" else "",
        row.region,
        " ".join(filter(None, (row.weekdays, row.hours, row.tz if row.is_windowed else ""))),
    )
    return ", ".join(filter(None, said))


def _step(row: PriceRow) -> str:
    if not row.over_input_tokens:
        return ""
    if row.tier_scope != MARGINAL:
        return f"over {row.over_input_tokens:,} input tokens"
    counted = (
        "input token" if is_input(row.meter) else METERS[row.meter].unit if row.meter in METERS else "unit"
    )
    return f"only what lies above {row.over_input_tokens:,} {counted}s"


def rate(row: PriceRow) -> str:
    """The price of a row, every digit as the vendor writes it, cents at least: `$3.00`."""
    return dollars(row.usd)


def dollars(usd: Decimal) -> str:
    """Every digit of an amount, cents at least."""
    whole, _, fraction = plain(usd).partition(".")
    return f"${int(whole):,}.{fraction.ljust(2, '0')}"


def per(row: PriceRow) -> str:
    """What the price of a row is for: `1M tokens`, `1,000 searches`, `request`, `hour`."""
    unit = METERS[row.meter].unit if row.meter in METERS else ""
    if row.per == PER_HOUR and unit == "second":
        return "hour"
    if row.per == 1:
        return unit or plain_text(row.meter)
    many = "1M" if row.per == PER_MILLION else f"{row.per:,}"
    return f"{many} {plural(unit)}" if unit else f"{many} x {plain_text(row.meter)}"


def plural(unit: str) -> str:
    """Several of a unit: `tokens`, `searches`."""
    return f"{unit}es" if unit.endswith(("ch", "s")) else f"{unit}s"


def validity(row: PriceRow) -> str:
    """The days on which a row holds; its last date is the first day on which it no longer does."""
    since = f"from {row.valid_from}" if row.valid_from else ""
    until = f"until before {row.valid_to}" if row.valid_to else ""
    return " ".join(filter(None, (since, until))) or "no dates in the book"


def link(url: str) -> str:
    """The address if a reader may be sent there, plain http(s) with a host; else nothing."""
    if url != plain_text(url) or any(char.isspace() or char in "\"'<>\\" for char in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname and not parts.username else ""

"""What becomes of each price of genai-prices: rows of the book, or a skip with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType

from genai_prices import types
from msgspec import Struct

from kplan.prices.importers.imported import scaled
from kplan.prices.meters import PER_HOUR, PER_MILLION, PER_THOUSAND
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

KEYS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "input_mtok": ("input", PER_MILLION),
        "output_mtok": ("output", PER_MILLION),
        "cache_read_mtok": ("cache_read", PER_MILLION),
        "cache_write_mtok": ("cache_write_5m", PER_MILLION),
        "cache_write_5m_mtok": ("cache_write_5m", PER_MILLION),
        "cache_write_1h_mtok": ("cache_write_1h", PER_MILLION),
        "output_reasoning_mtok": ("reasoning", PER_MILLION),
        "output_citation_mtok": ("citation", PER_MILLION),
        "input_audio_mtok": ("audio_in", PER_MILLION),
        "output_audio_mtok": ("audio_out", PER_MILLION),
        "cache_audio_read_mtok": ("cache_read_audio", PER_MILLION),
        "input_image_mtok": ("image_in", PER_MILLION),
        "output_image_mtok": ("image_out", PER_MILLION),
        "cache_image_read_mtok": ("cache_read_image", PER_MILLION),
        "input_video_mtok": ("video_in", PER_MILLION),
        "output_video_mtok": ("video_out", PER_MILLION),
        "input_mchars": ("character", PER_MILLION),
        "input_text_messages_kcount": ("text_message", PER_THOUSAND),
        "audio_hours": ("second", PER_HOUR),
        "input_audio_hours": ("input_second", PER_HOUR),
        "input_document_kpages": ("page", PER_THOUSAND),
        "input_annotated_document_kpages": ("annotated_page", PER_THOUSAND),
        "rerank_searches_kcount": ("rerank_search", PER_THOUSAND),
        "web_searches_kcount": ("web_search", PER_THOUSAND),
        "storage_searches_kcount": ("storage_search", PER_THOUSAND),
        "requests_kcount": ("request", PER_THOUSAND),
    }
)
"""Meter and `per` of each price key of the source."""

NO_PRICE = "the source gives no price"
NEVER = "never in force: another price of the source wins on every day"
NO_METER = "no meter for this kind of price"

Reign = tuple[date | None, date | None]
"""First day and first day no longer, as in a price row."""


class Entry(Struct, frozen=True):
    """A set of prices of a model and the condition under which it holds."""

    prices: Mapping[str, Sequence[tuple[int, Decimal]]]
    """Price key -> steps: input tokens above which it holds, and the price."""
    constraint: types.StartDateConstraint | types.TimeOfDateConstraint | None
    what: str
    mode: str = "standard"
    region: str = ""

    @property
    def start(self) -> date | None:
        """First day on which it may hold; None: since ever."""
        return self.constraint.start_date if isinstance(self.constraint, types.StartDateConstraint) else None

    @property
    def hours(self) -> str:
        """Hours of the day, UTC, as in a price row; "": all day."""
        if not isinstance(self.constraint, types.TimeOfDateConstraint):
            return ""
        return f"{utc_hour(self.constraint.start_time)}-{utc_hour(self.constraint.end_time)}"

    @property
    def n_prices(self) -> int:
        """Its prices, each step of a price counted."""
        return sum(map(len, self.prices.values()))


@dataclass
class Tally:
    """What has become of the source's prices so far."""

    as_of: date
    source: str
    rows: list[PriceRow] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    """One for each price."""
    empty: list[Skipped] = field(default_factory=list)
    """One for each entry without prices."""
    n_prices: int = 0
    n_imported: int = 0

    def count(self, entries: Sequence[Entry]) -> None:
        """Count what the source has; an entry without prices is reported."""
        self.n_prices += sum(entry.n_prices for entry in entries)
        for entry in entries:
            if not entry.prices:
                self.empty.append(Skipped(entry.what, NO_PRICE))

    def skip(self, entry: Entry, key: str, why: str) -> None:
        """Report every step of a price as left out."""
        self.skipped.extend(Skipped(f"{entry.what} {key} >{over}", why) for over, _ in entry.prices[key])

    def take(self, place: tuple[str, str, str], entry: Entry, key: str, reigns: Sequence[Reign]) -> None:
        """Make the rows of a price, or report why there are none."""
        if key not in KEYS or not reigns:
            self.skip(entry, key, NEVER if key in KEYS else NO_METER)
            return
        self.n_imported += len(entry.prices[key])
        for over, usd in entry.prices[key]:
            self.rows.extend(self._row(place, entry, key, over, usd, reign) for reign in reigns)

    def _row(
        self, place: tuple[str, str, str], entry: Entry, key: str, over: int, usd: Decimal, reign: Reign
    ) -> PriceRow:
        meter, per = KEYS[key]
        provider, model, url = place
        start, end = reign
        return PriceRow(
            provider,
            model,
            meter,
            scaled(usd),
            per,
            over,
            valid_from=start,
            valid_to=end,
            hours=entry.hours,
            mode=entry.mode,
            region=entry.region,
            status="announced" if start and start > self.as_of else "effective",
            source=self.source,
            source_url=url,
            # The source does not say when it learned of a price: by the day it took effect, at the latest.
            recorded_on=min(start, self.as_of) if start else None,
        )


def utc_hour(moment: time) -> str:
    """The hour of the day in UTC, as in a price row."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.combine(date(1970, 1, 1), aware).astimezone(UTC).strftime("%H:%M")

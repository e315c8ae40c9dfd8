"""Bringing a book up to date with a newer source: rows are added and ended, never deleted or re-priced.

The source rules the book from a day on; what the book says of the days before stands. Of each price, that
is all that selects a row but its dates:

- The same as before: the row stays as it is, to the letter.
- Another one: the old row gets `valid_to`, a new one begins on the day. A source that itself dates its
  prices begins the new one when the source says so, if that is after all that the book knows.
- Gone from the source: the row gets `valid_to` and a note that says so; it was true until then. The model's
  row keeps all it says, since a source that drops a model does not say when it retires.
- Announced before, and no longer, or otherwise: the old row becomes `cancelled`.
- New to the book: since when the source says for a model that the book did not have; from the day on for
  one that it had, whose past was billed without it.

Rows of another source are the user's own: they stay, and where they price the same, the source yields.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from msgspec.structs import replace

from kplan.errors import KplanError
from kplan.prices.importers.imported import Imported
from kplan.prices.models import ModelRow
from kplan.prices.rows import PriceRow
from kplan.prices.skipped import Skipped

PAST = "the book has another past; the past is changed by a correction, never by an import"
OWN_ROW = "the book has a row of another source for it"

Key = tuple[object, ...]
Numbered = tuple[int, PriceRow]


@dataclass
class Refresh:
    """What an import does to a book."""

    changed: dict[int, PriceRow] = field(default_factory=dict)
    """By place in the book: the row with another end, status or note."""
    added: list[PriceRow] = field(default_factory=list)
    changed_models: dict[int, ModelRow] = field(default_factory=dict)
    added_models: list[ModelRow] = field(default_factory=list)
    left: list[Skipped] = field(default_factory=list)
    """Rows of the source that the book does not take."""
    counts: Counter[str] = field(default_factory=Counter)
    """Of rows of the book: `same`, `ended`, `retired`, `cancelled`; and `new` ones."""


def refreshed(
    rows: Sequence[PriceRow],
    models: Sequence[ModelRow],
    new: Imported,
    as_of: date,
    start: date | None = None,
) -> Refresh:
    """What brings a book up to date.

    rows, models   the book as it is, in the order of its file
    as_of          the day that the source describes: when its new rows are recorded
    start          first day on which the source rules; as_of unless given, and since ever for new models
    Raises KplanError when the book was brought up to date by a later state of the source.
    """
    origin = _origin(new.source)
    ours = [row for row in rows if _origin(row.source) == origin]
    last = max((row.recorded_on for row in ours if row.recorded_on), default=as_of)
    if last > as_of:
        raise KplanError(f"the book knows {origin} of {last} already; --as-of {as_of} is before that")
    found = Refresh()
    olds, news = _by_key(enumerate(rows)), _by_key(enumerate(new.rows))
    known = {(row.provider, row.model) for row in rows}
    for key in {**news, **olds}:
        old, coming = olds.get(key, []), [row for _, row in news.get(key, [])]
        foreign = [row for _, row in old if _origin(row.source) != origin]
        mine = [(n, row) for n, row in old if _origin(row.source) == origin]
        if coming and (coming[0].provider, coming[0].model) not in known:
            found.added += [_from(row, start) if start else row for row in coming]
        elif foreign and coming:
            found.left += [Skipped(row.id, OWN_ROW) for row in coming]
            found.counts["same"] += len(old)
        else:
            found.counts["same"] += len(foreign)
            _Series(mine, coming, start or as_of, as_of, origin).into(found)
    found.counts["new"] = len(found.added)
    _refresh_models(found, models, new.models, origin)
    return found


@dataclass
class _Series:
    """The rows of one key in the book and in the source."""

    old: Sequence[Numbered]
    new: Sequence[PriceRow]
    day: date
    as_of: date
    origin: str

    def into(self, found: Refresh) -> None:
        """Add what is to be done."""
        live = [(n, row) for n, row in self.old if row.status != "cancelled"]
        new = [row for row in self.new if row.status != "cancelled"]
        cut = self._cut([row for _, row in live], new)
        coming = [_from(row, cut) for row in new if not row.valid_to or row.valid_to > cut]
        found.left += [
            Skipped(row.id, PAST) for row in new if _differs_before(row, cut, [each for _, each in live])
        ]
        before = dict(live)
        after = dict(live)
        for n, row in live:
            if not row.valid_to or row.valid_to > cut:
                after[n] = self._kept(row, coming, cut, is_gone=not new)
        gone_already = {(row.valid_from, _rate(row)) for _, row in self.old if row.status == "cancelled"}
        gone_already |= {(row.valid_from, _rate(row)) for row in after.values() if row.status == "cancelled"}
        coming += [
            row
            for row in self.new
            if row.status == "cancelled" and (row.valid_from, _rate(row)) not in gone_already
        ]
        found.added += [self._recorded(row) for row in coming]
        self._count(found, before, after)
        found.changed |= {n: row for n, row in after.items() if row != before[n]}

    def _kept(self, row: PriceRow, coming: list[PriceRow], cut: date, *, is_gone: bool) -> PriceRow:
        """What becomes of a row that the source rules; its continuation leaves `coming`."""
        match = next((each for each in coming if _continues(row, each, cut)), None)
        if match:
            coming.remove(match)
            return replace(row, valid_to=match.valid_to)
        if not is_gone:
            return replace(row, valid_to=cut) if _start(row) < cut else replace(row, status="cancelled")
        if _start(row) > cut:
            return replace(row, status="cancelled")
        # A row of one day: cancelled, it would bring back the price before it.
        end = cut if _start(row) < cut else cut + timedelta(days=1)
        gone = f"gone from {self.origin} on {self.as_of}"
        return replace(row, valid_to=end, note=f"{row.note}; {gone}" if row.note else gone)

    def _cut(self, live: Sequence[PriceRow], new: Sequence[PriceRow]) -> date:
        """First day on which the source rules; it may date its latest changes itself.

        The book also knew of what was cancelled: importing the same again must not move the day.
        """
        last = max((_start(row) for _, row in self.old), default=date.min)
        dated = [row for row in new if row.valid_from and row.valid_from > last]
        return min([self.day, *(_start(row) for row in dated if not _says(live, row, _start(row)))])

    def _recorded(self, row: PriceRow) -> PriceRow:
        is_announced = row.status == "effective" and row.valid_from and row.valid_from > self.as_of
        return replace(row, recorded_on=self.as_of, status="announced" if is_announced else row.status)

    def _count(self, found: Refresh, before: Mapping[int, PriceRow], after: Mapping[int, PriceRow]) -> None:
        found.counts["same"] += len(self.old) - len(before)
        for n, row in before.items():
            if row == after[n]:
                found.counts["same"] += 1
            elif after[n].status != row.status:
                found.counts["cancelled"] += 1
            else:
                found.counts["ended" if any(r.status != "cancelled" for r in self.new) else "retired"] += 1


def _refresh_models(found: Refresh, models: Sequence[ModelRow], new: Iterable[ModelRow], origin: str) -> None:
    """What the source says of a model wins; what it does not say stays."""
    places = {(model.provider, model.id): n for n, model in enumerate(models)}
    for model in new:
        n = places.get((model.provider, model.id))
        if n is None:
            found.added_models.append(model)
        elif _origin(models[n].source) == origin:
            said = replace(model, source="").over(models[n])
            if said != models[n]:
                found.changed_models[n] = replace(said, source=model.source)


def _origin(source: str) -> str:
    """The source without its version."""
    return source.partition(" ")[0]


def _by_key(rows: Iterable[Numbered]) -> dict[Key, list[Numbered]]:
    found: dict[Key, list[Numbered]] = defaultdict(list)
    for n, row in rows:
        found[row.key].append((n, row))
    return {key: sorted(group, key=lambda pair: _start(pair[1])) for key, group in found.items()}


def _start(row: PriceRow) -> date:
    return row.valid_from or date.min


def _from(row: PriceRow, cut: date) -> PriceRow:
    return row if _start(row) >= cut else replace(row, valid_from=cut)


def _rate(row: PriceRow) -> tuple[Decimal, str]:
    return row.usd_per_unit, row.tier_scope


def _continues(row: PriceRow, coming: PriceRow, cut: date) -> bool:
    """Whether the source's row is the book's, on the days that the source rules."""
    return _rate(row) == _rate(coming) and max(_start(row), cut) == _start(coming)


def _differs_before(row: PriceRow, cut: date, live: Sequence[PriceRow]) -> bool:
    """Whether a row that the source dates says of the past what the book does not say."""
    if not (row.valid_from or row.valid_to) or _start(row) >= cut:
        return False
    end = min(row.valid_to or date.max, cut)
    days = {_start(row), *(_start(each) for each in live), *(each.valid_to for each in live if each.valid_to)}
    return any(not _says(live, row, day) for day in days if _start(row) <= day < end)


def _says(live: Iterable[PriceRow], row: PriceRow, day: date) -> bool:
    """Whether the book has the row's price on the day."""
    return any(_rate(each) == _rate(row) and each.holds_on(day) for each in live)

"""All limits that are known, kplan's own and a user's over them, and which hold for a model on a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from kplan.capacity.limit_files import LimitFile, read_limits
from kplan.capacity.limits import Limit, Unnumbered
from kplan.errors import KplanError
from kplan.places import folder
from kplan.prices.models import ModelRow
from kplan.scenario.names import meant

_FOLDER = "limits"


class LimitBook(Struct, frozen=True):
    """Files of limits, later ones over earlier."""

    files: tuple[LimitFile, ...]

    @property
    def as_of(self) -> date | None:
        """The latest day on which any of it was checked."""
        return max((each.checked_on for each in self.limits() if each.checked_on), default=None)

    @property
    def sha256(self) -> str:
        """One hash for all files, in their order."""
        return hashlib.sha256("\n".join(each.sha256 for each in self.files).encode()).hexdigest()

    @property
    def providers(self) -> tuple[str, ...]:
        """Whose limits it knows, or knows to have no number."""
        known = (*(each.provider for each in self.limits()), *(each.provider for each in self.unnumbered()))
        return tuple(sorted(set(known)))

    def limits(self) -> Iterator[Limit]:
        """Every limit, whenever it holds."""
        for each in self.files:
            yield from each.limits

    def unnumbered(self) -> Iterator[Unnumbered]:
        """Models that are held to no number."""
        for each in self.files:
            yield from each.unnumbered

    def in_force(self, model: ModelRow, day: date, tier: str = "", service: str = "") -> tuple[Limit, ...]:
        """The limits of a model on a day, in the order of the files; none where none is known.

        tier, service   as the provider calls them
        A file says all about a model's tier: where a later one has it, the earlier ones count no more.
        Raises KplanError for a model that two pools of a file claim.
        """
        for each in reversed(self.files):
            found = tuple(
                limit
                for limit in each.limits
                if limit.provider == model.provider
                and limit.tier == tier
                and limit.service in ("", service)
                and limit.holds_on(day)
                and limit.covers((model.id, *model.aliases))
            )
            if found:
                _refuse_two_pools(model, found)
                return found
        return ()

    def why_none(self, model: ModelRow, day: date, tier: str = "", service: str = "") -> str:
        """Why no limit holds, in words."""
        names = (model.id, *model.aliases)
        for each in self.unnumbered():
            if each.provider == model.provider and each.service in ("", service) and each.covers(names):
                return each.why
        own = [limit for limit in self.limits() if limit.provider == model.provider and limit.covers(names)]
        if not own:
            return f"no limit of {model.ref} is known; put yours into a file: `limits: {{book: own.yaml}}`"
        tiers = sorted({f"{limit.service} {limit.tier}".strip() for limit in own if limit.holds_on(day)})
        asked = f"{service} {tier}".strip()
        if not asked:
            return f"which limits of {model.ref} hold depends on the tier: {', '.join(tiers)}"
        way = "" if service else _way(own, tier, day)
        return f"no limit of {model.ref} in tier `{asked}` on {day}{meant(asked, tiers)}{way}"

    def stale(self, today: date, after_days: int = 180) -> Iterator[str]:
        """A sentence for each source whose figures were read too long ago, or nobody knows when."""
        seen: dict[tuple[str, str, str], None] = {}
        for limit in self.limits():
            if limit.valid_to and limit.valid_to <= today:
                continue
            on = limit.checked_on
            if on is None:
                seen[limit.provider, limit.source, "on a day that is not known"] = None
            elif (today - on).days > after_days:
                seen[limit.provider, limit.source, f"on {on}, {(today - on).days} days ago"] = None
        for provider, source, when in seen:
            yield f"limits of {provider} were read {when} ({source or 'no source'})"


def _way(limits: Sequence[Limit], tier: str, day: date) -> str:
    """What to write where the tier is right, and only the way of calling is not said."""
    ways = [limit.service for limit in limits if limit.tier == tier and limit.service and limit.holds_on(day)]
    return f"; say its service too: {{tier: {tier}, service: {ways[0]}}}" if ways else ""


def _refuse_two_pools(model: ModelRow, found: Sequence[Limit]) -> None:
    """Raise KplanError where two limits of one counting hold for the model."""
    seen: dict[tuple[str, str], Limit] = {}
    for limit in found:
        other = seen.setdefault((limit.counting.name, limit.service), limit)
        if other is not limit:
            raise KplanError(f"{model.ref} stands under two limits at once: {other.id} and {limit.id}")


def load_limits(paths: Sequence[Path] = ()) -> LimitBook:
    """The limits that kplan brings with the given files laid over them, later over earlier.

    A user's file may name a provider's ways of counting without saying them again.
    Raises KplanError with every problem of a file.
    """
    own = [read_limits(path) for path in sorted((folder("pricing") / _FOLDER).glob("*.yaml"))]
    known = {key: counting for each in own for key, counting in each.countings.items()}
    return LimitBook((*own, *(read_limits(path, known) for path in paths)))

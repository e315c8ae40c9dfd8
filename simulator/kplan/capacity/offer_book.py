"""All offers that are known, kplan's own and a user's over them, and which hold for a model on a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from kplan.capacity.offer_files import OfferFile, read_offers
from kplan.capacity.offers import Offer, Source, UnitPrice
from kplan.errors import KplanError
from kplan.places import folder
from kplan.scenario.names import meant

_FOLDER = "offers"
STALE_AFTER_DAYS = 180


class OfferBook(Struct, frozen=True):
    """Files of offers, later ones over earlier."""

    files: tuple[OfferFile, ...]

    @property
    def sha256(self) -> str:
        """One hash for all files, in their order."""
        return hashlib.sha256("\n".join(each.sha256 for each in self.files).encode()).hexdigest()

    def offers(self) -> Iterator[Offer]:
        """Every offer, whenever it holds."""
        for each in self.files:
            yield from each.offers

    def prices(self) -> Iterator[UnitPrice]:
        """Every price, whenever it holds."""
        for each in self.files:
            yield from each.prices

    def find(self, ref: str, day: date, deployment: str = "") -> tuple[str, tuple[Offer, ...]]:
        """The model, and its offers of one deployment: one, or one for each part that is bought by itself.

        ref   `provider/model`, or a bare id that one provider has offers for
        A later file's offer stands for those of earlier ones. Raises KplanError where there is none on that
        day, or more than one deployment to choose from.
        """
        provider, slash, model = ref.rpartition("/") if "/" in ref else ("", "", ref)
        by_place: dict[tuple[str, str], tuple[Offer, ...]] = {}
        for file in self.files:
            found: dict[tuple[str, str], list[Offer]] = {}
            for offer in file.offers:
                if (
                    (not slash or offer.provider == provider)
                    and offer.covers(model)
                    and offer.about.holds_on(day)
                ):
                    found.setdefault((offer.provider, offer.deployment), []).append(offer)
            by_place |= {place: tuple(offers) for place, offers in found.items()}
        if not by_place:
            raise KplanError(self._none(ref, day))
        chosen = {place: each for place, each in by_place.items() if not deployment or place[1] == deployment}
        if len(chosen) == 1:
            [((owner, _), offers)] = chosen.items()
            _refuse_two(f"{owner}/{model}", offers)
            return f"{owner}/{model}", offers
        names = sorted({name for _, name in by_place})
        if len({owner for owner, _ in by_place}) > 1:
            near = ", ".join(f"{owner}/{model}" for owner in sorted({owner for owner, _ in by_place}))
            raise KplanError(f"several providers sell {model}: {near}; name one of them")
        if deployment:
            raise KplanError(
                f'no deployment "{deployment}" of {ref}{meant(deployment, names)} (it has {", ".join(names)})'
            )
        raise KplanError(
            f"{ref} is sold as {', '.join(names)}; choose one with --deployment (`deployment:` in a scenario)"
        )

    def _none(self, ref: str, day: date) -> str:
        known = [f"{each.provider}/{name}" for each in self.offers() for name in each.models]
        return f'no offer for "{ref}" on {day}{meant(ref, known)} (kplan offers list)'

    def prices_of(self, offer: Offer, ref: str, day: date) -> tuple[UnitPrice, ...]:
        """What its units cost on that day, one price for each term; a later file's over an earlier one's.

        Raises KplanError where there is none on that day, and where a file has two for one term.
        """
        model = ref.partition("/")[2]
        found: dict[str, UnitPrice] = {}
        for file in self.files:
            own: dict[str, UnitPrice] = {}
            for each in file.prices:
                if each.is_of(offer, model) and each.about.holds_on(day):
                    if each.term in own:
                        raise KplanError(
                            f"two prices of {offer.id} for {each.term} on {day}; end one of them"
                        )
                    own[each.term] = each
            found |= own
        if not found:
            raise KplanError(f"no price for {offer.id} on {day}; put yours into a file of offers")
        return tuple(found.values())

    def stale(self, today: date, after_days: int = STALE_AFTER_DAYS) -> Iterator[str]:
        """A sentence for each source whose figures were read too long ago, or nobody knows when."""
        seen: dict[str, None] = {}
        rows: tuple[tuple[str, Source], ...] = (
            *((each.provider, each.about) for each in self.offers()),
            *((each.provider, each.about) for each in self.prices()),
        )
        for provider, about in rows:
            if about.valid_to and about.valid_to <= today:
                continue
            on, source = about.checked_on, about.source or "no source"
            if on is None:
                seen[f"offers of {provider} were read on a day that is not known ({source})"] = None
            elif (today - on).days > after_days:
                seen[f"offers of {provider} were read on {on}, {(today - on).days} days ago ({source})"] = (
                    None
                )
        yield from seen


def _refuse_two(ref: str, offers: Sequence[Offer]) -> None:
    parts: dict[str, Offer] = {}
    for offer in offers:
        other = parts.setdefault(offer.part, offer)
        if other is not offer:
            raise KplanError(f"two offers claim {ref} at once: {other.id} and {offer.id}")


def load_offers(paths: Sequence[Path] = ()) -> OfferBook:
    """The offers that kplan brings with the given files laid over them, later over earlier.

    A user's file may hold offers whose prices kplan knows, and prices (a contract's) of offers that it knows.
    Raises KplanError with every problem of a file.
    """
    own = [read_offers(path) for path in sorted((folder("pricing") / _FOLDER).glob("*.yaml"))]
    known = [price for each in own for price in each.prices]
    return OfferBook((*own, *(read_offers(path, known) for path in paths)))

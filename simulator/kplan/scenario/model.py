"""What a scenario file holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from kplan.errors import KplanError, Mark, Problem
from kplan.form.numbers import clipped
from kplan.kinds.choice import ANY, Shares
from kplan.kinds.fields import Flag, Mode, text_of, written_as
from kplan.kinds.on_use import OnUse
from kplan.money import ONE, ZERO
from kplan.scenario.bounds import Check
from kplan.scenario.buys import OffersInUse
from kplan.scenario.claims import Claim
from kplan.scenario.designs import Design, QueryClass
from kplan.scenario.fields import Day, Files, Refs, Span, Surcharge, Text, UsdPerMonth, Written
from kplan.scenario.fingerprint import content_sha256, files_named, that_costs
from kplan.scenario.latency import ModelSpeed, Target
from kplan.scenario.monthly import Contract, Fixed
from kplan.scenario.names import dotted
from kplan.scenario.params import Param
from kplan.scenario.placed import Laid
from kplan.scenario.prompt_caches import PromptCache
from kplan.scenario.quality import Quality
from kplan.scenario.settings import SOURCE
from kplan.scenario.stages import AnyStage
from kplan.scenario.tokenizers import Tokenizer
from kplan.scenario.traffic import LimitsInUse, Traffic
from kplan.scenario.tree import Mapping, Place, Scalar, found, plain
from kplan.scenario.values import Values
from kplan.scenario.volume import Profile, Volume

ONLY_CLASS = "all"
"""What the one class of queries is called in a scenario without a mix."""


def _version(written: object) -> int:
    if str(written).strip() != "1":
        raise KplanError(f"`{clipped(text_of(written, '1'))}`: this kplan reads scenarios of version 1")
    return 1


class Prices(Written):
    """Which prices hold."""

    freeze: Day | None = Field(None, description="The prices of this day hold for the whole plan.")
    known_on: Day | None = Field(None, description="Only prices recorded by this day count.")
    book: Files = Field((), description="Your own price book or books, relative to this file.")
    mode: Mode = Field("standard", description="Service tier of stages that do not say their own.")
    region: Text = Field("", description="Region of stages that do not say their own.")


class Scenario(Written):
    """A pipeline, its traffic, and the designs to compare."""

    kplan: Annotated[int, written_as(_version), WithJsonSchema({"const": 1})] = Field(
        1, description="Version of the scenario language."
    )
    name: Text = Field("", description="Title of the scenario.")
    include: Files = Field((), description="Files that this one is laid over, relative to it.")
    months: Span | None = Field(
        None, description="24, or 2026-11..2027-04: short for volume's months and start."
    )
    volume: Volume = Field(description="Queries: 250_000/month, 8_000/day, or the long form.")
    params: dict[str, Param] = Field({}, description="Numbers with names, for use in expressions.")
    mix: dict[str, OnUse[QueryClass]] = Field(
        {}, description="Classes of queries, with shares that add to 1."
    )
    stages: dict[str, AnyStage] = Field(description="The pipeline, in order.", min_length=1)
    designs: dict[str, OnUse[Design]] = Field(description="The designs to compare.", min_length=1)
    baseline: Text | None = Field(None, description="Design that savings are counted against.")
    in_use: Text | None = Field(None, description="Design that runs now: it counts in totals of a folder.")
    candidates: Refs = Field((), description="Further models to compare, one everywhere.")
    singles: Flag = Field(True, description="Add a design for each model named, that model everywhere.")
    budget: UsdPerMonth | None = Field(None, description="Most that a month may cost: $20_000/month.")
    tokenizers: dict[str, OnUse[Tokenizer]] = Field(
        {}, description="Models (also as globs) that make more tokens of the same text: {claude-x*: 1.35}."
    )
    prompt_caches: dict[str, OnUse[PromptCache]] = Field(
        {}, description="Beginnings of prompts that providers keep, by name; stages name them as `prefix`."
    )
    tiers: dict[str, Refs] = Field(
        {},
        description="Models by how good they are declared to be, the least first: {fast: [...], mid: [...]}.",
    )
    quality: Quality | None = Field(None, description="Measured accuracies, and what is asked of them.")
    latency: dict[str, OnUse[ModelSpeed]] = Field(
        {}, description="How fast models are (also as globs, * for all others): {claude-x: 450ms + 140/s}."
    )
    targets: dict[str, OnUse[Target]] = Field(
        {}, description="Times and costs that queries should keep, by class or for `all`: {all: {p95: 2s}}."
    )
    contingency: Surcharge = Field(ZERO, description="Surcharge on all costs: 10%.")
    fixed: dict[str, Fixed] = Field({}, description="Monthly costs that do not depend on the traffic.")
    contracts: dict[str, OnUse[Contract]] = Field(
        {}, description="Fees, minimums, allowances, commitments and volume discounts of vendors."
    )
    tags: dict[str, Text] = Field({}, description="Labels for cost reports: team, cost_centre.")
    prices: OnUse[Prices] = Field(default_factory=Prices, description="Which prices hold.")
    profile: OnUse[Profile] | None = Field(None, description="Hours of the week in which queries come.")
    traffic: OnUse[Traffic] | None = Field(
        None, description="How queries spread over the week, and how bursty they are: office-hours."
    )
    limits: OnUse[LimitsInUse] | None = Field(
        None, description="The providers' limits that calls must fit into: {accounts: {anthropic: Scale}}."
    )
    offers: OnUse[OffersInUse] | None = Field(
        None,
        description="Your own offers of provisioned throughput, and contract prices: {book: offers.yaml}.",
    )
    variants: dict[str, dict[str, Any] | None] = Field({}, description="Named changes to this scenario.")
    books: dict[str, Text] = Field({}, description="Named price books for claims, relative to this file.")
    claims: tuple[OnUse[Claim], ...] = Field((), description="Printed figures under audit.")
    checks: tuple[OnUse[Check], ...] = Field((), description="Bounds that figures must keep; `kplan check`.")

    _root: Mapping | None = PrivateAttr(None)
    _chosen: dict[tuple[str, str, str], str] | None = PrivateAttr(None)
    _laid: dict[tuple[str | None, str], Laid] = PrivateAttr(default_factory=dict)

    @field_validator("volume")
    @classmethod
    def _with_months(cls, volume: Volume, info: ValidationInfo) -> Volume:
        """The top-level `months` belong to the volume."""
        span = info.data.get("months")
        if span is None:
            return volume
        said = volume.model_fields_set
        starts_twice = "start" in said and span.start not in (None, volume.start)
        if starts_twice or ("months" in said and volume.months != span.count):
            raise PydanticCustomError("kplan", "months are said twice: at the top and here; leave one out")
        return volume.model_copy(update={"months": span.count, "start": span.start or volume.start})

    def bind(self, root: Mapping) -> None:
        """Remember the tree the scenario was made of, which knows the places."""
        self._root = root

    def __copy__(self) -> Self:
        """What becomes of a copy is laid out anew."""
        copy = super().__copy__()
        copy._laid = {}
        return copy

    def adding(self, designs: dict[str, Design]) -> Scenario:
        """The scenario with more designs; those that it has stay as they are laid out."""
        copy = self.model_copy(update={"designs": {**self.designs, **designs}})
        copy._laid |= self._laid
        return copy

    @property
    def laid(self) -> dict[tuple[str | None, str], Laid]:
        """What `laid_out` has made of it so far, by design and class."""
        return self._laid

    @property
    def considered(self) -> tuple[str, ...]:
        """Models that are named without running anything: candidates, those of tiers, and those measured."""
        tiers = (model for models in self.tiers.values() for model in models)
        measured = (
            (model for scores in self.quality.measured.values() for model in scores) if self.quality else ()
        )
        return (*self.candidates, *tiers, *measured)

    def choosing(self, chosen: dict[tuple[str, str, str], str]) -> Scenario:
        """The scenario with a model for each `cheapest`, by design, class and stage; others are as unsaid."""
        copy = self.model_copy()
        copy._chosen = chosen
        return copy

    def shares_of(self, shares: Shares, design: str, query_class: str, stage: str) -> Shares:
        """The shares, or the model that was chosen in the place of `cheapest`; empty where none was."""
        if self._chosen is None or shares != ANY:
            return shares
        model = self._chosen.get((design, query_class, stage))
        return () if model is None else ((model, ONE),)

    @property
    def budget_usd_per_month(self) -> Decimal | None:
        """Most that a month may cost [USD]."""
        return self.budget

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of queries, in order; one class, `all`, where there is no mix."""
        return tuple(self.mix) or (ONLY_CLASS,)

    def shares(self) -> dict[str, Decimal]:
        """Share of each class of queries [0..1]; they add to 1."""
        if not self.mix:
            return {ONLY_CLASS: ONE}
        values = Values.of(self.params)
        return {name: values.value(item.share) for name, item in self.mix.items()}

    def params_of(self, class_id: str) -> dict[str, Param]:
        """The params as a class of queries sees them: its own expressions in place of the general ones."""
        own = self.mix[class_id].params if class_id in self.mix else {}
        return {name: own[name].like(param) if name in own else param for name, param in self.params.items()}

    def uncertain(self) -> dict[Place, Param]:
        """Every param that states a distribution, by its place."""
        return {place: param for place, param in self.placed_params().items() if param.spreads}

    def placed_params(self) -> dict[Place, Param]:
        """Every param by its place; a class's own value is one of its own."""
        places: dict[Place, Param] = {("params", name): param for name, param in self.params.items()}
        for class_id, own in self.mix.items():
            seen = self.params_of(class_id)
            places |= {("mix", class_id, "params", name): seen[name] for name in own.params if name in seen}
        return places

    def starting(self, start: tuple[int, int]) -> Scenario:
        """The scenario with a first month (year, month), where it says none itself."""
        if self.volume.start is not None:
            return self
        return self.model_copy(update={"volume": self.volume.model_copy(update={"start": start})})

    def mark(self, path: Place) -> Mark | None:
        """Where a value stands, a map or list by its key; as deep as the path leads."""
        last = None
        for key_mark, node in found(self._root, path):
            last = node.mark if isinstance(node, Scalar) else key_mark
        return last or (self._root.mark if self._root else None)

    def key_mark(self, path: Place) -> Mark | None:
        """Where the key of a value stands; as deep as the path leads."""
        marks = [mark for mark, _ in found(self._root, path)]
        return marks[-1] if marks else self.mark(())

    @property
    def tree(self) -> Mapping | None:
        """What the scenario was made of; none for one made in memory."""
        return self._root

    def is_null_over(self, path: Place) -> bool:
        """Whether a null stands here that took the place of a value of a lower layer."""
        nodes = [node for _, node in found(self._root, path)]
        return len(nodes) == len(path) and isinstance(nodes[-1], Scalar) and nodes[-1].replaces

    def problem(self, path: Place, what: str, *, at_key: bool = False) -> Problem:
        """Something wrong at a place, with its mark and as much of the path as the file spells out."""
        depth = len(list(found(self._root, path))) if self._root else len(path)
        return Problem(
            what, self.key_mark(path) if at_key else self.mark(path), dotted(path[: depth or None])
        )

    def file(self, path: Place, name: str) -> Path:
        """A file named in the scenario: relative to the file that names it, or to here if set by `--set`."""
        mark = self.mark(path)
        if mark is None or mark.file == SOURCE:
            return Path(name)
        return Path(mark.file).parent / name

    def price_books(self) -> tuple[Path, ...]:
        """The price books of the scenario, in the order they are laid over one another."""
        is_list = isinstance(self.mark(("prices", "book", 0)), Mark)
        return tuple(
            self.file(("prices", "book", *((n,) if is_list else ())), name)
            for n, name in enumerate(self.prices.book)
        )

    def claim_books(self) -> dict[str, Path]:
        """The price books that claims name."""
        return {key: self.file(("books", key), name) for key, name in self.books.items()}

    def sha256(self, designs: Collection[str] | None = None) -> str:
        """Fingerprint of everything the scenario says, with includes, variant and settings; no paths.

        designs   only what matters to what these cost: not the other designs, nor names, checks or claims;
                  what stands in the files that are named there matters too
        """
        said: Any = plain(self._root) if self._root else self.model_dump(mode="json")
        if designs is not None:
            said = that_costs(said)
            said["designs"] = {name: said["designs"][name] for name in designs if name in said["designs"]}
            files = ((dotted(place), self.file(place, name)) for place, name in files_named(said))
            contents = {place: sha for place, path in files if (sha := content_sha256(path))}
            said |= {"files": contents} if contents else {}
        text = json.dumps(said, ensure_ascii=True, sort_keys=designs is not None)
        return hashlib.sha256(text.encode()).hexdigest()

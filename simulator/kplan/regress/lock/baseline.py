"""Designs as they were locked: what an increase is counted from."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kplan.engine.results import DesignResult, MonthCost, Saving, StageResult
from kplan.errors import KplanError
from kplan.form.numbers import clipped
from kplan.money import ZERO, exact, quotient
from kplan.regress.lock.entry import Entry, EntryId
from kplan.regress.lock.reader import LockFile


class Baseline(Struct, frozen=True, dict=True):
    """The designs of one scenario file as a lock holds them.

    options   words of a command line that name the same lock
    """

    lock: Callable[[], LockFile]
    source: Path
    options: Sequence[str] = ()

    @cached_property
    def _lock(self) -> LockFile:
        return self.lock()

    def locked(self, design: DesignResult) -> DesignResult:
        """The design with the figures that were locked; whatever else it says is as it is now.

        Raises KplanError, with the command that locks it, for one that is not locked.
        """
        entry = self._entry(design.design, design.variant, design)
        whole = entry.per_query_usd
        queries = [month.queries for month in entry.months]
        with exact():
            n_queries = sum(queries, ZERO)
        stages = {stage.id: stage for stage in design.stages}
        return replace(
            design,
            cost_per_query_usd=whole,
            months=tuple(_month(month, design) for month in entry.months),
            total_usd=entry.total_usd,
            total_per_query_usd=quotient(entry.total_usd, n_queries) if n_queries else ZERO,
            saving=self._saving(design, entry),
            stages=tuple(
                _stage(stages[held.id], held.per_query_usd, whole)
                for held in entry.stages
                if held.id in stages
            ),
        )

    def _saving(self, design: DesignResult, entry: Entry) -> Saving | None:
        if design.saving is None:
            return None
        against = design.saving.against.removesuffix(f"@{design.variant}" if design.variant else "")
        other = self._entry(against, design.variant, design)
        with exact():
            usd = other.total_usd - entry.total_usd
        share = quotient(usd, other.total_usd) if other.total_usd else None
        return Saving(design.saving.against, usd, share)

    def _entry(self, name: str, variant: str, asked: DesignResult) -> Entry:
        """The entry of a design; raises KplanError where there is none."""
        if asked.added:
            raise KplanError(f"{clipped(asked.design)} was added by kplan: only designs written are locked")
        id_ = str(EntryId(self._lock.name_of(self.source), name, variant))
        if id_ in self._lock.entries:
            return self._lock.entries[id_]
        layers = [*self.options, *(("--variant", variant) if variant else ())]
        dashes = ["--"] if str(self.source).startswith("-") else []
        command = shlex.join(["kplan", "lock", *layers, *dashes, str(self.source)])
        raise KplanError(f"{clipped(id_, 200)} is not locked in {self._lock.path}; {command} locks it")


def _month(month: MonthCost, design: DesignResult) -> MonthCost:
    budget = design.budget_usd_per_month
    return replace(month, over_budget=budget is not None and month.cost_usd > budget)


def _stage(stage: StageResult, cost_usd: Decimal, whole_usd: Decimal) -> StageResult:
    share = quotient(cost_usd, whole_usd) if whole_usd else ZERO
    return replace(stage, cost_per_query_usd=cost_usd, share=share)

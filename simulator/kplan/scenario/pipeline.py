"""The whole way of a query: the stages of a design as one tree of primitives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from kplan.form.numbers import clipped
from kplan.kinds.block import Block
from kplan.kinds.primitives import Carry, Primitive, Visit, Wait, taken
from kplan.kinds.primitives import Sequence as Steps
from kplan.scenario.placed import PlacedStage

Children = Mapping[str | None, Sequence[PlacedStage]]


def pipeline(placed: Sequence[PlacedStage]) -> Primitive:
    """What a query goes through; every visit of a stage is marked with its name."""
    children = by_block(placed)
    return Steps(tuple(_stage(each, children) for each in children.get(None, ())))


def of_queries(placed: Sequence[PlacedStage]) -> list[PlacedStage]:
    """The stages without those that documents go through."""
    gone = {each.id for each in placed if isinstance(each.stage, Block) and each.stage.per_document}
    kept = []
    for each in placed:
        if each.id in gone or each.stage.inside in gone:
            gone.add(each.id)
        else:
            kept.append(each)
    return kept


def of_documents(placed: Sequence[PlacedStage]) -> Iterator[tuple[PlacedStage, list[PlacedStage]]]:
    """Each block that documents go through, with the stages in it as a pipeline of their own."""
    for block in placed:
        if isinstance(block.stage, Block) and block.stage.per_document:
            held = {block.id}
            stages = []
            for each in placed:
                if each.stage.inside in held:
                    held.add(each.id)
                    at_top = each.stage.inside == block.id
                    stage = each.stage.model_copy(update={"inside": None}) if at_top else each.stage
                    stages.append(replace(each, stage=stage))
            yield block, stages


def by_block(placed: Sequence[PlacedStage]) -> Children:
    """The stages of each block, in order; None for those of the pipeline itself."""
    found: dict[str | None, list[PlacedStage]] = {}
    for each in placed:
        found.setdefault(each.stage.inside, []).append(each)
    return found


def _stage(placed: PlacedStage, children: Children) -> Primitive:
    stage = placed.stage
    if isinstance(stage, Block):
        inside = {each.id: _stage(each, children) for each in children.get(placed.id, ())}
        body: Primitive = stage.arrange(inside)
        after: list[Primitive] = [] if stage.adds is None else [Carry(stage.adds)]
        after += [] if stage.takes is None else [Wait(stage.takes)]
        body = Steps((body, *after)) if after else body
    else:
        body = stage.visited(placed.models)
    visit = Visit(placed.id, body)
    return visit if placed.chance is None else taken(placed.chance, visit)


def block_problems(
    placed: Sequence[PlacedStage], standing: Mapping[str, tuple[str | None, bool]]
) -> Iterator[tuple[PlacedStage, str, str]]:
    """What is wrong with how stages stand in their blocks: the stage, its field, and what to say.

    placed    the stages that are sound by themselves
    standing  of these and all others, the block that each is inside of, and whether it is a block itself
    """
    in_query = {each.id for each in of_queries(placed)}
    for each in placed:
        if each.stage.by_month and each.id in in_query:
            what = f"a stage of kind {each.kind} stands in an ingestion, whose documents it keeps"
            yield each, "kind", what
        parent = each.stage.inside
        if isinstance(each.stage, Block) and each.stage.per_document and parent is not None:
            yield each, "inside", f"a block of kind {each.kind} stands in no other block"
        if parent is not None and parent in standing and not standing[parent][1]:
            yield each, "inside", f"stage {clipped(parent)} is no block: it cannot hold stages"
        if isinstance(each.stage, Block):
            yield from _in_block(each, [name for name, (block, _) in standing.items() if block == each.id])
    yield from _in_contexts(placed)


def _in_block(placed: PlacedStage, inside: Sequence[str]) -> Iterator[tuple[PlacedStage, str, str]]:
    if inside:
        yield from _names(placed, inside)
    else:
        yield placed, "stages", f"block {clipped(placed.id)} of kind {placed.kind} has no stages"


def _in_contexts(placed: Sequence[PlacedStage]) -> Iterator[tuple[PlacedStage, str, str]]:
    """What stages may not say inside a block that carries a context from call to call."""
    by_id = {each.id: each.stage for each in placed}
    for each in placed:
        block = by_id.get(each.stage.inside) if each.stage.inside is not None else None
        while block is not None and not (isinstance(block, Block) and block.carries is not None):
            block = by_id.get(block.inside) if block.inside is not None else None
        for name, what in each.stage.wrong_in(block.carries if isinstance(block, Block) else None):
            yield each, name, what


def _names(placed: PlacedStage, inside: Sequence[str]) -> Iterator[tuple[PlacedStage, str, str]]:
    """Names in the block's own fields that are none of its stages', and what else the kind finds."""
    block = placed.stage
    assert isinstance(block, Block)
    for name in block.by_stage:
        said: Any = getattr(block, name)
        for each in (said,) if isinstance(said, str) else said or ():
            if each not in inside:
                here = name if isinstance(said, (str, tuple)) else f"{name}.{each}"
                yield placed, here, f"no stage `{each}` in block {placed.id}; it holds {', '.join(inside)}"
    for name, what in block.wrong(inside):
        yield placed, name, what

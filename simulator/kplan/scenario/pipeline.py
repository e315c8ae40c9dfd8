"""The whole way of a query: the stages of a design as one tree of primitives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

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


def block_problems(placed: Sequence[PlacedStage]) -> Iterator[tuple[PlacedStage, str, str]]:
    """What is wrong with how stages stand in their blocks: the stage, its field, and what to say."""
    blocks = {each.id: each for each in placed if isinstance(each.stage, Block)}
    children = by_block(placed)
    in_query = {each.id for each in of_queries(placed)}
    for each in placed:
        if each.stage.by_month and each.id in in_query:
            yield (
                each,
                "kind",
                f"a stage of kind {each.kind} stands in an ingestion, whose documents it keeps",
            )
        if isinstance(each.stage, Block) and each.stage.per_document and each.stage.inside is not None:
            yield each, "inside", f"a block of kind {each.kind} stands in no other block"
        parent = each.stage.inside
        if parent is not None and parent not in blocks:
            yield each, "inside", f"stage {parent} is no block: it cannot hold stages"
    for name, block in blocks.items():
        inside = [child.id for child in children.get(name, ())]
        if not inside:
            yield block, "stages", f"block {name} of kind {block.kind} has no stages"
        else:
            yield from _names(block, inside)


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

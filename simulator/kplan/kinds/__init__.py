"""Stage kinds: a new one is one file with its model and its expansion, and one line in `KINDS`."""

from __future__ import annotations

from kplan.kinds.registry import Kinds

KINDS = Kinds(
    {
        "call": "kplan.kinds.call:Call",
        "second_pass": "kplan.kinds.second_pass:SecondPass",
        "embed": "kplan.kinds.embed:Embed",
        "retrieve": "kplan.kinds.retrieve:Retrieve",
        "rerank": "kplan.kinds.rerank:Rerank",
        "tool": "kplan.kinds.tool:Tool",
        "code": "kplan.kinds.code:Code",
        "human": "kplan.kinds.human:Human",
        "steps": "kplan.kinds.steps:Steps",
        "parallel": "kplan.kinds.parallel:Parallel",
        "route": "kplan.kinds.route:Route",
        "loop": "kplan.kinds.loop:Loop",
        "retry": "kplan.kinds.retry:Retry",
        "fallback": "kplan.kinds.fallback:Fallback",
        "answer_cache": "kplan.kinds.answer_cache:AnswerCache",
        "bundles": "kplan.kinds.bundles:Bundles",
        "ingestion": "kplan.kinds.ingestion:Ingestion",
        "storage": "kplan.kinds.storage:Storage",
    }
)
"""What a stage's `kind` may be, and where each lies: it is imported when a scenario names it."""

DEFAULT_KIND = "call"
"""The kind of a stage that does not say one."""

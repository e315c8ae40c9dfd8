"""The further names of a genai-prices model: the literal ones of its match rules, never the patterns."""

from __future__ import annotations

from collections.abc import Iterator

from genai_prices import types


def aliases(provider: types.Provider, model: types.ModelInfo) -> tuple[str, ...]:
    """The literals that mean this model and no other, in the order of the rules.

    A literal counts if the provider itself finds this model by it and it is no other model's id; one that
    ends in a separator (`claude-opus-5@`) is the beginning of names, not a name.
    """
    ids = {other.id.lower() for other in provider.models}
    literals = dict.fromkeys(_literals(model.match))
    return tuple(
        literal
        for literal in literals
        if literal.lower() not in ids
        and literal[-1:].isalnum()
        and not any(c in literal for c in ',|"\n ')
        and provider.find_model(literal) is model
    )


def _literals(rule: types.MatchLogic) -> Iterator[str]:
    if isinstance(rule, types.ClauseEquals):
        yield rule.equals
    elif isinstance(rule, types.ClauseStartsWith):
        yield rule.starts_with
    elif isinstance(rule, types.ClauseOr):
        for part in rule.or_:
            yield from _literals(part)
    elif isinstance(rule, types.ClauseAnd):
        for part in rule.and_:
            yield from _literals(part)

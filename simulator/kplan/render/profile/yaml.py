"""A profile as a scenario that runs: what was logged, with the figures behind each number as comments."""

from __future__ import annotations

from collections.abc import Iterator

from kplan.logs.profile import Profile, StageProfile, TokenProfile
from kplan.render.format import plain_text
from kplan.render.profile.figures import DIGITS, amount, grouped, rounded_to, share, shares
from kplan.render.profile.words import rows_read, seen, skipped_rows, some, when
from kplan.render.yaml_text import plainly, quoted

DESIGN = "as-logged"
EXAMPLE_VOLUME = "100_000/month"
_COLUMN = 30
"""Where comments begin."""
_VOLUME_DIGITS = 3


def render(profile: Profile) -> bytes:
    """The scenario with figures as people read them."""
    return scenario(profile).encode()


def scenario(profile: Profile, digits: int = DIGITS) -> str:
    """The scenario as YAML.

    digits   significant digits of means and shares
    """
    lines = [
        *(f"# {plain_text(line)}" for line in _head(profile)),
        "kplan: 1",
        f"name: {quoted(f'Profile of {profile.file}')}",
        _volume(profile),
        "",
        "stages:",
        *(line for stage in profile.stages for line in _stage(profile, stage, digits)),
        "",
        "designs:",
        f"  {DESIGN}:",
        "    models:",
        *(f"      {plainly(stage.id)}: {_models(stage, digits)}" for stage in profile.stages),
    ]
    return "\n".join(lines) + "\n"


def _head(profile: Profile) -> Iterator[str]:
    yield f"Made by kplan profile from {profile.file}: {rows_read(profile)}."
    yield from (f"Skipped: {line}." for line in skipped_rows(profile))
    yield from (f"{note}." for note in profile.notes)


def _volume(profile: Profile) -> str:
    if profile.traffic is None:
        return _line(f"volume: {EXAMPLE_VOLUME}", "an example: the log does not tell; put your own here")
    per_month = grouped(rounded_to(profile.traffic.queries_per_month, _VOLUME_DIGITS, whole=False))
    return _line(f"volume: {per_month}/month", f"extrapolated from {when(profile.traffic)}")


def _stage(profile: Profile, stage: StageProfile, digits: int) -> Iterator[str]:
    chance = profile.chance(stage)
    yield _line(f"  {plainly(stage.id)}:", some(stage.n_calls, "call"))
    if chance != 1:
        of = f"{stage.n_visits:,} of {some(profile.n_queries, 'query')}"
        yield _line(f"    chance: {share(chance, digits)}", of)
    if stage.calls_per_visit != 1:
        of = f"{some(stage.n_calls, 'call')} in {some(stage.n_visits, 'query')}"
        yield _line(f"    calls: {amount(stage.calls_per_visit, digits)}", of)
    for name, tokens in stage.tokens.items():
        if written := _tokens(stage, name, tokens, digits):
            yield _line(f"    {name}: {written}", f"tokens: {seen(tokens)}")


def _tokens(stage: StageProfile, name: str, tokens: TokenProfile, digits: int) -> str:
    """What the field of a stage holds; empty where it says nothing."""
    if name in ("input", "output"):
        return tokens_of_a_call(tokens, digits)
    if not tokens.total:
        return ""
    if name == "reasoning":
        return tokens_of_a_call(tokens, digits)
    is_one_of_two = stage.part("cached") and stage.part("cache_write")
    return share(stage.part(name), digits, down=bool(is_one_of_two))


def tokens_of_a_call(tokens: TokenProfile, digits: int) -> str:
    """The tokens of a call as a scenario writes them: their mean."""
    return amount(tokens.mean, digits)


def _models(stage: StageProfile, digits: int) -> str:
    if len(stage.models) == 1:
        return plainly(stage.models[0].model)
    written = shares([use.n_calls for use in stage.models], digits)
    mix = (f"{plainly(use.model)}: {each}" for use, each in zip(stage.models, written, strict=True))
    return f"{{{', '.join(mix)}}}"


def _line(text: str, comment: str) -> str:
    return f"{text.ljust(_COLUMN)}  # {plain_text(comment)}"

"""Stage kinds: the registry, and what each kind expands into."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from kplan.errors import KplanError
from kplan.form.expressions import Number, parse
from kplan.kinds import DEFAULT_KIND, KINDS
from kplan.kinds.call import Call
from kplan.kinds.choice import ModelChoice
from kplan.kinds.primitives import Charge, Repeat
from kplan.kinds.second_pass import SecondPass
from kplan.kinds.usage import Usage

MODELS = (("m", Decimal(1)),)


def test_every_kind_is_registered_under_its_name() -> None:
    assert DEFAULT_KIND in KINDS
    for name, kind in KINDS.items():
        assert kind.model_fields["kind"].annotation.__args__ == (name,)


def test_a_field_is_a_part_of_a_whole_in_all_kinds_or_in_none() -> None:
    """The first kind that has a field says whether it is shown in percent, without a look at the others."""
    assert KINDS.with_field("no such field") is None
    for kind in KINDS.values():
        for name in {*kind.model_fields, *kind.parts, *kind.units}:
            first = KINDS.with_field(name)
            assert first is not None, name
            assert name not in kind.parts or name in first.parts, name


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        ("documents", "documents"),  # of a call for `rerank`, of the whole corpus for `ingestion`
        ("new_per_month", "documents per month"),
        ("input", "tokens per call"),
        ("no such field", ""),
    ],
)
def test_a_field_has_the_unit_that_all_kinds_agree_on(field: str, unit: str) -> None:
    assert KINDS.unit_of(field) == unit


def test_no_kind_has_another_unit_for_a_field_than_is_told() -> None:
    """But that it may say `per call`, where the field is a whole elsewhere."""
    for kind in KINDS.values():
        for field, unit in kind.units.items():
            assert unit.removeprefix(KINDS.unit_of(field)) in ("", " per call"), (kind, field)


def test_a_call_is_a_repeated_charge() -> None:
    """{input: 10, output: 5, cached: 40%, calls: chunks, retries: 2%, chance: redo, mode: batch}"""
    stage = Call.model_validate(
        {
            "input": "10",
            "output": "5",
            "cached": "40%",
            "calls": "chunks",
            "retries": "2%",
            "chance": "redo",
            "mode": "batch",
        }
    )
    totals = {"input": parse("10"), "cache_read": parse("10 * 40%"), "output": parse("5")}
    charge = Charge(MODELS, "batch", "", Usage(totals), reads_context=True)
    times = parse("chunks * (1 + 2%)")
    assert stage.visited(MODELS) == Repeat(charge, times, at_once=True, again=parse("2%"))
    assert charge.usage.buckets["input"] == parse("10 - 10 * 40%")


def test_a_plain_call_is_made_once() -> None:
    expanded = Call.model_validate({"input": "10", "output": "5"}).visited(MODELS)
    assert isinstance(expanded, Repeat)
    assert expanded.times == Number(Decimal(1))


def test_a_call_without_tokens_cannot_be_expanded() -> None:
    with pytest.raises(ValueError, match="without input or output"):
        Call.model_validate({"input": "10"}).expand(MODELS)


def test_a_second_pass_needs_a_chance_and_a_first_pass() -> None:
    whole = {"kind": "second_pass", "chance": "8%", "like": "a", "input": "1", "output": "1"}
    assert SecondPass.model_validate(whole).expand(MODELS) == Call.model_validate(
        {"chance": "8%", "input": "1", "output": "1"}
    ).expand(MODELS)
    for missing in ("chance", "like"):
        with pytest.raises(ValidationError):
            SecondPass.model_validate({key: value for key, value in whole.items() if key != missing})


def test_model_choices() -> None:
    assert ModelChoice.of("m").for_class("any") == MODELS
    half = ModelChoice.of({"m": "50%", "n": "0.5"})
    assert half.for_class("any") == (("m", Decimal("0.5")), ("n", Decimal("0.5")))
    by_class = ModelChoice.of({"easy": "m", "hard": {"m": "30%", "n": "70%"}})
    assert by_class.for_class("easy") == MODELS
    assert by_class.for_class("hard") == (("m", Decimal("0.3")), ("n", Decimal("0.7")))
    assert by_class.for_class("other") == ()
    assert list(by_class.refs()) == ["m", "m", "n"]
    assert ModelChoice.of(half) is half


@pytest.mark.parametrize(
    "written",
    [None, "", " ", [], {}, {"m": "50%"}, {"m": "150%", "n": "-50%"}, {"m": "50%", "n": "x"}, {"a": {}}],
)
def test_other_choices_are_refused(written: object) -> None:
    with pytest.raises(KplanError):
        ModelChoice.of(written)

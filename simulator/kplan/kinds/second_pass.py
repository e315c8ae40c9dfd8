"""`second_pass`: a stage that only some queries take, after another one or once more like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from kplan.form.expressions import Expression, substituted
from kplan.kinds.call import ModelCall
from kplan.kinds.fields import Amount, Share
from kplan.quality.joint import FIRST_RIGHT, FIXES_WRONG, KEEPS_RIGHT
from kplan.quality.verifier import NEEDED, REJECTED

CheckKey: TypeAlias = Literal[
    "right",
    "accepts_right",
    "catches_wrong",
    "fixes_wrong",
    "keeps_right",
    "second_right",
    "accuracy",
    "again_accepts_right",
    "again_catches_wrong",
]
JointKey: TypeAlias = Literal["both", "first_only", "second_only", "neither"]
_CASES = ("both", "first_only", "second_only", "neither")
_ANSWERED = ("fixes_wrong", "keeps_right")


class SecondPass(ModelCall):
    """Calls to a model that a share of the queries takes: stated, or what a verifier's accuracies come to."""

    parts = (*ModelCall.parts, "check")
    units: ClassVar[Mapping[str, str]] = {**ModelCall.units, **dict.fromkeys(_CASES, "cases")}

    kind: Literal["second_pass"] = Field(description="A call that only some queries take.")
    chance: Share | None = Field(
        None,
        description="Share of the queries that take the second pass, 0 to 1; follows from `check` if that is"
        " said.",
    )
    check: dict[CheckKey, Share] = Field(
        {},
        description="Who sends queries here, as shares: right (first answers), accepts_right (P(accepted |"
        " right)), catches_wrong (P(rejected | wrong)); fixes_wrong and keeps_right (P(second right | first"
        " wrong, right)), or second_right for both; accuracy that is claimed for what is served; a second"
        " check that holds answers back: again_accepts_right, again_catches_wrong.",
    )
    joint: dict[JointKey, Amount] = Field(
        {},
        description="Cases that both models, the first or the second only, or neither got right: right,"
        " fixes_wrong and keeps_right follow.",
    )
    corrects: str | None = Field(
        None, description="Stage whose answers it replaces, for the quality of the whole; `like` unless said."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.after is None and self.like is None:
            raise PydanticCustomError(
                "kplan", "a second_pass must say what it follows: add `after: STAGE` or `like: STAGE`"
            )
        if self.check or self.joint:
            self._refuse_parts()
        elif self.chance is None:
            raise _wrong("chance", "missing")
        self._derive()
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; one with other accuracies has another chance."""
        copy = super().model_copy(update=update, deep=deep)
        copy._derive()
        return copy

    @property
    def is_derived(self) -> bool:
        """Whether the chance is not stated but follows from the accuracies."""
        return "chance" not in self.model_fields_set

    @property
    def is_independent(self) -> bool:
        """Whether the second answer is taken to be as often right where the first was wrong."""
        return "second_right" in self.check and not all(key in self.check for key in _ANSWERED)

    def accuracies(self) -> dict[str, Expression]:
        """All that is said of the check, and what follows of it from the joint cases."""
        said: dict[str, Expression] = {str(key): value for key, value in self.check.items()}
        if self.joint:
            cases = {str(key): value for key, value in self.joint.items()}
            formulas = {"right": FIRST_RIGHT, "fixes_wrong": FIXES_WRONG, "keeps_right": KEEPS_RIGHT}
            said = {name: substituted(formula, cases) for name, formula in formulas.items()} | said
        if "second_right" in said:
            said = dict.fromkeys(_ANSWERED, said["second_right"]) | said
        return said

    def _derive(self) -> None:
        """Fill in the chance where none is stated; a copy's fields said stay those of the file."""
        if not self.is_derived:
            return
        said = self.accuracies()
        if "catches_wrong" not in said:
            said["catches_wrong"] = substituted(NEEDED, said)
        object.__setattr__(self, "chance", substituted(REJECTED, said))

    def _refuse_parts(self) -> None:
        """Raise ValidationError for accuracies from which nothing follows, or that are said twice."""
        if self.joint and (missing := [name for name in _CASES if name not in self.joint]):
            raise _wrong("joint", f"`joint` needs all four cases; {', '.join(missing)} missing")
        if self.joint and (twice := [key for key in (*_ANSWERED, "second_right") if key in self.check]):
            raise _wrong("check", f"`{twice[0]}` follows from `joint`; leave one of them out")
        said = self.accuracies()
        for name, otherwise in (("right", ", or `joint` at the stage"), ("accepts_right", "")):
            if name not in said:
                raise _wrong("check", f"`check` needs `{name}`{otherwise}")
        if "accuracy" in said and not all(key in said for key in _ANSWERED):
            what = "an accuracy needs fixes_wrong and keeps_right, or second_right, or `joint` at the stage"
            raise _wrong("check", what)
        if "catches_wrong" not in said and self.chance is None and "accuracy" not in said:
            what = (
                "`check` needs `catches_wrong`, or the `accuracy` that it is to reach, or `chance` is stated"
            )
            raise _wrong("check", what)
        if ("again_accepts_right" in said) != ("again_catches_wrong" in said):
            raise _wrong("check", "a second check needs both again_accepts_right and again_catches_wrong")


def _wrong(field: str, what: str) -> ValidationError:
    """An error of one field, where pydantic would give one of the whole stage."""
    kind: str | PydanticCustomError = what
    if what != "missing":
        kind = PydanticCustomError("kplan", "{what}", {"what": what})
    details: list[InitErrorDetails] = [{"type": kind, "loc": (field,), "input": None}]
    return ValidationError.from_exception_data("second_pass", details)

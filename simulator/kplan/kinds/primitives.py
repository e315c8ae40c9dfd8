"""What every stage kind expands into: the building blocks that all interpreters read, and nothing else.

Six say what happens: `Charge`, `Branch`, `Repeat`, `Parallel`, `Context` with `Carry`, and the `prefixes` of
a charge, which are the state of the prompt cache. The others say in which order: `Sequence`, `Visit`, and
`Fail` with `Catch`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from kplan.form.expressions import Apply, Expression, Number
from kplan.kinds.usage import Usage
from kplan.money import ONE, ZERO


class Charge(Struct, frozen=True):
    """One call to one of these models or services."""

    models: tuple[tuple[str, Decimal], ...]
    """Model names with the share of the calls each takes; the shares add to 1."""
    mode: str
    """Service tier; empty for the scenario's own."""
    region: str
    """Where the call runs; empty for the scenario's own."""
    usage: Usage
    """What the call uses."""
    prefixes: tuple[str, ...] = ()
    """Prompt caches that its input begins with, one behind the other: the state that calls leave behind."""
    reads_context: bool = False
    """Whether it stands in the context around it: that comes before its own input, and its tokens stay."""
    adds: Expression | None = None
    """Tokens that stay in the context; None for its input and its visible output."""


class Wait(Struct, frozen=True):
    """Time that passes and costs nothing [s]."""

    seconds: Expression


class Branch(Struct, frozen=True):
    """One of several ways, each taken with its chance [0..1]; with what is left of 1 the other way."""

    options: tuple[tuple[Expression, Primitive], ...]
    otherwise: Primitive | None
    """None where the chances add to 1."""


class Repeat(Struct, frozen=True):
    """The body several times: a number, or on and on until it stops.

    times    how often; a fraction is the chance of one more time
    stop     chance after each time that it was the last, instead of `times`
    most     at most so often; needed with `stop`
    at_once  all times at the same moment, which matters to the clock alone
    again    with `at_once`: chance that each is followed by one more, which `times` counts already; so
             times / (1 + again) begin at the same moment
    """

    body: Primitive
    times: Expression | None = None
    stop: Expression | None = None
    most: int | None = None
    at_once: bool = False
    again: Expression | None = None


class Parallel(Struct, frozen=True):
    """Arms that start together and are waited for; none sees what another one does."""

    arms: tuple[Primitive, ...]


class Context(Struct, frozen=True):
    """A body in which tokens are carried from call to call; calls that read the context add themselves."""

    initial: Expression
    """Tokens before the first call: system prompt, tool schemas."""
    body: Primitive
    cache: str = ""
    """How long the provider keeps it, `5m` or `1h`; empty for not at all."""


class Carry(Struct, frozen=True):
    """Tokens that join the innermost context around, as the answer of a tool does."""

    tokens: Expression


class Sequence(Struct, frozen=True):
    """Items one after the other; what fails ends it."""

    items: tuple[Primitive, ...]


class Visit(Struct, frozen=True):
    """One execution of a stage."""

    stage: str
    body: Primitive


class Part(Struct, frozen=True):
    """A body of which only a share is billed, since it breaks off."""

    share: Expression
    body: Primitive


class Fail(Struct, frozen=True):
    """The end of everything around it, up to what catches it; uncaught, the query stops here."""


class Catch(Struct, frozen=True):
    """A body, and what happens if it fails."""

    body: Primitive
    otherwise: Primitive


Primitive: TypeAlias = (
    Charge | Wait | Branch | Repeat | Parallel | Context | Carry | Sequence | Visit | Part | Fail | Catch
)

NOTHING = Sequence(())
"""No step at all."""


def taken(chance: Expression, body: Primitive, otherwise: Primitive = NOTHING) -> Branch:
    """The body with this chance, else the other way."""
    return Branch(((chance, body),), otherwise)


def repeated(calls: Expression, retries: Expression, charge: Charge) -> Repeat:
    """Repeat(calls x (1 + retries)) of one charge: the calls at once, a retry behind its call."""
    once = retries == Number(ZERO)
    times = calls if once else Apply("multiply", (calls, Apply("add", (Number(ONE), retries))))
    return Repeat(charge, times, at_once=True, again=None if once else retries)


def inside(body: Primitive) -> Iterator[Primitive]:
    """The body and everything in it, parents first."""
    pending = [body]
    while pending:
        here = pending.pop()
        yield here
        pending.extend(reversed(parts(here)))


def parts(body: Primitive) -> tuple[Primitive, ...]:
    """What a body is put together from; nothing of a leaf."""
    if isinstance(body, Branch):
        other = () if body.otherwise is None else (body.otherwise,)
        return (*(option for _, option in body.options), *other)
    if isinstance(body, Parallel):
        return body.arms
    if isinstance(body, Sequence):
        return body.items
    if isinstance(body, (Repeat, Context, Visit, Part)):
        return (body.body,)
    return (body.body, body.otherwise) if isinstance(body, Catch) else ()


def forgets(body: Primitive, is_in_context: bool) -> bool:
    """Whether each time through the body is like the first: it neither remembers nor fails."""
    return not any(
        isinstance(each, (Fail, Carry))
        or (isinstance(each, Charge) and (each.prefixes or (is_in_context and each.reads_context)))
        for each in inside(body)
    )

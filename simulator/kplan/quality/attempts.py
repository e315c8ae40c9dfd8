"""Trying again until a verifier accepts: how often that ends well, and how many attempts it takes."""

from __future__ import annotations

from decimal import Decimal

from kplan.errors import KplanError
from kplan.money import ONE, ZERO, cut, exact, quotient

MAX_ATTEMPTS = 10_000


def accepted_within(accepted: Decimal, n_attempts: int) -> Decimal:
    """Chance that one of n attempts is accepted, 1 - (1-a)^n [0..1], attempts being independent.

    accepted   chance that one attempt is accepted, a = gs + (1-g)f
    The precision of what is accepted stays g s / a whatever n: retries raise coverage alone.
    """
    with exact():
        return ONE - _power(ONE - accepted, n_attempts)


def expected_attempts(accepted: Decimal, n_attempts: int) -> Decimal:
    """Attempts made on average, stopping at the first accepted or after n: (1 - (1-a)^n) / a.

    The mean of a geometric count cut at n; n itself where nothing is ever accepted.
    """
    if not accepted:
        return Decimal(_checked(n_attempts))
    return quotient(accepted_within(accepted, n_attempts), accepted)


def all_wrong(alpha: Decimal, beta: Decimal, n_attempts: int) -> Decimal:
    """Chance that n attempts at one query are all wrong where its own accuracy is Beta(alpha, beta).

    B(alpha, beta + n) / B(alpha, beta) = product of (beta + i) / (alpha + beta + i), i = 0 to n - 1: the
    beta-binomial distribution at no success. Queries that are hard stay hard, so this lies above
    (1 - mean)^n, which holds for attempts that are independent.
    """
    if alpha <= 0 or beta <= 0:
        raise KplanError("both parameters of a Beta distribution are above 0")
    product = ONE
    with exact():
        for n in range(_checked(n_attempts)):
            product = cut(product * quotient(beta + n, alpha + beta + n))
    return product


def _power(base: Decimal, n: int) -> Decimal:
    product = ONE
    for _ in range(_checked(n)):
        product = cut(product * base)
        if product == ZERO:
            break
    return product


def _checked(n_attempts: int) -> int:
    if not 1 <= n_attempts <= MAX_ATTEMPTS:
        raise KplanError(f"{n_attempts} attempts; 1 to {MAX_ATTEMPTS:,} are allowed")
    return n_attempts

"""Exact values by other ways than the ones under test: Fractions, and chains solved state by state."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import numpy as np


def erlang_b(load: Fraction, servers: int) -> Fraction:
    """(a^c / c!) / sum over k <= c of a^k / k!: Erlang's sum itself, without a recursion."""
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def erlang_c(load: Fraction, servers: int) -> Fraction:
    """The share of the states with all servers busy, from the sum over all states of the M/M/c chain."""
    below = [load**k / factorial(k) for k in range(servers)]
    above = load**servers / factorial(servers) / (1 - load / servers)
    return above / (sum(below) + above)


def mmc_states(load: float, servers: int, states: int) -> np.ndarray:
    """The chances of 0, 1, 2... calls in an M/M/c queue: its balance equations, cut and solved."""
    rates = np.zeros((states, states))
    for n in range(states - 1):
        rates[n, n + 1] = load
        rates[n + 1, n] = min(n + 1, servers)
    np.fill_diagonal(rates, -rates.sum(axis=1))
    return standing(rates)


def mdc_waiting(load: float, servers: int, states: int) -> np.ndarray:
    """The chances of 0, 1, 2... waiting in M/D/c, from one service time to the next, cut and solved."""
    came = np.array([1.0])
    for n in range(1, states + servers + 1):
        came = np.append(came, came[-1] * load / n)
    came *= np.exp(-load)
    moves = np.zeros((states, states))
    for waiting in range(states):
        for n, chance in enumerate(came):
            moves[waiting, min(max(0, waiting + n - servers), states - 1)] += chance
    return standing(moves - np.eye(states))


def standing(rates: np.ndarray) -> np.ndarray:
    """The chances that a chain with these rates, or moves less 1, keeps: p Q = 0, and they add up to 1."""
    system = rates.T.copy()
    system[-1] = 1.0
    return np.linalg.solve(system, np.r_[np.zeros(len(rates) - 1), 1.0])

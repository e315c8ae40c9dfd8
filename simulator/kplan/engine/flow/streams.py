"""Random numbers with names: the same name in the same chunk is the same stream, whatever else is drawn."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from msgspec import Struct


class Streams(Struct, frozen=True):
    """The streams of one chunk of queries.

    Each is seeded by (seed, chunk, name), so that designs which share a name share its numbers (common
    random numbers), a stage more leaves those of the others, and chunks may be drawn in any order.
    Source: L'Ecuyer, Simon et al., Random Number Generation with Multiple Streams, on seeding by hashing;
    numpy SeedSequence (spawn_key), after O'Neill's seed_seq_fe128.
    """

    seed: int
    chunk: int

    def of(self, name: str) -> np.random.Generator:
        """The stream of a name, from its beginning."""
        key = np.random.SeedSequence(self.seed, spawn_key=(self.chunk, crc32(name.encode())))
        return np.random.Generator(np.random.PCG64DXSM(key))

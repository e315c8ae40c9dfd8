"""Files of measured curves: one reader a format, and one line in this table."""

from __future__ import annotations

from kplan.capacity.fleet.readers.aiperf import AIPERF
from kplan.capacity.fleet.readers.aiperf_csv import AIPERF_CSV
from kplan.capacity.fleet.readers.guidellm import GUIDELLM
from kplan.capacity.fleet.readers.reader import Reader
from kplan.capacity.fleet.readers.table import TABLE
from kplan.capacity.fleet.readers.vllm import VLLM

READERS: tuple[Reader, ...] = (VLLM, GUIDELLM, AIPERF, AIPERF_CSV, TABLE)
"""In the order in which a content is tried; a new format is one line here and one module."""

"""For tests of scenarios: what the fixture `kplan` of kplan's pytest plugin is."""

from __future__ import annotations

from kplan.testing.fixture import Kplan, SimulatedDesign

__all__ = ["Kplan", "SimulatedDesign"]

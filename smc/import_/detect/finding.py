"""What was found, how sure it is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """``why`` is the evidence in words; it never holds a value of the file, for feeds are kept in git."""

    value: T
    why: str
    sure: bool = True

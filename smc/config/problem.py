"""Mistakes in a project, as values with a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a project file; line and column count from 1, 0 means the whole file."""

    file: Path
    line: int = 0
    column: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where it is, what is wrong, and what to write instead."""

    place: Place
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.message}"]
        if self.place.text.strip():
            lines.append(f"    {self.place.text}")
            lines.append(f"    {' ' * (self.place.column - 1)}^")
        if self.remedy:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)


def sentence(text: str) -> str:
    """A message as a sentence; a key or a quoted word keeps its small letter."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    begun = text[:1].upper() + text[1:] if first.isalpha() else text
    return begun if begun.endswith((".", "!", "?", "…")) else f"{begun}."


def nearest(name: str, names: Iterable[str]) -> str:
    """A remedy line for a name that is not known: the nearest valid ones, or all when there are few."""
    known = sorted(set(names))
    close = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    if not known:
        return "None is defined yet."
    return f"Known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}."  # noqa: PLR2004 - a line's worth

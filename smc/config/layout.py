"""Where everything stands in one YAML file: the answer to "which line was that?"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from smc.config.problem import Place

Keys = tuple[str | int, ...]
"""A way through a YAML file: keys of mappings and numbers of list items."""

_SECRET_KEY = re.compile(r"(?i)secret|password|token|passwd|api_?key")
_SECRET_VALUE = re.compile(r"(?i)((?:secret|password|token|passwd|api_?key)\w*[\"']?\s*[:=]\s*)(?![\"']?\$\{)(\S.*)")
_IN_ADDRESS = re.compile(r"([^\s\"'{,/@]{1,100}:)(?!\$\{)([^\s\"'@]{1,200})(?=@)")
"""``user:password@``"""
_WIDEST = 150
_LOOKED_AT = 1000
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Item:
    """One value: its kind, where it and its key begin (from 1), and a scalar's own text before secrets are put in."""

    kind: Literal["mapping", "list", "text", "number", "boolean", "nothing"]
    line: int
    column: int
    key: tuple[int, int] | None = None
    flow: bool = True
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """All items of a file by their way; ``lines`` is the text as the user sees it."""

    file: Path
    lines: tuple[str, ...]
    items: dict[Keys, Item] = field(default_factory=dict)

    def at(self, line: int, column: int) -> Place:
        """A place by its numbers, with the line's text; secrets typed into the file are starred out."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        text = text[:_LOOKED_AT].replace("\t", "→")
        for pattern in (_SECRET_VALUE, _IN_ADDRESS):
            text = pattern.sub(lambda found: found[1] + "*" * len(found[2]), text)
        text = text.rstrip()
        if len(text) > _WIDEST:
            text = text[: _WIDEST - 1] + "…" if column < _WIDEST else ""
        return Place(self.file, line, column, text)

    def place(self, path: Keys) -> Place:
        """Where a scalar stands, or where the key of a mapping or list stands. Unknown ways give the nearest known."""
        item = self.items.get(path)
        if item is None:
            return self.place(path[:-1]) if path else Place(self.file)
        if item.key is not None and not item.flow:
            return self.at(*item.key)
        return self.at(item.line, item.column)

    def key_place(self, path: Keys) -> Place:
        """Where the key itself stands."""
        item = self.items.get(path)
        return self.at(*item.key) if item is not None and item.key is not None else self.place(path)

    def keys(self, path: Keys) -> list[str]:
        """The keys of a mapping as written, in their order."""
        size = len(path)
        return [str(way[-1]) for way in self.items if len(way) == size + 1 and way[:size] == path]

    def kind(self, path: Keys) -> str:
        item = self.items.get(path)
        return item.kind if item else "nothing"

    def describe(self, path: Keys) -> str:
        """What stands there, in words, with secrets left out."""
        item = self.items.get(path)
        match item.kind if item else "nothing":
            case "mapping":
                return "keys with values"
            case "list":
                return "a list"
            case "nothing":
                return "nothing"
            case kind:
                raw = item.raw if item else ""
                if any(_SECRET_KEY.search(str(key)) for key in path):
                    return f"a {kind}"
                short = raw if len(raw) <= _SHOWN else raw[: _SHOWN - 1] + "…"
                return f"the {kind} '{short}'" if kind == "text" else short

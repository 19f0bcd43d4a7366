"""One rule that is in no project yet, from a file of its own: the rule alone, or with ``title`` and ``rule``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from smc.config.document import Document, checked
from smc.config.layout import Layout
from smc.config.problem import Place, Problem
from smc.config.secret import Secrets
from smc.config.specs.base import Spec
from smc.config.specs.rule import Rule
from smc.config.yaml import parse_yaml


class UnsavedRule(Spec):
    """What stands below the name of a segment."""

    title: str | None = None
    rule: Rule


def parse_rule(text: str, file: Path) -> tuple[Document[UnsavedRule] | None, list[Problem]]:
    """The document, or every problem with its place. ``file`` only names the text."""
    layout, data, problems = parse_yaml(text, file, Secrets(file.parent))
    if isinstance(data, dict) and "segments" in data:
        remedy = "Give one rule: what stands below a segment's 'rule:'. Or validate the file and use segment count."
        return None, [Problem(layout.key_place(("segments",)), "This file has segments, not a rule.", remedy)]
    if data is None and not problems:
        return None, [
            Problem(Place(file), "There is no rule here.", "Write one, such as: metric: {name: receipts, at_least: 3}")
        ]
    if isinstance(data, dict) and not {"rule", "title"} & data.keys():
        layout, data = _below(layout, "rule"), {"rule": data}
    reading = checked(UnsavedRule, layout, data, problems)
    return reading.document, reading.problems


def _below(layout: Layout, key: str) -> Layout:
    """The same places, of values that stand below a key that nobody wrote."""
    items: dict[Any, Any] = {(key, *path): item for path, item in layout.items.items()}
    return replace(layout, items={(): layout.items[()], **items})

"""A proposal as the YAML of a feed: what is unsure is marked, and each line says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from smc.import_.detect.finding import Finding
from smc.import_.detect.propose import Proposal

_UNSURE = "UNSURE: "


def as_yaml(proposal: Proposal, title: str) -> str:
    """A whole file of ``feeds/``. The source is the folder ``inbox``; the pattern is the name of the file."""
    return "\n".join([*_head(proposal, title), *_format(proposal), *_fields(proposal)]) + "\n"


def unsure(proposal: Proposal) -> list[str]:
    """What a person must look at, in words."""
    found = [f"format.{name}: {item.why}" for name, item in proposal.format.items() if not item.sure]
    found += [] if proposal.item.sure else [f"object: {proposal.item.why}"]
    found += [f"fields.{name}: no column seems to hold it, and it is needed" for name in proposal.missing]
    return found


def _head(proposal: Proposal, title: str) -> Iterator[str]:
    yield f"# Proposed from {_scalar(proposal.file)}: {proposal.rows} rows were looked at."
    yield "# Look at the lines marked UNSURE, remove the comments, and try it: smc validate, then smc import."
    yield f"title: {_scalar(title)}"
    yield _line(0, "object", Finding(proposal.item.value.name, proposal.item.why, proposal.item.sure))
    yield "source: {local: {path: inbox}}"
    yield f"files: {_scalar(proposal.file)}  # a pattern for the names of the next days, such as customers_*.csv"


def _format(proposal: Proposal) -> Iterator[str]:
    if proposal.format:
        yield "format:"
        for name, found in proposal.format.items():
            yield _line(2, name, found)


def _fields(proposal: Proposal) -> Iterator[str]:
    yield "fields:"
    for name, column in proposal.mapping.items():
        yield f"  {name}: {_scalar(column.name)}  # {column.kind}, {column.filled:.0%} filled"
    for name in proposal.missing:
        yield f"  # {_UNSURE}{name} is needed and no column is called like it: add '{name}: COLUMN'"
    for column in proposal.rest:
        yield f"  # not mapped: {_scalar(column.name)} ({column.kind}, {column.filled:.0%} filled)"


def _line(indent: int, name: str, found: Finding[Any]) -> str:
    return f"{' ' * indent}{name}: {_scalar(found.value)}  # {'' if found.sure else _UNSURE}{found.why}"


def _scalar(value: Any) -> str:
    """Text in quotes where YAML could take it for something else."""
    if isinstance(value, str) and value.replace("_", "").isalnum() and value.isascii() and not value[0].isdigit():
        return value if value.lower() not in {"true", "false", "null", "yes", "no", "on", "off"} else f'"{value}"'
    return json.dumps(value, ensure_ascii=not str(value).isprintable())

"""YAML text → plain data with positions.

Values follow YAML 1.2, read for shops: ``no``, ``on``, ``12:30``, ``010``, ``1_000``, ``0x1F``, ``1e5``, ``+79`` are
text, because each can be somebody's id; numbers are plain decimal digits, and fractions are Decimal. Tags are refused,
keys are text and stand once, aliases are followed up to a limit. The whole file is read in one pass over the
events of libyaml, so nothing is built that was not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from yaml.events import AliasEvent, Event, MappingStartEvent, ScalarEvent, SequenceStartEvent

from smc.config.file import StopError, read_text
from smc.config.layout import Item, Keys, Layout
from smc.config.problem import Place, Problem
from smc.config.secret import MissingSecretError, Secrets

MOST_VALUES = 50_000
DEEPEST = 60

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
TOO_LONG = re.compile(r"-?(?:[1-9][0-9]{18,}(?:\.[0-9]+)?|[0-9]+\.[0-9]{19,})")
"""Digits that stay text, because there are too many of them for a number."""
SHORTER = "It has more than 18 digits before or behind the point; write a shorter number."
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})

# What libyaml says (the beginning is enough), what we say, and what to do.
_SYNTAX = (
    ("mapping values are not allowed", "A ':' cannot stand here.",
     "Check the indentation of this line and the one above; put a text that contains ': ' into quotes."),
    ("found a tab character", "A tab cannot indent YAML.", "Use spaces."),
    ("did not find expected key", "This line does not fit the lines above.",
     "Check its indentation: keys of one mapping begin in the same column."),
    ("did not find expected '-' indicator", "A list item was expected here.",
     "Begin it with '- ', or check the indentation."),
    ("could not find expected ':'", "A ':' is missing after this key.", "Write 'key: value'."),
    ("found unexpected end of stream", "A quote is opened and not closed.", "Close it."),
    ("did not find expected ',' or ']'", "A '[' is opened and not closed.", "Close the list with ']'."),
    ("did not find expected ',' or '}'", "A '{' is opened and not closed.", "Close it with '}'."),
    ("found unknown escape character", "This \\ escape is unknown.", "Use single quotes, or write \\\\."),
    ("found character that cannot start any token", "A value cannot begin with this character.",
     "Put the value into quotes."),
    ("block sequence entries are not allowed", "A list item cannot stand here.", "Begin the list on its own line."),
)  # fmt: skip


def read_yaml(file: Path, secrets: Secrets) -> tuple[Layout, Any, list[Problem]]:
    """A file's data and positions; data is None when the problems leave nothing to go on with."""
    empty = Layout(file, ())
    try:
        text = read_text(file)
    except StopError as stop:
        return empty, None, [stop.problem]
    return parse_yaml(text, file, secrets)


def parse_yaml(text: str, file: Path, secrets: Secrets) -> tuple[Layout, Any, list[Problem]]:
    layout = Layout(file, tuple(text.splitlines()))
    try:
        builder = _Builder(layout, secrets, _events(text, layout))
        data = builder.document()
    except StopError as stop:
        return layout, None, [stop.problem]
    return layout, data, builder.problems


def _events(text: str, layout: Layout) -> list[Event]:
    try:
        return list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.reader.ReaderError as error:
        before = text[: text.find(chr(error.character)) if isinstance(error.character, int) else 0]
        place = layout.at(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise StopError(Problem(place, "A control character stands here.", "Delete it.")) from None
    except yaml.MarkedYAMLError as error:
        raise StopError(_syntax(error, layout)) from None


def _syntax(error: yaml.MarkedYAMLError, layout: Layout) -> Problem:
    said = error.problem or "it cannot be read"
    mark = error.problem_mark
    if said.startswith(("found unexpected end of stream", "did not find expected ',")) and error.context_mark:
        mark = error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = layout.lines[line - 1] if line <= len(layout.lines) else ""
    if "\t" in text[: column + 1] and not text[:column].strip():
        return Problem(layout.at(line, text.index("\t") + 1), "A tab cannot indent YAML.", "Use spaces.")
    for begin, message, remedy in _SYNTAX:
        if said.startswith(begin):
            return Problem(layout.at(line, column), message, remedy)
    return Problem(layout.at(line, column), f"This is not YAML: {said}.", "Correct this line or the one above.")


@dataclass(slots=True)
class _Builder:
    """Walks the events; ``next`` is the event to be read. An alias is read by walking its anchor's events again."""

    layout: Layout
    secrets: Secrets
    events: list[Event]
    next: int = 0
    values: int = 0
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def document(self) -> Any:
        starts = [event for event in self.events if isinstance(event, yaml.DocumentStartEvent)]
        if not starts or self._is_empty():
            raise StopError(
                Problem(Place(self.layout.file), "The file is empty.", "Write its content, or delete the file.")
            )
        if len(starts) > 1:
            raise self._stop(starts[1], "A second document begins here.", "Write one document per file: delete '---'.")
        self.next = 2
        return self._value((), None)

    def _is_empty(self) -> bool:
        first = self.events[2]
        return isinstance(first, ScalarEvent) and first.value in _NOTHING and first.implicit[0]

    def _value(self, path: Keys, key: tuple[int, int] | None) -> Any:
        event = self.events[self.next]
        self.next += 1
        self.values += 1
        if self.values > MOST_VALUES:
            raise self._stop(event, f"The file holds more than {MOST_VALUES} values.", "Use fewer aliases (*name).")
        if len(path) > DEEPEST:
            raise self._stop(event, f"This is nested deeper than {DEEPEST} levels.", "Split it into segments.")
        if isinstance(event, AliasEvent):
            return self._alias(event, path, key)
        anchor = getattr(event, "anchor", None)
        if anchor is None:
            return self._content(event, path, key)
        self.anchors[anchor] = self.next - 1
        self.open.add(anchor)
        value = self._content(event, path, key)
        self.open.discard(anchor)
        return value

    def _alias(self, event: AliasEvent, path: Keys, key: tuple[int, int] | None) -> Any:
        name = event.anchor
        if name not in self.anchors:
            raise self._stop(event, f"'*{name}' has no anchor '&{name}' above it.", "Define it first.")
        if name in self.open:
            raise self._stop(event, f"'*{name}' contains itself.", "Write the value out.")
        back, self.next = self.next, self.anchors[name]
        value = self._value(path, key)
        self.next = back
        line, column = _position(event)
        self.layout.items[path] = replace(self.layout.items[path], line=line, column=column, flow=True)
        return value

    def _content(self, event: Event, path: Keys, key: tuple[int, int] | None) -> Any:
        line, column = _position(event)
        if getattr(event, "tag", None) not in {None, "!"}:
            self.problems.append(
                Problem(self.layout.at(line, column), "A tag (!) cannot stand here.", "Delete it; quote a text.")
            )
        match event:
            case ScalarEvent():
                return self._scalar(event, path, key)
            case MappingStartEvent():
                self.layout.items[path] = Item("mapping", line, column, key, bool(event.flow_style))
                return self._mapping(path)
            case SequenceStartEvent():
                self.layout.items[path] = Item("list", line, column, key, bool(event.flow_style))
                return self._list(path)
        raise self._stop(event, "This is not YAML.", "")  # pragma: no cover - libyaml makes no other event here

    def _mapping(self, path: Keys) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while not isinstance(event := self.events[self.next], yaml.MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise self._stop(event, "A key is a text here, not a list or mapping.", "Write 'key: value'.")
            self.next += 1
            at = _position(event)
            name = event.value
            if name in made:
                self._duplicate(path, name, at)
                self._ignored((*path, name), at)
            else:
                made[name] = self._value((*path, name), at)
        self.next += 1
        return made

    def _duplicate(self, path: Keys, name: str, at: tuple[int, int]) -> None:
        first = self.layout.key_place((*path, name))
        message = f"The key '{name}' stands here a second time; the first is in line {first.line}."
        self.problems.append(Problem(self.layout.at(*at), message, "Delete or rename one of them."))

    def _ignored(self, path: Keys, key: tuple[int, int]) -> None:
        """Read over a value that has no place of its own."""
        kept, self.layout = self.layout, Layout(self.layout.file, self.layout.lines)
        self._value(path, key)
        self.layout = kept

    def _list(self, path: Keys) -> tuple[Any, ...]:
        made: list[Any] = []
        while not isinstance(self.events[self.next], yaml.SequenceEndEvent):
            made.append(self._value((*path, len(made)), None))
        self.next += 1
        return tuple(made)

    def _scalar(self, event: ScalarEvent, path: Keys, key: tuple[int, int] | None) -> Any:
        line, column = _position(event)
        raw = event.value
        value = resolve(raw) if event.implicit[0] else raw
        if isinstance(value, str):
            try:
                value = self.secrets.put(value)
            except MissingSecretError as missing:
                self.problems.append(Problem(self.layout.at(line, column), missing.what, missing.remedy))
        self.layout.items[path] = Item(_kind(value), line, column, key, raw=raw)
        return value

    def _stop(self, event: Event, message: str, remedy: str) -> StopError:
        return StopError(Problem(self.layout.at(*_position(event)), message, remedy))


def resolve(text: str) -> bool | int | Decimal | str | None:
    """The value of an unquoted scalar."""
    if text in _NOTHING:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _kind(value: Any) -> Any:
    match value:
        case None:
            return "nothing"
        case bool():
            return "boolean"
        case int() | Decimal():
            return "number"
    return "text"


def _position(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)

"""How their columns become the text of each field: columns, joins, constants and steps, as layers of SQL.

Columns of the query: ``k0, k1, …`` the cells of the columns that the feed reads, as they came; ``w0, …`` the same,
trimmed, null when empty or the null mark; ``t0, …`` the text of each field behind its steps; ``f0, …`` why a step could
not be done, of fields whose steps can fail. Of fields that ask for it, ``m0, …``: whether the null mark stood there,
and ``g0, …``: whether the row had no such cell at all, as an object of NDJSON may lack a key.

Steps work on texts that are there; an empty result is no text. Only ``default`` makes one, and only from an empty cell,
never from the null mark, which says that there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from smc.config.specs.feed import (
    DefaultStep,
    Format,
    Lookup,
    LookupStep,
    Mapped,
    PrefixStep,
    Simple,
    SplitStep,
    Step,
    SuffixStep,
)  # fmt: skip
from smc.errors import FeedError
from smc.import_.read.lookups import is_long, join, looked_up
from smc.import_.read.reading import Reading, bared, quoted, trimmed
from smc.import_.read.relation import is_missing, is_null
from smc.warehouse import Warehouse, statement

Words = Mapping[str, str]
"""Their word → ours."""

_ORDER = "_ord"
_BEFORE_STEPS = 2
"""Layers before those of the steps."""

Flag = Literal["mark", "gone"]
"""``mark``: the null mark of the feed, or ``null`` in NDJSON; ``gone``: the row has no such cell."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The mappings of all fields that a feed reads, over the cells ``k0, k1, …`` of ``columns``.

    ``header``: the columns of the file.
    """

    readings: tuple[Reading, ...]
    layout: Format
    header: Sequence[str]
    dictionaries: Mapping[str, Words]
    blanks: Literal["none", "spaces", "wide"]

    @property
    def columns(self) -> tuple[str, ...]:
        """Their columns, each once, in the order in which the fields read them."""
        return columns_of(self.readings)

    def texts(self, cells: str) -> str:
        """A query with the columns above over a query with the cells."""
        joined = self._joined()
        query = f"select *, row_number() over () as {_ORDER} from ({cells})" if joined else cells
        layers = [self._words(), self._first(), *self._steps(), self._last()]
        for depth, layer in enumerate(layers, start=-_BEFORE_STEPS):
            if layer:
                words = "".join(f" {joins}" for joins in joined.get(depth, ()))
                query = f"select *, {', '.join(layer)} from ({query}){words}"
        # A join does not keep the order of the file, in which the stage lies.
        return f"select * from ({query}) order by {_ORDER}" if joined else query

    def _joined(self) -> dict[int, list[str]]:
        """Of each depth of steps the joins with its long lists of words."""
        found: dict[int, list[str]] = {}
        for i, item in enumerate(self.readings):
            for depth, step in enumerate(item.mapped.steps):
                if isinstance(step, LookupStep) and is_long(words := self._lookup(step.lookup)):
                    found.setdefault(depth, []).append(join(f"x{i}_{depth}", words, f"{i}_{depth}"))
        return found

    def cells(self, index: int) -> str:
        """What to show of a field's cells; null for a constant's reject would say nothing, so that is shown itself."""
        mapped = self.readings[index].mapped
        found = [f"k{self.columns.index(name)}" for name in mapped.columns]
        if not found:
            return quoted(mapped.constant or "")
        return found[0] if len(found) == 1 else f"concat_ws({quoted(mapped.separator)}, {', '.join(found)})"

    def fault(self, index: int) -> str:
        """SQL: why a step failed; null when none did."""
        return f"f{index}" if any(map(can_fail, self.readings[index].mapped.steps)) else "null"

    def _words(self) -> list[str]:
        words = [f"{trimmed(f'k{i}', self.layout, blanks=self.blanks)} as w{i}" for i in range(len(self.columns))]
        asked = {name for item in self.readings if flags(item, self.layout) for name in item.mapped.columns}
        for i, name in enumerate(self.columns):
            if name in asked:
                words += [f"{sql} as {flag}{i}" for flag, sql in self._states(i, name)]
        return words

    def _states(self, index: int, name: str) -> Iterator[tuple[str, str]]:
        """z0, …: the null mark; n0, …: no such cell."""
        marks = []
        if self.layout.null is not None:
            marks.append(f"coalesce({bared(f'k{index}', self.blanks)} = {quoted(self.layout.null)}, false)")
        if self.layout.kind == "ndjson":
            place = self.header.index(name)
            marks.append(is_null(place))
            yield "n", is_missing(place)
        yield "z", " or ".join(marks) or "false"

    def _first(self) -> list[str]:
        return [
            f"{text} as {name}"
            for i, item in enumerate(self.readings)
            for name, text in ((f"x{i}_0", self._source(item.mapped)), *self._flags(item, i))
        ]

    def _source(self, mapped: Mapped) -> str:
        words = [f"w{self.columns.index(name)}" for name in mapped.columns]
        match words:
            case []:
                constant = (mapped.constant or "").strip()
                return quoted(constant) if constant else "cast(null as varchar)"
            case [word] if mapped.column is not None:
                return word
            case _:
                return f"nullif(concat_ws({quoted(mapped.separator)}, {', '.join(words)}), '')"

    def _flags(self, reading: Reading, index: int) -> Iterator[tuple[str, str]]:
        """Several cells hold the mark together when one does and the others are empty; all must be missing."""
        places = [self.columns.index(name) for name in reading.mapped.columns]
        empty = " and ".join(f"w{i} is null" for i in places)
        for flag in flags(reading, self.layout):
            match flag:
                case "mark":
                    yield f"m{index}", f"({' or '.join(f'z{i}' for i in places)}) and {empty}"
                case "gone":
                    yield f"g{index}", " and ".join(f"n{i}" for i in places)

    def _steps(self) -> Iterator[list[str]]:
        """A layer per step, so that no expression is written twice into the next one."""
        for depth in range(max((len(item.mapped.steps) for item in self.readings), default=0)):
            layer: list[str] = []
            for i, item in enumerate(self.readings):
                if depth < len(item.mapped.steps):
                    layer += self._step(item.mapped.steps[depth], i, depth, marked="mark" in flags(item, self.layout))
            yield layer

    def _step(self, step: Step, index: int, depth: int, *, marked: bool) -> list[str]:
        text, name = f"x{index}_{depth}", f"x{index}_{depth + 1}"
        if isinstance(step, LookupStep):
            found = looked_up(text, self._lookup(step.lookup), f"{index}_{depth}")
            faults = [f"{found.missing} as f{index}_{depth}"] if can_fail(step) else []
            return [f"{found.kept if step.lookup.otherwise == 'keep' else found.ours} as {name}", *faults]
        if isinstance(step, DefaultStep) and marked:
            return [f"case when m{index} then {text} else {_changed(step, text)} end as {name}"]
        return [f"{_changed(step, text)} as {name}"]

    def _lookup(self, lookup: Lookup) -> Words:
        return lookup.items if lookup.dictionary is None else self.dictionaries[lookup.dictionary]

    def _last(self) -> list[str]:
        layer = []
        for i, item in enumerate(self.readings):
            steps = item.mapped.steps
            layer.append(f"{_filled(item, f'x{i}_{len(steps)}')} as t{i}")
            if faults := [f"f{i}_{depth}" for depth, step in enumerate(steps) if can_fail(step)]:
                layer.append(f"coalesce({', '.join(faults)}) as f{i}")
        return layer


def columns_of(readings: Sequence[Reading]) -> tuple[str, ...]:
    """Their columns that the fields read, each once."""
    return tuple(dict.fromkeys(name for reading in readings for name in reading.mapped.columns))


def can_fail(step: Step) -> bool:
    """A lookup that does not say what happens to a word that it lacks."""
    return isinstance(step, LookupStep) and step.lookup.otherwise == "reject"


def flags(reading: Reading, layout: Format) -> tuple[Flag, ...]:
    """What must be known of a field's cell beside its text, because an empty cell means something else."""
    mapped = reading.mapped
    if not mapped.columns:
        return ()
    found: list[Flag] = []
    fills = mapped.blank == "keep" or any(isinstance(step, DefaultStep) for step in mapped.steps)
    if fills and (layout.null is not None or layout.kind == "ndjson"):
        found.append("mark")
    if mapped.blank == "newest" and layout.kind == "ndjson":
        found.append("gone")
    return tuple(found)


def dictionaries(warehouse: Warehouse, readings: Sequence[Reading]) -> dict[str, Words]:
    """The dictionaries that the fields look words up in, from the warehouse.

    A word is a code of the dictionary, or a title that only one code has. ``FeedError`` when one has no words.
    """
    steps = (step for reading in readings for step in reading.mapped.steps if isinstance(step, LookupStep))
    names = sorted({step.lookup.dictionary for step in steps if step.lookup.dictionary is not None})
    return {name: _dictionary(warehouse, name) for name in names}


def _dictionary(warehouse: Warehouse, name: str) -> Words:
    rows = warehouse.rows(statement("smc.import_", "words_of"), dictionary=name)
    if not rows:
        raise FeedError(
            f"the dictionary '{name}', in which words are looked up, has no words",
            remedy="Import it first, by a feed of object dictionary; nothing of the file was loaded.",
        )
    return dict(rows)


def _filled(reading: Reading, text: str) -> str:
    """A field that is part of what a row is may say what an empty cell means for every feed."""
    field = reading.field
    return f"coalesce({text}, {quoted(field.default)})" if field.required and field.default is not None else text


def _changed(step: Step, text: str) -> str:
    match step:
        case SplitStep():
            part = f"list_extract(string_split({text}, {quoted(step.split.by)}), {int(step.split.part)})"
            return f"nullif(trim({part}), '')"
        case PrefixStep():
            return f"{quoted(step.prefix)} || {text}"
        case SuffixStep():
            return f"{text} || {quoted(step.suffix)}"
        case DefaultStep():
            return f"coalesce({text}, {quoted(step.default)})"
        case LookupStep():
            raise AssertionError("lookups make two columns")
        case _:
            return _simple(step, text)


def _simple(step: Simple, text: str) -> str:
    match step:
        case "trim":
            return f"nullif({bared(text, 'wide')}, '')"
        case "upper" | "lower":
            return f"{step}({text})"
        case "capitalize":
            return _in_words(text)
        case "digits":
            return f"nullif(regexp_replace({text}, '[^0-9]', '', 'g'), '')"
        case _:
            assert_never(step)


def _in_words(text: str) -> str:
    """``ANNA-MARIA DE`` → ``Anna-Maria De``: the first letter of what spaces and hyphens divide."""
    word = "list_transform(string_split(w, '-'), lambda p: upper(p[1]) || lower(p[2:]))"
    return f"array_to_string(list_transform(string_split({text}, ' '), lambda w: array_to_string({word}, '-')), ' ')"

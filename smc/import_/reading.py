"""From text to values: the SQL that reads each mapped field, and the words for a value that cannot be read.

Nothing is rounded, widened or guessed. A value is trimmed first; an empty one, or the feed's null mark, is no value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from smc.config.objects import custom_of
from smc.config.specs.feed import Format, Mapped
from smc.config.specs.project import FieldsSpec
from smc.import_.shape import shape
from smc.model.objects import Field, ObjectType, Type
from smc.warehouse import sql, text_of

CUSTOM = "custom."
_DIGITS = {"decimal": (18, 2), "quantity": (18, 3), "number": (18, 4), "custom": (18, 4)}


@dataclass(frozen=True, slots=True)
class Reading:
    """One mapped field: where its text comes from (mapping.py) and what it must be."""

    field: Field
    mapped: Mapped
    custom: bool = False

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def blank(self) -> Literal["newest", "keep", "first"]:
        return self.mapped.blank

    @property
    def column(self) -> str | None:
        return self.mapped.column

    @property
    def constant(self) -> str | None:
        return self.mapped.constant


def readings(item: ObjectType, fed: Mapping[str, Mapped], fields: FieldsSpec) -> tuple[Reading, ...]:
    """The mapped fields in the order of the object, then custom ones in the order of the feed."""
    system = [Reading(field, mapped) for field in item.fields if (mapped := fed.get(field.name)) is not None]
    custom = [
        Reading(_custom(item, name, fields), mapped, custom=True)
        for name, mapped in fed.items()
        if name.startswith(CUSTOM)
    ]
    return (*system, *custom)


def _custom(item: ObjectType, name: str, fields: FieldsSpec) -> Field:
    spec = custom_fields(item, fields)[name.removeprefix(CUSTOM)]
    return Field(name, spec, name)


def custom_fields(item: ObjectType, fields: FieldsSpec) -> Mapping[str, Type]:
    """Types of the declared custom fields of an object."""
    return {name: spec.type for name, spec in custom_of(fields, item.name).items()}


def quoted(value: str) -> str:
    """A value as an SQL literal."""
    return text_of(sql("$value", value=value))


def column(name: str) -> str:
    """A name as an SQL column."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(raw: str, layout: Format, *, blanks: Literal["none", "spaces", "wide"]) -> str:
    """The text of a cell: null when empty. ``blanks``: what the file has of spaces, tabs and no-break spaces."""
    match blanks:
        case "none":
            bare = raw
        case "spaces":
            bare = f"trim({raw})"
        case "wide":
            bare = f"trim({raw}, {quoted(' ')} || chr(9) || chr(13) || chr(10) || chr(160))"
    return f"nullif({bare}, '')" if layout.null is None else f"nullif(nullif({bare}, ''), {quoted(layout.null)})"


def value_of(reading: Reading, text: str, layout: Format, *, odd: bool) -> str:
    """Reads ``text``; null when it cannot be read. ``odd``: control characters are possible and must be looked for."""
    kind = reading.field.type
    match kind:
        case "string":
            value = _string(reading.field, text, odd=odd)
        case "integer" | "long":
            pattern, number = quoted(r"[+-]?\d{1,18}"), "bigint" if reading.custom or kind == "long" else "integer"
            value = f"case when regexp_full_match({text}, {pattern}) then try_cast({text} as {number}) end"
        case "decimal" | "quantity" | "number":
            value = _decimal(kind if not reading.custom else "custom", text, layout)
        case "boolean":
            value = _boolean(text, layout)
        case "date":
            value = f"cast({_instant(text, layout.date)} as date)"
        case "datetime":
            value = _instant(text, layout.datetime)
        case "map":
            value = _map(text)
    return _canonical(kind, value) if reading.custom else value


def _string(field: Field, text: str, *, odd: bool) -> str:
    if field.one_of:
        return f"case when {text} in ({', '.join(map(quoted, field.one_of))}) then {text} end"
    if odd and is_id(field):
        return f"case when not regexp_matches({text}, {quoted(_CONTROL)}) then {text} end"
    return text


_ZEROS = r"\.?0+$"
_CONTROL = r"[\x00-\x1f\x7f]"


def is_id(field: Field) -> bool:
    """Ids and codes: a control character in them is damage, not text."""
    return field.required or field.refers is not None or field.name.endswith("_id")


def _decimal(kind: str, text: str, layout: Format) -> str:
    width, scale = _DIGITS[kind]
    sign = re.escape(layout.decimal)
    pattern = quoted(rf"[+-]?(\d+({sign}\d{{0,{scale}}}0*)?|{sign}\d{{1,{scale}}}0*)")
    number = f"replace({text}, ',', '.')" if layout.decimal == "," else text
    return f"case when regexp_full_match({text}, {pattern}) then try_cast({number} as decimal({width}, {scale})) end"


def _instant(text: str, written: str) -> str:
    """DuckDB's strptime guesses: ``26`` is the year 0026 and ``epoch`` a day of 1900. The shape is looked at first."""
    return f"case when regexp_full_match({text}, {quoted(shape(written))}) then {_parsed(text, written)} end"


def _parsed(text: str, written: str) -> str:
    return f"try_strptime({text}, {quoted(written)})"


def _date_words(what: str, text: str, written: str) -> str:
    any_year = quoted(shape(written, year=r"\d{4}"))
    plain = f"not a {what} written as {written}"
    exact = f"{plain}; nothing is guessed" + ("; %Y is a year of four digits" if "%Y" in written else "")
    return (
        f"case when {_parsed(text, written)} is null then {quoted(plain)} "
        f"when regexp_full_match({text}, {any_year}) then 'the year is not between 1800 and 2200' "
        f"else {quoted(exact)} end"
    )


def _boolean(text: str, layout: Format) -> str:
    yes, no = (", ".join(quoted(word.lower()) for word in words) for words in (layout.true, layout.false))
    return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"


def _map(text: str) -> str:
    """A flat object of JSON as texts by name, sorted, so that equal ones are equal; nested values stay JSON."""
    entries = f"map_entries(try_cast(try_cast({text} as json) as map(varchar, varchar)))"
    return f"map_from_entries(list_sort(list_filter({entries}, lambda e: e.value is not null)))"


def _canonical(kind: Type, value: str) -> str:
    """One text per value, so that equal values are equal texts."""
    match kind:
        case "string":
            return value
        case "decimal" | "quantity" | "number":
            return f"regexp_replace(cast({value} as varchar), {quoted(_ZEROS)}, '')"
        case "datetime":
            instant = f"timezone('UTC', cast({value} as timestamptz))"
            return f"strftime({instant}, '%Y-%m-%d %H:%M:%S') || '+00'"
        case _:
            return f"cast({value} as varchar)"


def reason_of(reading: Reading, text: str, value: str, layout: Format) -> str:
    """Why the value was not taken, in words; null when it was."""
    field = reading.field
    wrong = f"when {text} is not null and {value} is null then {_words(reading, text, layout)}"
    empty = f"when {text} is null then 'a value is required'" if field.required else ""
    return f"case {empty} {wrong} end"


def _words(reading: Reading, text: str, layout: Format) -> str:
    field = reading.field
    match field.type:
        case "string":
            one_of = quoted(f"not one of {', '.join(field.one_of)}")
            return one_of if field.one_of else "'control characters in an id'"
        case "integer" | "long":
            return "'not a whole number, or too large'"
        case "decimal" | "quantity" | "number":
            return _number_words("custom" if reading.custom else field.type, text, layout)
        case "boolean":
            return quoted(f"not one of {', '.join((*layout.true, *layout.false))}")
        case "date" | "datetime":
            what, written = ("date", layout.date) if field.type == "date" else ("date and time", layout.datetime)
            return _date_words(what, text, written)
        case "map":
            return "'not an object of JSON'"


def _number_words(kind: str, text: str, layout: Format) -> str:
    width, scale = _DIGITS[kind]
    sign = re.escape(layout.decimal)
    fits, number = quoted(rf"[+-]?\d*({sign}\d{{0,{scale}}}0*)?"), quoted(rf"[+-]?\d*{sign}\d+")
    large = quoted(f"more than {width - scale} digits before the decimal sign")
    long = quoted(f"more than {scale} decimals; nothing is rounded")
    neither = quoted(f"not a number written like 1234{layout.decimal}50")
    digits = quoted(r".*\d.*")
    return (
        f"case when regexp_full_match({text}, {fits}) and regexp_full_match({text}, {digits}) then {large} "
        f"when regexp_full_match({text}, {number}) then {long} else {neither} end"
    )

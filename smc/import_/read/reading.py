"""From text to values: the SQL that reads each mapped field, and the words for a value that cannot be read.

Nothing is rounded, widened or guessed. A value is trimmed first; an empty one, or the feed's null mark, is no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from smc.config.objects import custom_of
from smc.config.specs.feed import Format, Lookup, LookupStep, Mapped
from smc.config.specs.project import FieldsSpec
from smc.import_.read import moments, numbers
from smc.model.objects import Field, ObjectType, Type
from smc.warehouse import sql, text_of

CUSTOM = "custom."


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


def readings(item: ObjectType, fed: Mapping[str, Mapped], fields: FieldsSpec) -> tuple[Reading, ...]:
    """The mapped fields in the order of the object, then custom ones in the order of the feed."""
    system = [Reading(field, mapped) for field in item.fields if (mapped := fed.get(field.name)) is not None]
    custom = [
        Reading(_custom(item, name, fields), _coded(item, name, mapped, fields), custom=True)
        for name, mapped in fed.items()
        if name.startswith(CUSTOM)
    ]
    return (*system, *custom)


def _custom(item: ObjectType, name: str, fields: FieldsSpec) -> Field:
    spec = custom_fields(item, fields)[name.removeprefix(CUSTOM)]
    return Field(name, spec, name)


def _coded(item: ObjectType, name: str, mapped: Mapped, fields: FieldsSpec) -> Mapped:
    """What comes into a field of codes is looked up in its dictionary, behind the steps of the feed."""
    dictionary = custom_of(fields, item.name)[name.removeprefix(CUSTOM)].dictionary
    if dictionary is None:
        return mapped
    known = LookupStep(lookup=Lookup(dictionary=dictionary))
    return mapped.model_copy(update={"steps": (*mapped.steps, known)})


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
    bare = bared(raw, blanks)
    return f"nullif({bare}, '')" if layout.null is None else f"nullif(nullif({bare}, ''), {quoted(layout.null)})"


def bared(raw: str, blanks: Literal["none", "spaces", "wide"]) -> str:
    """A cell without what stands around its text."""
    match blanks:
        case "none":
            return raw
        case "spaces":
            return f"trim({raw})"
        case "wide":
            return f"trim({raw}, {quoted(BLANKS)})"
        case _:
            assert_never(blanks)


BLANKS = " \t\r\n\u00a0\u2007\u202f\ufeff"
"""What is trimmed: spaces, among them no-break, figure and narrow no-break ones, tabs, line ends, byte order marks."""


def local_of(reading: Reading, text: str, layout: Format) -> str | None:
    """SQL of a time without an offset, before it becomes an instant; None where a field has none.

    Where it is a column of its own it is computed once; ``value_of`` writes it many times otherwise.
    """
    return moments.local_of(text, layout.datetime) if reading.field.type == "datetime" else None


def value_of(reading: Reading, text: str, layout: Format, *, odd: bool, local: str | None = None) -> str:
    """Reads ``text``; null when it cannot be read. Times become instants, TIMESTAMPTZ.

    ``odd``: control characters are possible and must be looked for; ``local``: the column with what ``local_of`` said.
    """
    field = reading.field
    match field.type:
        case "string":
            value = _string(field, text, layout, odd=odd)
        case "integer" | "long":
            value = numbers.whole(text, layout, "bigint" if reading.custom or field.type == "long" else "integer")
        case "decimal" | "quantity" | "number":
            value = numbers.exact(text, layout, _digits(reading, field.type))
        case "boolean":
            value = _boolean(text, layout)
        case "date":
            value = moments.date_of(text, layout.date, layout.timezone)
        case "datetime":
            value = moments.instant_of(text, layout.datetime, layout.timezone, local)
        case "map":
            value = _map(text, layout)
        case _:
            assert_never(field.type)
    return _canonical(field.type, value) if reading.custom else value


def _digits(reading: Reading, kind: Type) -> str:
    return "number" if reading.custom else kind


def _string(field: Field, text: str, layout: Format, *, odd: bool) -> str:
    if field.one_of:
        return f"case when {text} in ({', '.join(map(quoted, field.one_of))}) then {text} end"
    if odd and is_id(field):
        return f"case when not regexp_matches({text}, {quoted(_CONTROL)}) then {text} end"
    if layout.kind != "csv":
        return f"case when not contains({text}, chr(0)) and not contains({text}, chr(2)) then {text} end"
    return text


_ZEROS = r"\.?0+$"
_CONTROL = r"[\x00-\x1f\x7f]"


def is_id(field: Field) -> bool:
    """Ids and codes: a control character in them is damage, not text."""
    return field.required or field.refers is not None or field.name.endswith("_id")


def _boolean(text: str, layout: Format) -> str:
    yes, no = (", ".join(quoted(word) for word in words) for words in _truths(layout))
    return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"


def _truths(layout: Format) -> tuple[list[str], list[str]]:
    """Words for true and false; those of JSON and Parquet are known there whatever the feed's words are."""
    yes, no = ([word.lower() for word in words] for words in (layout.true, layout.false))
    typed = layout.kind != "csv"
    return [*yes, *(["true"] if typed and "true" not in yes else [])], [
        *no, *(["false"] if typed and "false" not in no else [])
    ]  # fmt: skip


def _map(text: str, layout: Format) -> str:
    """A flat object of JSON as texts by name, sorted, so that equal ones are equal. What is null is left out."""
    bare = f"ltrim({text}, chr(2))" if layout.kind == "ndjson" else text
    parsed = f"try_cast({bare} as json)"
    kinds = f"list_transform(json_extract({parsed}, '$.*'), lambda x: json_type(x))"
    nested = f"list_has_any({kinds}, ['OBJECT', 'ARRAY'])"
    exact = f"try_cast({_numbers_quoted(bare)} as json)"
    entries = f"map_entries(try_cast({exact} as map(varchar, varchar)))"
    kept = f"map_from_entries(list_sort(list_filter({entries}, lambda e: e.value is not null)))"
    return f"case when json_type({parsed}) = 'OBJECT' and not {nested} then {kept} end"


_TEXT_OF_JSON = r'"(?:[^"\\]|\\.)*"'
_NUMBER_BEHIND = rf"({_TEXT_OF_JSON}(?:[ \t\r\n]*:[ \t\r\n]*)?)(-?[0-9][-+.0-9eE]*)?"


def _numbers_quoted(text: str) -> str:
    """A flat object of JSON with its numbers as texts, as they are written: read as numbers they would be rounded.

    Every text within it takes part in the search, so that none is looked into; ``chr(2)`` and ``chr(3)``, which valid
    JSON cannot hold, stand around what follows a text.
    """
    found = f"regexp_replace({text}, {quoted(_NUMBER_BEHIND)}, '\\1' || chr(2) || '\\2' || chr(3), 'g')"
    marked = f"replace({found}, chr(2) || chr(3), '')"
    return f"translate({marked}, chr(2) || chr(3), {quoted(chr(34) * 2)})"


def _canonical(kind: Type, value: str) -> str:
    """One text per value, so that equal values are equal texts."""
    match kind:
        case "string" | "map":
            return value
        case "decimal" | "quantity" | "number":
            return f"regexp_replace(cast({value} as varchar), {quoted(_ZEROS)}, '')"
        case "datetime":
            instant = f"timezone('UTC', {value})"
            return f"regexp_replace(strftime({instant}, '%Y-%m-%d %H:%M:%S.%f'), {quoted(_ZEROS)}, '') || '+00'"
        case _:
            return f"cast({value} as varchar)"


def reason_of(reading: Reading, text: str, value: str, layout: Format) -> str:
    """Why the value was not taken, in words; null when it was."""
    field = reading.field
    wrong = f"when {text} is not null and {value} is null then {_words(reading, text, layout)}"
    empty = f"when {text} is null then 'a value is required'" if field.required else ""
    return f"case {empty} {wrong} end"


def _words(reading: Reading, text: str, layout: Format) -> str:
    said = _plain_words(reading, text, layout)
    if layout.kind != "ndjson" or reading.field.type == "map":
        return said
    return f"case when contains({text}, chr(2)) then 'an object or a list, not one value' else {said} end"


def _plain_words(reading: Reading, text: str, layout: Format) -> str:
    field = reading.field
    match field.type:
        case "decimal" | "quantity" | "number":
            return numbers.words(text, layout, _digits(reading, field.type))
        case "date":
            return moments.date_words(text, layout.date)
        case "datetime":
            return moments.instant_words(text, layout.datetime, layout.timezone)
        case "string" | "integer" | "long" | "boolean" | "map":
            return quoted(_fixed_words(field, layout))
        case _:
            assert_never(field.type)


def _fixed_words(field: Field, layout: Format) -> str:
    match field.type:
        case "string":
            return f"not one of {', '.join(field.one_of)}" if field.one_of else "control characters in an id"
        case "boolean":
            yes, no = _truths(layout)
            return f"not one of {', '.join((*yes, *no))}"
        case "map":
            return "not a JSON object of names and single values"
        case _:
            return "not a whole number, or too large"

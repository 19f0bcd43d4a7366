"""Does a feed make sense? Checked before any file is looked at; every mistake is found, not only the first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.feed import FeedSpec, Mapped
from smc.config.specs.project import FieldsSpec
from smc.model.objects import OBJECTS, ObjectType, Type

_CUSTOM = "custom."
_LAST_ASCII = 127
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
_DATE_PARTS = ("%Y", "%y"), ("%m", "%-m", "%b", "%B"), ("%d", "%-d")
_KNOWN = frozenset("aAwdbBmyYHIpMSfgnzZjUWcxX%") | {"-d", "-m", "-y", "-H", "-I", "-M", "-S", "-j"}


def check_feed(doc: Document[FeedSpec], fields: FieldsSpec) -> list[Problem]:
    """Problems of one file of ``feeds/``."""
    feed = doc.spec
    item = OBJECTS.get(feed.object)
    if item is None:
        return [doc.problem(("object",), f"there is no object '{feed.object}'", nearest(feed.object, OBJECTS))]
    return [
        *_pattern(doc),
        *_unknown(doc, item, fields),
        *_unmapped(doc, item),
        *(found for name, mapped in feed.fields.items() for found in _mapping(doc, item, name, mapped)),
        *_format(doc),
        *_dates(doc, item, fields),
    ]


def _pattern(doc: Document[FeedSpec]) -> Iterator[Problem]:
    if "/" in doc.spec.files:
        yield doc.problem(
            ("files",), "a pattern names files of one folder", "Put the folder into source.local.path, the rest here."
        )


def _custom(item: ObjectType, fields: FieldsSpec) -> dict[str, Type]:
    return {f"{_CUSTOM}{name}": spec.type for name, spec in fields.customer.items()} if item.custom else {}


def _unknown(doc: Document[FeedSpec], item: ObjectType, fields: FieldsSpec) -> Iterator[Problem]:
    known = {field.name for field in item.fields} | _custom(item, fields).keys()
    for name in doc.spec.fields:
        if name in known:
            continue
        place = doc.key_place(("fields", name))
        if name.startswith(_CUSTOM) and item.custom:
            bare = nearest(name.removeprefix(_CUSTOM), fields.customer)
            yield Problem(place, f"custom field '{name}' is not declared in fields.yaml", bare)
        else:
            yield Problem(place, f"{item.name} has no field '{name}'", nearest(name, known))


def _unmapped(doc: Document[FeedSpec], item: ObjectType) -> Iterator[Problem]:
    for field in item.fields:
        if (field.required or field.name in item.key) and field.name not in doc.spec.fields:
            yield Problem(
                doc.key_place(("fields",)),
                f"{item.name} needs the field '{field.name}' ({field.title}), which is not mapped",
                f"Add '{field.name}: COLUMN' or '{field.name}: {{constant: VALUE}}'.",
            )


def _mapping(doc: Document[FeedSpec], item: ObjectType, name: str, mapped: Mapped) -> Iterator[Problem]:
    path = ("fields", name)
    if (mapped.column is None) == (mapped.constant is None):
        yield doc.problem(path, f"'{name}' needs either a column or a constant", f"Write '{name}: COLUMN'.")
    field = item.field(name)
    if field is not None and field.one_of and mapped.constant is not None and mapped.constant not in field.one_of:
        known = ", ".join(field.one_of)
        yield doc.problem((*path, "constant"), f"'{mapped.constant}' is not one of {known}")
    if mapped.blank != "newest" and (name in item.key or item.name == "subscription"):
        yield doc.problem(
            (*path, "blank"), f"an empty '{name}' cannot keep an older value: it is part of what a row is"
        )


def _format(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.format
    for name, sign in (("delimiter", layout.delimiter), ("quote", layout.quote)):
        if ord(sign) > _LAST_ASCII or sign in "\r\n\0":
            yield doc.problem(("format", name), f"the {name} must be an ASCII character and no line end")
    if layout.delimiter == layout.quote:
        yield doc.problem(("format", "quote"), "delimiter and quote are the same character")
    if both := {word.lower() for word in layout.true} & {word.lower() for word in layout.false}:
        yield doc.problem(("format", "false"), f"{', '.join(sorted(both))} means both true and false")


def _dates(doc: Document[FeedSpec], item: ObjectType, fields: FieldsSpec) -> Iterator[Problem]:
    """A format that is used must name year, month and day, by directives that DuckDB's strptime knows."""
    types = {field.name: field.type for field in item.fields} | _custom(item, fields)
    used = {types[name] for name in doc.spec.fields if name in types}
    layout = doc.spec.format
    for name, text in (("date", layout.date), ("datetime", layout.datetime)):
        if name not in used:
            continue
        found = ["%" + match for match in _DIRECTIVE.findall(text)]
        if wrong := [part for part in found if part[1:] not in _KNOWN]:
            yield doc.problem(
                ("format", name), f"'{wrong[0]}' is no part of a date", "Known are %Y %m %d %H %M %S %f %z and so on."
            )
        elif not all(any(part in found for part in parts) for parts in _DATE_PARTS) and "%x" not in text:
            yield doc.problem(("format", name), f"'{text}' lacks year, month or day", "Write it like %d.%m.%Y.")

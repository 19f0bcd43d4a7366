"""Does a feed make sense? Checked before any file is looked at; every mistake is found, not only the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smc.config.document import Document
from smc.config.objects import custom_of, objects_of
from smc.config.problem import Problem, nearest
from smc.config.specs.feed import DAY, FeedSpec, Mapped
from smc.config.specs.project import FieldsSpec
from smc.import_.check_format import check_format
from smc.import_.check_mapping import check_mapped, check_mode, check_quality
from smc.model.objects import ObjectType, Type

_CUSTOM = "custom."


def check_feed(doc: Document[FeedSpec], fields: FieldsSpec) -> list[Problem]:
    """Problems of one file of ``feeds/``."""
    problems = [*_pattern(doc), *_folder(doc)]
    types: set[Type] = set()
    objects = objects_of(fields)
    for name, fed in doc.spec.parts.items():
        item = objects.get(name)
        if item is None:
            place = doc.place(("object",)) if doc.spec.object else doc.key_place(("objects", name))
            problems.append(Problem(place, f"there is no object '{name}'", nearest(name, objects)))
            continue
        part = _Part(doc, item, fed, fields)
        problems += part.problems()
        types |= part.types()
    known = {name: objects[name] for name in doc.spec.parts if name in objects}
    return [*problems, *check_mode(doc, known), *check_quality(doc), *check_format(doc, types)]


def _pattern(doc: Document[FeedSpec]) -> Iterator[Problem]:
    if "/" in doc.spec.files:
        yield doc.problem(
            ("files",), "a pattern names files of one folder", "Put the folder into source.local.path, the rest here."
        )


def _folder(doc: Document[FeedSpec]) -> Iterator[Problem]:
    folder = (doc.spec.after.folder or "").replace(DAY, "")
    if "{" in folder or "}" in folder:
        yield doc.problem(
            ("after", "folder"),
            f"only {DAY} is known in braces: it is the day of the run",
            f"Write after.folder like 'done' or 'done/{DAY}'.",
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """One object that a feed brings."""

    doc: Document[FeedSpec]
    item: ObjectType
    fed: Mapping[str, Mapped]
    fields: FieldsSpec

    @property
    def path(self) -> tuple[str, ...]:
        return ("fields",) if self.doc.spec.object else ("objects", self.item.name, "fields")

    def problems(self) -> Iterator[Problem]:
        yield from self._unknown()
        yield from self._unmapped()
        for name, mapped in self.fed.items():
            yield from check_mapped(self.doc, (*self.path, name), name, mapped, self.item.field(name))
            yield from self._mapping(name, mapped)

    def types(self) -> set[Type]:
        types = {field.name: field.type for field in self.item.fields} | self._custom()
        return {types[name] for name in self.fed if name in types}

    def _custom(self) -> dict[str, Type]:
        return {f"{_CUSTOM}{name}": spec.type for name, spec in custom_of(self.fields, self.item.name).items()}

    def _unknown(self) -> Iterator[Problem]:
        known = {field.name for field in self.item.fields} | self._custom().keys()
        for name in self.fed:
            if name in known:
                continue
            place = self.doc.key_place((*self.path, name))
            if name.startswith(_CUSTOM) and self.item.custom:
                bare = nearest(name.removeprefix(_CUSTOM), custom_of(self.fields, self.item.name))
                yield Problem(place, f"custom field '{name}' is not declared in fields.yaml", bare)
            else:
                yield Problem(place, f"{self.item.name} has no field '{name}'", nearest(name, known))

    def _unmapped(self) -> Iterator[Problem]:
        for field in self.item.fields:
            nameless = self.item.by_content and self.doc.spec.mode != "delete"
            in_key = field.name in self.item.key and not nameless
            required = field.required and self.doc.spec.mode != "delete"
            if (required or in_key) and field.default is None and field.name not in self.fed:
                yield Problem(
                    self.doc.key_place(self.path),
                    f"{self.item.name} needs the field '{field.name}' ({field.title}), which is not mapped",
                    f"Add '{field.name}: COLUMN' or '{field.name}: {{constant: VALUE}}'.",
                )

    def _mapping(self, name: str, mapped: Mapped) -> Iterator[Problem]:
        path, item = (*self.path, name), self.item
        field = item.field(name)
        if field is not None and field.listed and not field.one_of:
            yield self.doc.problem(
                path, f"fields.yaml lists no codes for '{name}' of {item.name}", "List them under order_statuses."
            )
        if mapped.blank != "newest" and (name in item.key or item.log is not None or item.immutable):
            yield self.doc.problem(
                (*path, "blank"), f"an empty '{name}' cannot keep an older value: it is part of what a row is"
            )

"""Do the mapping, the mode and the limits of a feed make sense?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.feed import FeedSpec, LookupStep, Mapped, SplitStep
from smc.config.specs.source import gives_batches, kind_of
from smc.model.objects import Field, ObjectType

Path = tuple[str | int, ...]

_ALWAYS = ("upsert", "append")


def check_mapped(
    doc: Document[FeedSpec], path: Path, name: str, mapped: Mapped, field: Field | None
) -> Iterator[Problem]:
    """The way from their columns to one field. ``path``: where it stands in the file."""
    ways = [way for way in ("column", "join", "constant") if getattr(mapped, way) not in {None, ()}]
    if len(ways) != 1:
        said = " and ".join(ways) if ways else "none of them"
        yield doc.problem(
            path,
            f"'{name}' comes from a column, a join of columns or a constant: here is {said}",
            f"Write '{name}: COLUMN'.",
        )
    if mapped.separator != " " and not mapped.join:
        yield doc.problem((*path, "with"), "'with' stands between the columns of a join, and there is none")
    if "" in mapped.columns:
        yield doc.problem(path, f"'{name}' reads a column without a name")
    yield from _steps(doc, path, mapped)
    if field is not None and field.one_of:
        yield from _one_of(doc, path, mapped, field)


def _steps(doc: Document[FeedSpec], path: Path, mapped: Mapped) -> Iterator[Problem]:
    for number, step in enumerate(mapped.steps):
        place: Path = (*path, "steps", number)
        if isinstance(step, SplitStep) and step.split.part == 0:
            yield doc.problem(
                (*place, "split", "part"), "there is no part 0", "Parts count from 1, and from the end from -1."
            )
        if mapped.constant is not None:
            yield doc.problem(place, "a constant needs no steps", "Write the constant as it shall be.")
            return


def _one_of(doc: Document[FeedSpec], path: Path, mapped: Mapped, field: Field) -> Iterator[Problem]:
    """Words of ours that the field does not know, wherever the feed gives them."""
    if mapped.constant is not None:
        yield from _known(doc, (*path, "constant"), mapped.constant, field)
    if mapped.steps and isinstance(step := mapped.steps[-1], LookupStep):
        place: Path = (*path, "steps", len(mapped.steps) - 1, "lookup", "items")
        for word, ours in step.lookup.items.items():
            if ours:
                yield from _known(doc, (*place, word), ours, field)


def _known(doc: Document[FeedSpec], path: Path, value: str, field: Field) -> Iterator[Problem]:
    if value not in field.one_of:
        yield doc.problem(path, f"'{value}' is not one of {', '.join(field.one_of)}")


def check_mode(doc: Document[FeedSpec], items: Mapping[str, ObjectType]) -> Iterator[Problem]:
    """``items``: the objects of the feed that there are."""
    mode = doc.spec.mode
    if mode in _ALWAYS:
        return
    if len(doc.spec.parts) > 1:
        yield doc.problem(
            ("mode",), f"mode {mode} needs a file of one object", "Write a feed for each object, or use mode upsert."
        )
        return
    for name, item in items.items():
        if (why := _impossible(mode, item)) is not None:
            yield doc.problem(("mode",), f"mode {mode} is not possible for {name}: {why[0]}", why[1])


def _impossible(mode: str, item: ObjectType) -> tuple[str, str] | None:
    if item.log is not None:
        return "a permission or its withdrawal is never forgotten", "Use mode upsert; send state 'no' to withdraw."
    if item.by_content or item.immutable:
        return "what has happened does not go away", "Use mode upsert or append."
    active = any(field.name == "active" and field.type == "boolean" for field in item.fields)
    if mode == "snapshot" and not active and not item.kinds:
        return "it has no field 'active', and no lists with names", "Use mode replace, or upsert."
    return None


def check_quality(doc: Document[FeedSpec]) -> Iterator[Problem]:
    """Limits of fields that the feed does not map or read, and of rows where their number says nothing."""
    limits = doc.spec.quality
    for name in ("min_rows", "fewer_rows", "more_rows"):
        if gives_batches(doc.spec.source) and getattr(limits, name) is not None:
            said = f"{kind_of(doc.spec.source)} gives batches here, whose number of rows says nothing"
            yield doc.problem(("quality", name), said, "Take it out; limits of fields work.")
    if doc.spec.mode == "delete" and limits.fields:
        yield doc.problem(("quality", "fields"), "of a delete list only the key is read: limits of fields do nothing")
        return
    several = doc.spec.object is None
    mapped = [
        f"{item}.{name}" if several else name for item, fields in doc.spec.parts.items() for name in fields
    ]  # fmt: skip
    for name in doc.spec.quality.fields:
        if name not in mapped:
            yield Problem(
                doc.key_place(("quality", "fields", name)), f"the feed maps no field '{name}'", nearest(name, mapped)
            )

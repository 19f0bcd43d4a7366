"""The feed that a file would need, with the evidence for each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smc.errors import FeedError
from smc.import_.detect.columns import Column, column_of
from smc.import_.detect.dialect import Dialect, dialect_of
from smc.import_.detect.finding import Finding
from smc.import_.detect.records import ndjson_columns, parquet_columns
from smc.import_.detect.sample import Sample, read_sample
from smc.import_.detect.words import bare, is_called
from smc.model.objects import ObjectType, Type


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found.

    ``format``: settings that differ from the defaults; ``mapping``: our field → their column; ``rest``: columns without
    a field; ``missing``: needed fields without a column.
    """

    file: str
    rows: int
    item: Finding[ObjectType]
    format: Mapping[str, Finding[Any]]
    mapping: Mapping[str, Column]
    rest: Sequence[Column]
    missing: Sequence[str]


Own = Mapping[str, Mapping[str, Type]]
"""By object the types of the fields that the shop added, by name."""


def propose(
    path: Path, objects: Mapping[str, ObjectType], wanted: str | None = None, own: Own | None = None
) -> Proposal:
    """What the file at ``path`` seems to be; ``wanted``: the object, when the caller knows it. ``own``: the shop's
    fields, which are found by their names; they do not tell what the rows are.

    Raises ``FeedError`` when the file cannot be read or has no columns.
    """
    sample = read_sample(path)
    layout: dict[str, Finding[Any]] = {}
    match sample.kind:
        case "parquet":
            layout["kind"] = Finding("parquet", "the first four bytes")
            columns, rows = parquet_columns(path)
        case "ndjson":
            columns, rows, odd = ndjson_columns(sample.text)
            but = f"; but line {odd[0]} is no JSON object" if odd else ""
            but += f", nor are {len(odd) - 1} more" if len(odd) > 1 else ""
            layout["kind"] = Finding("ndjson", f"the first sign is an opening brace{but}", sure=not odd)
        case _:
            dialect = dialect_of(sample.text, whole=sample.whole)
            layout |= _signs(dialect)
            columns = [column_of(name, (row[i] for row in dialect.rows)) for i, name in enumerate(dialect.columns)]
            rows = len(dialect.rows)
    if not columns:
        raise FeedError("the file has no columns", where=str(path), remedy="Give a file with a header and some rows.")
    item = _object(columns, objects, wanted)
    mapping, more = _mapping(columns, item.value), (own or {}).get(item.value.name, {})
    mapping |= _added(columns, mapping, more)
    types = {field.name: field.type for field in item.value.fields} | {f"custom.{n}": kind for n, kind in more.items()}
    layout = _packing(sample) | layout | _written(_read_as(columns, mapping, types), text=sample.kind == "csv")
    taken = {column.name for column in mapping.values()}
    needed = [f.name for f in item.value.fields if (f.required or f.name in item.value.key) and f.name not in mapping]
    return Proposal(path.name, rows, item, layout, mapping, [c for c in columns if c.name not in taken], needed)


def _packing(sample: Sample) -> dict[str, Finding[Any]]:
    return {
        name: found
        for name, found, default in (
            ("encoding", sample.encoding, "utf-8"),
            ("compression", sample.compression, "by_name"),
        )
        if found.value != default or (name == "encoding" and not found.sure)
    }


def _signs(dialect: Dialect) -> dict[str, Finding[Any]]:
    found: dict[str, Finding[Any]] = {"delimiter": dialect.delimiter}
    optional: Sequence[tuple[str, Finding[Any], object]] = (
        ("quote", dialect.quote, '"'),
        ("escape", dialect.escape, None),
        ("skip", dialect.skip, 0),
        ("comment", dialect.comment, None),
        ("trailer", dialect.trailer, None),
        ("header", dialect.header, True),
    )
    found |= {name: finding for name, finding, default in optional if finding.value != default}
    if not dialect.header.value:
        found["columns"] = Finding(
            list(dialect.columns), "there is no header; give the columns better names", sure=False
        )
    return found


def _read_as(columns: Sequence[Column], mapping: Mapping[str, Column], types: Mapping[str, Type]) -> list[Column]:
    """A column of days that is mapped to a field of times is read as a time, and the other way round."""
    wanted = {column.name: types[name] for name, column in mapping.items()}
    read = []
    for column in columns:
        match column.kind, wanted.get(column.name):
            case "date", "datetime":
                read.append(replace(column, kind="datetime"))
            case "datetime", "date":
                read.append(replace(column, kind="date"))
            case _:
                read.append(column)
    return read


def _written(columns: Sequence[Column], *, text: bool) -> dict[str, Finding[Any]]:
    """How numbers, dates and words for yes and no are written; a contradiction between columns is said."""
    found: dict[str, Finding[Any]] = {}
    for name, kind, part, default in (
        ("date", "date", 0, "%Y-%m-%d"),
        ("datetime", "datetime", 0, "%Y-%m-%d %H:%M:%S" if text else "iso"),
        ("decimal", "decimal", 0, "."),
        ("thousands", "decimal", 1, ""),
    ):
        for one in _agreed(columns, kind, part):
            if one.value != default or (not one.sure and name != "thousands"):
                found[name] = one
    for words in _agreed(columns, "boolean", slice(None)):
        if not {word.lower() for word in words.value} <= {"true", "false", "1", "0", "yes", "no"}:
            found["true"] = Finding([words.value[0]], words.why, words.sure)
            found["false"] = Finding([words.value[1]], words.why, words.sure)
    return found


def _agreed(columns: Sequence[Column], kind: str, part: int | slice) -> Iterator[Finding[Any]]:
    of_kind = [column for column in columns if column.kind == kind]
    if not of_kind:
        return
    # The most telling column: sure before unsure, then the one with a thousands sign.
    first = max(of_kind, key=lambda column: (column.written.sure, len("".join(column.written.value))))
    odd = [c.name for c in of_kind if c.written.sure and c.written.value[:1] != first.written.value[:1]]
    why = f"column {first.name}: {first.written.why}" + (f"; but not so in {', '.join(odd)}" if odd else "")
    yield Finding(first.written.value[part], why, first.written.sure and not odd)


def _object(columns: Sequence[Column], objects: Mapping[str, ObjectType], wanted: str | None) -> Finding[ObjectType]:
    if wanted is not None:
        return Finding(objects[wanted], "as you said")
    mappings = {name: _mapping(columns, item) for name, item in objects.items()}
    scores = {name: _score(columns, item) for name, item in objects.items()}
    best = max(scores, key=lambda name: (scores[name], len(mappings[name])))
    if not scores[best]:
        return Finding(objects[best], _nothing(mappings), sure=False)
    rivals = [name for name, score in scores.items() if name != best and score >= 0.8 * scores[best]]
    guessed = [f"{name} by {column.name}" for name, column in mappings[best].items() if _stands_in(name, column)]
    why = f"columns are called like its fields {', '.join(mappings[best])}"
    why += f"; but {guessed[0]} is a guess" if guessed else ""
    why += f"; could be {' or '.join(rivals)}" if rivals else ""
    return Finding(objects[best], why, sure=not (rivals or guessed))


def _nothing(mappings: Mapping[str, Mapping[str, Column]]) -> str:
    most = max(map(len, mappings.values()))
    near = [f"{name} ({', '.join(found)})" for name, found in mappings.items() if len(found) == most > 0]
    if near:
        return f"no object fits; nearest by the names of columns: {'; '.join(near)}. Say which it is: --object NAME"
    return "no column is called like a field of any object. Say which it is: --object NAME"


def _score(columns: Sequence[Column], item: ObjectType) -> float:
    """Share of the needed fields that have a column, and a little for every other field."""
    mapping = _mapping(columns, item)
    needed = [field.name for field in item.fields if field.required or field.name in item.key]
    found = sum(name in mapping for name in needed) / len(needed)
    return found * (1 + len(mapping) / (len(columns) + 1)) * (found == 1 or len(mapping) > 1)


def _mapping(columns: Sequence[Column], item: ObjectType) -> dict[str, Column]:
    """The column of each field: the one of the same name, else one that shops call so; each column once."""
    left = {column.name: column for column in columns if column.name}
    found: dict[str, Column] = {}
    for exact in (True, False):
        for field in item.fields:
            if field.name in found:
                continue
            for name, column in left.items():
                called = field.name == name.lower() if exact else is_called(field.name, name)
                if called and _fits(field.type, column):
                    found[field.name] = left.pop(name)
                    break
    key = item.key[0]
    if len(item.key) == 1 and found and key not in found:
        found |= dict([(key, column) for column in left.values() if _stands_in(key, column)][:1])
    return {field.name: found[field.name] for field in item.fields if field.name in found}


def _added(columns: Sequence[Column], mapping: Mapping[str, Column], own: Mapping[str, Type]) -> Mapping[str, Column]:
    """Columns without a field that are called like one of the shop, with or without ``custom.`` before it."""
    taken = {column.name for column in mapping.values()}
    left = {column.name.lower().removeprefix("custom."): column for column in columns if column.name not in taken}
    return {f"custom.{name}": left[name] for name, kind in own.items() if name in left and _fits(kind, left[name])}


def _stands_in(key: str, column: Column) -> bool:
    """Whether a column may be the key of the rows for it is called 'id', when the file says elsewhere what they are."""
    return bare(column.name) == "id" and not is_called(key, column.name) and key.endswith("_id")


def _fits(kind: str, column: Column) -> bool:
    if column.kind == "empty":
        return True
    match kind:
        case "integer" | "decimal" | "quantity" | "number" | "long":
            return column.kind in {"integer", "decimal", "boolean"}
        case "date" | "datetime":
            return column.kind in {"date", "datetime"}
        case "boolean":
            return column.kind == "boolean"
        case _:
            return True

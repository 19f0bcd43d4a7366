"""Does the format of a feed make sense?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from smc.config.document import Document
from smc.config.problem import Problem, nearest
from smc.config.specs.feed import FeedSpec
from smc.model.objects import Type

_LAST_ASCII = 127
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
_DATE_PARTS = ("%Y", "%y"), ("%m", "%-m", "%b", "%B"), ("%d", "%-d")
_KNOWN = frozenset("aAwdbBmyYHIpMSfgnzZjUWcxX%") | {"-d", "-m", "-y", "-H", "-I", "-M", "-S", "-j"}
_WHOLE_FORMATS = frozenset({"iso", "epoch", "epoch_ms"})
_CSV_ONLY = (
    "delimiter", "quote", "escape", "header", "columns", "skip", "comment", "decimal", "thousands", "null"
)  # fmt: skip
_MISFITS = {
    "csv": (),
    "ndjson": tuple(name for name in _CSV_ONLY if name not in {"skip", "null"}),
    "parquet": (*_CSV_ONLY, "encoding", "trailer", "true", "false"),
}
_SIGNS = "delimiter", "quote", "escape", "comment"


def check_format(doc: Document[FeedSpec], types: Collection[Type]) -> Iterator[Problem]:
    """``types``: of the fields that the feed maps."""
    layout = doc.spec.layout
    yield from _kind(doc)
    if layout.kind == "csv":
        yield from _signs(doc)
        yield from _header(doc)
        yield from _numbers(doc)
    if layout.kind == "ndjson" and layout.encoding.startswith(("cp", "mac", "koi8", "latin", "iso")):
        yield doc.problem(
            ("format", "encoding"), f"NDJSON is not written in {layout.encoding}", "JSON is UTF-8 by RFC 8259."
        )
    yield from _packing(doc)
    yield from _rows(doc)
    yield from _truth(doc)
    yield from _dates(doc, types)
    yield from _zone(doc)


def _kind(doc: Document[FeedSpec]) -> Iterator[Problem]:
    """Keys that mean nothing in files of this kind: whoever writes them expects something that does not happen."""
    layout = doc.spec.layout
    for name in _MISFITS[layout.kind]:
        if doc.spec.format is not None and name in layout.model_fields_set:
            yield Problem(
                doc.key_place(("format", name)),
                f"'{name}' has no meaning in a {layout.kind} file",
                "Leave it out, or correct the kind.",
            )


def _signs(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.layout
    signs = {name: sign for name in _SIGNS if (sign := getattr(layout, name)) not in {None, "none"}}
    for name, sign in signs.items():
        if ord(sign) > _LAST_ASCII or sign in "\r\n\0":
            yield doc.problem(("format", name), f"the {name} must be an ASCII character and no line end")
    if "escape" in signs and "quote" not in signs:
        yield doc.problem(
            ("format", "escape"), "an escape sign stands before quotes, and there are none", "Leave escape out."
        )
    for name, other in _pairs(signs):
        if name != "escape" or other != "quote":
            yield doc.problem(("format", name), f"{other} and {name} are the same character")
        else:
            yield doc.problem(
                ("format", name),
                "escape and quote are the same character",
                "A doubled quote is the default; leave escape out.",
            )


def _pairs(signs: dict[str, str]) -> Iterator[tuple[str, str]]:
    names = list(signs)
    for i, other in enumerate(names):
        yield from ((name, other) for name in names[i + 1 :] if signs[name] == signs[other])


def _header(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.layout
    if not layout.header and not layout.columns:
        yield doc.problem(
            ("format", "header"), "files without a header need the names of their columns", "Write columns: [id, name]."
        )
    if layout.header and layout.columns:
        yield doc.problem(
            ("format", "columns"),
            "columns are named twice, by the header and here",
            "Write header: false or leave it out.",
        )
    if twice := sorted({name for name in layout.columns if layout.columns.count(name) > 1}):
        yield doc.problem(("format", "columns"), f"'{twice[0]}' stands twice in columns")
    if not layout.header and layout.columns:
        yield from _unnamed(doc)


def _unnamed(doc: Document[FeedSpec]) -> Iterator[Problem]:
    for item, fields in doc.spec.parts.items():
        for field, mapped in fields.items():
            path = ("fields", field) if doc.spec.object else ("objects", item, "fields", field)
            for column in mapped.columns:
                if column not in doc.spec.layout.columns:
                    what = f"'{column}' is not among the columns of the format"
                    yield doc.problem(path, what, nearest(column, doc.spec.layout.columns))


def _numbers(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.layout
    if layout.thousands and layout.thousands == layout.decimal:
        yield doc.problem(("format", "thousands"), "decimal and thousands are the same sign")
    if layout.thousands and layout.thousands == layout.quote:
        yield doc.problem(("format", "thousands"), "quote and thousands are the same sign")


def _packing(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.layout
    if layout.member is None:
        return
    if layout.compression not in {"zip", "by_name"}:
        yield doc.problem(
            ("format", "member"), f"there are no members in a file with compression {layout.compression}",
            "Write compression: zip, or leave member out.",
        )  # fmt: skip


def _rows(doc: Document[FeedSpec]) -> Iterator[Problem]:
    trailer = doc.spec.layout.trailer
    if trailer is None:
        return
    if trailer.count("{rows}") != 1:
        yield doc.problem(
            ("format", "trailer"),
            "the trailer must say once where the number of rows stands",
            "Write it like 'END;{rows}'.",
        )
    elif any(sign in trailer for sign in "\r\n"):
        yield doc.problem(("format", "trailer"), "the trailer must be one line")


def _truth(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.layout
    if both := {word.lower() for word in layout.true} & {word.lower() for word in layout.false}:
        yield doc.problem(("format", "false"), f"{', '.join(sorted(both))} means both true and false")
    if layout.kind != "csv":
        for name, word in (("true", "false"), ("false", "true")):
            if word in {text.lower() for text in getattr(layout, name)}:
                yield doc.problem(("format", name), f"'{word}' of a {layout.kind} file cannot mean {name}")


def _dates(doc: Document[FeedSpec], types: Collection[Type]) -> Iterator[Problem]:
    """A format that is used must name year, month and day, by directives that DuckDB's strptime knows."""
    layout = doc.spec.layout
    for name, text in (("date", layout.date), ("datetime", layout.datetime)):
        if name not in types or text in _WHOLE_FORMATS:
            continue
        found = ["%" + match for match in _DIRECTIVE.findall(text)]
        if wrong := [part for part in found if part[1:] not in _KNOWN]:
            yield doc.problem(
                ("format", name), f"'{wrong[0]}' is no part of a date", "Known are %Y %m %d %H %M %S %f %z and so on."
            )
        elif not all(any(part in found for part in parts) for parts in _DATE_PARTS) and "%x" not in text:
            yield doc.problem(("format", name), f"'{text}' lacks year, month or day", "Write it like %d.%m.%Y.")


def _zone(doc: Document[FeedSpec]) -> Iterator[Problem]:
    zone = doc.spec.layout.timezone
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield doc.problem(("format", "timezone"), f"'{zone}' is not a time zone", nearest(zone, available_timezones()))

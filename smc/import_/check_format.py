"""Does the format of a feed make sense?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from smc.config.document import Document
from smc.config.problem import Problem
from smc.config.specs.feed import FeedSpec
from smc.model.objects import Type

_LAST_ASCII = 127
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
_DATE_PARTS = ("%Y", "%y"), ("%m", "%-m", "%b", "%B"), ("%d", "%-d")
_KNOWN = frozenset("aAwdbBmyYHIpMSfgnzZjUWcxX%") | {"-d", "-m", "-y", "-H", "-I", "-M", "-S", "-j"}


def check_format(doc: Document[FeedSpec], types: Collection[Type]) -> Iterator[Problem]:
    """``types``: of the fields that the feed maps."""
    yield from _signs(doc)
    yield from _dates(doc, types)


def _signs(doc: Document[FeedSpec]) -> Iterator[Problem]:
    layout = doc.spec.layout
    for name, sign in (("delimiter", layout.delimiter), ("quote", layout.quote)):
        if ord(sign) > _LAST_ASCII or sign in "\r\n\0":
            yield doc.problem(("format", name), f"the {name} must be an ASCII character and no line end")
    if layout.delimiter == layout.quote:
        yield doc.problem(("format", "quote"), "delimiter and quote are the same character")
    if both := {word.lower() for word in layout.true} & {word.lower() for word in layout.false}:
        yield doc.problem(("format", "false"), f"{', '.join(sorted(both))} means both true and false")


def _dates(doc: Document[FeedSpec], types: Collection[Type]) -> Iterator[Problem]:
    """A format that is used must name year, month and day, by directives that DuckDB's strptime knows."""
    layout = doc.spec.layout
    for name, text in (("date", layout.date), ("datetime", layout.datetime)):
        if name not in types:
            continue
        found = ["%" + match for match in _DIRECTIVE.findall(text)]
        if wrong := [part for part in found if part[1:] not in _KNOWN]:
            yield doc.problem(
                ("format", name), f"'{wrong[0]}' is no part of a date", "Known are %Y %m %d %H %M %S %f %z and so on."
            )
        elif not all(any(part in found for part in parts) for parts in _DATE_PARTS) and "%x" not in text:
            yield doc.problem(("format", name), f"'{text}' lacks year, month or day", "Write it like %d.%m.%Y.")

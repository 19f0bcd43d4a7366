"""Formats that make no sense are told so, with a place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.document import parse
from smc.config.specs.feed import FeedSpec, Format
from smc.config.specs.project import FieldsSpec
from smc.import_.check import check_feed

FEED = """title: Stores
object: store
source: {local: {path: drops}}
files: stores_*
format: %s
fields: {store_id: id, name: title}
"""


def problems(layout: str) -> list[tuple[int, str, str]]:
    document, found = parse(FEED % layout, FeedSpec, file=Path("feeds/stores.yaml"))
    assert document is not None, found
    return [(p.place.line, p.message, p.remedy) for p in check_feed(document, FieldsSpec())]


@pytest.mark.parametrize(
    "layout",
    [
        "{kind: ndjson, trailer: 'END {rows}', skip: 1, compression: gzip, true: [Y], timezone: Europe/Moscow}",
        "{kind: parquet, date: '%d.%m.%Y', compression: zip, member: '*.parquet'}",
        "{header: false, columns: [id, title], escape: '!', comment: '#', thousands: ','}",
        "{delimiter: '|', quote: none}",
        "{decimal: ',', thousands: ' ', delimiter: ';', datetime: epoch_ms, date: iso, encoding: utf-16}",
    ],
)
def test_good_formats(layout: str) -> None:
    assert problems(layout) == []


@pytest.mark.parametrize(
    ("layout", "message", "remedy"),
    [
        ("{kind: parquet, delimiter: ';'}", "'delimiter' has no meaning in a parquet file", "Leave it out"),
        ("{kind: ndjson, header: true}", "'header' has no meaning in a ndjson file", "Leave it out"),
        ("{kind: parquet, encoding: cp1251}", "'encoding' has no meaning in a parquet file", "Leave it out"),
        ("{kind: ndjson, encoding: cp1251}", "NDJSON is not written in cp1251", "JSON is UTF-8 by RFC 8259."),
        ("{kind: ndjson, true: ['false', Y], false: [N]}", "'false' of a ndjson file cannot mean true", ""),
        ("{delimiter: ';', comment: ';'}", "delimiter and comment are the same character", ""),
        (
            "{escape: '\"'}",
            "escape and quote are the same character",
            "A doubled quote is the default; leave escape out.",
        ),
        ("{quote: none, escape: '!'}", "an escape sign stands before quotes, and there are none", "Leave escape out."),
        ('{comment: "\\u00a7"}', "the comment must be an ASCII character and no line end", ""),
        ("{header: false}", "files without a header need the names of their columns", "Write columns: [id, name]."),
        ("{columns: [id, title]}", "columns are named twice, by the header and here", "Write header: false"),
        ("{header: false, columns: [id, title, id]}", "'id' stands twice in columns", ""),
        (
            "{header: false, columns: [id, titel]}",
            "'title' is not among the columns of the format",
            "Did you mean 'titel'?",
        ),
        ("{decimal: ',', thousands: ','}", "decimal and thousands are the same sign", ""),
        ('{quote: "\'", thousands: "\'"}', "quote and thousands are the same sign", ""),
        (
            "{compression: gzip, member: a}",
            "there are no members in a file with compression gzip",
            "Write compression: zip",
        ),
        ("{trailer: END}", "the trailer must say once where the number of rows stands", "Write it like 'END;{rows}'."),
        ("{trailer: '{rows} of {rows}'}", "the trailer must say once where the number of rows stands", "Write it like"),
        ('{trailer: "END\\n{rows}"}', "the trailer must be one line", ""),
        ("{timezone: Europe/Moskow}", "'Europe/Moskow' is not a time zone", "Did you mean 'Europe/Moscow'?"),
    ],
)
def test_formats_that_cannot_be(layout: str, message: str, remedy: str) -> None:
    ((line, found, advice),) = problems(layout)
    assert (line, found) == (6 if "not among" in message else 5, message)
    assert advice.startswith(remedy)


def test_dates_of_typed_files_are_iso_unless_said() -> None:
    assert (Format().date, Format().datetime) == ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
    assert Format(kind="ndjson").datetime == "iso"
    mixed = Format.model_validate({"kind": "parquet", "date": "%d.%m.%Y"})
    assert (mixed.date, mixed.datetime) == ("%d.%m.%Y", "iso")

"""How a CSV text is written: the delimiter that gives the most even table, and what stands before and behind it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile

from smc.import_.detect.finding import Finding

_DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar", "^": "caret", "~": "tilde"}
_MOST_LINES = 5_000
_MOST_BEFORE = 50
_NUMBER = re.compile(r"[-+]?[\d\s.,']*\d[\d\s.,'%]*")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*")
_COMMENTS = "#;!%"


@dataclass(frozen=True, slots=True)
class Dialect:
    """``columns``: names of the header, or made-up ones; ``rows``: the records of the sample below the header."""

    delimiter: Finding[str]
    quote: Finding[str]
    escape: Finding[str | None]
    comment: Finding[str | None]
    skip: Finding[int]
    header: Finding[bool]
    trailer: Finding[str | None]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def dialect_of(text: str, *, whole: bool) -> Dialect:
    """``whole``: the end of the text is the end of the file, so that a trailer can be seen."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_MOST_LINES]
    whole = whole and len(lines) < _MOST_LINES
    lines = [f"{line}\n" for line in lines[: -1 if not lines[-1] else None]]
    quote = _quote(text)
    delimiter, width = _delimiter(lines, quote.value)
    escape = _escape(text, quote.value)
    comment, lines = _comments(lines, delimiter.value)
    skip = _skip(lines, delimiter.value, width)
    records = _records(lines[skip.value :], delimiter.value, quote.value, escape.value)
    trailer = _trailer(records, delimiter.value, width, whole=whole)
    if trailer.value is not None:
        records.pop()
    even = [tuple(record) for record in records if len(record) == width]
    header = _header(even)
    names = (
        tuple(cell.strip() for cell in even[0]) if header.value and even else tuple(f"c{i + 1}" for i in range(width))
    )
    rows = tuple(even[1:] if header.value else even)
    return Dialect(delimiter, quote, escape, comment, skip, header, trailer, names, rows)


def _skip(lines: list[str], delimiter: str, width: int) -> Finding[int]:
    """Lines of a preamble: those before the first one with as many signs as a row has."""
    short = list(takewhile(lambda line: line.count(delimiter) < width - 1, lines[:_MOST_BEFORE]))
    before = len(short) if len(short) < min(_MOST_BEFORE, len(lines)) else 0
    return Finding(before, f"{before} lines before the first one with {width} cells", sure=not before)


def _records(lines: list[str], delimiter: str, quote: str, escape: str | None) -> list[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, escapechar=escape, doublequote=escape is None)
    try:
        return [record for record in reader if record]
    except csv.Error:
        return [line.rstrip("\r\n").split(delimiter) for line in lines if line.strip()]


def _quote(text: str) -> Finding[str]:
    edges = Counter(re.findall(r"""(?:^|[;,\t|])(["'])""", text[:200_000], re.MULTILINE))
    if edges["'"] > 2 * edges['"']:
        return Finding("'", f"{edges[chr(39)]} cells begin with a single quote", sure=False)
    if edges['"']:
        return Finding('"', f"{edges[chr(34)]} cells begin with a double quote")
    return Finding('"', "no quotes were seen", sure=False)


def _escape(text: str, quote: str) -> Finding[str | None]:
    slashed, doubled = text.count("\\" + quote), len(re.findall(f"[^;,\t|\\s]{quote}{quote}", text))
    if slashed > doubled:
        return Finding("\\", f"{slashed} quotes have a backslash before them", sure=False)
    return Finding(
        None, f"{doubled} quotes inside cells are doubled" if doubled else "no quotes inside cells were seen"
    )


def _delimiter(lines: list[str], quote: str) -> tuple[Finding[str], int]:
    """The sign that gives the largest share of lines the same number of cells, at least two."""
    scores: dict[str, tuple[float, int]] = {}
    for sign in _DELIMITERS:
        widths = Counter(len(record) for record in _records(lines, sign, quote, None)) or Counter({1: 1})
        width, lines_of_it = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        scores[sign] = (lines_of_it / max(1, widths.total()) * (width > 1), width)
    best = max(scores, key=lambda sign: (round(scores[sign][0], 2), scores[sign][1]))
    share, width = scores[best]
    if not share:
        return Finding(",", "no sign divides the lines; this is one column", sure=False), 1
    rivals = [_DELIMITERS[sign] for sign in scores if sign != best and _rivals(scores[sign], scores[best])]
    also = f"; {' and '.join(rivals)} would do too" if rivals else ""
    why = f"a {_DELIMITERS[best]} gives {width} cells in {share:.0%} of {len(lines)} lines{also}"
    return Finding(best, why, sure=share > 0.9 and not rivals), width  # noqa: PLR2004 - nine lines of ten


def _rivals(one: tuple[float, int], best: tuple[float, int]) -> bool:
    """Nearly as even, and not so many fewer cells that it must be a sign within them, such as a decimal comma."""
    return one[0] >= best[0] - 0.02 and one[1] > best[1] / 2


def _comments(lines: list[str], delimiter: str) -> tuple[Finding[str | None], list[str]]:
    for sign in _COMMENTS.replace(delimiter, ""):
        marked = [line for line in lines if line.startswith(sign)]
        if len(marked) > 1 and len(marked) < len(lines) // 2:
            rest = [line for line in lines if not line.startswith(sign)]
            return Finding(sign, f"{len(marked)} lines begin with it", sure=False), rest
    return Finding(None, "no lines look like comments"), lines


def _trailer(records: list[list[str]], delimiter: str, width: int, *, whole: bool) -> Finding[str | None]:
    if not whole:
        return Finding(None, "the end was not looked at")
    last = records[-1] if records else []
    rows = {str(len(records) - 1): "rows", str(len(records) - 2): "rows without the header"}
    counts = [cell for cell in last if cell.strip() in rows]
    if len(records) < 3 or len(last) == width or not counts:  # noqa: PLR2004 - a header, a row and a trailer
        return Finding(None, "the last line is a row like the others")
    text = delimiter.join("{rows}" if cell == counts[0] else cell for cell in last)
    return Finding(text, f"the last line has {len(last)} cells and the number of {rows[counts[0].strip()]}", sure=False)


def _header(rows: list[tuple[str, ...]]) -> Finding[bool]:
    """A first row is a header when its cells are different words and what stands below is of another kind."""
    if not rows:
        return Finding(True, "there are no rows", sure=False)
    first, rest = [cell.strip() for cell in rows[0]], rows[1:200]
    wordy = all(cell and not _is_value(cell) for cell in first) and len(set(first)) == len(first)
    if not wordy:
        return Finding(False, "the first line has empty cells, numbers, dates or the same word twice", sure=False)
    typed = sum(1 for i in range(len(first)) if rest and all(_is_value(row[i]) or not row[i].strip() for row in rest))
    if typed:
        return Finding(True, f"words in the first line, and below them {typed} columns of numbers or dates")
    return Finding(True, "different words in the first line; nothing below says more", sure=False)


def _is_value(cell: str) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell) or "@" in cell)

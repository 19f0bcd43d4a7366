"""The exact shape of a date as a regular expression, from its format."""

from __future__ import annotations

import re

YEAR = r"(?:1[89]\d\d|2[01]\d\d|2200)"
"""Years 1800 to 2200: others are mistakes of writing."""

_PART = re.compile(r"%-?.|[^%]+", re.DOTALL)
_WHOLE = {"%c": "%Y-%m-%d %H:%M:%S", "%x": "%Y-%m-%d", "%X": "%H:%M:%S"}
_WORD, _FEW, _LOOSE = "[A-Za-z]+", r"\d{1,3}", r"\d{1,2}"
_PARTS = {
    "%y": r"\d{2}", "%b": _WORD, "%B": _WORD, "%a": _WORD, "%A": _WORD, "%p": "[AaPp][Mm]", "%w": r"\d",
    "%f": r"\d{1,6}", "%g": _FEW, "%n": r"\d{1,9}", "%j": _FEW, "%-j": _FEW, "%%": "%",
    "%z": r"[+-]\d{2}(?::?\d{2})?", "%Z": "[A-Za-z0-9_/:+-]+",
}  # fmt: skip


def shape(written: str, *, year: str = YEAR) -> str:
    """What a text must match in full before strptime may read it.

    Numbers of two digits may be written with one, but not where digits touch other digits: ``2017111`` under
    ``%Y%m%d`` is two dates. A space in the format may be several, as in padded columns.
    """
    for short, long in _WHOLE.items():
        written = written.replace(short, long)
    parts = _PART.findall(written)
    around = zip(["", *parts], parts, [*parts[1:], ""], strict=False)
    return "".join(_shape(part, year, touching=_touch(before) or _touch(after)) for before, part, after in around)


def _touch(part: str) -> bool:
    return part.startswith("%") and part != "%%"


def _shape(part: str, year: str, *, touching: bool) -> str:
    if not part.startswith("%"):
        return re.sub(r"(?:\\ )+", " +", re.escape(part))
    if part == "%Y":
        return year
    return _PARTS.get(part) or (r"\d{2}" if touching else _LOOSE)

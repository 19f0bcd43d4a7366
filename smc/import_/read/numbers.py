"""The SQL that reads numbers exactly, and the words for those that cannot be read. Nothing is rounded."""

from __future__ import annotations

import re

from smc.config.specs.feed import Format
from smc.warehouse import sql, text_of

DIGITS = {"decimal": (18, 2), "quantity": (18, 3), "number": (18, 4)}
"""Digits in all, and behind the decimal sign."""

_SPACES = "[ \u00a0\u202f]"


def whole(text: str, layout: Format, kind: str) -> str:
    """SQL of a whole number of an SQL type."""
    pattern = _quoted(rf"[+-]?{_grouped(layout, 18)}")
    read = f"try_cast({_bare(text, layout)} as {kind})"
    return f"case {_plain(text, kind)} when regexp_full_match({text}, {pattern}) then {read} end"


def exact(text: str, layout: Format, kind: str) -> str:
    """SQL of a number with decimals; more of them than there are kept must be zeros."""
    width, scale = DIGITS[kind]
    sign = re.escape(layout.decimal)
    fraction = rf"{sign}\d{{0,{scale}}}0*"
    pattern = _quoted(rf"[+-]?({_grouped(layout)}({fraction})?|{sign}\d{{1,{scale}}}0*)")
    number = _bare(text, layout)
    number = f"replace({number}, ',', '.')" if layout.decimal == "," else number
    target = f"decimal({width}, {scale})"
    pieces = [_canonical(text, layout, target), _plain(text, "integer", target)]
    # Pieces are mostly whole, money is mostly not: what is likely is tried first.
    quick = " ".join(reversed(pieces) if kind == "quantity" else pieces)
    return f"case {quick} when regexp_full_match({text}, {pattern}) then try_cast({number} as {target}) end"


def _canonical(text: str, layout: Format, target: str) -> str:
    """A number that is written as DuckDB would write it needs no look at its shape, which costs more than the cast."""
    read = f"try_cast({text} as {target})"
    if layout.decimal == ",":
        read = f"try_cast(replace({text}, ',', '.') as {target})"
        return f"when replace(cast({read} as varchar), '.', ',') = {text} then {read}"
    return f"when cast({read} as varchar) = {text} then {read}"


def _plain(text: str, kind: str, target: str = "") -> str:
    read = f"try_cast({text} as {kind})"
    # Eighteen digits are the most that the pattern lets pass.
    short = f"length({text}) <= 18 and " if kind == "bigint" else ""
    return f"when {short}cast({read} as varchar) = {text} then {f'cast({read} as {target})' if target else read}"


def words(text: str, layout: Format, kind: str) -> str:
    """SQL of why a text is no such number."""
    width, scale = DIGITS[kind]
    sign, thousands = re.escape(layout.decimal), layout.thousands
    start = rf"[+-]?({_grouped(layout)})?"
    fits, number = _quoted(rf"{start}({sign}\d{{0,{scale}}}0*)?"), _quoted(rf"{start}{sign}\d+")
    large = _quoted(f"more than {width - scale} digits before the decimal sign")
    long = _quoted(f"more than {scale} decimals; nothing is rounded")
    neither = _quoted(f"not a number written like 1{thousands}234{layout.decimal}50")
    digits = _quoted(r".*\d.*")
    return (
        f"case when regexp_full_match({text}, {fits}) and regexp_full_match({text}, {digits}) then {large} "
        f"when regexp_full_match({text}, {number}) then {long} else {neither} end"
    )


def _sign(layout: Format) -> str:
    return _SPACES if layout.thousands == " " else re.escape(layout.thousands)


def _grouped(layout: Format, most: int | None = None) -> str:
    """Digits before the decimal sign: in threes with one sign between them, or without any."""
    plain = r"\d+" if most is None else rf"\d{{1,{most}}}"
    return rf"(?:\d{{1,3}}(?:{_sign(layout)}\d{{3}})+|{plain})" if layout.thousands else plain


def _bare(text: str, layout: Format) -> str:
    if not layout.thousands:
        return text
    if layout.thousands == " ":
        return f"regexp_replace({text}, {_quoted(_SPACES)}, '', 'g')"
    return f"replace({text}, {_quoted(layout.thousands)}, '')"


def _quoted(value: str) -> str:
    return text_of(sql("$value", value=value))

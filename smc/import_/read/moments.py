"""The SQL that reads dates and times, and the words for those that cannot be read.

``iso`` is the profile of ISO 8601 that RFC 3339 gives, with a space instead of ``T``, and without seconds or without an
offset too. A date may have the time midnight behind it, as databases write it, and no other. ``epoch`` and ``epoch_ms``
count from 1970-01-01T00:00:00Z. A time without an offset is of the feed's zone: where clocks are put back the first of
two, where they are put forward none.
"""

from __future__ import annotations

from smc.import_.read.shape import YEAR, shape
from smc.import_.read.zone import instant, local_day
from smc.warehouse import sql, text_of

_ANY_YEAR = r"\d{4}"
_DAY = r"{year}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6}0*)?)?"
_OFFSET = r"(?:[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
_MIDNIGHT = r"(?:[Tt ]00:00(?::00(?:\.0+)?)?)?"
_EPOCH = {"epoch": (r"[+-]?\d{1,10}(?:\.\d{1,6}0*)?", 1_000_000), "epoch_ms": (r"[+-]?\d{1,13}", 1_000)}
_FIRST, _LAST = -5_364_662_400_000_000, 7_289_654_400_000_000
"""Microseconds of the years 1800 and 2201."""


def local_of(text: str, written: str) -> str | None:
    """SQL of a time without an offset; null when the text is something else. None: there are no such texts."""
    if written in _EPOCH or _is_zoned(written):
        return None
    if written == "iso":
        exact = f"when {_matches(text, _iso(YEAR, ''))} then try_cast({text} as timestamp)"
        return f"case {_canonical(text, 'timestamp')} {exact} end"
    quick = _canonical(text, "timestamp") if written == "%Y-%m-%d %H:%M:%S" else ""
    return f"case {quick} when {_matches(text, shape(written))} then {_parsed(text, written)} end"


def _canonical(text: str, kind: str) -> str:
    """A time that is written as DuckDB would write it needs no look at its shape, which costs more than the cast."""
    read, last = f"try_cast({text} as {kind})", "2200-12-31" if kind == "date" else "2200-12-31 23:59:59"
    years = f"{read} between {kind} '1800-01-01' and {kind} '{last}'"
    return f"when cast({read} as varchar) = {text} and {years} then {read}"


def instant_of(text: str, written: str, zone: str | None, local: str | None) -> str:
    """SQL of the instant. ``local``: a column with what ``local_of`` said, where it said something."""
    if written in _EPOCH:
        return _epoch(text, written)
    if _is_zoned(written):
        return f"case when {_matches(text, shape(written))} then {_parsed(text, written)} end"
    inner = local if local is not None else f"({local_of(text, written)})"
    value = instant(inner, zone)
    if written == "iso":
        zoned = f"case when {_matches(text, _iso(YEAR, _OFFSET))} then try_cast(upper({text}) as timestamptz) end"
        return f"case when {inner} is not null then {value} else {zoned} end"
    return value


def date_of(text: str, written: str, zone: str | None) -> str:
    """SQL of a day; the local one where the text is an instant."""
    if written in _EPOCH:
        return local_day(f"({_epoch(text, written)})", zone) if zone is None else _epoch_day(text, written, zone)
    if written == "iso":
        pattern = _DAY.format(year=YEAR) + _MIDNIGHT
        exact = f"when {_matches(text, pattern)} then try_cast(left({text}, 10) as date)"
        return f"case {_canonical(text, 'date')} {exact} end"
    quick = _canonical(text, "date") if written == "%Y-%m-%d" else ""
    return f"case {quick} when {_matches(text, shape(written))} then cast({_parsed(text, written)} as date) end"


def date_words(text: str, written: str) -> str:
    """SQL of why a text is no date."""
    if written == "iso":
        other = _DAY.format(year=_ANY_YEAR) + r"[Tt ].+"
        return (
            f"case {_year_words(text, _DAY.format(year=_ANY_YEAR))} "
            f"when {_matches(text, other)} then 'a date with a time of day; only midnight may stand there' "
            "else 'not a date written as 2017-12-31' end"
        )
    return _words("date", text, written)


def instant_words(text: str, written: str, zone: str | None) -> str:
    """SQL of why a text is no date and time."""
    local = local_of(text, written)
    where = "the zone of the project" if zone is None else zone
    gap = (
        ""
        if local is None
        else f"when {local} is not null then {_quoted(f'clocks in {where} were put forward over this time')}"
    )
    if written == "iso":
        day = _DAY.format(year=_ANY_YEAR)
        return (
            f"case {gap} {_year_words(text, _iso(_ANY_YEAR, f'{_OFFSET}?'))} "
            f"when {_matches(text, day)} then 'the time of day is missing' "
            "else 'not a date and time written as 2017-12-31T23:59:59+03:00' end"
        )
    return _words("date and time", text, written, gap)


def _words(what: str, text: str, written: str, gap: str = "") -> str:
    if written in _EPOCH:
        pattern, _ = _EPOCH[written]
        unit = "seconds" if written == "epoch" else "milliseconds"
        other = f"not a number of {unit} since 1970"
        years = "'the year is not between 1800 and 2200'"
        return f"case when {_matches(text, pattern)} then {years} else {_quoted(other)} end"
    plain = f"not a {what} written as {written}"
    exact = f"{plain}; nothing is guessed" + ("; %Y is a year of four digits" if "%Y" in written else "")
    return (
        f"case {gap} when {_parsed(text, written)} is null then {_quoted(plain)} "
        f"{_year_words(text, shape(written, year=_ANY_YEAR), otherwise=shape(written))} else {_quoted(exact)} end"
    )


def _year_words(text: str, pattern: str, *, otherwise: str | None = None) -> str:
    """Of a text that is right but for its year."""
    good = YEAR if otherwise is None else otherwise
    right = pattern.replace(_ANY_YEAR, good, 1) if otherwise is None else good
    return (
        f"when {_matches(text, pattern)} and not {_matches(text, right)} then 'the year is not between 1800 and 2200'"
    )


def _iso(year: str, offset: str) -> str:
    return f"{_DAY.format(year=year)}[Tt ]{_TIME}{offset}"


def _epoch(text: str, written: str) -> str:
    micros = _micros(text, written)
    return f"case when {micros} >= {_FIRST} and {micros} < {_LAST} then make_timestamptz({micros}) end"


def _epoch_day(text: str, written: str, zone: str) -> str:
    return f"cast(timezone({_quoted(zone)}, {_epoch(text, written)}) as date)"


def _micros(text: str, written: str) -> str:
    pattern, factor = _EPOCH[written]
    return f"case when {_matches(text, pattern)} then cast(cast({text} as decimal(38, 6)) * {factor} as bigint) end"


def _is_zoned(written: str) -> bool:
    return "%z" in written or "%Z" in written


def _parsed(text: str, written: str) -> str:
    """DuckDB's strptime guesses: ``26`` is the year 0026 and ``epoch`` a day of 1900. The shape is looked at first."""
    return f"try_strptime({text}, {_quoted(written)})"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {_quoted(pattern)})"


def _quoted(value: str) -> str:
    return text_of(sql("$value", value=value))

"""NDJSON (RFC 8259, one object a line) as records of text: numbers as they are written, nothing rounded.

The cells are those of the mapped paths, and behind them one text with a letter for each: ``v`` a value, ``m`` missing,
``n`` null. An object or array stands in its cell as JSON behind ``NESTED``. Numbers within it are texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from smc.import_.land.decode import not_text
from smc.import_.read.lines import Lines
from smc.import_.read.records import Record

NESTED = "\x02"
_MISSING = object()


class _Number(str):
    __slots__ = ()


class _WrongError(Exception):
    """Why a line cannot be taken."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _WrongError("a key stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise _WrongError(f"{name} is no value of JSON")


_DECODER = json.JSONDecoder(
    parse_int=_Number, parse_float=_Number, parse_constant=_constant, object_pairs_hook=_object, strict=True
)


def objects(lines: Lines, paths: Sequence[str]) -> Iterator[Record]:
    """Every object of a file."""
    steps = [path.split(".") for path in paths]
    while (line := lines.take()) is not None:
        if line.long:
            yield Record(lines.number, [line.text.decode(errors="replace")], f"longer than {lines.longest} bytes")
        elif line.text.strip():
            yield _record(lines.number, line.text, steps)
        else:
            lines.passed += 1


def _record(number: int, line: bytes, paths: list[list[str]]) -> Record:
    short = False
    try:
        return Record(number, _cells(_DECODER.decode(line.decode().removeprefix("\ufeff")), paths))
    except UnicodeDecodeError:
        reason = not_text("utf-8", line)
    except json.JSONDecodeError as error:
        reason, short = f"not JSON: {error.msg} at character {error.colno}", True
    except RecursionError:
        reason = "objects are nested too deeply"
    except _WrongError as error:
        reason = str(error)
    return Record(number, [line.decode(errors="replace")], reason, short)


def _cells(value: Any, paths: list[list[str]]) -> list[str]:
    if not isinstance(value, dict):
        raise _WrongError("not a JSON object")
    cells, states = [], ""
    for path in paths:
        found = _at(value, path)
        states += "m" if found is _MISSING else "n" if found is None else "v"
        cells.append("" if found is _MISSING or found is None else _text(found))
    joined = "".join(cells)
    if "\0" in joined:
        raise _WrongError("a NUL character in the text")
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:
            raise _WrongError("half a character: a surrogate without the other") from None
    return [*cells, states]


def _at(value: Any, path: list[str]) -> Any:
    """What stands at a path; behind a null is null."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(value, list):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else _MISSING
        elif value is not None:
            raise _WrongError(f"there is no '{step}' in a value that is neither object nor array")
        if value is _MISSING:
            break
    return value


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            if NESTED in value:
                raise _WrongError("a control character in the text")
            return str(value)
        case _:
            return NESTED + json.dumps(value, ensure_ascii=False, separators=(",", ":"))

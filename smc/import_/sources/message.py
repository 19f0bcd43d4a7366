"""The body of a message as one line of NDJSON; what is no JSON stays visible and cannot be taken for JSON."""

from __future__ import annotations

import json
import re

_NOT = "not JSON: "
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")
_SPACES = re.compile(rb"[\r\n\t]")


def line_of(body: bytes) -> bytes:
    """The body on one line, without a line end.

    JSON of several lines gets spaces for its line ends and is else untouched, for JSON has none inside of values. What
    would break the line or the encoding and is no JSON becomes text that begins with ``not JSON:``, with its control
    characters and broken letters written as escapes.
    """
    if body and not _CONTROLS.search(body) and not body.isspace() and _is_text(body):
        return body
    if _is_json(body):
        return _SPACES.sub(b" ", body)
    text = body.decode("utf-8", "backslashreplace").replace("\ufeff", "\\ufeff")
    return (_NOT + "".join(_escaped(sign) for sign in text)).encode()


def _is_text(body: bytes) -> bool:
    try:
        return not body.decode().startswith("\ufeff")
    except UnicodeDecodeError:
        return False


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body.decode(), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


def _escaped(sign: str) -> str:
    return sign if sign >= " " and sign != "\x7f" else f"\\x{ord(sign):02x}"

"""Bytes to UTF-8 in chunks: encodings, byte order marks, lines before the header, and words for what is no text.

A byte that is no text in the given encoding becomes the byte ``FF``, which is never UTF-8: the exact reader then
refuses the row it stands in, and only that row.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from smc.config.specs.feed import Format
from smc.import_.land.unpack import RefusedError

_HEAD = 1 << 12
_INVALID = "smc.invalid"
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MAGIC = {
    b"\x1f\x8b\x08": "packed with gzip",
    b"PK\x03\x04": "a zip file or an Excel workbook",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"PAR1": "a Parquet file",
    b"PARE": "an encrypted Parquet file",
    b"\xd0\xcf\x11\xe0\xa1\xb1": "an Excel workbook",
    b"%PDF-": "a PDF file",
}
_END = re.compile(rb"\r\n|\n|\r")
_LIKELY = "cp1251", "koi8-r", "cp866", "cp1252"


def _mark_invalid(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_INVALID, _mark_invalid)


def decoded(chunks: Iterator[bytes], layout: Format) -> Iterator[bytes]:
    """``chunks`` in UTF-8, without byte order mark. ``RefusedError`` when it is clearly another kind of file."""
    head, rest = _headed(chunks)
    _check_magic(head)
    encoding = _order(head) if layout.encoding.startswith("utf-16") else layout.encoding
    if layout.encoding.startswith("utf-16"):
        encoding = _agreed(layout.encoding, encoding)
        head = head[2:] if head[:2] in _BOMS else head
    elif looks_like_utf_16(head):
        raise RefusedError("it looks like UTF-16; write 'encoding: utf-16' into the feed's format if it is")
    if encoding == "utf-8":
        return chain([head.removeprefix(codecs.BOM_UTF8)], rest)
    return _recoded(chain([head], rest), encoding)


def _headed(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, at least 4 kB where there are so many, and the rest."""
    head = b""
    while len(head) < _HEAD and (chunk := next(chunks, b"")):
        head += chunk
    return head, chunks


def _check_magic(head: bytes) -> None:
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise RefusedError(f"it is {what}, not text; correct compression or kind of the feed's format")


def looks_like_utf_16(head: bytes) -> bool:
    """By its byte order mark, or by zeros at every other place."""
    if head[:2] in _BOMS:
        return True
    first, second = head[::2].count(0), head[1::2].count(0)
    few, many = sorted((first, second))
    return many * 5 > len(head) // 2 and few * 10 <= many


def _order(head: bytes) -> str:
    return _BOMS.get(head[:2], "")


def _agreed(said: str, found: str) -> str:
    """The byte order: from the mark, or from the feed, and never from both when they differ."""
    if said == "utf-16":
        if not found:
            raise RefusedError("it has no byte order mark; write 'encoding: utf-16-le' or 'utf-16-be'")
        return found
    if found not in {"", said}:
        raise RefusedError(f"its byte order mark says {found}, the feed's format says {said}")
    return said


def _recoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(_INVALID)
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def without_lines(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    """``chunks`` behind the first lines, however they end. ``RefusedError`` when there are fewer."""
    left, held = count, b""
    for chunk in chunks:
        if left == 0:
            yield chunk
            continue
        at, text = 0, held + chunk
        # A return at the border may have its line feed in the next chunk.
        held = b"\r" if text.endswith(b"\r") else b""
        end = len(text) - len(held)
        while left and (found := _END.search(text, at, end)):
            at, left = found.end(), left - 1
        if left == 0:
            yield text[at:]
    if held and left == 1:
        left = 0
    if left:
        raise RefusedError(f"it has no more than the {count} lines that the feed's format skips")


def likely_encodings(sample: bytes) -> list[str]:
    """Encodings under which bytes that are no UTF-8 read like words; a hint for people, never used by a load."""
    scores = Counter({name: _score(sample, name) for name in _LIKELY})
    best = scores.most_common(1)[0][1]
    return [name for name in _LIKELY if best > 0 and scores[name] == best]


def _score(sample: bytes, encoding: str) -> int:
    """Words of one case, or with a first capital, speak for an encoding; other signs among letters against it."""
    text = sample.decode(encoding, "replace")
    words = re.findall(r"[^\W\d_]+", text)
    foreign = [word for word in words if not word.isascii()]
    good = sum(len(word) for word in foreign if word.islower() or word.istitle() or (word.isupper() and len(word) > 1))
    shape = sum(1 for word in foreign for letter in word if letter.islower())
    odd = sum(not (sign.isascii() or sign.isalpha() or sign in "\u2116\u00ab\u00bb\u2013\u2014\u00a0") for sign in text)
    mixed = sum(
        bool(re.search(r"[a-z\u00c0-\u024f][\u0400-\u04ff]|[\u0400-\u04ff][a-z]", word, re.IGNORECASE))
        for word in words
    )
    latin = sum(len(word) for word in foreign if re.fullmatch(r"[\u00c0-\u024f]{3,}", word))
    return 2 * good + shape - 5 * odd - 5 * mixed - 5 * latin


def not_text(encoding: str, sample: bytes = b"") -> str:
    """Words for bytes that are no text in the feed's encoding. ``sample``: some of them as they are under UTF-8."""
    if encoding != "utf-8":
        return f"not {encoding} text"
    likely = likely_encodings(sample) if sum(byte > 127 for byte in sample) > 2 else []  # noqa: PLR2004 - ASCII, a few
    return f"not UTF-8 text; {' or '.join(likely)} is likely" if likely else "not UTF-8 text"

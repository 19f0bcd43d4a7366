"""The beginning of a file, unpacked and as text: what detection looks at."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal, get_args

from smc.config.specs.feed import Encoding, Format
from smc.errors import FeedError
from smc.import_.detect.finding import Finding
from smc.import_.land.decode import likely_encodings, looks_like_utf_16
from smc.import_.land.unpack import LIMITS, Hashing, RefusedError, packing, unpacked

MOST = 4_000_000
"""Bytes that are looked at."""

Packing = Literal["none", "gzip", "zip", "zstd"]
_SIGNS: dict[bytes, Packing] = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
_PARQUET = b"PAR1"
_ONE_BYTE = tuple(name for name in get_args(Encoding) if not name.startswith("utf"))
_FOREIGN = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
"""Words beyond ASCII: delimiters and numbers between them would only mislead a judge of prose."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``whole``: the sample is all of the file. ``text`` is empty for Parquet."""

    kind: str
    compression: Finding[str]
    encoding: Finding[str]
    text: str
    whole: bool


def read_sample(path: Path) -> Sample:
    """Raises ``FeedError`` when the file cannot be read, unpacked or has nothing in it."""
    if path.exists() and not path.is_file():  # to open a pipe would wait for ever
        raise FeedError("this is not a plain file", where=str(path), remedy="Give one file.")
    try:
        with path.open("rb") as file:
            return _read(file, path)
    except OSError as error:
        raise FeedError(f"the file cannot be read: {error}", where=str(path)) from error
    except RefusedError as error:
        raise FeedError(
            error.reason, where=str(path), remedy="Detect a file that is whole; unpack one of several in a zip first."
        ) from error


def _read(file: BinaryIO, path: Path) -> Sample:
    magic = file.read(4)
    file.seek(0)
    if magic == _PARQUET:
        plain = Finding("none", "Parquet packs its columns itself")
        return Sample("parquet", plain, Finding("utf-8", "Parquet knows its texts"), "", whole=False)
    how: Packing = next((how for sign, how in _SIGNS.items() if magic.startswith(sign)), "none")
    data = _unpacked(file, path, how)
    if not data.strip():
        raise FeedError("the file is empty", where=str(path), remedy="Give a file with some rows.")
    whole, data = len(data) <= MOST, data[:MOST]
    encoding = encoding_of(data)
    text = _decoded(data, encoding.value, whole=whole)
    first = text.lstrip("\ufeff \t\r\n")[:1]
    return Sample("ndjson" if first == "{" else "csv", _named(how, path), encoding, text, whole)


def _unpacked(file: BinaryIO, path: Path, how: Packing) -> bytes:
    """The beginning of the text, by the rules and limits of a load."""
    data = bytearray()
    with TemporaryDirectory() as folder:
        layout = Format.model_construct(compression=how)
        for chunk in unpacked(Hashing(file), path.name, layout, Path(folder) / "zip", LIMITS):
            data += chunk
            if len(data) > MOST:
                break
    return bytes(data)


def _named(how: Packing, path: Path) -> Finding[str]:
    """A packed file whose name says so needs no setting, and neither does a plain one."""
    by_name = packing(Format.model_construct(), path.name)
    if how == by_name:
        return Finding("by_name", f"{how} by its first bytes and its name")
    return Finding(how, f"{how} by its first bytes, though the name says {by_name}")


def encoding_of(data: bytes) -> Finding[str]:
    """The encoding of some text: by its byte order mark, by being valid UTF-8, or by the letters that it would give."""
    if data.startswith(BOM_UTF8):
        return Finding("utf-8", "byte order mark of UTF-8")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return Finding("utf-16", "byte order mark of UTF-16")
    head = data[:4000]
    if looks_like_utf_16(head):
        order = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        return Finding(order, "every second byte is zero", sure=False)
    if data.isascii():
        return Finding("utf-8", "only ASCII was seen; letters beyond it may be written in another encoding", sure=False)
    try:
        getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return _one_byte(data)
    return Finding("utf-8", "letters beyond ASCII are valid UTF-8")


def _one_byte(data: bytes) -> Finding[str]:
    """The most likely code page; of equally likely ones that of Windows, which most exports use."""
    from charset_normalizer import from_bytes

    isolation = [name.replace("-", "_") for name in _ONE_BYTE]
    words = b" ".join(_FOREIGN.findall(data[:200_000]))
    matches = from_bytes(words, cp_isolation=isolation)
    scored = {match.encoding.replace("_", "-"): round(match.chaos - match.coherence, 1) for match in matches}
    found = sorted(scored.keys() & set(_ONE_BYTE), key=lambda name: (scored[name], name[:2] != "cp", name))
    others = f"; also possible: {', '.join(found[1:4])}" if len(found) > 1 else ""
    best = found[0] if found else next(iter(likely_encodings(words)), "latin-1")
    return Finding(best, f"not UTF-8; judged by how the letters follow each other{others}", sure=False)


def _decoded(data: bytes, encoding: str, *, whole: bool) -> str:
    """The text without its byte order mark; what the cut left of the last line is dropped."""
    text = getincrementaldecoder(encoding)(errors="replace").decode(data).removeprefix("\ufeff")
    if whole:
        return text
    end = max(text.rfind("\n"), text.rfind("\r"))
    return text[: end + 1] or text

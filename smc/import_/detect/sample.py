"""The beginning of a file, unpacked and as text: what detection looks at."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast, get_args

from smc.config.specs.feed import Encoding
from smc.errors import FeedError
from smc.import_.detect.finding import Finding

MOST = 4_000_000
"""Bytes that are looked at."""

_GZIP, _ZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"PAR1"
_ONE_BYTE = tuple(name for name in get_args(Encoding) if not name.startswith("utf"))


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
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise FeedError(f"the file cannot be read: {error}", where=str(path)) from error


def _read(file: BinaryIO, path: Path) -> Sample:
    magic = file.read(4)
    file.seek(0)
    if magic == _PARQUET:
        plain = Finding("none", "Parquet packs its columns itself")
        return Sample("parquet", plain, Finding("utf-8", "Parquet knows its texts"), "", whole=False)
    compression, stream = _unpacked(file, magic, path)
    data = stream.read(MOST + 1)
    if not data.strip():
        raise FeedError("the file is empty", where=str(path), remedy="Give a file with some rows.")
    whole, data = len(data) <= MOST, data[:MOST]
    encoding = encoding_of(data)
    text = _decoded(data, encoding.value, whole=whole)
    first = text.lstrip("\ufeff \t\r\n")[:1]
    return Sample("ndjson" if first == "{" else "csv", compression, encoding, text, whole)


def _unpacked(file: BinaryIO, magic: bytes, path: Path) -> tuple[Finding[str], BinaryIO]:
    if magic.startswith(_GZIP):
        return _named("gzip", ".gz", path), cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if magic == _ZIP:
        return _named("zip", ".zip", path), _member(file, path)
    if magic == _ZSTD:
        from backports import zstd

        return _named("zstd", ".zst", path), cast("BinaryIO", zstd.open(file))
    return Finding("by_name", "the bytes are not packed"), file


def _named(compression: str, suffix: str, path: Path) -> Finding[str]:
    """A packed file whose name says so needs no setting."""
    if path.name.lower().endswith(suffix):
        return Finding("by_name", f"{compression} by its first bytes and its name")
    return Finding(compression, f"{compression} by its first bytes, though the name does not end in {suffix}")


def _member(file: BinaryIO, path: Path) -> BinaryIO:
    packed = zipfile.ZipFile(file)
    names = [item for item in packed.infolist() if not item.is_dir()]
    if len(names) != 1:
        raise FeedError(
            f"the zip has {len(names)} files", where=str(path), remedy="Unpack the one that you mean and detect it."
        )
    with packed.open(names[0]) as member:
        return BytesIO(member.read(MOST + 1))


def encoding_of(data: bytes) -> Finding[str]:
    """The encoding of some text: by its byte order mark, by being valid UTF-8, or by the letters that it would give."""
    if data.startswith(BOM_UTF8):
        return Finding("utf-8", "byte order mark of UTF-8")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return Finding("utf-16", "byte order mark of UTF-16")
    nulls = data[:4000].count(0)
    if nulls > len(data[:4000]) // 4:
        order = "utf-16-le" if data[1:4000:2].count(0) > nulls // 2 else "utf-16-be"
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
    matches = from_bytes(data[:200_000], cp_isolation=isolation)
    scored = {match.encoding.replace("_", "-"): round(match.chaos - match.coherence, 1) for match in matches}
    found = sorted(scored.keys() & set(_ONE_BYTE), key=lambda name: (scored[name], name[:2] != "cp", name))
    others = f"; also possible: {', '.join(found[1:4])}" if len(found) > 1 else ""
    best = found[0] if found else "latin-1"
    return Finding(best, f"not UTF-8; judged by how the letters follow each other{others}", sure=False)


def _decoded(data: bytes, encoding: str, *, whole: bool) -> str:
    """The text without its byte order mark; what the cut left of the last line is dropped."""
    text = getincrementaldecoder(encoding)(errors="replace").decode(data).removeprefix("\ufeff")
    if whole:
        return text
    end = max(text.rfind("\n"), text.rfind("\r"))
    return text[: end + 1] or text

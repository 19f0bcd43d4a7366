"""One member of a zip as a stream. Nothing is ever written under a name that stands in a zip."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from os import SEEK_END
from struct import unpack_from
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from smc.import_.land.counter import CHUNK
from smc.import_.land.unpack import Limits, RefusedError, check_inflation, cut, damaged

_ENCRYPTED = 0x1
_LARGEST_LIST = 1_000_000
_END, _END_SIZE, _LONGEST_END = b"PK\x05\x06", 22, (1 << 16) + 22
_END_64, _LOCATOR, _LOCATOR_SIZE, _UNKNOWN = b"PK\x06\x06", b"PK\x06\x07", 20, 0xFFFFFFFF
_DAMAGE = (BadZipFile, zlib.error, NotImplementedError)
"""What ZipFile raises; the last for what it reads as a later version of the format or as patches."""
_DRIVE = re.compile(r"[A-Za-z]:")


def unzipped(file: BinaryIO, member: str | None, limits: Limits, freely: int) -> Iterator[bytes]:
    """The bytes of the only member, or of the only one that matches ``member``.

    ``freely``: bytes of text that are taken however small the packed ones are. Claimed sizes are believed only when
    they are true.
    """
    _check_list(file)
    try:
        with ZipFile(file) as archive:
            chosen = _chosen(archive.infolist(), member)
            yield from _read(archive, chosen, limits, freely)
    except _DAMAGE as error:
        raise damaged("zip", error) from error
    except (EOFError, ValueError, OverflowError) as error:
        raise damaged("zip", str(error) or "it ends too early") from error


def _check_list(file: BinaryIO) -> None:
    """The list of members is read into memory by ZipFile: it must be short."""
    size = file.seek(0, SEEK_END)
    start = max(0, size - _LONGEST_END - _LOCATOR_SIZE)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        file.seek(0)
        raise cut("zip") if file.read(4) == b"PK\x03\x04" else damaged("zip", "it is no zip file")
    (length,) = unpack_from("<I", tail, at + 12)
    locator = tail[max(0, at - _LOCATOR_SIZE) : at]
    if length == _UNKNOWN and locator.startswith(_LOCATOR):
        file.seek(min(unpack_from("<Q", locator, 8)[0], size))
        record = file.read(56)
        length = unpack_from("<Q", record, 40)[0] if record.startswith(_END_64) and len(record) == 56 else length  # noqa: PLR2004 - bytes of the record
    if length > _LARGEST_LIST:
        raise RefusedError("the zip lists far too many files; pack one file into it")


def _chosen(members: list[ZipInfo], pattern: str | None) -> ZipInfo:
    for info in members:
        _check_name(info.orig_filename)
    files = [info for info in members if not info.is_dir()]
    found = [info for info in files if pattern is None or _matches(info.filename, pattern)]
    if len(found) != 1:
        raise RefusedError(_how_many(files, found, pattern))
    (chosen,) = found
    if chosen.header_offset < 0:
        raise damaged("zip", "it places a file before its own beginning")
    if chosen.flag_bits & _ENCRYPTED:
        raise RefusedError("the zip is encrypted; have it packed without a password, and sent over a safe connection")
    if chosen.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise RefusedError("the zip is packed in a way that few programs know; have it packed with deflate")
    return chosen


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.rsplit("/", 1)[-1], pattern)


def _check_name(name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or _DRIVE.match(name):
        raise RefusedError("the zip holds a file whose name leads out of its folder; nothing of it was taken")


def _how_many(files: list[ZipInfo], found: list[ZipInfo], pattern: str | None) -> str:
    names = ", ".join(info.filename for info in files[:5]) or "none"
    if pattern is None:
        return f"the zip holds {len(files)} files ({names}), not one; name the one to take with format.member"
    return f"{len(found)} files of the zip match '{pattern}', not one; it holds: {names}"


def _read(archive: ZipFile, info: ZipInfo, limits: Limits, freely: int) -> Iterator[bytes]:
    total = 0
    with archive.open(info) as text:
        while chunk := text.read(CHUNK):
            total += len(chunk)
            if total > freely:
                check_inflation(total, info.compress_size, limits)
            yield chunk
    if total != info.file_size:
        raise damaged("zip", f"it claims {info.file_size} bytes and holds {total}")

"""Packed bytes to plain ones, as a stream whose memory and length are bounded whatever the file claims.

gzip (RFC 1952, several members), zip (stored and deflated members), zstd (RFC 8878, windows up to 128 MB).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal

from smc.config.specs.base import bytes_of
from smc.config.specs.feed import Format
from smc.config.specs.project import ImportSettings
from smc.import_.land.counter import CHUNK

_AGAIN = "nothing of it was loaded. Have it sent again."
_PIECE, _WINDOW = 1 << 16, 1 << 14
_WINDOW_LOG = 27
_FREELY = 10_000_000
_BESIDE = 1 << 18
_SUFFIXES: dict[str, Literal["gzip", "zip", "zstd"]] = {
    ".gz": "gzip", ".gzip": "gzip", ".zip": "zip", ".zst": "zstd", ".zstd": "zstd"
}  # fmt: skip


class RefusedError(Exception):
    """A file that cannot be taken, in words. ``cut``: it ends too early, so that more of it may still come.

    ``drain``: the rest of it may be read to know its hash.
    """

    def __init__(self, reason: str, *, cut: bool = False, drain: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cut = cut
        self.drain = drain


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much of one file, in bytes; ``inflation``: text per packed byte, looked at from 10 MB of text on."""

    file: int
    text: int
    inflation: int
    line: int

    @classmethod
    def of(cls, settings: ImportSettings) -> Limits:
        sizes = (settings.largest_file, settings.largest_text, settings.longest_line)
        file, text, line = map(bytes_of, sizes)
        return cls(file, text, settings.most_inflation, line)


LIMITS = Limits.of(ImportSettings())


class Hashing:
    """Passes bytes through and remembers their hash and number; ``RefusedError`` beyond ``most`` bytes.

    Long pieces are hashed in a thread beside the one that reads them: to hash takes as long as to count.
    """

    def __init__(self, stream: BinaryIO, most: int | None = None) -> None:
        self.stream = stream
        self.most = most
        self.size = 0
        self._digest = sha256()
        self._beside = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    @property
    def digest(self) -> str:
        """sha256 of what was read so far, as hexadecimal digits."""
        self._settle()
        return self._digest.hexdigest()

    def read(self, size: int) -> bytes:
        chunk = self.stream.read(size)
        self._settle()
        if len(chunk) < _BESIDE:
            self._digest.update(chunk)
        else:
            self._pending = self._beside.submit(self._digest.update, chunk)
        self.size += len(chunk)
        if self.most is not None and self.size > self.most:
            raise RefusedError(f"it is larger than the limit of {self.most} bytes (import.largest_file)", drain=False)
        return chunk

    def _settle(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None

    def chunks(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk

    def drain(self) -> None:
        for _ in self.chunks():
            pass


def packing(layout: Format, name: str) -> Literal["none", "gzip", "zip", "zstd"]:
    """How a file is packed, by the feed or by the suffix of its name."""
    if layout.compression != "by_name":
        return layout.compression
    lower = name.lower()
    return next((how for suffix, how in _SUFFIXES.items() if lower.endswith(suffix)), "none")


def unpacked(source: Hashing, name: str, layout: Format, spool: Path, limits: Limits) -> Iterator[bytes]:
    """The plain bytes. ``spool``: where a zip is kept meanwhile. ``RefusedError`` says what is wrong with the file."""
    match packing(layout, name):
        case "none":
            yield from _within(source.chunks(), limits)
        case "gzip":
            yield from _slower(_within(_gzip(source), limits), source, limits)
        case "zstd":
            yield from _slower(_within(_zstd(source), limits), source, limits)
        case "zip":
            # A zip tells what it holds at its end, and its reader is needed by few.
            from smc.import_.land.unzip import unzipped

            try:
                with spool.open("w+b") as file:
                    for chunk in source.chunks():
                        file.write(chunk)
                    yield from _within(unzipped(file, layout.member, limits, _FREELY), limits)
            finally:
                spool.unlink(missing_ok=True)


def _within(chunks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        check_text(total, limits)
        if chunk:
            yield chunk


def _slower(chunks: Iterator[bytes], source: Hashing, limits: Limits) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        check_inflation(total, source.size, limits)
        yield chunk


def check_inflation(text: int, packed: int, limits: Limits) -> None:
    """``RefusedError`` when a packed file grows beyond what honest text does."""
    if text > most_text(packed, limits):
        raise RefusedError(
            f"it unpacks to more than {limits.inflation} times its size (import.most_inflation): "
            "a broken file or an attack; nothing of it was loaded"
        )


def check_text(text: int, limits: Limits) -> None:
    """``RefusedError`` when there is more text in a file than may be."""
    if text > limits.text:
        raise RefusedError(f"its text is larger than the limit of {limits.text} bytes (import.largest_text)")


def most_text(packed: int, limits: Limits) -> int:
    """Bytes of text up to which a packed file may grow."""
    return max(_FREELY, packed * limits.inflation)


def cut(kind: str) -> RefusedError:
    return RefusedError(f"the {kind} file ends before its end; {_AGAIN}", cut=True)


def damaged(kind: str, why: object) -> RefusedError:
    return RefusedError(f"the {kind} file is damaged ({why}); {_AGAIN}")


def _gzip(source: Hashing) -> Iterator[bytes]:
    piece, first = source.read(_PIECE), True
    while piece:
        # Members may be padded with zeros, as on tapes.
        piece = piece if first else piece.lstrip(b"\0")
        if piece:
            member = zlib.decompressobj(wbits=31)
            while not member.eof:
                if not (piece := piece or source.read(_PIECE)):
                    raise cut("gzip")
                # Small windows: what is behind a member is copied for each of them.
                window, piece = piece[:_WINDOW], piece[_WINDOW:]
                while window:
                    yield _inflated(member, window)
                    window = member.unconsumed_tail
            piece = member.unused_data + piece
        piece, first = piece or source.read(_PIECE), False


def _inflated(member: zlib._Decompress, piece: bytes) -> bytes:
    try:
        return member.decompress(piece, CHUNK)
    except zlib.error as error:
        raise damaged("gzip", error) from error


def _zstd(source: Hashing) -> Iterator[bytes]:
    from backports import zstd

    piece = source.read(_PIECE)
    while piece:
        frame = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})
        while not frame.eof:
            if frame.needs_input and not (piece := piece or source.read(_PIECE)):
                raise cut("zstd")
            window, piece = (piece[:_WINDOW], piece[_WINDOW:]) if frame.needs_input else (b"", piece)
            try:
                yield frame.decompress(window, CHUNK)
            except zstd.ZstdError as error:
                raise damaged("zstd", error) from error
        piece = frame.unused_data + piece or source.read(_PIECE)

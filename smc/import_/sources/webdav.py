"""A folder of a WebDAV server (RFC 4918)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO, ClassVar
from urllib.parse import quote, unquote, urlsplit

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from httpx import codes

from smc.config.specs.feed import After
from smc.config.specs.source import WebdavPlace
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.http import Http, Piece
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, matching, parts_below, stream

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LISTING_LIMIT = 64 << 20
_ASK = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"
)
_DAV = "{DAV:}"
_GONE = frozenset({codes.NOT_FOUND, codes.GONE})
_DONE = frozenset({codes.OK, codes.CREATED, codes.ACCEPTED, codes.NO_CONTENT})


@dataclass(frozen=True, slots=True)
class _Entry:
    above: str
    folder: bool
    file: RemoteFile


class WebdavSource:
    """Files that lie directly in a folder. The version is the ETag, or time of change and size where there is none."""

    connections: ClassVar[int] = 4
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = True

    def __init__(self, place: WebdavPlace, root: Path, state: str = "") -> None:
        del state
        self._made: set[str] = set()
        self._base = str(httpx.URL(place.url)).rstrip("/") + "/"
        secret = place.password.get_secret_value() if place.password else ""
        self._http = Http(
            place.url, timeout=place.timeout, ca_file=place.ca_file, root=root,
            auth=httpx.BasicAuth(place.user, secret) if place.user is not None else None,
            secrets=(secret,),
        )  # fmt: skip

    def files(self, pattern: str) -> list[RemoteFile]:
        entries = self._ask(self._base, "1")
        if entries is None:
            raise FeedError(
                "there is no such folder on the server",
                where=self._at(),
                remedy="Make it, or correct url of the source.",
            )
        own = min((f"{entry.above}/{entry.file.name}" for entry in entries if entry.folder), key=len, default=None)
        if own is None:
            raise FeedError(
                "this is a file, not a folder", where=self._at(),
                remedy="Write the URL of its folder, and the name of the file into 'files'.",
            )  # fmt: skip
        inside = (entry.file for entry in entries if not entry.folder and entry.above == own.rstrip("/"))
        return matching(inside, pattern, self._at())

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        if file.size is not None and 0 < file.size <= offset:
            return io.BytesIO()
        where = self._at(file.name)
        response = self._http.send(
            "GET", self._url(file.name), headers={"Range": f"bytes={offset}-"} if offset else None
        )
        if response.status_code not in {codes.OK, codes.PARTIAL_CONTENT}:
            if response.status_code in {*_GONE, codes.REQUESTED_RANGE_NOT_SATISFIABLE}:
                response.close()
                raise changed(where)
            raise self._http.refusal(response, f"{file.name} cannot be read")
        begin, total = _extent(response)
        if begin > offset or not self._is_same(response, total, file):
            response.close()
            raise changed(where)
        size = total if file.size is None else file.size
        left = None if size is None else size - begin
        read = self._whole(self._http.chunks(response), file, where)
        return stream(read, response.close, left=left, where=where, skip=offset - begin)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """A newer file of the same name is left where it is: it is not what was loaded."""
        del rejected
        if after.action == "leave":
            return
        now = self._one(self._url(file.name))
        if now is None or (now.file.version, now.file.size) != (file.version, file.size):
            return
        if after.action == "delete":
            self._write("DELETE", self._url(file.name), fine={*_DONE, *_GONE})
        else:
            self._move(file.name, parts_below(after.folder))

    def put(self, file: Path, name: str) -> None:
        """Send a file to ``name``, a path below the folder: first under another name, so that nobody reads half."""
        *folders, last = parts_below(name)
        folder = self._make(tuple(folders))
        fresh = f"{self._base}{folder}{quote(f'.{last}.{token_hex(4)}.part', safe='')}"
        try:
            self._send(file, fresh, self._at(name))
            self._replace(fresh, folder + quote(last, safe=""), fine=_DONE)
        except BaseException:
            with suppress(SmcError):
                self._write("DELETE", fresh, fine={*_DONE, *_GONE})
            raise

    def close(self) -> None:
        self._http.close()

    def _send(self, file: Path, url: str, where: str) -> None:
        size = file.stat().st_size
        self._write("PUT", url, content=Piece(file, 0, size), fine=_DONE)
        there = self._one(url)
        if there is None or there.file.size not in {None, size}:
            raise SourceDownError("only a part of the file has arrived", where=where, remedy="Try again.")

    def _move(self, name: str, parts: tuple[str, ...]) -> None:
        self._replace(self._url(name), self._make(parts) + quote(name, safe=""), fine={*_DONE, *_GONE})

    def _replace(self, url: str, below: str, *, fine: Collection[int]) -> None:
        """Move a file to a quoted path below the folder; a file that is there is replaced."""
        target = self._base + below
        there = self._one(target)
        if there is not None and there.folder:  # to overwrite a folder is to delete all that is in it
            raise FeedError(
                "a folder has the name of the file", where=self._at(unquote(below)),
                remedy="Rename or remove that folder.",
            )  # fmt: skip
        self._write("MOVE", url, {"Destination": target, "Overwrite": "T"}, fine=fine)

    def _make(self, parts: tuple[str, ...]) -> str:
        """The folders with a slash at the end; made first, for servers do not agree on how a move into none fails."""
        folder = ""
        for part in parts:
            folder += quote(part, safe="") + "/"
            if folder not in self._made:
                self._write("MKCOL", self._base + folder, fine={*_DONE, codes.METHOD_NOT_ALLOWED})
                self._made.add(folder)
        return folder

    def _write(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        *,
        content: Piece | None = None,
        fine: Collection[int],
    ) -> int:
        response = self._http.send(method, url, headers=headers, content=content)
        if response.status_code not in fine:
            raise self._http.refusal(response, f"the server does not {method} {unquote(url.removeprefix(self._base))}")
        response.close()
        return response.status_code

    def _whole(self, read: Callable[[int], bytes], file: RemoteFile, where: str) -> Callable[[int], bytes]:
        """At the end the server is asked once more: a file may be written in place while it is read."""

        def checked(most: int) -> bytes:
            chunk = read(most)
            if not chunk and not self._is_listed(file):
                raise changed(where)
            return chunk

        return checked

    def _is_listed(self, file: RemoteFile) -> bool:
        looks = {(now.file.name, now.file.size, now.file.version) for now in self._ask(self._url(file.name), "0") or ()}
        return (file.name, file.size, file.version) in looks

    def _is_same(self, response: httpx.Response, total: int | None, file: RemoteFile) -> bool:
        """Whether an answer is of the version that was listed.

        Many servers ignore If-Match, give weak ETags to young files, or other ETags to GET than to PROPFIND. So what
        came is compared, and where that does not show it, the listing after the answer has begun decides.
        """
        if file.size is not None and total is not None and file.size != total:
            return False
        if _version(response.headers.get("ETag"), response.headers.get("Last-Modified"), total) == file.version:
            return True
        now = self._one(self._url(file.name))
        return now is not None and (now.file.version, now.file.size) == (file.version, file.size)

    def _one(self, url: str) -> _Entry | None:
        entries = self._ask(url, "0")
        return entries[0] if entries else None

    def _ask(self, url: str, depth: str) -> list[_Entry] | None:
        headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
        response = self._http.send("PROPFIND", url, headers=headers, content=_ASK)
        if response.status_code in {*_GONE, codes.CONFLICT}:
            response.close()
            return None
        if response.status_code != codes.MULTI_STATUS:
            raise self._http.refusal(response, "the folder cannot be listed")
        return self._parsed(self._http.whole(response, _LISTING_LIMIT))

    def _parsed(self, body: bytes) -> list[_Entry]:
        try:
            tree: Element = fromstring(body, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise FeedError(
                "the server's list of files is no safe XML",
                where=self._at(),
                remedy="Check that url is a WebDAV folder.",
            ) from error
        return list(_entries(tree))

    def _url(self, name: str) -> str:
        return self._base + quote(name, safe="")

    def _at(self, name: str = "") -> str:
        return f"{self._http.where}{unquote(urlsplit(self._base).path)}{name}"


def _entries(tree: Element) -> Iterator[_Entry]:
    for response in tree.iter(f"{_DAV}response"):
        path = urlsplit((response.findtext(f"{_DAV}href") or "").strip()).path.rstrip("/")
        above, _, name = (unquote(part, errors="surrogateescape") for part in path.rpartition("/"))
        found = {
            item.tag: item
            for state in response.iter(f"{_DAV}propstat")
            if " 200" in (state.findtext(f"{_DAV}status") or "")
            for item in state.iterfind(f"{_DAV}prop/*")
        }
        texts = {tag.removeprefix(_DAV): (item.text or "").strip() for tag, item in found.items()}
        length = texts.get("getcontentlength", "")
        size = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
        kind = found.get(f"{_DAV}resourcetype")
        time = texts.get("getlastmodified")
        yield _Entry(
            above,
            kind is not None and kind.find(f"{_DAV}collection") is not None,
            RemoteFile(name, size, _time(time), _version(texts.get("getetag"), time, size)),
        )


def _version(etag: str | None, time: str | None, size: int | None) -> str:
    """The ETag without its mark of weakness, which goes away by itself when a file is some seconds old."""
    if etag:
        return etag.strip().removeprefix("W/")
    at = _time(time)
    return f"{at:%Y-%m-%dT%H:%M:%SZ} {size}" if at is not None else ""


def _time(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _extent(response: httpx.Response) -> tuple[int, int | None]:
    """Where the body begins in the file, and how long the file is."""
    if response.status_code == codes.PARTIAL_CONTENT:
        found = re.fullmatch(r"bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18}|\*)", response.headers.get("Content-Range", ""))
        if found is None:
            response.close()
            raise SourceDownError("the server answers with a part and does not say which", where=str(response.url.host))
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None

"""A folder of a Dropbox account, over its documented HTTP API (version 2)."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from urllib.parse import urlencode

import httpx
from httpx import codes

from smc.config.specs.feed import After
from smc.config.specs.source import DropboxPlace
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.http import Http, Piece
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, matching, parts_below, stream

_LIMIT = 64 << 20
_PAGE = 2000
_ONE_CALL = 150 << 20
"""Larger files are sent in a session."""
_CHUNK = 64 << 20
"""Bytes of one call of a session: a multiple of 4 MiB, not above 150 MiB."""
_LOST = re.compile(r"(lookup_failed/)?(not_found|incorrect_offset|closed|not_closed|concurrent_session)")


class _RefusedError(Exception):
    """409: the call was understood, and the answer is no. ``summary`` is like ``path/not_found/``."""

    def __init__(self, summary: str) -> None:
        super().__init__(summary)
        self.summary = summary


class DropboxSource:
    """Files that lie directly in a folder. The version is the revision; exactly that one is read."""

    connections: ClassVar[int] = 4
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = True

    def __init__(self, place: DropboxPlace, root: Path, state: str = "") -> None:
        del root, state
        self._place = place
        self._folder = "".join(f"/{part}" for part in place.path.split("/") if part)
        known = [item.get_secret_value() for item in (place.token, place.refresh_token, place.app_secret) if item]
        self._api = Http(place.api_url.rstrip("/"), timeout=place.timeout, secrets=known)
        self._content = Http(place.content_url.rstrip("/"), timeout=place.timeout, secrets=known)
        self._token = place.token.get_secret_value() if place.token else ""
        self._made: set[str] = set()

    def files(self, pattern: str) -> list[RemoteFile]:
        try:
            found = list(self._listed())
        except _RefusedError as error:
            if error.summary.startswith("reset"):
                raise SourceDownError(
                    "Dropbox wants the list to be asked for again", where=self._at(), remedy="Run the import again."
                ) from error
            raise self._no("the folder cannot be listed", error) from error
        return matching(found, pattern, self._at())

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        if file.size is not None and 0 < file.size <= offset:
            return io.BytesIO()
        where = self._at(file.name)
        headers = {"Dropbox-API-Arg": json.dumps({"path": f"rev:{file.version}"})}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        try:
            response = self._sent(self._content, "/2/files/download", headers, None)
        except _RefusedError as error:
            if "not_found" in error.summary:
                raise changed(where) from error
            raise self._no(f"{file.name} cannot be read", error) from error
        part = re.match(r"bytes ([0-9]{1,18})-", response.headers.get("Content-Range", ""))
        begin = int(part[1]) if part and response.status_code == codes.PARTIAL_CONTENT else 0
        left = None if file.size is None else file.size - begin
        read = self._content.chunks(response)
        return stream(read, response.close, left=left, where=where, skip=offset - begin)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """A newer file of the same name is left where it is: it is not what was loaded."""
        del rejected
        if after.action == "leave":
            return
        path = f"{self._folder}/{file.name}"
        try:
            if self._call("get_metadata", path=path).get("rev") != file.version:
                return
            if after.action == "delete":
                self._call("delete_v2", path=path, parent_rev=file.version)
            else:
                self._move(path, f"{self._folder}/{self._make(parts_below(after.folder))}/{file.name}")
        except _RefusedError as error:
            # gone already, or another came between the look and the deed
            if not re.match(r"(path|path_lookup|from_lookup)/not_found|path_write/conflict", error.summary):
                raise self._no(f"{file.name} cannot be {after.action}d", error) from error

    def put(self, file: Path, name: str) -> None:
        """Store a file as ``name`` below the folder. Dropbox shows it when it has all of it, and makes the folders."""
        path = "/".join((self._folder, *parts_below(name)))
        size = file.stat().st_size
        how = {"path": path, "mode": "overwrite", "autorename": False, "mute": True, "strict_conflict": False}
        try:
            if size > _ONE_CALL:
                answer = self._session(file, size, how)
            else:
                answer = self._upload("upload", how, Piece(file, 0, size))
        except _RefusedError as error:
            if _LOST.match(error.summary):
                raise SourceDownError(
                    f"Dropbox has lost the upload: {error.summary.strip('/.')}", where=self._at(name),
                    remedy="Try again.",
                ) from error  # fmt: skip
            raise self._no(f"{name} cannot be written", error) from error
        if answer.get("size") != size:
            raise SourceDownError("only a part of the file has arrived", where=self._at(name), remedy="Try again.")

    def close(self) -> None:
        self._api.close()
        self._content.close()

    def _listed(self) -> Iterator[RemoteFile]:
        answer = self._call("list_folder", path=self._folder, limit=_PAGE, include_non_downloadable_files=False)
        while True:
            try:
                page = [_file(entry) for entry in answer["entries"] if entry.get(".tag") == "file"]
                cursor = answer["cursor"] if answer["has_more"] else None
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise FeedError(
                    "the answer is no list of files", where=self._at(), remedy="Check api_url of the source."
                ) from error
            yield from page
            if cursor is None:
                return
            answer = self._call("list_folder/continue", cursor=cursor)

    def _move(self, path: str, target: str) -> None:
        names = {"from_path": path, "to_path": target, "autorename": False}
        try:
            self._call("move_v2", **names)
        except _RefusedError as error:
            if not error.summary.startswith("to/conflict/file"):
                raise
            try:
                self._call("delete_v2", path=target)
            except _RefusedError as gone:
                if not gone.summary.startswith("path_lookup/not_found"):
                    raise
            self._call("move_v2", **names)

    def _make(self, parts: tuple[str, ...]) -> str:
        for depth in range(1, len(parts) + 1):
            folder = "/".join((self._folder, *parts[:depth]))
            if folder not in self._made:
                try:
                    self._call("create_folder_v2", path=folder, autorename=False)
                except _RefusedError as error:
                    if not error.summary.startswith("path/conflict/folder"):
                        raise
                self._made.add(folder)
        return "/".join(parts)

    def _session(self, file: Path, size: int, how: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing is shown before the session is finished; one that is left alone runs out by itself."""
        started = self._upload("upload_session/start", {"close": False}, Piece(file, 0, _CHUNK))
        sent = _CHUNK
        while True:
            cursor = {"session_id": started.get("session_id"), "offset": sent}
            piece = Piece(file, sent, min(size - sent, _CHUNK))
            if sent + piece.size == size:
                return self._upload("upload_session/finish", {"cursor": cursor, "commit": how}, piece)
            self._upload("upload_session/append_v2", {"cursor": cursor, "close": False}, piece)
            sent += piece.size

    def _upload(self, name: str, argument: Mapping[str, Any], piece: Piece) -> dict[str, Any]:
        headers = {"Dropbox-API-Arg": json.dumps(argument), "Content-Type": "application/octet-stream"}
        return self._json(self._sent(self._content, f"/2/files/{name}", headers, piece))

    def _call(self, name: str, **argument: Any) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        response = self._sent(self._api, f"/2/files/{name}", headers, json.dumps(argument).encode())
        return self._json(response)

    def _sent(self, http: Http, path: str, headers: Mapping[str, str], content: bytes | Piece | None) -> httpx.Response:
        """The answer to a call with 200 or 206. A token that has run out is renewed once."""
        fresh = not self._token
        if fresh:
            self._renew()
        for _ in range(2):
            token = {"Authorization": f"Bearer {self._token}"}
            response = http.send(
                "POST", str(http.url).rstrip("/") + path, headers={**headers, **token}, content=content
            )
            if response.status_code in {codes.OK, codes.PARTIAL_CONTENT}:
                return response
            if response.status_code != codes.UNAUTHORIZED or fresh or self._place.refresh_token is None:
                break
            response.close()
            self._renew()
            fresh = True
        raise self._refusal(http, response)

    def _renew(self) -> None:
        """RFC 6749, section 6. An app with PKCE has no secret."""
        place = self._place
        if place.refresh_token is None:
            raise FeedError("there is neither a token nor a refresh token", where=self._at(), remedy=_TOKENS)
        form = {"grant_type": "refresh_token", "refresh_token": place.refresh_token.get_secret_value()}
        form["client_id"] = place.app_key or ""
        if place.app_secret is not None:
            form["client_secret"] = place.app_secret.get_secret_value()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = str(self._api.url).rstrip("/") + "/oauth2/token"
        response = self._api.send("POST", url, headers=headers, content=urlencode(form).encode())
        if response.status_code in {codes.BAD_REQUEST, codes.UNAUTHORIZED}:
            response.close()
            raise FeedError(
                "Dropbox refuses the refresh token, or the app's key or secret", where=self._at(), remedy=_TOKENS
            )
        if response.status_code != codes.OK:
            raise self._api.refusal(response, "Dropbox gives no token")
        token = self._json(response).get("access_token")
        if not isinstance(token, str):
            raise FeedError("Dropbox answers without a token", where=self._at(), remedy="Check api_url of the source.")
        self._token = token
        for http in (self._api, self._content):
            http.secrets.append(token)

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = json.loads(self._api.whole(response, _LIMIT))
        except ValueError as error:
            raise FeedError("the answer is no JSON", where=self._at(), remedy="Check api_url of the source.") from error
        return answer if isinstance(answer, dict) else {}

    def _refusal(self, http: Http, response: httpx.Response) -> Exception:
        try:
            answer = json.loads(http.whole(response, _LIMIT))
            summary = re.sub(r"[^\w/.]", "", str(answer["error_summary"]))[:200]
        except (ValueError, LookupError, TypeError):
            summary = ""
        match response.status_code:
            case codes.CONFLICT if re.match(
                r"(path_write|path|to|from_write)?/?too_many_(write_operations|files)", summary
            ):
                return SourceDownError("Dropbox is busy", where=self._at(), remedy="Try again later.")
            case codes.CONFLICT if summary:
                return _RefusedError(summary)
            case codes.UNAUTHORIZED:
                return FeedError(f"Dropbox refuses the token ({summary.strip('/.')})", where=self._at(), remedy=_TOKENS)
            case _:
                return http.refusal(response, "Dropbox refuses the call", detail=summary)

    def _no(self, what: str, error: _RefusedError) -> SmcError:
        summary = error.summary.strip("/.")
        if "insufficient_space" in summary:
            return SourceDownError(f"{what}: {summary}", where=self._at(), remedy="Free some space in the account.")
        return FeedError(
            f"{what}: {summary}", where=self._at(), remedy="Check path of the source, and what the app may do there."
        )

    def _at(self, name: str = "") -> str:
        return f"{self._api.where}{self._folder}/{name}"


_TOKENS = (
    "Give 'token', or 'refresh_token' with 'app_key' and 'app_secret', of an app with the permissions "
    "files.metadata.read, files.content.read and files.content.write."
)


def _file(entry: Mapping[str, Any]) -> RemoteFile:
    at = datetime.strptime(entry["server_modified"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return RemoteFile(str(entry["name"]), int(entry["size"]), at, str(entry["rev"]))

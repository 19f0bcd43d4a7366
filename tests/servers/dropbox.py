"""The documented HTTP API of Dropbox, as far as files go: the same paths, headers and shapes of errors.

After https://www.dropbox.com/developers/documentation/http/documentation. There is no real server to test with.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

FOLDER = "/Drops/Магазин"
REFRESH, APP_KEY, APP_SECRET = "refresh-token-of-tests", "app-key", "app-secret-of-tests"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_REV = re.compile(r"rev:[0-9a-f]{9,}")
_MOST = 150 << 20
_Answer = tuple[int, bytes, dict[str, str]]
_PATH = re.compile(r"(/(.|[\r\n])*)?")


@dataclass(frozen=True, slots=True)
class _File:
    shown: str
    data: bytes
    number: int

    @property
    def rev(self) -> str:
        return f"{self.number:015x}"

    def metadata(self) -> dict[str, Any]:
        at = f"{_START + timedelta(seconds=self.number):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "name": self.shown.rpartition("/")[2], "path_lower": self.shown.lower(), "path_display": self.shown,
            "id": f"id:{self.number}", "client_modified": at, "server_modified": at, "rev": self.rev,
            "size": len(self.data), "is_downloadable": True, "content_hash": "0" * 64,
        }  # fmt: skip


class _NoError(Exception):
    """An answer of the API that is not 200."""

    def __init__(self, status: int, summary: str, headers: dict[str, str] | None = None, **body: Any) -> None:
        super().__init__(summary)
        self.status = status
        self.headers = headers or {}
        tags = summary.strip("/").split("/")
        error: dict[str, Any] = {".tag": tags[-1]}
        for tag in reversed(tags[:-1]):
            error = {".tag": tag, tag: error}
        self.body: dict[str, Any] = {"error_summary": f"{summary.rstrip('/')}/..", "error": error | body}


@dataclass(slots=True)
class DropboxServer:
    """``page``: entries of one answer of a list. ``failures``: answers of the next calls, None for the right
    one. ``calls``: what was asked. ``most``: bytes that one call takes. ``sessions``: what has arrived of uploads that
    are not finished; ``lossy``: the last byte of each call gets lost.
    """

    port: int
    page: int = 2000
    token: str = "sl.first"  # noqa: S105 # of a fake
    failures: list[_NoError | None] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    files: dict[str, _File] = field(default_factory=dict)
    history: dict[str, _File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    ranges: bool = True
    most: int = _MOST
    lossy: bool = False
    sessions: dict[str, bytearray] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(0x10_0000_0000))
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def place(self) -> dict[str, Any]:
        """As in YAML below ``source.dropbox``."""
        url = f"http://127.0.0.1:{self.port}"
        return {"path": FOLDER, "token": self.token, "api_url": url, "content_url": url, "timeout": 20}

    @property
    def refreshed(self) -> dict[str, Any]:
        """A place that gets its token by itself."""
        place = {name: value for name, value in self.place.items() if name != "token"}
        return place | {"refresh_token": REFRESH, "app_key": APP_KEY, "app_secret": APP_SECRET}

    def put(self, name: str, data: bytes) -> None:
        self.store(f"{FOLDER}/{name}", data)

    def names(self) -> list[str]:
        """Every file below the folder, those of folders too."""
        return sorted(file.shown[len(FOLDER) + 1 :] for file in self.files.values())

    def get(self, name: str) -> bytes:
        return self.files[f"{FOLDER}/{name}".lower()].data

    def fail(self, status: int, summary: str, headers: dict[str, str] | None = None, **body: Any) -> None:
        """The next call is answered so."""
        self.failures.append(_NoError(status, summary, headers, **body))

    def store(self, path: str, data: bytes) -> _File:
        made = _File(path, data, next(self.numbers))
        self.files[path.lower()] = self.history[made.rev] = made
        self.parents(path.rpartition("/")[0])
        return made

    def parents(self, path: str) -> None:
        while path:
            self.folders.add(path)
            path = path.rpartition("/")[0]

    def is_folder(self, path: str) -> bool:
        return path.lower() in {"", *(folder.lower() for folder in self.folders)}

    def found(self, path: str, kind: str) -> _File:
        if path.lower() not in self.files:
            raise _NoError(409, f"{kind}/{'not_file' if self.is_folder(path) else 'not_found'}")
        return self.files[path.lower()]

    def run(self, name: str, argument: dict[str, Any]) -> dict[str, Any]:
        """One call of /2/files/."""
        paths = [argument[key] for key in ("path", "from_path", "to_path") if key in argument]
        if not all(_PATH.fullmatch(path) for path in paths) or "/" in paths:
            raise ValueError("path: did not match pattern")
        deeds: dict[str, Callable[..., dict[str, Any]]] = {
            "list_folder": self._list, "list_folder/continue": self._more, "get_metadata": self._look,
            "move_v2": self._move, "delete_v2": self._delete, "create_folder_v2": self._create,
        }  # fmt: skip
        return deeds[name](**argument)

    def take(self, name: str, argument: dict[str, Any], body: bytes) -> dict[str, Any] | None:
        """One call of /2/files/ that carries bytes."""
        if len(body) > self.most:
            raise _NoError(409, "payload_too_large")
        deeds: dict[str, Callable[..., dict[str, Any] | None]] = {
            "upload": self._upload, "upload_session/start": self._start, "upload_session/append_v2": self._append,
            "upload_session/finish": self._finish,
        }  # fmt: skip
        return deeds[name](body, **argument)

    def _upload(self, body: bytes, **commit: Any) -> dict[str, Any]:
        try:
            return self._commit(body, **commit)
        except _NoError as error:  # its shape differs from that of the end of a session
            error.body["error"] = {".tag": "path", "reason": error.body["error"]["path"], "upload_session_id": ""}
            raise

    def _commit(
        self,
        data: bytes,
        *,
        path: str,
        mode: str = "add",
        autorename: bool = False,
        mute: bool = False,
        strict_conflict: bool = False,
    ) -> dict[str, Any]:
        if not _PATH.fullmatch(path) or path in {"", "/"}:
            raise ValueError("path: did not match pattern")
        if mode != "overwrite" or autorename or strict_conflict or not isinstance(mute, bool):
            raise ValueError("the fake only overwrites")
        if self.is_folder(path):
            raise _NoError(409, "path/conflict/folder")
        above = path.rpartition("/")[0]
        while above:
            if above.lower() in self.files:
                raise _NoError(409, "path/conflict/file_ancestor")
            above = above.rpartition("/")[0]
        there = self.files.get(path.lower())
        same = there is not None and there.data == data
        return (there if there is not None and same else self.store(path, data)).metadata()

    def _start(self, body: bytes, close: bool = False) -> dict[str, Any]:
        session = f"pid_upload_session:{next(self.numbers):x}"
        self.sessions[session] = bytearray(body)
        self.closed |= {session} if close else set()
        return {"session_id": session}

    def _append(self, body: bytes, cursor: dict[str, Any], close: bool = False) -> None:
        session = self._session(**cursor)
        if session in self.closed:
            raise _NoError(409, "closed")
        self.sessions[session] += body[:-1] if self.lossy else body
        self.closed |= {session} if close else set()

    def _finish(self, body: bytes, cursor: dict[str, Any], commit: dict[str, Any]) -> dict[str, Any]:
        session = self._session("lookup_failed/", **cursor)
        made = self._commit(bytes(self.sessions[session]) + body, **commit)
        del self.sessions[session]
        return made

    def _session(self, when: str = "", *, session_id: str, offset: int) -> str:
        if session_id not in self.sessions:
            raise _NoError(409, f"{when}not_found")
        there = len(self.sessions[session_id])
        if offset != there:
            error = _NoError(409, f"{when}incorrect_offset")
            inner = error.body["error"]
            (inner[inner[".tag"]] if when else inner)["correct_offset"] = there
            raise error
        return session_id

    def _list(self, path: str, limit: int = 2000, include_non_downloadable_files: bool = True) -> dict[str, Any]:
        if not self.is_folder(path):
            raise _NoError(409, f"path/{'not_folder' if path.lower() in self.files else 'not_found'}")
        low = path.lower()
        inside = [file.metadata() | {".tag": "file"} for file in self.files.values() if _above(file.shown) == low]
        inside += [
            {".tag": "folder", "name": one.rpartition("/")[2], "path_display": one, "id": "id:f"}
            for one in self.folders
            if _above(one) == low
        ]
        if include_non_downloadable_files:
            inside.append({".tag": "file", "name": "Notes.paper", "is_downloadable": False})
        return self._page(inside, 0, min(limit, self.page))

    def _more(self, cursor: str) -> dict[str, Any]:
        rest = json.loads(cursor)
        return self._page(rest["entries"], rest["at"], self.page)

    @staticmethod
    def _page(entries: list[dict[str, Any]], at: int, size: int) -> dict[str, Any]:
        end = at + size
        cursor = json.dumps({"entries": entries, "at": end})
        return {"entries": entries[at:end], "cursor": cursor, "has_more": end < len(entries)}

    def _look(self, path: str) -> dict[str, Any]:
        if path.lower() not in self.files and self.is_folder(path):
            return {".tag": "folder", "name": path.rpartition("/")[2]}
        return self.found(path, "path").metadata() | {".tag": "file"}

    def _delete(self, path: str, parent_rev: str | None = None) -> dict[str, Any]:
        file = self.found(path, "path_lookup")
        if parent_rev not in {None, file.rev}:
            raise _NoError(409, "path_write/conflict/file")
        del self.files[path.lower()]
        return {"metadata": file.metadata() | {".tag": "file"}}

    def _move(self, from_path: str, to_path: str, autorename: bool = True) -> dict[str, Any]:
        if autorename:
            raise ValueError("the fake gives no other names")
        file = self.found(from_path, "from_lookup")
        if to_path.lower() in self.files or self.is_folder(to_path):
            raise _NoError(409, f"to/conflict/{'file' if to_path.lower() in self.files else 'folder'}")
        del self.files[from_path.lower()]
        return {"metadata": self.store(to_path, file.data).metadata() | {".tag": "file"}}

    def _create(self, path: str, autorename: bool = True) -> dict[str, Any]:
        if autorename:
            raise ValueError("the fake gives no other names")
        if path.lower() in self.files or self.is_folder(path):
            raise _NoError(409, f"path/conflict/{'file' if path.lower() in self.files else 'folder'}")
        self.parents(path)
        return {"metadata": {"name": path.rpartition("/")[2], "id": "id:f"}}


def _above(path: str) -> str:
    return path.rpartition("/")[0].lower()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the client
    box: DropboxServer

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:  # the line broke: nothing has been asked
            self.close_connection = True
            return
        try:
            with self.box.lock:
                self.box.calls.append(self.path)
                answer = self._answered(body)
        except _NoError as error:
            answer = error.status, json.dumps(error.body).encode(), error.headers
        except (ValueError, LookupError, TypeError) as error:
            answer = 400, f"Error in call to API function: {error}".encode(), {"Content-Type": "text/plain"}
        self._send(*answer)

    def _answered(self, body: bytes) -> _Answer:
        if self.path == "/oauth2/token":
            return 200, json.dumps(self._token(parse_qs(body.decode()))).encode(), {}
        self._allow()
        if self.box.failures and (failure := self.box.failures.pop(0)):
            raise failure
        if self.path == "/2/files/download":
            return self._download()
        if "upload" in self.path:
            return 200, json.dumps(self._taken(body)).encode(), {}
        return 200, json.dumps(self.box.run(self.path.removeprefix("/2/files/"), self._argument(body))).encode(), {}

    def _taken(self, body: bytes) -> dict[str, Any] | None:
        if self.headers.get("Content-Type") != "application/octet-stream":
            raise ValueError("Bad HTTP 'Content-Type' header")
        argument: dict[str, Any] = json.loads(self.headers["Dropbox-API-Arg"].encode("ascii"))
        return self.box.take(self.path.removeprefix("/2/files/"), argument, body)

    def _argument(self, body: bytes) -> dict[str, Any]:
        if self.headers.get("Content-Type") != "application/json":
            raise ValueError("Bad HTTP 'Content-Type' header")
        argument: dict[str, Any] = json.loads(body)
        return argument

    def _token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        given = [form.get(name, [""])[0] for name in ("grant_type", "refresh_token", "client_id", "client_secret")]
        if given != ["refresh_token", REFRESH, APP_KEY, APP_SECRET]:
            error = _NoError(400, "invalid_grant")
            error.body = {"error": "invalid_grant", "error_description": "refresh token is invalid or revoked"}
            raise error
        return {"access_token": self.box.token, "token_type": "bearer", "expires_in": 14400}

    def _allow(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.box.token}":
            old = self.headers.get("Authorization", "").startswith("Bearer sl.")
            raise _NoError(401, "expired_access_token" if old else "invalid_access_token")

    def _download(self) -> _Answer:
        if self.headers.get("Content-Type") not in {None, "", "text/plain", "application/octet-stream"}:
            raise ValueError("Bad HTTP 'Content-Type' header")
        path = json.loads(self.headers["Dropbox-API-Arg"].encode("ascii"))["path"]
        if _REV.fullmatch(path):
            file = self.box.history.get(path.removeprefix("rev:"))
            if file is None:
                raise _NoError(409, "path/not_found")
        else:
            file = self.box.found(path, "path")
        headers = {"Dropbox-API-Result": json.dumps(file.metadata()), "Content-Type": "application/octet-stream"}
        part = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("Range", "")) if self.box.ranges else None
        begin = int(part[1]) if part else 0
        if part:
            headers["Content-Range"] = f"bytes {begin}-{len(file.data) - 1}/{len(file.data)}"
        return 206 if part else 200, file.data[begin:], headers

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # the client went away
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the name in the library
        """Nothing on standard error."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that tests cut off are nothing to tell."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture
def dropbox_server() -> Iterator[DropboxServer]:
    """An account with an empty folder."""
    with _Quiet(("127.0.0.1", 0), type("Handler", (_Handler,), {})) as server:
        box = DropboxServer(server.server_address[1])
        box.parents(FOLDER)
        server.RequestHandlerClass.box = box  # type: ignore[attr-defined] # made just above
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()

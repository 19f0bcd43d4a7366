"""A WebDAV folder, against Apache, and against a server that answers what Apache never would."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from smc.config.specs.source import WebdavPlace
from smc.errors import FeedError, FileChangedError, SourceDownError
from smc.import_.sources.source import Source
from smc.import_.sources.stream import is_safe
from tests.import_.source_contract import DATA, DELETE, MOVE, Make, SourceContract, refused, taken
from tests.servers.tls import Certificates
from tests.servers.webdav import PASSWORD, WebdavServer

pytestmark = pytest.mark.server


@pytest.fixture
def server(webdav_server: WebdavServer) -> WebdavServer:
    return webdav_server


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    from smc.import_.sources.webdav import WebdavSource

    made: list[Source] = []

    def one(place: dict[str, Any]) -> Source:
        made.append(WebdavSource(WebdavPlace.model_validate(place), tmp_path))
        return made[-1]

    yield one
    for source in made:
        source.close()


class TestWebdav(SourceContract):
    secrets: ClassVar[tuple[str, ...]] = (PASSWORD, "am9lOnBhc3M")
    missing: ClassVar[dict[str, Any] | None] = None
    wrong: ClassVar[dict[str, Any]] = {"password": "another password"}


def test_a_folder_that_is_not_there_or_is_a_file(server: WebdavServer, make: Make) -> None:
    server.put("a.csv", b"1")
    for url in (f"{server.place['url']}/none", f"{server.place['url']}/a.csv"):
        refused(FeedError, partial(make(server.place | {"url": url}).files, "*"), where=f":{server.port}", secrets=())


def test_a_file_that_changes_between_list_and_read_is_not_read(server: WebdavServer, make: Make) -> None:
    server.put("a.csv", DATA)
    source = make(server.place)
    file = source.files("*")[0]
    server.put("a.csv", DATA + b"x")
    for offset in (0, 1_000):
        refused(FileChangedError, partial(source.open, file, offset), where="a.csv", secrets=())
    (server.folder / "a.csv").unlink()
    refused(FileChangedError, partial(source.open, file), where="a.csv", secrets=())
    source.finish(file, DELETE)


def test_a_file_stays_the_same_when_its_etag_stops_being_weak(server: WebdavServer, make: Make) -> None:
    """Apache marks the ETag of a file as weak while it is younger than a second or two."""
    server.put("a.csv", DATA)
    source = make(server.place)
    young = source.files("*")[0]
    time.sleep(2.1)
    assert source.files("*")[0].version == young.version
    assert taken(source, young) == DATA


def test_only_a_known_authority_is_trusted(server: WebdavServer, make: Make, certificates: Certificates) -> None:
    server.put("a.csv", DATA)
    place = server.place | {"url": f"https://127.0.0.1:{server.tls_port}/dav/{server.folder.name}"}
    source = make(place | {"ca_file": str(certificates.authority)})
    file = source.files("*")[0]
    assert taken(source, file, 10) == DATA[10:]
    source.finish(file, MOVE)
    assert server.names() == ["done/of week/a.csv"]
    others: tuple[dict[str, Any], ...] = ({}, {"ca_file": str(certificates.stranger)})
    for more in others:
        where = f"127.0.0.1:{server.tls_port}"
        error = refused(FeedError, partial(make(place | more).files, "*"), where=where, secrets=(PASSWORD,))
        assert "certificate" in error.what
        assert certificates.fingerprint in error.remedy


def test_another_host_is_not_followed_and_another_path_is(server: WebdavServer, make: Make) -> None:
    server.put("a.csv", DATA)
    base = f"http://127.0.0.1:{server.port}"
    error = refused(
        FeedError, partial(make(server.place | {"url": f"{base}/elsewhere"}).files, "*"), where="127.0.0.1", secrets=()
    )
    assert "https://files.example.com" in error.what
    source = make(server.place | {"url": f"{base}/old/{server.folder.name}"})
    file = source.files("*")[0]
    assert taken(source, file) == DATA
    source.finish(file, DELETE)
    assert server.names() == []


def test_a_folder_is_never_overwritten_by_a_file(server: WebdavServer, make: Make) -> None:
    server.put("a.csv", b"1")
    (server.folder / "done" / "of week" / "a.csv").mkdir(parents=True)
    (server.folder / "done" / "of week" / "a.csv" / "treasure").write_bytes(b"1")
    source = make(server.place)
    refused(FeedError, partial(source.finish, source.files("*")[0], MOVE), where=f":{server.port}/", secrets=())
    assert server.names() == ["a.csv", "done/of week/a.csv/treasure"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://files.example.com/dav"}, {"url": "https://u:p@files.example.com"}, {"password": None},
        {"url": "https://files.example.com/dav?key=1"}, {"url": "https://"}, {"url": "http://127.0.0.1.example.com/"},
    ],
)  # fmt: skip
def test_settings_that_give_away_a_password_are_refused(wrong: dict[str, Any]) -> None:
    good = {"url": "https://files.example.com/dav", "user": "u", "password": "p"}
    WebdavPlace.model_validate(good)
    with pytest.raises(ValidationError):
        WebdavPlace.model_validate(good | wrong)


# What no honest server says.


class _Liar(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    listing: ClassVar[bytes] = b""
    body: ClassVar[bytes] = b""
    told: ClassVar[dict[str, str]] = {}
    removed: ClassVar[list[str]] = []

    def do_PROPFIND(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._send(207, self.listing, {})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(201, b"", {})

    def do_MKCOL(self) -> None:
        self._send(201, b"", {})

    def do_DELETE(self) -> None:
        self.removed.append(self.path)
        self._send(200, b"", {})

    def do_GET(self) -> None:
        self._send(200, self.body, self.told)

    def _send(self, status: int, body: bytes, told: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | told).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # refused half-way
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the name in the library
        """Nothing on standard error."""


@contextmanager
def lying(listing: bytes, body: bytes = b"", told: dict[str, str] | None = None) -> Iterator[str]:
    handler = type("Liar", (_Liar,), {"listing": listing, "body": body, "told": told or {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/dav"
        server.shutdown()
        thread.join()


def listed(*entries: tuple[str, str], own: str = "/dav/", alone: bool = False) -> bytes:
    """A multistatus with hrefs and further properties; ``alone`` without the folder that holds them."""
    shape = (
        "<D:response><D:href>{}</D:href><D:propstat><D:prop>{}</D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )
    folder = "<D:resourcetype><D:collection/></D:resourcetype>"
    inside = "".join(shape.format(href, more) for href, more in (*(() if alone else ((own, folder),)), *entries))
    return f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{inside}</D:multistatus>'.encode()


BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;">]><b>&c;</b>"""
)
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><b>&a;</b>"""


@pytest.mark.parametrize(
    "answer", [BOMB, OUTSIDE, b"<html>", b"", b"\xff\xfe\x00", b"<?xml version='1.0' encoding='x'?>"]
)
def test_xml_that_harms_or_is_none_is_refused(make: Make, answer: bytes) -> None:
    with lying(answer) as url:
        refused(FeedError, partial(make({"url": url}).files, "*"), where="127.0.0.1:", secrets=("root:",))


def test_an_endless_list_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smc.import_.sources.webdav._LISTING_LIMIT", 1 << 20)
    with lying(b"<a>" * (1 << 20)) as url:
        error = refused(FeedError, partial(make({"url": url}).files, "*"), where="127.0.0.1:", secrets=())
        assert "more than 1 MiB" in error.what


@pytest.mark.parametrize(
    "href", ["/dav/..%2Fevil.csv", "/dav/%2E%2E", "/dav/a%00b.csv", "/dav/a%0Ab.csv", "/dav/%FF.csv"]
)
def test_a_name_that_leads_elsewhere_is_refused(make: Make, href: str) -> None:
    with lying(listed((href, ""), ("/dav/good.csv", ""))) as url:
        found = make({"url": url}).files("*")
        assert [file.name for file in found if not file.bad] == ["good.csv"]
        assert sorted(bool(file.bad) for file in found) == [False, True]


def test_files_of_other_folders_are_not_listed(make: Make) -> None:
    inside = "https://proxy.example.com/dav/in.csv"
    with lying(listed(("/dav/sub/deep.csv", ""), ("/other/x.csv", ""), (inside, ""))) as url:
        assert [file.name for file in make({"url": url}).files("*")] == ["in.csv"]


def test_a_server_behind_a_proxy_may_show_another_path(make: Make) -> None:
    with lying(listed(("/inner/dav/in.csv", ""), ("/inner/dav/sub/x.csv", ""), own="/inner/dav")) as url:
        assert [file.name for file in make({"url": url}).files("*")] == ["in.csv"]


@given(name=st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_every_name_comes_back_or_is_refused(name: str) -> None:
    from smc.import_.sources.webdav import _entries

    found = list(_entries(fromstring(listed((f"/dav/{quote(name, safe='', errors='surrogatepass')}", "")))))[
        1
    ].file.name
    assert found == name or not is_safe(found)


def test_a_server_without_ranges_and_etags(make: Make) -> None:
    """It sends everything again; what is known already is passed over."""
    time = "Sun, 22 Nov 2026 03:10:34 GMT"
    entry = f"<D:getcontentlength>{len(DATA)}</D:getcontentlength><D:getlastmodified>{time}</D:getlastmodified>"
    with lying(listed(("/dav/a.csv", entry)), DATA, {"Last-Modified": time}) as url:
        source = make({"url": url})
        file = source.files("*")[0]
        assert file.version == f"2026-11-22T03:10:34Z {len(DATA)}"
        assert taken(source, file, 1_234_567) == DATA[1_234_567:]


def test_a_newer_file_without_version_is_not_deleted(make: Make) -> None:
    size = "<D:getcontentlength>{}</D:getcontentlength>"
    with lying(listed(("/dav/a.csv", size.format(3)))) as url:
        (file,) = make({"url": url}).files("*")
    with lying(listed(("/dav/a.csv", size.format(5)), alone=True)) as url:
        make({"url": url}).finish(file, DELETE)  # a DELETE would be answered by 501


def test_a_file_that_is_listed_twice_is_one_file_or_refused(make: Make) -> None:
    one, other = ("/dav/a.csv", "<D:getetag>1</D:getetag>"), ("/dav/a.csv", "<D:getetag>2</D:getetag>")
    with lying(listed(one, one)) as url:
        assert [file.name for file in make({"url": url}).files("*")] == ["a.csv"]
    with lying(listed(one, other)) as url:
        refused(FeedError, partial(make({"url": url}).files, "*"), where="127.0.0.1:", secrets=())


def test_an_answer_shorter_or_longer_than_listed(make: Make) -> None:
    entry = "<D:getcontentlength>100</D:getcontentlength><D:getetag>&quot;1&quot;</D:getetag>"
    listing = listed(("/dav/a.csv", entry))
    with lying(listing, b"x" * 40, {"ETag": '"1"', "Content-Length": "100", "Connection": "close"}) as url:
        source = make({"url": url})
        refused(SourceDownError, partial(taken, source, source.files("*")[0]), where="127.0.0.1:", secrets=())
    for told in ({"Content-Length": "120"}, {"Transfer-Encoding": "chunked", "Content-Length": ""}):
        body = b"x" * 120 if "Transfer-Encoding" not in told else b"78\r\n" + b"x" * 120 + b"\r\n0\r\n\r\n"
        with lying(listing, body, {"ETag": '"1"'} | told) as url:
            source = make({"url": url})
            refused(FileChangedError, partial(taken, source, source.files("*")[0]), where="127.0.0.1:", secrets=())


@pytest.mark.parametrize(("status", "kind"), [(429, SourceDownError), (503, SourceDownError), (418, FeedError)])
def test_a_busy_server_can_be_tried_again(make: Make, status: int, kind: type[FeedError]) -> None:
    with lying(listed(("/dav/a.csv", ""))) as url:
        source = make({"url": url})
        file = source.files("*")[0]
    handler = type("Busy", (_Liar,), {"do_GET": lambda self: self._send(status, b"", {"Retry-After": "7"})})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        source = make({"url": f"http://127.0.0.1:{server.server_address[1]}/dav"})
        error = refused(kind, partial(source.open, file), where="127.0.0.1:", secrets=())
        assert (re.search(r"wait 7 s", error.remedy) is not None) == (kind is SourceDownError)
        server.shutdown()
        thread.join()


def test_a_file_that_is_written_while_it_is_read_is_not_whole(server: WebdavServer, make: Make) -> None:
    server.put("a.csv", DATA)
    source = make(server.place)
    file = source.files("*")[0]
    with source.open(file) as stream:
        stream.read(1_000)
        with (server.folder / "a.csv").open("r+b") as same:
            same.write(b"other")
            os.utime(same.fileno(), (1, 1))
        refused(FileChangedError, stream.read, where="a.csv", secrets=())


def test_half_a_file_does_not_replace_a_whole_one(tmp_path: Path) -> None:
    from smc.import_.sources.webdav import WebdavSource

    (tmp_path / "new.csv").write_bytes(b"1234")
    with lying(listed(("/dav/x", "<D:getcontentlength>2</D:getcontentlength>"), alone=True)) as url:
        source = WebdavSource(WebdavPlace.model_validate({"url": url}), tmp_path)
        error = refused(
            SourceDownError, partial(source.put, tmp_path / "new.csv", "in one/a b.csv"), where="a b.csv", secrets=()
        )  # a MOVE would be answered by 501
        source.close()
    assert "only a part" in error.what
    assert re.fullmatch(r"/dav/in%20one/\.a%20b\.csv\.[0-9a-f]{8}\.part", _Liar.removed.pop())

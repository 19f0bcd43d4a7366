"""Objects of a bucket, against SeaweedFS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from smc.config.specs.source import S3Place
from smc.errors import FeedError, FileChangedError, SourceDownError
from smc.import_.sources.source import RemoteFile, Source
from tests.import_.source_contract import DATA, DELETE, MOVE, Make, SourceContract, refused, taken, through
from tests.servers.s3 import KEY, SECRET, S3Server
from tests.servers.tls import Certificates, tls_relay

pytestmark = pytest.mark.server


@pytest.fixture
def server(s3_server: S3Server) -> S3Server:
    return s3_server


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    from smc.import_.sources.s3 import S3Source

    made: list[Source] = []

    def one(place: dict[str, Any]) -> Source:
        made.append(S3Source(S3Place.model_validate(place), tmp_path))
        return made[-1]

    yield one
    for source in made:
        source.close()


class TestS3(SourceContract):
    secrets: ClassVar[tuple[str, ...]] = (KEY, SECRET)
    missing: ClassVar[dict[str, Any]] = {"bucket": "no-such-bucket"}
    wrong: ClassVar[dict[str, Any]] = {"secret": "anotherSecret000000000000000000000000001"}


def test_more_than_one_page_of_keys(server: S3Server, make: Make) -> None:
    names = [f"{number:04}.csv" for number in range(1_003)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(server.put, data=b"x"), names))
    assert [file.name for file in make(server.place).files("*")] == names


def test_a_name_that_looks_like_a_version(server: S3Server, make: Make) -> None:
    server.put("a.csv", b"another")
    server.put("a.csv?versionId=1", b"this")
    source = make(server.place)
    file = source.files("*versionId*")[0]
    assert taken(source, file) == b"this"
    source.finish(file, MOVE)
    assert server.names() == ["a.csv", "done/of week/a.csv?versionId=1"]


def test_an_object_that_changes_between_list_and_read_is_not_read(server: S3Server, make: Make) -> None:
    server.put("a.csv", DATA)
    source = make(server.place)
    file = source.files("*")[0]
    server.put("a.csv", DATA[::-1])
    for offset in (0, 1_000):
        error = refused(FileChangedError, partial(source.open, file, offset), where=server.prefix, secrets=())
        assert "changed" in error.what
    source.finish(file, DELETE)
    assert server.names() == ["a.csv"]
    server.client.delete_object(Bucket=server.place["bucket"], Key=f"{server.prefix}a.csv")
    refused(FileChangedError, lambda: source.open(file), where=server.prefix, secrets=())


def test_a_name_with_a_control_character_is_said(server: S3Server, make: Make) -> None:
    server.put("a\tb.csv", b"1")
    server.put("good.csv", b"1")
    source = make(server.place)
    assert [file.name for file in source.files("good*")] == ["good.csv"]
    assert [(file.name, bool(file.bad)) for file in source.files("*")] == [("a\\tb.csv", True), ("good.csv", False)]


def test_keys_may_come_from_the_environment(
    server: S3Server, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    server.put("a.csv", b"1")
    place = {name: value for name, value in server.place.items() if name not in {"key", "secret", "region"}}
    error = refused(FeedError, lambda: make(place).files("*"), where="127.0.0.1:", secrets=())
    assert "AWS_ACCESS_KEY_ID" in error.remedy
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert [file.name for file in make(place).files("*")] == ["a.csv"]


def test_only_a_known_authority_is_trusted(server: S3Server, make: Make, certificates: Certificates) -> None:
    server.put("a.csv", DATA)
    with tls_relay(server.port, certificates) as port:
        place = through(server.place, server.port, port) | {"endpoint": f"https://127.0.0.1:{port}"}
        source = make(place | {"ca_file": str(certificates.authority)})
        assert taken(source, source.files("*")[0]) == DATA
        others: tuple[dict[str, Any], ...] = ({}, {"ca_file": str(certificates.stranger)})
        for more in others:
            error = refused(
                FeedError, partial(make(place | more).files, "*"), where=f"127.0.0.1:{port}", secrets=(SECRET,)
            )
            assert "certificate" in error.what
            assert certificates.fingerprint in error.remedy
    with pytest.raises(FeedError, match="ca_file"):
        make(place | {"ca_file": "no such file"})


def test_the_prefix_is_a_folder_with_or_without_its_slash(server: S3Server, make: Make) -> None:
    server.put("a.csv", b"1")
    server.client.put_object(Bucket=server.place["bucket"], Key=f"{server.prefix[:-1]}x.csv", Body=b"beside")
    assert [file.name for file in make(server.place | {"prefix": server.prefix[:-1]}).files("*")] == ["a.csv"]


@pytest.mark.parametrize(
    "wrong",
    [{"key": "k"}, {"secret": "s"}, {"prefix": "/a"}, {"endpoint": "https://k:s@host"}, {"endpoint": "ftp://h"}],
)
def test_settings_that_contradict_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        S3Place.model_validate({"bucket": "b"} | wrong)


def test_a_server_that_speaks_no_s3_can_be_tried_again_or_is_named(
    make: Make, webdav_service: tuple[int, int, Path]
) -> None:
    place = {"bucket": "b", "endpoint": f"http://127.0.0.1:{webdav_service[0]}", "key": "k", "secret": "s"}
    with pytest.raises((FeedError, SourceDownError), match=f"127.0.0.1:{webdav_service[0]}"):
        make(place).files("*")


def test_a_large_object_is_moved_in_parts(server: S3Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smc.import_.sources.s3._ONE_COPY", 10)
    server.put("large.csv", DATA)
    server.put("large.csv?versionId=1", DATA)
    source = make(server.place)
    for file in source.files("large.csv"):
        source.finish(file, MOVE)
    assert server.get("done/of week/large.csv") == DATA
    for file in source.files("large*"):
        refused(FeedError, partial(source.finish, file, MOVE), where=server.prefix, secrets=())
    assert server.names() == ["done/of week/large.csv", "large.csv?versionId=1"]


class _Old(BaseHTTPRequestHandler):
    """An S3 that has never heard of conditions on deletes, and one that lets nobody look."""

    protocol_version = "HTTP/1.1"
    calls: ClassVar[list[tuple[str, str | None]]]
    status: ClassVar[int] = 200

    def do_HEAD(self) -> None:
        self._send(self.status, b"", {"ETag": '"1"'})

    def do_DELETE(self) -> None:
        condition = self.headers.get("If-Match")
        self.calls.append((self.path, condition))
        if condition is not None:
            self._send(501, b"<Error><Code>NotImplemented</Code><Message>no</Message></Error>", {})
        else:
            self._send(204, b"", {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the name in the library
        """Nothing on standard error."""


@pytest.mark.parametrize("status", [200, 403])
def test_an_old_server_and_a_strict_one(make: Make, status: int) -> None:
    calls: list[tuple[str, str | None]] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Old", (_Old,), {"calls": calls, "status": status})) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        port = server.server_address[1]
        source = make({"bucket": "b", "endpoint": f"http://127.0.0.1:{port}", "key": "k", "secret": "s"})
        file = RemoteFile("a.csv", 1, None, '"1"')
        if status == 200:
            source.finish(file, DELETE)
            assert calls == [("/b/a.csv", '"1"'), ("/b/a.csv", None)]
        else:
            error = refused(FeedError, partial(source.finish, file, DELETE), where="127.0.0.1:", secrets=())
            assert "right" in error.remedy
        server.shutdown()
        thread.join()

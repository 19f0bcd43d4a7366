"""Members as a file at the place of a feed: whole or not at all, and never where a feed would read it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smc import registry
from smc.config.specs.feed import FeedSpec
from smc.config.specs.source import kind_of, place_of
from smc.errors import FeedError, RunError, SourceDownError, UsageError
from smc.segment.export import export_to
from smc.warehouse import Warehouse
from tests.import_.source_contract import refused, through
from tests.servers.cutting import relay
from tests.servers.dropbox import DropboxServer
from tests.servers.drops import DropServer
from tests.servers.s3 import S3Server
from tests.servers.ssh import SshKeys
from tests.servers.webdav import PASSWORD, WebdavServer

DAY = date(2017, 6, 1)
CSV = "customer_id,entered_on,email\n00123,2017-06-01,1@example.com\n1e5,2017-06-01,\n"


def feed(kind: str, place: dict[str, Any], files: str = "tags_*.csv") -> FeedSpec:
    return FeedSpec.model_validate(
        {
            "title": "Tags", "object": "tag_member", "source": {kind: place}, "files": files,
            "fields": {"customer_id": "customer_id", "tag": "tag"},
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A feed's place, and its server as tests see it."""

    feed: FeedSpec
    server: DropServer | S3Server | WebdavServer | DropboxServer

    def put(self, file: Path, name: str) -> None:
        target = registry.load("smc.sources", kind_of(self.feed.source))(place_of(self.feed.source), file.parent)
        try:
            target.put(file, name)
        finally:
            target.close()


def over_http(kind: str, request: pytest.FixtureRequest) -> Place:
    server: WebdavServer | DropboxServer = request.getfixturevalue(f"{kind}_server")
    return Place(feed(kind, server.place), server)


@pytest.fixture(
    params=[
        "local",
        "dropbox",
        *(
            pytest.param(kind, marks=pytest.mark.server)
            for kind in ("sftp", "old sftp", "mlsd", "bare", "plain", "vsftpd", "vsftpd-implicit", "s3", "webdav")
        ),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    match request.param:
        case "local":
            folder = tmp_path / "drops"
            folder.mkdir()
            return Place(feed("local", {"path": str(folder)}), DropServer({}, folder, 0))
        case "sftp" | "old sftp":
            service: DropServer = request.getfixturevalue(
                f"{request.param.replace('sftp', 'ssh_service')}".replace(" ", "_")
            )
            room = service.room()
            return Place(feed("sftp", room.place), room)
        case "s3":
            s3: S3Server = request.getfixturevalue("s3_server")
            return Place(feed("s3", s3.place), s3)
        case "webdav" | "dropbox":
            return over_http(request.param, request)
        case kind:
            servers: Callable[[str], DropServer] = request.getfixturevalue("ftp_servers")
            room = servers(kind).room()
            return Place(feed("ftp", room.place), room)


@pytest.fixture
def members(warehouse: Warehouse) -> Warehouse:
    for key, text in ((1, "00123"), (2, "1e5")):
        warehouse.run("insert into customer_ident values ($key, $text)", key=key, text=text)
        warehouse.run("insert into segment_member values ($key, 'vip', $day, null, true)", key=key, day=DAY)
    warehouse.run("insert into customer (customer_key, email) values (1, '1@example.com'), (2, null)")
    warehouse.run("insert into watermark values ('segment', $day, null), ('segment:vip', $day, null)", day=DAY)
    return warehouse


def send(warehouse: Warehouse, target: str, root: Path, **feeds: FeedSpec) -> int:
    return export_to(warehouse, "vip", target, feeds=feeds, root=root, columns=("email",))


def test_members_arrive(members: Warehouse, place: Place, tmp_path: Path) -> None:
    for _ in range(2):  # the second time it replaces the first
        assert send(members, "tags:out/new/vip's.csv", tmp_path, tags=place.feed) == 2
    assert place.server.names() == ["out/new/vip's.csv"]
    assert place.server.get("out/new/vip's.csv").decode() == CSV


def test_a_large_file_replaces_a_small_one(place: Place, tmp_path: Path) -> None:
    data = os.urandom(3_000_017)
    (tmp_path / "large").write_bytes(data)
    place.server.put("large.bin", b"small")
    place.put(tmp_path / "large", "large.bin")
    assert place.server.names() == ["large.bin"]
    assert place.server.get("large.bin") == data


def test_an_empty_file_arrives(place: Place, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    place.put(tmp_path / "empty", "empty.csv")
    assert place.server.get("empty.csv") == b""


def test_a_place_that_says_no_keeps_what_it_has(place: Place, tmp_path: Path) -> None:
    if isinstance(place.server, S3Server):
        pytest.skip("a folder may have the name of an object there")
    place.server.put("taken/inside.csv", b"x")
    (tmp_path / "new.csv").write_text("new")
    with pytest.raises(FeedError) as caught:
        place.put(tmp_path / "new.csv", "taken")
    assert caught.value.remedy
    assert place.server.names() == ["taken/inside.csv"]


@pytest.mark.server
def test_a_bucket_that_is_closed_to_us(s3_server: S3Server, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    closed = Place(feed("s3", {**s3_server.place, "secret": "anotherSecret000000000000000000000000001"}), s3_server)
    with pytest.raises(FeedError, match="SignatureDoesNotMatch"):
        closed.put(tmp_path / "a.csv", "a.csv")
    assert s3_server.names() == []


@pytest.mark.parametrize("kind", [pytest.param("webdav", marks=pytest.mark.server), "dropbox"])
def test_a_line_that_breaks_leaves_the_old_file(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    whole = over_http(kind, request)
    assert isinstance(whole.server, WebdavServer | DropboxServer)
    whole.server.put("vip.bin", b"old")
    (tmp_path / "new").write_bytes(os.urandom(3_000_017))
    with relay(whole.server.port, sent=[1_000_000]) as line:
        broken = Place(feed(kind, through(whole.server.place, whole.server.port, line.port)), whole.server)
        deed = partial(broken.put, tmp_path / "new", "vip.bin")
        refused(SourceDownError, deed, where=f"127.0.0.1:{line.port}", secrets=(PASSWORD, "sl.first"))
        assert line.broken == 1
        kept = [name for name in whole.server.names() if ".davfs.tmp" not in name]  # Apache's, for a moment more
        assert kept == ["vip.bin"]
        assert whole.server.get("vip.bin") == b"old"
        deed()
    assert whole.server.get("vip.bin") == (tmp_path / "new").read_bytes()


@pytest.mark.server
def test_nothing_is_sent_to_a_host_that_is_not_known(
    sftp_server: DropServer, ssh_keys: SshKeys, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("a")
    other = " ".join((ssh_keys.home / "stranger.pub").read_text().split()[:2])
    stranger = Place(feed("sftp", {**sftp_server.place, "host_key": other}), sftp_server)
    with pytest.raises(FeedError, match="key of the server"):
        stranger.put(tmp_path / "a.csv", "a.csv")
    assert sftp_server.names() == []


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("tags:tags_1.csv", "feed 'tags' would read this file"),
        ("tags:done/../tags_1.csv", "is no path below a folder"),
        ("tags:/vip.csv", "is no path below a folder"),
        ("tags:", "is no path below a folder"),
        ("tags:vip.txt", "cannot write 'vip.txt'"),
        ("tags:inner/tags_1.csv", "feed 'inner' would read this file"),
        ("tag:vip.csv", "there is no feed 'tag'"),
        ("cloud:Акции/tags_1.csv", "feed 'below' would read this file"),
        ("box:Out/TAGS_1.csv", "feed 'boxed' would read this file"),
        ("pulled:vip.csv", "postgresql, the source of feed 'pulled', takes no files"),
    ],
)
def test_where_nothing_may_be_put(members: Warehouse, tmp_path: Path, target: str, told: str) -> None:
    (tmp_path / "drops").mkdir()
    feeds = {
        "tags": feed("local", {"path": "drops"}),
        "inner": feed("local", {"path": str(tmp_path / "drops" / "inner")}),
        "cloud": feed("webdav", {"url": "https://files.example.com/drops/"}),
        "below": feed("webdav", {"url": "https://files.example.com/drops/%D0%90%D0%BA%D1%86%D0%B8%D0%B8"}),
        "box": feed("dropbox", {"path": "drops", "token": "t"}),
        "boxed": feed("dropbox", {"path": "/Drops/out/", "token": "t"}),
        "pulled": feed("postgresql", {"database": "d", "user": "u", "query": "select 1"}, "q"),
    }
    with pytest.raises(UsageError, match=told):
        send(members, target, tmp_path, **feeds)
    assert list((tmp_path / "drops").rglob("*")) == []


def test_a_local_folder_that_is_not_there_is_not_made(members: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not there"):
        send(members, "tags:vip.csv", tmp_path, tags=feed("local", {"path": "nowhere"}))
    assert not (tmp_path / "nowhere").exists()


def test_a_link_does_not_lead_out(members: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "drops").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "drops" / "out").symlink_to(tmp_path / "else")
    with pytest.raises(FeedError, match="outside"):
        send(members, "tags:out/vip.csv", tmp_path, tags=feed("local", {"path": "drops"}))
    assert list((tmp_path / "else").iterdir()) == []


def test_a_name_with_a_colon_here(members: Warehouse, tmp_path: Path) -> None:
    assert send(members, f"{tmp_path}/a:b.csv", tmp_path) == 2
    assert (tmp_path / "a:b.csv").read_text() == CSV

"""Drops on an SSH server."""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from smc.config.specs.feed import After
from smc.config.specs.source import SftpPlace
from smc.import_.sources.sftp import SftpSource
from smc.import_.sources.source import Source
from tests.import_.folder_contract import BIG, FolderContract, Make, all_after_cuts, drain, maker, refused
from tests.import_.source_contract import SourceContract
from tests.servers.cutting import relay
from tests.servers.drops import DropServer
from tests.servers.process import free_port
from tests.servers.ssh import SshKeys

pytestmark = pytest.mark.server
SHORT_KEY = b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x03abc")


@pytest.fixture
def room(sftp_server: DropServer) -> DropServer:
    return sftp_server


@pytest.fixture
def make(room: DropServer, tmp_path: Path) -> Iterator[Make]:
    yield from maker(SftpSource, SftpPlace, tmp_path, room.place)


class TestSftp(FolderContract):
    pass


class TestSftpLikeOthers(SourceContract):
    secrets: ClassVar[tuple[str, ...]] = ("pass-",)
    missing: ClassVar[dict[str, Any] | None] = {"path": "/nowhere"}
    wrong: ClassVar[dict[str, Any]] = {"password": "another one"}
    least: ClassVar[int] = 0  # what paramiko has read and not yet handed over goes with the line

    @pytest.fixture
    def server(self, sftp_server: DropServer) -> DropServer:
        return sftp_server

    @pytest.fixture
    def make(self, tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Source]]:
        made: list[Source] = []

        def one(place: dict[str, Any]) -> Source:
            made.append(SftpSource(SftpPlace.model_validate(place), tmp_path))
            return made[-1]

        yield one
        for source in made:
            source.close()


def test_times_are_utc(room: DropServer, make: Make) -> None:
    os.utime(room.put("a.csv", b"x"), (1_700_000_000, 1_700_000_000))
    (file,) = make().files("*")
    assert file.changed is not None
    assert file.changed.isoformat() == "2023-11-14T22:13:20+00:00"


def test_links_and_pipes(room: DropServer, make: Make) -> None:
    room.put("a.csv", b"mine")
    (room.folder / "link.csv").symlink_to("a.csv")
    (room.folder / "nothing.csv").symlink_to("missing")
    room.make("folder")
    (room.folder / "folder.csv").symlink_to("folder")
    os.mkfifo(room.folder / "pipe.csv")
    source = make()
    mine, link, nothing = source.files("*.csv")
    assert drain(source, mine) == drain(source, link) == b"mine"
    with refused("nothing.csv"):
        source.open(nothing)


def test_keys(room: DropServer, make: Make, ssh_keys: SshKeys, tmp_path: Path) -> None:
    room.put("a.csv", b"x")
    plain, locked = str(ssh_keys.home / "plain"), str(ssh_keys.home / "locked")
    (tmp_path / "no.key").write_text("no key")
    assert len(make(password=None, key_file=plain).files("*")) == 1
    assert len(make(password=None, key_file=locked, passphrase=ssh_keys.phrase).files("*")) == 1
    for phrase in ("not-this-one", None):
        with refused("passphrase", "locked", never=("not-this-one", ssh_keys.phrase)):
            make(password=None, key_file=locked, passphrase=phrase).files("*")
    with refused("no key"):
        make(password=None, key_file="no.key").files("*")
    with refused("missing.key"):
        make(password=None, key_file="missing.key").files("*")
    with refused("refuses user, password or key", "127.0.0.1"):
        make(password=None, key_file=str(ssh_keys.home / "stranger")).files("*")


def test_wrong_password(room: DropServer, make: Make) -> None:
    with refused("refuses user, password or key", f"127.0.0.1:{room.port}", never=("not-this-one",)):
        make(password="not-this-one").files("*")  # noqa: S106 - a wrong one
    assert room.place["password"] not in repr(SftpPlace.model_validate(dict(room.place)))


def test_host_keys(
    room: DropServer, make: Make, ssh_keys: SshKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = " ".join((ssh_keys.home / "stranger.pub").read_text().split()[:2])
    with refused("is another", f"host_key: {ssh_keys.host_key}", "SHA256:", never=(room.place["password"],)):
        make(host_key=stranger).files("*")
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{room.port} {ssh_keys.host_key}\n")
    assert make(host_key=None, known_hosts="known").files("*") == []
    known.write_text(f"[127.0.0.1]:{room.port} {stranger}\n")
    with refused("is another", f"host_key: {ssh_keys.host_key}"):
        make(host_key=None, known_hosts="known").files("*")
    with refused("known_hosts cannot be read"):
        make(host_key=None, known_hosts="missing").files("*")
    monkeypatch.setenv("HOME", str(tmp_path))
    with refused("is not known", f"host_key: {ssh_keys.host_key}"):
        make(host_key=None).files("*")
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{room.port} {ssh_keys.host_key}\n")
    assert make(host_key=None).files("*") == []


@pytest.mark.parametrize("text", ["ssh-ed25519", "AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA", "ssh-rsa not base64!"])
def test_host_key_must_be_one(room: DropServer, text: str) -> None:
    with pytest.raises(ValidationError, match="host key is written like"):
        SftpPlace.model_validate({**room.place, "host_key": text})


def test_host_key_of_an_unknown_kind(make: Make) -> None:
    with refused("host_key cannot be used", "ssh-foo"):
        make(host_key="ssh-foo " + b64encode(b"\0\0\0\7ssh-foo").decode()).files("*")


@pytest.mark.parametrize("line", [b"h ssh-ed25519 not base64!", b"h ssh-ed25519 " + SHORT_KEY, b"h ssh-rsa \xff\xfe"])
def test_a_broken_file_of_known_hosts_is_named(make: Make, tmp_path: Path, line: bytes) -> None:
    (tmp_path / "known").write_bytes(line + b"\n")
    with refused(f"{tmp_path / 'known'}: this file of known hosts has a line that is no key"):
        make(host_key=None, known_hosts="known").files("*")


def test_cut_in_the_middle_again_and_again(room: DropServer, make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    room.put("big.csv", BIG)
    tenth = len(BIG) // 10
    with relay(room.port, [1 << 40, *[tenth] * 15]) as line:
        source = make(port=line.port)
        (file,) = source.files("*")
        source.close()
        data, breaks = all_after_cuts(source, file)
        assert data == BIG
        assert breaks == line.broken >= 9
    assert capfd.readouterr() == ("", "")


def test_nobody_listens(make: Make, room: DropServer) -> None:
    port = free_port()
    with refused(f"127.0.0.1:{port}", down=True, never=(room.place["password"],)):
        make(port=port).files("*")


def test_somebody_listens_and_says_nothing(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with refused(f"127.0.0.1:{port}", "no answer within 1 s", down=True):
            make(port=port, timeout=1).files("*")
    assert capfd.readouterr() == ("", "")


def test_a_host_that_is_not(make: Make) -> None:
    with refused("sftp.invalid:", down=True):
        make(host="sftp.invalid").files("*")


def test_a_line_that_was_cut_while_it_rested(room: DropServer, make: Make) -> None:
    room.put("a.csv", b"x")
    source = make()
    (file,) = source.files("*")
    transport = source._ssh.get_transport()  # type: ignore[attr-defined]  # noqa: SLF001 - to break it
    transport.sock.shutdown(socket.SHUT_RDWR)
    transport.join(10)
    source.finish(file, After(action="delete"))
    assert room.names() == []


def test_a_server_that_does_not_rename_over_files(old_ssh_service: DropServer, tmp_path: Path) -> None:
    room = old_ssh_service.room()
    room.put("done/a.csv", b"of yesterday")
    for name in ("a.csv", "b.csv"):
        room.put(name, b"of today")
    for make in maker(SftpSource, SftpPlace, tmp_path, room.place):
        source = make()
        for file in source.files("*"):
            source.finish(file, After(action="move", folder="done"))
    assert room.names() == ["done/a.csv", "done/b.csv"]
    assert room.get("done/a.csv") == b"of today"


def test_rights(room: DropServer, make: Make) -> None:
    room.put("a.csv", b"x").chmod(0)
    room.folder.chmod(0o555)
    source = make()
    (file,) = source.files("*")
    with refused("a.csv cannot be read", "ermission denied"):
        source.open(file)
    for after in (After(action="delete"), After(action="move", folder="done")):
        with refused("cannot be put away"):
            source.finish(file, after)
    assert room.names() == ["a.csv"]


def test_many_blocks_of_odd_sizes(room: DropServer, make: Make) -> None:
    """Reads of every size see the same bytes, whatever the size of the blocks on the line."""
    room.put("big.csv", BIG)
    source = make()
    (file,) = source.files("*")
    for chunk in (1_000, 32_767, 32_769, 5_000_000):
        assert drain(source, file, 2_500_000, chunk) == BIG[2_500_000:]

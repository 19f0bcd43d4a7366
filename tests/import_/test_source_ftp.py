"""Drops on FTP servers, with TLS and without."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from smc.config.specs.feed import After
from smc.config.specs.source import FtpPlace
from smc.errors import SourceDownError
from smc.import_.sources.ftp import FtpSource
from smc.import_.sources.source import RemoteFile
from tests.import_.folder_contract import BIG, FolderContract, Make, all_after_cuts, drain, maker, refused
from tests.servers.cutting import relay
from tests.servers.drops import DropServer
from tests.servers.ftp import PASSWORD, FtpKind, ftp_relay, pyftpd
from tests.servers.process import free_port
from tests.servers.tls import Certificates

pytestmark = pytest.mark.server
Servers = Callable[[FtpKind], DropServer]


@pytest.fixture(params=["mlsd", "vsftpd", "vsftpd-implicit", "plain"])
def room(request: pytest.FixtureRequest, ftp_servers: Servers) -> DropServer:
    return ftp_servers(request.param).room()


@pytest.fixture
def make(room: DropServer, tmp_path: Path) -> Iterator[Make]:
    yield from maker(FtpSource, FtpPlace, tmp_path, room.place)


class TestFtp(FolderContract):
    def test_times_are_utc(self, room: DropServer, make: Make) -> None:
        os.utime(room.put("a.csv", b"x"), (1_700_000_000, 1_700_000_000))
        (file,) = make().files("*")
        assert file.changed is not None
        assert file.changed.isoformat() == "2023-11-14T22:13:20+00:00"

    def test_active_mode(self, room: DropServer, make: Make) -> None:
        room.put("big.csv", BIG)
        source = make(passive=False)
        (file,) = source.files("*")
        assert drain(source, file, 1000) == BIG[1000:]

    def test_wrong_password(self, room: DropServer, make: Make) -> None:
        with refused("user or password", "127.0.0.1", str(room.port), never=("not-this-one",)):
            make(password="not-this-one").files("*")  # noqa: S106 - a wrong one
        assert PASSWORD not in repr(FtpPlace.model_validate(dict(room.place)))

    def test_links(self, room: DropServer, make: Make) -> None:
        room.put("a.csv", b"mine")
        (room.folder / "link.csv").symlink_to("a.csv")
        room.make("folder")
        (room.folder / "folder.csv").symlink_to("folder")
        source = make()
        assert {file.name: drain(source, file) for file in source.files("*.csv")} == {
            "a.csv": b"mine",
            "link.csv": b"mine",
        }


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Callable[[DropServer], Make]]:
    """Sources of a server that is chosen by the test."""
    made: list[Iterator[Make]] = []

    def of(server: DropServer) -> Make:
        made.append(maker(FtpSource, FtpPlace, tmp_path, server.place))
        return next(made[-1])

    yield of
    for one in made:
        next(one, None)


def test_a_server_of_few_words(ftp_servers: Servers, other: Callable[[DropServer], Make]) -> None:
    """Without MLSD, MDTM, REST and FEAT: there is no version, and a resumed download begins again unseen."""
    room = ftp_servers("bare").room()
    room.put("big.csv", BIG)
    room.make("folder.csv")
    source = other(room)()
    (file,) = source.files("*.csv")
    assert file == RemoteFile("big.csv", len(BIG))
    assert drain(source, file, 2_000_000) == BIG[2_000_000:]
    source.finish(file, After(action="delete"))
    source.finish(file, After(action="delete"))
    assert room.names() == []


def test_cut_in_the_middle_again_and_again(ftp_servers: Servers, other: Callable[[DropServer], Make]) -> None:
    room = ftp_servers("plain").room()
    room.put("big.csv", BIG)
    tenth = len(BIG) // 10
    with ftp_relay(room.port, [tenth] * 9) as line:
        source = other(room)(port=line.port)
        (file,) = source.files("*")
        assert all_after_cuts(source, file) == (BIG, 9)
        assert line.broken == 9


def test_silence_in_the_middle(ftp_servers: Servers, other: Callable[[DropServer], Make]) -> None:
    room = ftp_servers("plain").room()
    room.put("big.csv", BIG)
    with ftp_relay(room.port, [100_000], silent=True) as line:
        source = other(room)(port=line.port, timeout=1)
        (file,) = source.files("*")
        with refused(f"127.0.0.1:{line.port}", "timed out", down=True):
            drain(source, file)
        assert drain(source, file, 90_000) == BIG[90_000:]


@pytest.mark.parametrize("kind", ["mlsd", "vsftpd-implicit"])
def test_control_connection_cut(ftp_servers: Servers, other: Callable[[DropServer], Make], kind: FtpKind) -> None:
    room = ftp_servers(kind).room()
    room.put("a.csv", b"x")
    with relay(room.port, [1, 40, 200, 700, 1500, 2500]) as line:
        source = other(room)(port=line.port)
        tries = 0
        while tries < 10:
            tries += 1
            with suppress(SourceDownError):
                source.files("*")
                break
        assert tries == line.broken + 1 == 7
        assert [file.name for file in source.files("*")] == ["a.csv"]


def test_nobody_listens(ftp_server: DropServer, other: Callable[[DropServer], Make]) -> None:
    port = free_port()
    with refused(f"127.0.0.1:{port}", "refused", down=True, never=(PASSWORD,)):
        other(ftp_server)(port=port).files("*")


@pytest.mark.parametrize("tls", ["explicit", "implicit", "none"])
def test_somebody_listens_and_says_nothing(
    ftp_server: DropServer, other: Callable[[DropServer], Make], tls: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with refused(f"127.0.0.1:{port}", "timed out", down=True):
            other(ftp_server)(port=port, timeout=1, tls=tls).files("*")


def test_a_host_that_is_not(ftp_server: DropServer, other: Callable[[DropServer], Make]) -> None:
    with refused("ftp.invalid:", down=True):
        other(ftp_server)(host="ftp.invalid").files("*")


@pytest.mark.parametrize("kind", ["mlsd", "vsftpd-implicit"])
def test_unknown_certificate(
    ftp_servers: Servers, other: Callable[[DropServer], Make], certificates: Certificates, kind: FtpKind
) -> None:
    for trusted in (None, str(certificates.stranger)):
        with refused("certificate", "ca_file", certificates.fingerprint, never=(PASSWORD,)):
            other(ftp_servers(kind))(ca_file=trusted).files("*")


def test_certificate_of_another_host(other: Callable[[DropServer], Make], tmp_path: Path) -> None:
    authority, pem = tmp_path / "authority.pem", tmp_path / "server.pem"
    signer = trustme.CA()
    signer.cert_pem.write_to_path(authority)
    signer.issue_cert("ftp.example.com").private_key_and_cert_chain_pem.write_to_path(pem)
    made = Certificates(authority, authority, pem)
    with pyftpd(tmp_path, made, "mlsd") as server, refused("certificate", "127.0.0.1", never=(PASSWORD,)):
        other(server)().files("*")


def test_ca_file_that_is_none(ftp_server: DropServer, other: Callable[[DropServer], Make], tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        with refused("ca_file", name):
            other(ftp_server)(ca_file=name).files("*")


def test_wrong_kind_of_tls(ftp_servers: Servers, other: Callable[[DropServer], Make]) -> None:
    with refused("does not offer TLS", "none"):
        other(ftp_servers("plain"))(tls="explicit").files("*")
    with refused("TLS cannot be agreed"):
        other(ftp_servers("plain"))(tls="implicit").files("*")
    with refused("SSL/TLS required", never=(PASSWORD,)):
        other(ftp_servers("mlsd"))(tls="none", ca_file=None).files("*")


def test_names_in_an_old_encoding(ftp_servers: Servers, other: Callable[[DropServer], Make]) -> None:
    room = ftp_servers("vsftpd").room()
    path = os.fsencode(room.folder) + "/чеки.csv".encode("cp1251")
    with open(path, "wb") as file:  # noqa: PTH123 - the name is bytes
        file.write(b"x")
    with refused("not utf-8", "encoding"):
        other(room)().files("*")
    source = other(room)(encoding="cp1251")
    (found,) = source.files("*")
    assert (found.name, drain(source, found)) == ("чеки.csv", b"x")


def test_a_line_that_rested(
    ftp_server: DropServer, other: Callable[[DropServer], Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between listing and putting away hours can pass: then the server has hung up, and we call again."""
    monkeypatch.setattr("smc.import_.sources.ftp._IDLE_S", -1.0)
    room = ftp_server
    room.put("a.csv", b"x")
    with relay(room.port) as line:
        source = other(room)(port=line.port)
        (file,) = source.files("*")
    socket_of_control = source._ftp.sock  # type: ignore[attr-defined]  # noqa: SLF001 - to break it
    socket_of_control.shutdown(socket.SHUT_RDWR)
    with relay(room.port) as line:
        source._port = line.port  # type: ignore[attr-defined]  # noqa: SLF001 - the first relay is gone
        source.finish(file, After(action="delete"))
    assert room.names() == []

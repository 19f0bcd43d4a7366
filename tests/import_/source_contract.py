"""What every source of files must do, whatever its protocol. ``server`` and ``make`` are fixtures of the test file."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar

import pytest

from smc.config.specs.feed import After
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.source import RemoteFile, Source
from tests.servers.cutting import relay

LEAVE, DELETE = After(action="leave"), After(action="delete")
MOVE = After(action="move", folder="done/of week")
ODD_NAMES = (
    "a b.csv",
    "a#b%20.csv",
    'it\'s "x".csv',
    "имя.csv",
    "a+b&c=d;e,f.csv",
    "[x]{y}!.csv",
    "a?b.csv",
    "ä~1.csv",
)
DATA = os.urandom(2_000_000)


class Server(Protocol):
    """What the fixtures of ``tests/servers`` give."""

    @property
    def port(self) -> int: ...
    @property
    def place(self) -> dict[str, Any]: ...
    def put(self, name: str, data: bytes) -> None: ...
    def get(self, name: str) -> bytes: ...
    def names(self) -> list[str]: ...


Make = Callable[[dict[str, Any]], Source]
_Raised = TypeVar("_Raised", bound=SmcError)


def through(place: dict[str, Any], old: int, new: int) -> dict[str, Any]:
    """The same place by another port."""
    return {
        name: value.replace(f":{old}", f":{new}") if isinstance(value, str) else (new if value == old else value)
        for name, value in place.items()
    }


def refused(kind: type[_Raised], deed: Callable[[], object], *, where: str, secrets: tuple[str, ...]) -> _Raised:
    """What a deed raises: exactly this kind, with a place and a remedy, and without any secret down to its causes."""
    with pytest.raises(SmcError) as raised:
        deed()
    error = raised.value
    assert type(error) is kind, error
    assert where in error.where
    assert error.remedy
    below: BaseException | None = error
    while below is not None:
        assert not any(secret in f"{below} {below!r}" for secret in secrets)
        below = below.__cause__ or below.__context__
    assert isinstance(error, kind)
    return error


def taken(source: Source, file: RemoteFile, offset: int = 0) -> bytes:
    with source.open(file, offset) as stream:
        return stream.read()


@contextmanager
def stalling(target: int, after: int) -> Iterator[int]:
    """A relay that goes silent after so many bytes from the server and holds the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def forward(source: socket.socket, goal: socket.socket, most: int) -> None:
            with suppress(OSError):  # either end has hung up
                while most > 0 and (chunk := source.recv(min(most, 16_384))):
                    most -= len(chunk)
                    goal.sendall(chunk)

        def serve() -> None:
            near, _ = server.accept()
            far = socket.create_connection(("127.0.0.1", target))
            held.extend((near, far))
            threading.Thread(target=forward, args=(near, far, 1 << 20), daemon=True).start()
            forward(far, near, after)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        for end in held:
            end.close()


class SourceContract:
    """``missing``: settings of a folder that is not there. ``wrong``: settings that the server must not accept."""

    secrets: ClassVar[tuple[str, ...]]
    missing: ClassVar[dict[str, Any] | None]
    wrong: ClassVar[dict[str, Any]]
    least: ClassVar[int] = 500_000
    """Of 1.5 MB before a cut, bytes that must have come."""

    def test_lists_files_of_the_folder_that_match(self, server: Server, make: Make) -> None:
        for name, data in {
            "r_2.csv": b"22",
            "r_1.csv": b"1",
            "s.csv": b"",
            "sub/r_3.csv": b"333",
            "r.txt": b"4",
        }.items():
            server.put(name, data)
        source = make(server.place)
        found = source.files("r_*.csv")
        assert [(file.name, file.size) for file in found] == [("r_1.csv", 1), ("r_2.csv", 2)]
        assert {file.name for file in source.files("*")} == {"r_1.csv", "r_2.csv", "s.csv", "r.txt"}
        assert all(file.version and file.changed is not None and file.changed.tzinfo is UTC for file in found)
        assert all(file.state == "" for file in found)

    def test_an_empty_folder_has_no_files(self, server: Server, make: Make) -> None:
        server.put("sub/x.csv", b"1")
        assert make(server.place).files("*") == []

    def test_reads_what_was_put_under_any_name(self, server: Server, make: Make) -> None:
        contents = {name: name.encode() * 3 for name in ODD_NAMES} | {"empty.csv": b"", "big.csv.gz": DATA}
        for name, data in contents.items():
            server.put(name, data)
        source = make(server.place)
        found = source.files("*")
        assert [file.name for file in found] == sorted(contents)
        assert {file.name: taken(source, file) for file in found} == contents
        for file in found:
            source.finish(file, MOVE)
        assert server.names() == sorted(f"done/of week/{name}" for name in contents)
        assert {name: server.get(f"done/of week/{name}") for name in contents} == contents

    @pytest.mark.parametrize("offset", [1, 1_500_000, len(DATA) - 1, len(DATA)])
    def test_goes_on_at_an_offset(self, server: Server, make: Make, offset: int) -> None:
        server.put("a.csv", DATA)
        source = make(server.place)
        assert taken(source, source.files("*")[0], offset) == DATA[offset:]

    def test_a_cut_line_is_no_end_of_a_file(self, server: Server, make: Make) -> None:
        server.put("a.csv", DATA)
        file = make(server.place).files("*")[0]
        with relay(server.port, [1_500_000]) as line:
            source = make(through(server.place, server.port, line.port))
            came = bytearray()

            def load() -> None:
                with source.open(file) as stream:
                    while chunk := stream.read(10_000):
                        came.extend(chunk)

            refused(SourceDownError, load, where=f"127.0.0.1:{line.port}", secrets=self.secrets)
            assert self.least < len(came) < len(DATA)
            assert bytes(came) + taken(source, file, len(came)) == DATA

    def test_a_line_cut_before_the_first_byte_can_be_tried_again(self, server: Server, make: Make) -> None:
        server.put("a.csv", DATA)
        file = make(server.place).files("*")[0]
        deeds: tuple[Callable[[Source], object], ...] = (lambda one: one.files("*"), lambda one: taken(one, file))
        for deed in deeds:
            with relay(server.port, [20, 20, 20]) as line:  # a library may try again by itself
                source = make(through(server.place, server.port, line.port))
                refused(SourceDownError, partial(deed, source), where="127.0.0.1:", secrets=self.secrets)
                while line.cuts:
                    with suppress(SourceDownError):
                        deed(source)
                assert deed(source) in ([file], DATA)

    def test_a_new_and_a_replaced_file_are_seen_at_once(self, server: Server, make: Make) -> None:
        source = make(server.place)
        server.put("a.csv", b"old")
        before = source.files("*")
        server.put("b.csv", b"x")
        server.put("a.csv", b"new!")
        after = source.files("*")
        assert [file.name for file in after] == ["a.csv", "b.csv"]
        assert before[0].version != after[0].version
        assert after == source.files("*")

    def test_finish_twice_changes_nothing(self, server: Server, make: Make) -> None:
        source = make(server.place)
        for name in ("leave.csv", "delete.csv", "move.csv"):
            server.put(name, name.encode())
        files = {file.name: file for file in source.files("*")}
        for _ in range(2):
            for name, after in {"leave.csv": LEAVE, "delete.csv": DELETE, "move.csv": MOVE}.items():
                source.finish(files[name], after)
            assert server.names() == ["done/of week/move.csv", "leave.csv"]
        source.close()
        source.close()

    def test_a_move_replaces_a_file_of_that_name(self, server: Server, make: Make) -> None:
        source = make(server.place)
        for data in (b"first", b"second"):
            server.put("a.csv", data)
            source.finish(source.files("*")[0], MOVE)
        assert server.names() == ["done/of week/a.csv"]
        assert server.get("done/of week/a.csv") == b"second"

    @pytest.mark.parametrize("after", [DELETE, MOVE])
    def test_a_newer_file_is_not_finished(self, server: Server, make: Make, after: After) -> None:
        source = make(server.place)
        server.put("a.csv", b"loaded")
        file = source.files("*")[0]
        server.put("a.csv", b"newer one")
        source.finish(file, after)
        assert server.names() == ["a.csv"]

    @pytest.mark.parametrize("folder", ["../up", "/root", "a/../../b", "."])
    def test_a_move_stays_below_the_folder(self, server: Server, make: Make, folder: str) -> None:
        source = make(server.place)
        server.put("a.csv", b"1")
        with pytest.raises(FeedError, match=r"below the source's folder"):
            source.finish(source.files("*")[0], After(action="move", folder=folder))
        assert server.names() == ["a.csv"]

    def test_several_threads_each_with_their_own(self, server: Server, make: Make) -> None:
        names = [f"{number}.csv" for number in range(4)]
        for name in names:
            server.put(name, name.encode() * 20_000)
        files = make(server.place).files("*")
        sources = [make(server.place) for _ in files]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(taken, sources, files)) == [name.encode() * 20_000 for name in names]

    def test_a_folder_that_is_not_there(self, server: Server, make: Make) -> None:
        if self.missing is not None:
            source = make(server.place | self.missing)
            refused(FeedError, lambda: source.files("*"), where=f"127.0.0.1:{server.port}", secrets=self.secrets)

    def test_a_wrong_password_is_final(self, server: Server, make: Make) -> None:
        source = make(server.place | self.wrong)
        where = f"127.0.0.1:{server.port}"
        refused(FeedError, lambda: source.files("*"), where=where, secrets=(*self.secrets, *self.wrong.values()))

    def test_a_port_without_a_server_can_be_tried_again(self, server: Server, make: Make) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        source = make(through(server.place, server.port, port))
        error = refused(SourceDownError, lambda: source.files("*"), where=f"127.0.0.1:{port}", secrets=self.secrets)
        assert error.retry

    def test_a_silent_server_times_out(self, server: Server, make: Make) -> None:
        server.put("a.csv", DATA)
        file = make(server.place).files("*")[0]
        begin = time.monotonic()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            place = through(server.place, server.port, silent.getsockname()[1]) | {"timeout": 1}
            refused(SourceDownError, lambda: make(place).files("*"), where="127.0.0.1:", secrets=self.secrets)
        with stalling(server.port, 100_000) as port:
            source = make(through(server.place, server.port, port) | {"timeout": 1})
            refused(SourceDownError, lambda: taken(source, file), where=f"127.0.0.1:{port}", secrets=self.secrets)
        assert time.monotonic() - begin < 15

    def test_shows_no_secret(self, server: Server, make: Make) -> None:
        source = make(server.place)
        assert not any(secret in repr(source) for secret in self.secrets)

    def test_a_file_written_in_place_while_it_is_read_is_no_file(self, server: Server, make: Make) -> None:
        """The listing is not asked again for bound sources: the stream itself must not end well."""
        server.put("a.csv", DATA)
        source = make(server.place)
        file = source.files("*")[0]
        assert type(source).bound

        def load() -> bytes:
            with source.open(file) as stream:
                first = stream.read(1_000)
                server.put("a.csv", DATA + b"longer")
                return first + stream.read()

        try:
            came = load()
        except FeedError:
            return
        assert came == DATA

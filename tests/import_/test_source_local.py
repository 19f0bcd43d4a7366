"""Drops in a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from smc.config.specs.feed import After
from smc.config.specs.source import LocalPlace
from smc.import_.sources.local import LocalSource
from tests.import_.folder_contract import FolderContract, Make, drain, maker, refused
from tests.servers.drops import DropServer


@pytest.fixture
def room(tmp_path: Path) -> DropServer:
    (tmp_path / "drops").mkdir()
    return DropServer({"path": "drops"}, tmp_path / "drops", 0)


@pytest.fixture
def make(room: DropServer, tmp_path: Path) -> Iterator[Make]:
    yield from maker(LocalSource, LocalPlace, tmp_path, room.place)


class TestLocal(FolderContract):
    pass


def test_links_stay_in_the_folder(room: DropServer, make: Make, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(b"of another")
    (room.folder / "out.csv").symlink_to(tmp_path / "secret.csv")
    room.put("a.csv", b"mine")
    (room.folder / "beside.csv").symlink_to("a.csv")
    (room.folder / "nothing.csv").symlink_to("missing")
    source = make()
    inside, beside, nothing, out = source.files("*")
    assert drain(source, inside) == drain(source, beside) == b"mine"
    with refused("leads out", "out.csv"):
        source.open(out)
    with refused("nothing.csv", "No such file"):
        source.open(nothing)


def test_a_link_as_target_of_moves_is_refused(room: DropServer, make: Make, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (room.folder / "done").symlink_to(tmp_path / "elsewhere")
    room.put("a.csv", b"x")
    source = make()
    (file,) = source.files("*")
    with refused("leads out"):
        source.finish(file, After(action="move", folder="done"))
    assert room.names() == ["a.csv"]


def test_a_pipe_is_no_file(room: DropServer, make: Make) -> None:
    os.mkfifo(room.folder / "pipe.csv")
    source = make()
    (file,) = source.files("*")
    with refused("pipe"):
        source.open(file)


def test_the_same_size_and_second_is_another_version(room: DropServer, make: Make) -> None:
    path = room.put("a.csv", b"one")
    source = make()
    (before,) = source.files("*")
    known = path.stat()
    path.unlink()
    room.put("a.csv", b"two")
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns + 1))
    (after,) = source.files("*")
    assert (before.size, before.changed) == (after.size, after.changed)
    assert before.version != after.version


def test_a_file_that_changes_while_it_is_read(room: DropServer, make: Make) -> None:
    path = room.put("a.csv", b"x" * 3_000_000)
    source = make()
    (file,) = source.files("*")
    with source.open(file) as stream:
        stream.read(10)
        with path.open("ab") as more:
            more.write(b"grown")
        with refused("changed"):
            stream.read()
    with source.open(source.files("*")[0]) as stream, refused("changed"):
        os.utime(path, (1, 1))
        stream.read()
    with refused("changed"), source.open(source.files("*")[0]) as stream:
        os.truncate(path, 10)
        stream.read()


def test_a_folder_that_may_not_be_written(room: DropServer, make: Make) -> None:
    room.put("a.csv", b"x")
    room.put("done", b"in the way")
    source = make()
    with refused("cannot be moved", "File exists"):
        source.finish(source.files("a.csv")[0], After(action="move", folder="done"))

"""What sources of folders promise: those of this machine, of FTP and of SFTP."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.base import Spec
from smc.config.specs.feed import After
from smc.errors import FeedError, SourceDownError
from smc.import_.sources.source import RemoteFile, Source
from tests.servers.drops import DropServer

BIG = random.Random(3).randbytes(3_000_017)  # noqa: S311 - seeded bytes are no secret
ODD = (
    "with space.csv", "50% #1 a&b=c+d;e,f.csv", "it's \"quoted\" [x]{y}.csv", "чеки за июль.csv", "-minus.csv",
    "très~ça.csv", "日本.csv", "?*.csv",
)  # fmt: skip

Make = Callable[..., Source]


def maker(source: type[Source], spec: type[Spec], root: Path, place: Mapping[str, Any]) -> Iterator[Make]:
    """A function that makes sources of a place with some settings changed; they are closed at the end."""
    made: list[Source] = []

    def make(**settings: Any) -> Source:
        given = {name: value for name, value in {**place, **settings}.items() if value is not None}
        made.append(source(spec.model_validate(given), root))
        return made[-1]

    yield make
    for one in made:
        one.close()
        one.close()


def drain(source: Source, file: RemoteFile, offset: int = 0, chunk: int = 100_000) -> bytes:
    with source.open(file, offset) as stream:
        return b"".join(iter(lambda: stream.read(chunk), b""))


def all_after_cuts(source: Source, file: RemoteFile) -> tuple[bytes, int]:
    """The bytes of a file over a line that breaks, and how often it was begun anew."""
    got, breaks = bytearray(), 0
    while breaks < 50:
        try:
            with source.open(file, len(got)) as stream:
                while chunk := stream.read(50_000):
                    got += chunk
            return bytes(got), breaks
        except SourceDownError:
            breaks += 1
    raise AssertionError("it never ends")


@contextmanager
def refused(*words: str, never: tuple[str, ...] = (), down: bool = False) -> Iterator[None]:
    """A ``FeedError`` (or ``SourceDownError``) with these words, a remedy, and no secret in it or below it."""
    with pytest.raises(FeedError) as caught:
        yield
    error: BaseException | None = caught.value
    assert isinstance(error, SourceDownError) == down, str(error)
    for word in words:
        assert word in str(error), str(error)
    assert caught.value.remedy
    while error is not None:
        assert not any(secret in f"{error} {error!r} {error.__dict__}" for secret in never)
        error = error.__cause__ or error.__context__


class FolderContract:
    """Inherit and give the fixtures ``room`` and ``make``."""

    def test_lists_files_that_match_in_order_of_name(self, room: DropServer, make: Make) -> None:
        for name, size in (("b.csv", 3), ("a.csv", 5), ("c.txt", 7), ("A.csv", 1), ("empty.csv", 0)):
            room.put(name, b"x" * size)
        room.put("folder.csv/inner.csv", b"x")
        files = make().files("*.csv")
        assert [(file.name, file.size) for file in files] == [
            ("A.csv", 1),
            ("a.csv", 5),
            ("b.csv", 3),
            ("empty.csv", 0),
        ]

    def test_empty_folder(self, make: Make) -> None:
        assert make().files("*") == []

    def test_missing_folder_is_named(self, make: Make, room: DropServer) -> None:
        with refused("nowhere"):
            make(path=f"{room.place['path']}/nowhere").files("*")

    def test_reads_whole_and_from_the_middle(self, room: DropServer, make: Make) -> None:
        room.put("big.csv", BIG)
        room.put("empty.csv", b"")
        source = make()
        big, empty = source.files("*")
        for offset in (0, 1, 1_234_567, len(BIG) - 1, len(BIG)):
            assert drain(source, big, offset) == BIG[offset:]
        assert drain(source, empty) == b""
        with source.open(big) as stream:
            assert stream.read() == BIG

    def test_odd_names(self, room: DropServer, make: Make) -> None:
        for name in ODD:
            room.put(name, name.encode())
        source = make()
        files = source.files("*")
        assert [file.name for file in files] == sorted(ODD)
        for file in files:
            assert drain(source, file) == file.name.encode()
            source.finish(file, After(action="move", folder="für später"))
        assert room.names() == sorted(f"für später/{name}" for name in ODD)

    def test_a_new_file_is_seen_at_once(self, room: DropServer, make: Make) -> None:
        source = make()
        room.put("a.csv", b"1")
        (before,) = source.files("*")
        room.put("b.csv", b"2")
        room.put("a.csv", b"12")
        after = source.files("*")
        assert [file.name for file in after] == ["a.csv", "b.csv"]
        assert after[0].version != before.version

    def test_a_download_that_is_left_harms_nothing(self, room: DropServer, make: Make) -> None:
        room.put("big.csv", BIG)
        source = make()
        (file,) = source.files("*")
        stream = source.open(file)
        assert BIG.startswith(stream.read(10))
        stream.close()
        assert source.files("*") == [file]
        assert drain(source, file) == BIG

    def test_bytes_of_another_version_are_not_mixed_in(self, room: DropServer, make: Make) -> None:
        room.put("a.csv", b"old")
        source = make()
        (file,) = source.files("*")
        room.put("a.csv", b"newer")
        with refused("changed"):
            source.open(file, 2)

    def test_a_file_that_is_gone(self, room: DropServer, make: Make) -> None:
        path = room.put("a.csv", b"old")
        source = make()
        (file,) = source.files("*")
        path.unlink()
        with refused("a.csv"):
            source.open(file)
        source.finish(file, After(action="delete"))

    def test_left_deleted_moved_and_all_of_it_twice(self, room: DropServer, make: Make) -> None:
        for name in ("a.csv", "b.csv", "c.csv"):
            room.put(name, name.encode())
        source = make()
        left, deleted, moved = source.files("*")
        for _ in range(2):
            source.finish(left, After(), rejected=[1])
            source.finish(deleted, After(action="delete"))
            source.finish(moved, After(action="move", folder="done/old"))
        assert room.names() == ["a.csv", "done/old/c.csv"]

    def test_a_move_replaces_a_file_of_that_name(self, room: DropServer, make: Make) -> None:
        room.put("done/a.csv", b"of yesterday")
        room.put("a.csv", b"of today")
        source = make()
        (file,) = source.files("*")
        source.finish(file, After(action="move", folder="done"))
        assert (room.names(), room.get("done/a.csv")) == (["done/a.csv"], b"of today")

    @pytest.mark.parametrize("after", [After(action="delete"), After(action="move", folder="done")])
    def test_a_newer_file_of_the_name_stays(self, room: DropServer, make: Make, after: After) -> None:
        room.put("a.csv", b"loaded")
        source = make()
        (file,) = source.files("*")
        room.put("a.csv", b"came meanwhile")
        source.finish(file, after)
        assert room.names() == ["a.csv"]

    @pytest.mark.parametrize("folder", ["..", "../beside", "/etc", "done/../..", "a\nb", "/"])
    def test_nothing_is_moved_out(self, room: DropServer, make: Make, folder: str) -> None:
        room.put("a.csv", b"x")
        source = make()
        (file,) = source.files("*")
        with refused("cannot be moved to"):
            source.finish(file, After(action="move", folder=folder))
        assert room.names() == ["a.csv"]

    @pytest.mark.parametrize("name", ["../a.csv", "/etc/passwd", "a\r\nDELE b", "a\0b", ".."])
    def test_names_that_lead_elsewhere_are_refused(self, make: Make, name: str) -> None:
        source = make()
        with refused("cannot be used"):
            source.open(RemoteFile(name, 1))
        with refused("cannot be used"):
            source.finish(RemoteFile(name, 1), After(action="delete"))

    def test_a_name_with_a_control_character_is_said(self, room: DropServer, make: Make) -> None:
        room.put("a.csv", b"x")
        room.put("b\x1b[2J.csv", b"x")
        room.put("c.csv", b"x")
        assert len(make().files("a*")) == 1
        found = make().files("*")
        assert [file.name for file in found] == ["a.csv", "b\\x1b[2J.csv", "c.csv"]
        assert [bool(file.bad) for file in found] == [False, True, False]

"""Sources that break on purpose: real ones over folders of this machine, found by their entry points like any other.

``ftp`` downloads and goes on after a break, ``sftp`` cannot go on, ``rabbitmq`` gives one file at a time and puts it
away when it is acknowledged, ``postgresql`` gives files above a mark, which is the name of the last one.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

import pytest

from smc.config.specs.feed import After
from smc.errors import FeedError, SourceDownError
from smc.import_.sources.source import RemoteFile

KINDS = {"ftp": "FlakySource", "sftp": "StubbornSource", "rabbitmq": "QueueSource", "postgresql": "MarkSource"}
BLOCK = 4096


@dataclass(slots=True)
class Plan:
    """How a place behaves, and what was asked of it.

    ``cut``: a stream breaks after so many bytes; ``down``: so many calls fail first; ``refused``: names that are never
    given; ``on`` is told of every event before it happens; ``sizes``: what the listing lies about.
    """

    folder: Path
    cut: int = 0
    down: int = 0
    timeless: bool = False
    refused: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    sent: int = 0
    on: Callable[[str], None] = lambda _: None
    lock: Any = field(default_factory=threading.Lock)

    def event(self, what: str) -> None:
        with self.lock:
            self.log.append(what)
        self.on(what)
        with self.lock:
            down = self.down > 0
            self.down -= down
        if down:
            raise SourceDownError("the server is down", where="flaky:1", remedy="Wait.")

    def calls(self, what: str) -> list[str]:
        return [call for call in self.log if call.startswith(what)]

    @property
    def place(self) -> dict[str, Any]:
        """Settings of the kinds ``ftp`` and ``sftp``."""
        return {"host": "flaky", "path": str(self.folder), "user": "joe", "password": "p"}


PLANS: dict[str, Plan] = {}


class FlakySource:
    connections: ClassVar[int] = 3
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = False
    bound: ClassVar[bool] = False

    def __init__(self, place: Any, root: Path, state: str = "") -> None:
        del root
        self.plan = PLANS[str(self.folder_of(place))]
        self.state = state
        self.thread = threading.get_ident()
        self.plan.log.append(f"connect {state}".strip())

    @staticmethod
    def folder_of(place: Any) -> str:
        return str(place.path)

    def files(self, pattern: str) -> list[RemoteFile]:
        self._own()
        self.plan.event(f"files {pattern}")
        found = sorted(item.name for item in self.plan.folder.iterdir() if item.is_file())
        return [self._listed(name) for name in found if fnmatchcase(name, pattern)]

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        self._own()
        self.plan.event(f"open {file.name} {offset}")
        if file.name in self.plan.refused:
            raise FeedError(f"{file.name} is not for you", where="flaky:1")
        stream = (self.plan.folder / file.name).open("rb")
        stream.seek(offset)
        return cast("BinaryIO", _Breaking(stream, self.plan))

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        self._own()
        self.plan.event(f"finish {file.name} {after.action} {list(rejected)}")
        path = self.plan.folder / file.name
        if after.action == "leave" or not path.exists() or self._listed(file.name).changed != file.changed:
            return
        if after.action == "delete":
            path.unlink()
        else:
            target = self.plan.folder / str(after.folder)
            target.mkdir(exist_ok=True)
            path.replace(target / file.name)
        self.plan.on(f"finished {file.name}")

    def close(self) -> None:
        self.plan.log.append("close")

    def _own(self) -> None:
        if threading.get_ident() != self.thread:
            raise AssertionError("a source was used by another thread")

    def _listed(self, name: str) -> RemoteFile:
        known = (self.plan.folder / name).stat()
        changed = None if self.plan.timeless else datetime.fromtimestamp(known.st_mtime_ns / 1e9, UTC)
        return RemoteFile(name, self.plan.sizes.get(name, known.st_size), changed)


class StubbornSource(FlakySource):
    resumes: ClassVar[bool] = False


class QueueSource(FlakySource):
    connections: ClassVar[int] = 1
    resumes: ClassVar[bool] = False

    @staticmethod
    def folder_of(place: Any) -> str:
        return str(place.queue)

    def files(self, pattern: str) -> list[RemoteFile]:
        return [RemoteFile(file.name) for file in super().files(pattern)[:1]]

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        del after
        self._own()
        self.plan.event(f"finish {file.name} {list(rejected)}")
        (self.plan.folder / file.name).unlink(missing_ok=True)
        self.plan.on(f"finished {file.name}")


class MarkSource(FlakySource):
    connections: ClassVar[int] = 1
    resumes: ClassVar[bool] = False
    ordered: ClassVar[bool] = True

    @staticmethod
    def folder_of(place: Any) -> str:
        return str(place.user)

    def files(self, pattern: str) -> list[RemoteFile]:
        found = [file.name for file in super().files(pattern) if file.name > self.state]
        return [RemoteFile(name, state=name) for name in found]


class _Breaking(io.RawIOBase):
    def __init__(self, stream: BinaryIO, plan: Plan) -> None:
        super().__init__()
        self.stream, self.plan, self.left = stream, plan, plan.cut or sys.maxsize

    def read(self, size: int = -1, /) -> bytes:
        self.plan.on("read")
        if not self.left:
            raise SourceDownError("the line was cut", where="flaky:1", remedy="Wait.")
        chunk = self.stream.read(min(BLOCK if size < 0 else size, BLOCK, self.left))
        self.left -= len(chunk)
        self.plan.sent += len(chunk)
        return chunk

    def close(self) -> None:
        self.stream.close()
        super().close()


def install(folder: Path) -> None:
    """Make the entry points of the flaky sources known; those of later folders of ``sys.path`` win."""
    info = folder / "flaky-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: flaky\nVersion: 1\n")
    points = "".join(f"{kind} = tests.servers.flaky:{name}\n" for kind, name in KINDS.items())
    (info / "entry_points.txt").write_text(f"[smc.sources]\n{points}")
    sys.path.append(str(folder))


def plan(folder: Path) -> Plan:
    """The plan of the place whose folder this is."""
    folder.mkdir(parents=True, exist_ok=True)
    return PLANS.setdefault(str(folder), Plan(folder))


def put(folder: Path, name: str, text: str, *, age_s: float = 3600) -> Path:
    """A file that was changed so many seconds ago."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    then = datetime.now(UTC).timestamp() - age_s
    os.utime(path, (then, then))
    return path


@pytest.fixture
def flaky(tmp_path: Path) -> Iterator[Plan]:
    """The plan of a place; feeds read it as ``{"ftp": flaky.place}``."""
    install(tmp_path / "plugins")
    yield plan(tmp_path / "far")
    sys.path.remove(str(tmp_path / "plugins"))
    PLANS.clear()

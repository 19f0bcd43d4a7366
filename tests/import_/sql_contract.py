"""What every database as a source must do. ``server`` and ``make`` are fixtures of the test file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any, BinaryIO, ClassVar, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import After
from smc.errors import FeedError, SourceDownError
from smc.import_.sources.source import RemoteFile, Source
from tests.import_.source_contract import refused, stalling, taken
from tests.servers.cutting import relay
from tests.servers.process import free_port
from tests.servers.tls import Certificates

BY_TIME = {"mark": "at", "mark_type": "time"}


class Database(Protocol):
    @property
    def port(self) -> int: ...
    @property
    def place(self) -> dict[str, Any]: ...
    def do(self, *statements: str) -> object: ...
    def put(self, name: str, data: bytes) -> None: ...


Make = Callable[..., Source]


def rows(source: Source, file: RemoteFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(taken(source, file).decode(), newline="")))


def to_the_end(stream: BinaryIO) -> None:
    while stream.read(100_000):
        pass


def numbered(server: Database, *ids: int) -> None:
    server.do("drop table if exists r", "create table r (id bigint, name varchar(20))")
    more(server, *ids)


def more(server: Database, *ids: int) -> None:
    if ids:
        server.do(f"insert into r values {', '.join(f'({number}, null)' for number in ids)}")


def timed(server: Database, *times: str) -> None:
    server.do("drop table if exists e", "create table e (at timestamp(6) null, name varchar(20))")
    later(server, *times)


def later(server: Database, *times: str) -> None:
    values = ", ".join(f"('{time}', 'x')" for time in times)
    server.do(f"insert into e values {values}")


class SqlContract:
    """``asleep``: a query that takes 30 s. ``big``: one of 200,000 rows. ``writing``: what the fence must stop."""

    secrets: ClassVar[tuple[str, ...]]
    asleep: ClassVar[str]
    big: ClassVar[str]
    writing: ClassVar[tuple[str, ...]]

    def test_takes_what_is_above_the_highest_id_loaded(self, server: Database, make: Make) -> None:
        numbered(server, 3, 42, 7)
        (file,) = make(query="select * from r", mark="id").files("*")
        assert (file.name, file.state, file.size) == ("r ..000000000042.csv", "42", None)
        assert [row["id"] for row in rows(make(query="select * from r", mark="id"), file)] == ["3", "7", "42"]
        source = make(query="select * from r -- all of them;", mark="id", state="42")
        assert source.files("*") == []
        more(server, 1000, 41)  # what comes below the mark is not seen: ids must grow
        (file,) = source.files("*")
        assert (file.name, file.state) == ("r 000000000042..000000001000.csv", "1000")
        assert [row["id"] for row in rows(source, file)] == ["1000"]
        source.finish(file, After(action="leave"))
        assert source.files("*") == [file]

    @settings(
        max_examples=15,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.integers(1, 12), max_size=25), st.lists(st.integers(13, 20), max_size=10), st.integers(1, 6))
    def test_batches_hold_every_row_once_and_split_no_ties(
        self, server: Database, make: Make, old: list[int], new: list[int], batch: int
    ) -> None:
        numbered(server, *old)
        state, seen, found = "", Counter[int](), list[RemoteFile]()
        for ids in (old, new):
            if ids is new:
                more(server, *new)
            source = make(query="select * from r", mark="id", batch=batch, state=state)
            files = source.files("*")
            for file in files:
                marks = [int(row["id"]) for row in rows(source, file)]
                assert marks == sorted(marks)
                assert 0 < len(marks) - (Counter(marks)[marks[-1]] - 1) <= batch
                seen.update(marks)
                state = file.state
                assert int(state) == marks[-1]
            found += files
        assert seen == Counter(old + new)
        assert [file.name for file in found] == sorted({file.name for file in found})
        assert all(int(one.state) < int(other.state) for one, other in pairwise(found))

    def test_takes_times_again_as_far_as_the_overlap_reaches(self, server: Database, make: Make) -> None:
        timed(server, "2024-01-02 03:04:05", "2024-01-02 03:04:05.000007")
        place = {"query": "select at, name from e", **BY_TIME}
        (file,) = make(**place).files("*")
        assert file.name == "e ..20240102T030405.000007.csv"
        assert make(**place, state=file.state).files("*") == []
        later(server, "2024-01-02 03:04:05.000007", "2024-01-02 03:03:00", "2024-01-02 03:06:00")
        (one,) = make(**place, state=file.state).files("*")
        assert len(rows(make(**place), one)) == 3
        (two,) = make(**place, overlap=65, state=file.state).files("*")
        assert len(rows(make(**place), two)) == 4
        (again,) = make(**place, overlap=65, state=two.state).files("*")
        assert again.state == two.state == one.state

    def test_takes_a_day_again(self, server: Database, make: Make) -> None:
        timed(server, "2024-01-01 10:00:00", "2024-01-02 03:04:05")
        place = {"query": "select cast(at as date) at, name from e", **BY_TIME}
        (file,) = make(**place).files("*")
        assert (file.name, file.state) == ("e ..2024-01-02.csv", "2024-01-02")
        later(server, "2024-01-02 23:00:00", "2024-01-03 01:00:00")
        (file,) = make(**place, state="2024-01-02").files("*")
        assert sorted(row["at"] for row in rows(make(**place), file)) == ["2024-01-02", "2024-01-02", "2024-01-03"]
        (file,) = make(**place, state="2024-01-02", overlap=1).files("*")
        assert len(rows(make(**place), file)) == 4

    def test_takes_everything_when_there_is_no_mark(self, server: Database, make: Make) -> None:
        numbered(server, 1, 2, 3)
        source = make(query="with a as (select * from r) select count(*) as how_many, 'a;b' as t from a;")
        for _ in range(2):
            (file,) = source.files("*.csv")
            assert (file.name, file.state) == ("r.csv", "")
            assert rows(source, file) == [{"how_many": "3", "t": "a;b"}]
        assert make(query="select * from r", mark="id", state="99").files("*") == []

    def test_an_empty_result_has_its_header(self, server: Database, make: Make) -> None:
        numbered(server)
        source = make(query="select id, name from r")
        (file,) = source.files("*")
        assert taken(source, file).replace(b'"', b"") == b"id,name\n"
        assert make(query="select id, name from r", mark="id").files("*") == []

    def test_the_same_drop_as_from_a_folder(self, server: Database, make: Make) -> None:
        server.do("drop table if exists drops")
        cells = [["id", "a name"], ["00042", 'x,"y"\r\nz'], ["1e5", "имя 😀"], ["", "\\N \\. '%s' ;--"]]
        text = io.StringIO(newline="")
        csv.writer(text).writerows(cells)
        server.put("drop.csv", text.getvalue().encode())
        source = make()
        (file,) = source.files("*")
        assert list(csv.reader(io.StringIO(taken(source, file).decode(), newline=""))) == cells

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ({"mark": "Id"}, "no column 'Id'"),
            ({"mark": "name"}, "is not a whole or a decimal number"),
            ({"mark": "id", "mark_type": "time"}, "is not a date or a time"),
            ({"mark": "id", "state": "20240102T030405.000000"}, "of another kind"),
            ({"mark": "id", "state": "what"}, "of another kind"),
            ({"mark": "m", "query": "select nullif(id, 2) m from r"}, "2 rows of the query have no mark 'm'"),
            ({"query": "select nowhere from r"}, "nowhere"),
            ({"query": "select * from nothing"}, "nothing"),
            ({"query": "select id, name as id from r"}, "id"),
            ({"query": "select id from r", "mark": "id", "pattern": "x*"}, "does not match"),
        ],
    )
    def test_refuses_what_cannot_be_asked(self, server: Database, make: Make, place: dict[str, Any], said: str) -> None:
        numbered(server, 1, 2, 2)
        place = {"query": "select * from r", **place}
        pattern = place.pop("pattern", "*")
        error = refused(
            FeedError, lambda: make(**place).files(pattern), where=f"127.0.0.1:{server.port}/shop", secrets=self.secrets
        )
        assert said in str(error)

    def test_refuses_a_mark_in_the_future(self, server: Database, make: Make) -> None:
        timed(server, "2024-01-02 03:04:05", "2037-01-01 00:00:00")
        place = {"query": "select * from e", **BY_TIME}
        error = refused(FeedError, lambda: make(**place).files("*"), where="shop", secrets=self.secrets)
        assert "future (2037-01-01 00:00:00" in str(error)

    def test_refuses_what_is_not_one_select(self, server: Database, make: Make) -> None:
        numbered(server, 1)
        for query in (
            "delete from r", "select 1; delete from r", "select 1) q; delete from r; select * from (select 1",
            "select 1) q union select * from (select 2", "explain select 1", "", ";", "select 'a", "select 1 /* x",
            "show tables", "select * from r for update", "select 1 -- \0", *self.writing,
        ):  # fmt: skip
            source = make(query=query or " ")
            refused(FeedError, lambda source=source: source.files("*"), where="shop", secrets=self.secrets)  # type: ignore[misc]  # bound now
        assert len(rows(make(query="select * from r"), RemoteFile("r.csv"))) == 1

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ({"password": "wrong-pw-1"}, "joe"),
            ({"password": None}, "password"),
            ({"user": "nobody-here"}, "nobody-here"),
            ({"database": "nowhere"}, "nowhere"),
        ],
    )
    def test_refuses_who_may_not_come_in(self, server: Database, make: Make, place: dict[str, Any], said: str) -> None:
        error = refused(
            FeedError, lambda: make(**place).files("*"), where=f"127.0.0.1:{server.port}", secrets=self.secrets
        )
        assert said in error.what
        assert "user, password" in error.remedy

    def test_trusts_no_stranger(self, make: Make, certificates: Certificates) -> None:
        for file in (str(certificates.stranger), None):
            source = make(ca_file=file)
            error = refused(FeedError, lambda s=source: s.files("*"), where="127.0.0.1:", secrets=self.secrets)  # type: ignore[misc]  # bound now
            assert certificates.fingerprint in error.remedy
        for place in ({"tls": "require", "ca_file": None}, {"tls": "none"}, {"host": "localhost"}):
            assert make(query="select 1 as a", **place).files("*")

    def test_a_server_that_is_not_there_is_down(self, make: Make) -> None:
        port = free_port()
        source = make(port=port, timeout=2)
        refused(SourceDownError, lambda: source.files("*"), where=f"127.0.0.1:{port}", secrets=self.secrets)

    def test_a_line_that_breaks_is_no_end(self, server: Database, make: Make) -> None:
        with relay(server.port, [900_000]) as line:
            source = make(port=line.port, query=self.big, tls="none")
            with source.open(RemoteFile("x.csv")) as stream, pytest.raises(SourceDownError):
                to_the_end(stream)
            assert taken(source, RemoteFile("x.csv")).count(b"\n") == 200_001

    @pytest.mark.parametrize("after", [10, 900_000])
    def test_a_line_that_goes_silent_is_down(self, server: Database, make: Make, after: int) -> None:
        with stalling(server.port, after) as port:
            source = make(port=port, query=self.big, tls="none", timeout=2)
            refused(
                SourceDownError,
                lambda: taken(source, RemoteFile("x.csv")),
                where=f"127.0.0.1:{port}",
                secrets=self.secrets,
            )

    def test_a_query_that_takes_too_long_is_down(self, make: Make) -> None:
        source = make(query=self.asleep, mark="id", timeout=1)
        error = refused(SourceDownError, lambda: source.files("*"), where="127.0.0.1:", secrets=self.secrets)
        assert "timeout" in error.remedy

    def test_shows_no_secret(self, make: Make) -> None:
        source = make()
        assert not any(secret in f"{source!r} {vars(source)}" for secret in self.secrets)
        source.close()

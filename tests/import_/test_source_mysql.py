"""Queries on a real MariaDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from smc.config.specs.source import SqlPlace
from smc.errors import FeedError, SourceDownError
from smc.import_.sources.mysql import MysqlSource
from smc.import_.sources.source import RemoteFile
from tests.import_.source_contract import refused, taken
from tests.import_.sql_contract import BY_TIME, Make, SqlContract, to_the_end
from tests.servers.mysql import PASSWORD, MysqlServer

pytestmark = pytest.mark.server


@pytest.fixture
def server(mysql_server: MysqlServer) -> MysqlServer:
    return mysql_server


@pytest.fixture
def make(server: MysqlServer, tmp_path: Path) -> Iterator[Make]:
    made: list[MysqlSource] = []

    def of(*, state: str = "", **more: Any) -> MysqlSource:
        made.append(MysqlSource(SqlPlace.model_validate({**server.place, **more}), tmp_path, state))
        return made[-1]

    yield of
    for source in made:
        source.close()
        source.close()


class TestMysql(SqlContract):
    secrets: ClassVar[tuple[str, ...]] = (PASSWORD, "wrong-pw-1")
    asleep: ClassVar[str] = "select sleep(30) as id"
    big: ClassVar[str] = "select seq, 'some text of a row' as t from seq_1_to_200000"
    writing: ClassVar[tuple[str, ...]] = (
        "select 1 /*! ) q; delete from r; */", "select 1 into outfile '/tmp/smc'",
        "select * from r lock in share mode", "select 1 /*M! + 1 */", "select ? as a",
    )  # fmt: skip


def test_every_type_is_written_so_that_nothing_is_lost(server: MysqlServer, make: Make) -> None:
    server.do(
        "drop table if exists many",
        """create table many (n varchar(5), e varchar(5), yes boolean, bits bit(9), b varbinary(9), bl blob,
        z int(5) zerofill, d decimal(40,13), f double, u bigint unsigned, day date,
        at datetime(6), zoned timestamp(3) null, clock time,
        y year, j json, en enum('a"b'), st set('x','y'), l varchar(20) character set cp1251,
        u8 text character set utf8mb4,
        `a "b", c` char(3), g point) engine=innodb""",
        "set time_zone = '+03:00'",
        """insert into many values (null, '', true, b'100000001', x'00ff', x'22',
        42, 12345678901234567890.1234567890123,
        0.1, 18446744073709551615, '2024-02-29', '2024-01-02 03:04:05.000006', '2024-01-02 03:04:05.5', '03:04', 2024,
        '{"a": 1}', 'a"b', 'x,y', 'чек', '😀\\n', 'x', point(1, 2))""",
    )
    source = make(query="select * from many")
    (file,) = source.files("*")
    header, line = taken(source, file).decode().split("\n", 1)
    assert header.startswith('"n","e","yes"')
    assert header.endswith(',"a ""b"", c","g"')
    assert line.startswith(
        ',"",1,257,"\\x00ff","\\x22",00042,12345678901234567890.1234567890123,0.1,18446744073709551615,2024-02-29,'
        "2024-01-02 03:04:05.000006,2024-01-02 00:04:05.500+00:00,03:04:00,2024,"
        '"{""a"": 1}","a""b","x,y","чек","😀\n","x",\\x'
    )
    server.do("delete from many", "insert into many () values ()")
    assert taken(source, file).decode().split("\n")[1] == "," * 21


def test_zoned_marks_are_in_utc(server: MysqlServer, make: Make) -> None:
    server.do("drop table if exists z", "create table z (at timestamp(6) null)", "set time_zone = '+03:00'",
              "insert into z values ('2024-01-02 03:04:05.25'), ('2024-01-02 03:04:05')")  # fmt: skip
    place = {"query": "select * from z", **BY_TIME}
    (file,) = make(**place).files("*")
    assert file.name == "z ..20240102T000405.250000.csv"
    assert len(taken(make(**place), file).splitlines()) == 3
    assert make(**place, state=file.state).files("*") == []


def test_large_ids_are_compared_exactly(server: MysqlServer, make: Make) -> None:
    numbers = [2**63 - 1, 2**63 - 2, 2**63 - 3]
    server.do("drop table if exists x", "create table x (id bigint)",
              f"insert into x values {', '.join(f'({number})' for number in numbers)}")  # fmt: skip
    (file,) = make(query="select * from x", mark="id", state=str(numbers[1])).files("*")
    assert taken(make(query="select * from x", mark="id"), file).split() == [b'"id"', str(numbers[0]).encode()]


@pytest.mark.parametrize("column", ["repeat('x', 1000000)", "repeat('\"', 600000)", "unhex(repeat('00', 500000))"])
def test_a_row_that_is_too_long_is_refused(make: Make, column: str) -> None:
    source = make(query=f"select {column} as a, {column} as b")
    error = refused(FeedError, lambda: taken(source, RemoteFile("x.csv")), where="shop", secrets=())
    assert "max_allowed_packet" in str(error)


def test_long_rows_and_long_groups_are_whole(make: Make) -> None:
    source = make(query="select seq, repeat('x', 900000) as t from seq_1_to_20")
    assert len(taken(source, RemoteFile("x.csv"))) > 20 * 900_000
    source = make(query="select group_concat(seq) as t from seq_1_to_9999")
    assert taken(source, RemoteFile("x.csv")).count(b",") == 9998


def test_a_user_without_rights_is_refused(make: Make) -> None:
    source = make(user="stranger")
    assert "stranger" in str(refused(FeedError, lambda: source.files("*"), where="shop", secrets=(PASSWORD,)))


def test_a_server_that_ends_in_the_middle_is_down(server: MysqlServer, make: Make) -> None:
    source = make(query="select seq, repeat('x', 500) as t from seq_1_to_200000")
    with source.open(RemoteFile("x.csv")) as stream:
        stream.read(1000)
        for number, *_ in server.do("select id from information_schema.processlist where info like '%concat%seq%x%'"):
            if number != server.do("select connection_id()"):
                try:
                    server.do(f"kill {number}")
                except Exception:  # noqa: BLE001, S112 - the list shows the connection that asked for it too
                    continue
        with pytest.raises(SourceDownError):
            to_the_end(stream)


def test_a_locked_table_is_down(server: MysqlServer, make: Make) -> None:
    server.do("drop table if exists l", "create table l (id int)")
    source = make(query="select * from l", timeout=1)
    with server.line() as line, line.cursor() as cursor:
        cursor.execute("lock tables l write")
        refused(SourceDownError, lambda: taken(source, RemoteFile("l.csv")), where="shop", secrets=())
        cursor.execute("unlock tables")
    assert taken(source, RemoteFile("l.csv")) == b'"id"\n'


def test_a_stream_may_be_left_early(make: Make) -> None:
    source = make(query="select seq from seq_1_to_10000000")
    stream = source.open(RemoteFile("x.csv"))
    stream.read(10)
    stream.close()
    source.open(RemoteFile("x.csv")).read(10)
    source.close()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select cast(length(v) as unsigned) - 100 as a from (select 'anna@example.com' as v) t", "error"),
        ("select extractvalue('<a/>', concat('~', v)) as a from (select 'anna@example.com' as v) t", "error"),
        ("select no_such as a", "no_such"),
        ("select * from nowhere where email = 'anna@example.com'", "nowhere"),
    ],
)
def test_values_are_not_shown(make: Make, query: str, said: str) -> None:
    with pytest.raises(FeedError) as caught:
        taken(make(query=query), RemoteFile("x.csv"))
    assert "anna" not in str(caught.value)
    assert said in caught.value.what

"""Queries on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from smc.config.specs.source import SqlPlace
from smc.errors import FeedError, SourceDownError
from smc.import_.sources.postgresql import PostgresqlSource
from smc.import_.sources.source import RemoteFile
from tests.import_.source_contract import refused, taken
from tests.import_.sql_contract import BY_TIME, Make, SqlContract, to_the_end
from tests.servers.postgresql import PASSWORD, PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture
def server(postgresql_server: PostgresqlServer) -> PostgresqlServer:
    return postgresql_server


@pytest.fixture
def make(server: PostgresqlServer, tmp_path: Path) -> Iterator[Make]:
    made: list[PostgresqlSource] = []

    def of(*, state: str = "", **more: Any) -> PostgresqlSource:
        made.append(PostgresqlSource(SqlPlace.model_validate({**server.place, **more}), tmp_path, state))
        return made[-1]

    yield of
    for source in made:
        source.close()
        source.close()


class TestPostgresql(SqlContract):
    secrets: ClassVar[tuple[str, ...]] = (PASSWORD, "wrong-pw-1")
    asleep: ClassVar[str] = "select 1 as id from pg_sleep(30)"
    big: ClassVar[str] = "select i, 'some text of a row' as t from generate_series(1, 200000) i"
    writing: ClassVar[tuple[str, ...]] = (
        "with gone as (delete from r returning *) select * from gone", "select * into s from r", "table r",
        "select pg_advisory_lock(1), nextval('nothing')",
    )  # fmt: skip


def test_every_type_is_written_so_that_nothing_is_lost(make: Make) -> None:
    source = make(
        query="""select null::text as n, '' as e, true as yes, false as no, null::bool as unknown,
        '\\x00ff'::bytea as b, 12345678901234567890.1234567890123::numeric as d,
        0.1::float8 as f, date '2024-02-29' as day,
        timestamp '2024-01-02 03:04:05.000006' as at, timestamptz '2024-01-02 03:04:05.5+03' as zoned,
        time '03:04' as clock, interval '1 day 2 hours' as span, 12.5::text::money as cash, '{"a": 1}'::jsonb as j,
        array[1, 2] as "a ""b"", c", 'infinity'::timestamp as never"""
    )
    (file,) = source.files("*")
    header, line, rest = taken(source, file).decode().split("\n")
    assert header == 'n,e,yes,no,unknown,b,d,f,day,at,zoned,clock,span,cash,j,"a ""b"", c",never'
    assert line == (
        ',"",true,false,,\\x00ff,12345678901234567890.1234567890123,0.1,2024-02-29,2024-01-02 03:04:05.000006,'
        '2024-01-02 00:04:05.5+00,03:04:00,P1DT2H,12.50,"{""a"": 1}","{1,2}",infinity'
    )
    assert rest == ""


def test_marks_of_zoned_times_and_decimals(server: PostgresqlServer, make: Make) -> None:
    server.do("drop table if exists z", "create table z (at timestamptz, d numeric)")
    server.do("insert into z values ('2024-01-02 03:04:05.25+03', 0.5), ('2024-01-02 03:04:05+03', 12.25)")
    place = {"query": "select * from z", **BY_TIME}
    (file,) = make(**place).files("*")
    assert file.name == "z ..20240102T000405.250000Z.csv"
    assert len(taken(make(**place), file).splitlines()) == 3
    server.do("insert into z values ('2024-01-02 00:04:06+00', 13)")
    (file,) = make(**place, state=file.state).files("*")
    assert len(taken(make(**place), file).splitlines()) == 3
    refused(FeedError, lambda: make(**place, state="20240102T030405.000000").files("*"), where="shop", secrets=())
    place = {"query": "select * from z", "mark": "d"}
    (file,) = make(**place, state="0.5").files("*")
    assert (file.name, file.state) == ("z 0000000000.5..000000000013.csv", "13")
    assert len(taken(make(**place), file).splitlines()) == 3


@pytest.mark.parametrize("value", ["'infinity'::timestamp", "'infinity'::date", "'12024-01-01'::date"])
def test_an_endless_mark_is_refused(make: Make, value: str) -> None:
    source = make(query=f"select {value} as at", **BY_TIME)
    assert "future" in str(refused(FeedError, lambda: source.files("*"), where="shop", secrets=()))


def test_a_mark_that_is_no_number_is_refused(make: Make) -> None:
    source = make(query="select 'nan'::numeric as id", mark="id")
    assert "'NaN' is no number" in str(refused(FeedError, lambda: source.files("*"), where="shop", secrets=()))


def test_a_function_that_writes_cannot(server: PostgresqlServer, make: Make) -> None:
    server.do(
        "drop table if exists w", "create table w (a int)",
        "create or replace function wr() returns int language sql as 'insert into w values (1) returning a'",
    )  # fmt: skip
    for query in ("select wr() as a", "select set_config('transaction_read_only', 'off', true) as b, wr() as a"):
        source = make(query=query)
        refused(FeedError, lambda s=source: taken(s, RemoteFile("w.csv")), where="shop", secrets=())  # type: ignore[misc]  # bound now
    assert taken(make(query="select * from w"), RemoteFile("w.csv")) == b"a\n"


def test_an_error_in_the_middle_is_no_end(make: Make) -> None:
    source = make(query="select 10 / (150000 - i) as a, 'some text' as t from generate_series(1, 200000) i")
    error = refused(FeedError, lambda: taken(source, RemoteFile("x.csv")), where="shop", secrets=())
    assert "division by zero" in str(error)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select v::int as a from (values ('anna@example.com')) t (v)", "SQLSTATE 22P02"),
        ("select to_date(v, 'YYYY') as a from (values ('anna@example.com')) t (v)", "SQLSTATE 22007"),
        ("select v::json as a from (values ('anna@example.com')) t (v)", "SQLSTATE 22P02"),
        ("select no_such as a", '"no_such" does not exist'),
    ],
)
def test_a_value_that_does_not_fit_is_not_shown(make: Make, query: str, said: str) -> None:
    source = make(query=query)
    error = refused(FeedError, lambda: taken(source, RemoteFile("x.csv")), where="shop", secrets=("anna",))
    assert said in error.what


def test_rows_cannot_be_read_from_the_middle(make: Make) -> None:
    refused(FeedError, lambda: make(query="select 1 as a").open(RemoteFile("x.csv"), 5), where="shop", secrets=())


def test_a_server_that_ends_in_the_middle_is_down(server: PostgresqlServer, make: Make) -> None:
    source = make(query="select i, repeat('x', 500) as t from generate_series(1, 200000) i")
    with source.open(RemoteFile("x.csv")) as stream:
        stream.read(1000)
        server.do("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'smc'")
        with pytest.raises(SourceDownError):
            to_the_end(stream)


def test_a_locked_table_is_down(server: PostgresqlServer, make: Make) -> None:
    server.do("drop table if exists l", "create table l (id int)")
    with server.line() as line, line.transaction():
        line.execute("lock table l")
        source = make(query="select * from l", timeout=1)
        refused(SourceDownError, lambda: taken(source, RemoteFile("l.csv")), where="shop", secrets=())
    assert taken(source, RemoteFile("l.csv")) == b"id\n"


def test_a_stream_may_be_left_early(server: PostgresqlServer, make: Make) -> None:
    source = make(query="select i from generate_series(1, 10000000) i")
    stream = source.open(RemoteFile("x.csv"))
    stream.read(10)
    stream.close()
    source.open(RemoteFile("x.csv")).read(10)
    source.close()

"""The warehouse: one writer, all or nothing, a snapshot for readers, and plain words when the disk is full."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.errors import DiskFullError, LockedError, UsageError, WarehouseError
from smc.model.keys import bucket_of, key_of
from smc.warehouse import Warehouse, name, sql
from smc.warehouse.migrate import migrations

ZONE = "America/New_York"


def open_at(path: Path, *, read_only: bool = False) -> Warehouse:
    return Warehouse.open(path, timezone=ZONE, memory="500MB", threads=1, read_only=read_only)


def test_every_table_and_column_says_what_it_is(warehouse: Warehouse) -> None:
    silent = warehouse.rows(
        "select table_name, column_name from duckdb_columns() where schema_name = 'main' and not internal"
        " and comment is null union all select table_name, '' from duckdb_tables() where comment is null"
    )
    assert silent == []


def test_no_column_holds_an_instant_without_a_zone(warehouse: Warehouse) -> None:
    naive = warehouse.rows("select table_name, column_name from duckdb_columns() where data_type = 'TIMESTAMP'")
    assert naive == []


def test_migrations_run_once_and_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    for _ in range(2):
        with open_at(path) as opened:
            numbers = opened.rows("select version from schema_version order by version")
    assert numbers == [(number,) for number, _ in migrations()]
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_warehouse_of_a_newer_smc_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with open_at(path) as opened:
        opened.run("insert into schema_version values (9999)")
    with pytest.raises(UsageError, match="migration 9999, which this smc does not know"):
        open_at(path)


def test_the_zone_of_the_project_holds_for_every_cursor(warehouse: Warehouse) -> None:
    instant = datetime(2017, 12, 31, 3, tzinfo=UTC)
    assert warehouse.value("select cast($at as date)", at=instant) == date(2017, 12, 30)
    (batch,) = warehouse.batches("select cast($at as date) as day", 10, at=instant)
    assert batch == [{"day": date(2017, 12, 30)}]


def test_a_transaction_is_all_or_nothing(warehouse: Warehouse) -> None:
    statements = ("insert into store (store_id) values ('1')", "insert into store (store_id) values (1 / 'x')")
    with pytest.raises(WarehouseError):
        _together(warehouse, *statements)
    assert warehouse.value("select count(*) from store") == 0
    _together(warehouse, statements[0], statements[0])
    assert warehouse.value("select count(*) from store") == 2


def _together(warehouse: Warehouse, *statements: str) -> None:
    with warehouse.transaction():
        for text in statements:
            warehouse.run(text)


def test_a_wrong_statement_says_where(warehouse: Warehouse) -> None:
    with pytest.raises(WarehouseError, match="nowhere"):
        warehouse.rows("select * from nowhere")


def test_another_program_that_has_it_open_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    open_at(path).close()
    code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(LockedError, match=rf"has the warehouse open: python.*, pid {other.pid}"):
            open_at(path)
        other.communicate()


def test_readers_of_the_snapshot_never_wait_and_never_see_half(tmp_path: Path) -> None:
    path, snapshot = tmp_path / "w.duckdb", tmp_path / "snapshot.duckdb"
    with open_at(path) as writer:
        writer.run("insert into store (store_id) values ('1')")
        writer.publish(snapshot)
        with open_at(snapshot, read_only=True) as reader:
            writer.run("insert into store (store_id) values ('2')")
            writer.publish(snapshot)
            assert reader.value("select count(*) from store") == 1
        with open_at(snapshot, read_only=True) as reader:
            assert reader.value("select count(*) from store") == 2
            with pytest.raises(WarehouseError, match="read-only"):
                reader.run("delete from store")


@pytest.mark.parametrize("step", ["insert", "publish"])
def test_a_full_disk_is_said_and_leaves_nothing_half_done(tmp_path: Path, step: str) -> None:
    """RLIMIT_FSIZE stands for the full disk: the kernel refuses to let the file grow."""
    path = tmp_path / "w.duckdb"
    with open_at(path) as opened:
        opened.run("insert into store (store_id) values ('kept')")
    code = dedent(f"""
        import resource
        from pathlib import Path
        from smc.errors import DiskFullError
        from smc.warehouse import Warehouse, name, sql

        warehouse = Warehouse.open(Path({str(path)!r}), timezone={ZONE!r}, memory="500MB", threads=1)
        limit = 3_000_000 if {step!r} == "insert" else Path({str(path)!r}).stat().st_size // 2
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            if {step!r} == "insert":
                with warehouse.transaction():
                    warehouse.run("insert into store (store_id, name) select i, md5(i::text) from range(2000000) r(i)")
            else:
                warehouse.publish(Path({str(tmp_path / "snapshot.duckdb")!r}))
        except DiskFullError as error:
            print(error)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "the disk is full; the step was undone" in done.stdout, done.stderr
    assert "Free some space and run the same command again." in done.stdout
    assert not (tmp_path / "snapshot.duckdb").exists()
    with open_at(path) as opened:
        assert opened.rows("select store_id from store") == [("kept",)]


@given(parts=st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")), min_size=1))
def test_keys_are_the_same_in_python_and_in_the_warehouse(parts: list[str]) -> None:
    assert _macros().execute("select key_of($parts)", {"parts": parts}).fetchall() == [(key_of(*parts),)]


@given(salt=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")), number=st.integers())
def test_buckets_are_the_same_in_python_and_in_the_warehouse(salt: str, number: int) -> None:
    row = _macros().execute("select bucket_of($salt, $id)", {"salt": salt, "id": str(number)}).fetchall()
    assert row == [(bucket_of(salt, str(number)),)]
    assert 0 <= row[0][0] < 10_000


def test_keys_do_not_read_alike() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert re.fullmatch("[0-9a-f]{32}", key_of(""))


def _macros() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(dict(migrations())[3])
    return connection


def test_a_sum_over_a_left_join_is_compared_as_it_is(warehouse: Warehouse) -> None:
    """DuckDB 2.0.0 with all its optimizers finds nobody here."""
    warehouse.run("create table line as select 1 as k, i as r from range(100000) t(i)")
    warehouse.run("create table special as select i as r from range(10) t(i)")
    query = """
        select k from line left join (select r from special where r < 0) s on s.r = line.r
        group by k having sum(case when s.r is null then 1 else 0 end) >= 99990
    """
    assert warehouse.rows(query) == [(1,)]
    with warehouse.all_optimizers():
        assert warehouse.value("select current_setting('disabled_optimizers')") == ""
    assert warehouse.rows(query) == [(1,)]


def test_spilled_rows_of_a_killed_process_are_removed_when_it_opens_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    open_at(path).close()
    left = [folder / "duckdb_temp_1_0_storage_DEFAULT-0.tmp" for folder in (path.with_name("w.duckdb.tmp"), tmp_path)]
    for file in left:
        file.parent.mkdir(exist_ok=True)
        file.write_text("rows of customers")
    open_at(path, read_only=True).close()
    assert [file.exists() for file in left] == [True, True]
    open_at(path).close()
    assert [file.exists() for file in left] == [False, True]  # the other is of another warehouse
    assert not left[0].parent.exists()


def test_spilled_rows_of_this_process_stay(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path / "w.duckdb", timezone=ZONE, memory="60MB", threads=1) as opened:
        many = "create temp table many as select md5(n::varchar) || md5((n + 1)::varchar) as t from range(2000000) r(n)"
        opened.run(many)
        folder = tmp_path / "w.duckdb.tmp"
        before = sorted(folder.iterdir())
        with Warehouse.open(tmp_path / "w.duckdb", timezone=ZONE, memory="60MB", threads=1):
            assert before
            assert set(before) <= set(folder.iterdir())
        assert opened.value("select count(distinct t) from many") == 2_000_000
    assert not folder.exists()


def test_no_statement_can_fill_the_disk(warehouse: Warehouse) -> None:
    warehouse.connection.execute("set max_temp_directory_size = '1MB'")
    warehouse.connection.execute("set memory_limit = '50MB'")
    with pytest.raises(DiskFullError, match="more space for temporary files than three quarters of the free disk"):
        warehouse.run(
            "create temp table many as select md5(n::varchar) || md5((n + 1)::varchar) from range(2000000) r(n)"
        )


def test_rows_behind_an_insert_of_nothing_are_seen(warehouse: Warehouse) -> None:
    """DuckDB loses sight of a row group that several threads insert behind an insert of no row."""
    warehouse.run("set threads = 2")
    warehouse.run("create temp table many as select i as k from range(200000) t(i)")
    warehouse.run("create table filled (k bigint not null)")
    with warehouse.transaction():
        assert warehouse.run("-- why\ninsert into filled select k from many where hash(k) = 42") == 0
        assert warehouse.run(sql("insert into $table select k from many order by k", table=name("filled"))) == 200_000
        assert len(warehouse.rows("select k from filled")) == 200_000
        assert warehouse.value("select current_setting('threads')") == 2
        warehouse.run("insert into filled select k from many where hash(k) = 42")
        warehouse.run("insert into filled select k from many")
        assert len(warehouse.rows("select k from filled")) == 400_000
    assert len(warehouse.rows("select k from filled")) == 400_000


_MADE = "create or replace temp table filled as select k from many"
_NONE = "where hash(k) = 42"


@pytest.mark.parametrize(
    "before", [f"{_MADE} {_NONE}", f"{_MADE}; {_MADE} {_NONE}; insert into filled select k from many {_NONE}"]
)
def test_rows_behind_a_table_made_of_nothing_are_seen(warehouse: Warehouse, before: str) -> None:
    warehouse.run("set threads = 2")
    warehouse.run("create temp table many as select i as k from range(200000) t(i)")
    with warehouse.transaction():
        for statement in before.split("; "):
            warehouse.run(statement)
        warehouse.run("insert into filled select k from many")
        assert len(warehouse.rows("select k from filled")) == 200_000


def test_threads_are_as_before_when_an_insert_by_one_thread_fails(warehouse: Warehouse) -> None:
    warehouse.run("set threads = 2")
    warehouse.run("create table filled (k bigint not null)")
    with warehouse.transaction():
        warehouse.run("insert into filled select 1 where false")
        with pytest.raises(WarehouseError):
            warehouse.run("insert into filled select null")
    assert warehouse.value("select current_setting('threads')") == 2


def test_negative_receipts_of_before_become_returns() -> None:
    connection = duckdb.connect()
    texts = [text for _, text in migrations()]
    mine = next(number for number, text in enumerate(texts) if "with a negative total" in text)
    for text in texts[:mine]:
        connection.execute(text)
    connection.execute("""
        insert into receipt (receipt_key, customer_key, purchased_at, day, status, total, return_of_key, promocode)
        select i, i, timestamptz '2017-01-01 12:00:00Z', date '2017-01-01', status, total, back, 'CODE ' || i
        from (values (1, 'paid', 5, null), (2, 'paid', -5, null), (3, 'paid', 0, 1), (4, 'cancelled', -5, null))
            as t (i, status, total, back)
    """)
    connection.execute(texts[mine])
    found = connection.execute("select status from receipt order by receipt_key").fetchall()
    assert [row[0] for row in found] == ["paid", "returned", "returned", "cancelled"]
    assert connection.execute("from customer_touched order by all").fetchall() == [(2,), (3,)]
    assert connection.execute("from code_touched order by all").fetchall() == [("code 2",), ("code 3",)]

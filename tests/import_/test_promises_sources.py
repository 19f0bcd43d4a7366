"""The same drop through every source gives the same ledger and the same tables, also over lines that break."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.import_.result import ImportResult
from smc.import_.run import import_feeds
from smc.import_.show import ledger_hash
from smc.import_.sources.rabbitmq import RabbitmqSource
from smc.warehouse import Warehouse
from tests.import_.conftest import MAPPED
from tests.import_.source_contract import through
from tests.servers.cutting import relay

pytestmark = pytest.mark.slow

NAME = "receipt 1.csv"
ROWS = 4000
TABLE = (
    "select r.receipt_id, c.customer_id, day, status, total, epoch(purchased_at) from receipt "
    "join receipt_ident r using (receipt_key) left join customer_ident c using (customer_key) order by all"
)
FILES = ("ftp", "sftp", "s3", "webdav", "dropbox")
ONE_LINE = ("sftp", "s3", "webdav")
"""Protocols with one connection, which a relay can cut."""


def drop() -> str:
    """Receipts with a bad row and a double one."""
    rows = [f"r{i},c{i % 99},s1,2017-12-{i % 28 + 1:02} 10:00:00,paid,{i}.50" for i in range(ROWS)]
    return "\n".join(["receipt_id,customer_id,store_id,purchased_at,status,total", *rows, rows[7], "bad,c1,s1,,,x", ""])


def as_messages(text: str) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in csv.DictReader(io.StringIO(text)))


def imported(root: Path, source: dict[str, Any], **more: Any) -> tuple[ImportResult, str, list[Any]]:
    feed = FeedSpec.model_validate(
        {
            "title": "receipts", "object": "receipt", "source": source, "files": "receipt*", "reject_limit": "1%",
            "fields": {name: name for name in MAPPED["receipt"]}, **more,
        }
    )  # fmt: skip
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="1GB", threads=2) as warehouse:
        result = import_feeds(
            warehouse, {"receipts": feed}, fields=FieldsSpec(), settings=ImportSettings(pause=0), country="US",
            root=root, landing=root / "landing", as_of=date(2017, 12, 29), now=datetime.now(UTC),
            progress=lambda _: None,
        )  # fmt: skip
        return result, ledger_hash(warehouse), warehouse.rows(TABLE)


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Any]]:
    """Ledger hash and table of an undisturbed import from this machine."""
    root = tmp_path_factory.mktemp("near")
    (root / "drops").mkdir()
    (root / "drops" / NAME).write_text(drop())
    result, ledger, table = imported(root, {"local": {"path": "drops"}})
    (file,) = result.files
    assert (file.read, file.accepted, file.rejected, file.duplicate) == (ROWS + 2, ROWS, 1, 1)
    return ledger, table


@pytest.mark.server
@pytest.mark.parametrize("kind", FILES)
def test_files(kind: str, near: tuple[str, list[Any]], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    server.put(NAME, drop().encode())
    result, *found = imported(tmp_path, {kind: dict(server.place)}, after={"action": "move", "folder": "done"})
    assert (result.failures, result.waiting, len(result.files)) == ((), (), 1)
    assert tuple(found) == near
    assert NAME not in server.names()
    again, *found = imported(tmp_path, {kind: dict(server.place)})
    assert (again.files, again.failures, tuple(found)) == ((), (), near)


@pytest.mark.server
@pytest.mark.parametrize("kind", ONE_LINE)
def test_lines_that_break_after_every_tenth(
    kind: str, near: tuple[str, list[Any]], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    data = drop().encode()
    server.put(NAME, data)
    port = int(getattr(server, "port", 0)) or int(str(server.place["endpoint"]).rpartition(":")[2])
    with relay(port, [len(data) // 10 + 6000] * 10) as line:
        place = through(dict(server.place), port, line.port)
        for _ in range(4):
            result, *found = imported(tmp_path, {kind: place})
            if not result.failures:
                break
    assert line.broken >= 3
    assert (result.failures, tuple(found)) == ((), near)


@pytest.mark.server
def test_messages(near: tuple[str, list[Any]], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("rabbitmq_server").room()
    server.put(NAME, as_messages(drop()))
    layout = {"kind": "ndjson", "datetime": "%Y-%m-%d %H:%M:%S"}
    result, *found = imported(tmp_path, {"rabbitmq": server.place}, format=layout, files="*")
    assert result.failures == ()
    assert tuple(found) == near
    assert server.waiting() == []
    assert [json.loads(body)["receipt_id"] for body in server.waiting(server.bad)] == ["bad"]


@pytest.mark.server
@pytest.mark.parametrize("batch", [50_000, 1500])
def test_messages_whose_acknowledgement_is_lost(
    batch: int, near: tuple[str, list[Any]], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The broker hangs up between commit and acknowledgement. What comes again, alone or among others, is known."""
    server = request.getfixturevalue("rabbitmq_server").room()
    server.put(NAME, as_messages(drop()))
    honest = RabbitmqSource.finish

    def lost(self: RabbitmqSource, *given: Any) -> None:
        server.drop_connections()
        honest(self, *given)

    layout = {"kind": "ndjson", "datetime": "%Y-%m-%d %H:%M:%S"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RabbitmqSource, "finish", lost)
        result, *_ = imported(tmp_path, {"rabbitmq": {**server.place, "batch": batch}}, format=layout, files="*")
    (said,) = result.failures
    assert "is loaded, but its source could not be told" in said
    taken = sum(file.accepted for file in result.files)
    result, *found = imported(tmp_path, {"rabbitmq": server.place}, format=layout, files="*")
    assert (result.failures, found[1], found[0] == near[0] or batch < ROWS) == ((), near[1], True)
    assert taken + sum(file.accepted for file in result.files) == ROWS
    assert server.waiting() == []
    assert [json.loads(body)["receipt_id"] for body in server.waiting(server.bad)] == ["bad"]


@pytest.mark.parametrize("pieces", [1, 3])
def test_spool(pieces: int, near: tuple[str, list[Any]], tmp_path: Path) -> None:
    spool, rows = tmp_path / "spool", as_messages(drop()).split(b"\n")
    spool.mkdir()
    step = -(-len(rows) // pieces)
    for at in range(pieces):
        (spool / f"receipt {at}.ndjson").write_bytes(b"\n".join(rows[at * step : (at + 1) * step]) + b"\n")
    layout = {"kind": "ndjson", "datetime": "%Y-%m-%d %H:%M:%S"}
    place = {"spool": {"path": "spool"}}
    result, *found = imported(tmp_path, place, format=layout, after={"action": "delete"})
    assert (result.failures, len(result.files), found[1]) == ((), pieces, near[1])
    # In several files the double row is no duplicate but one that changes nothing.
    assert (found[0] == near[0]) == (pieces == 1)
    assert list(spool.iterdir()) == []
    again, *later = imported(tmp_path, place, format=layout)
    assert (again.files, again.failures, later) == ((), (), found)


@pytest.mark.server
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_queries(kind: str, near: tuple[str, list[Any]], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    server.do("drop table if exists receipt_drops", "drop table if exists drops")
    server.put(NAME, drop().encode())
    server.do("alter table drops rename to receipt_drops")
    place = {**server.place, "query": "select * from receipt_drops"}
    layout = {"datetime": "%Y-%m-%d %H:%M:%S"}
    result, *found = imported(tmp_path, {kind: place}, format=layout, files="*")
    assert result.failures == ()
    assert tuple(found) == near
    again, *found = imported(tmp_path, {kind: place}, format=layout, files="*")
    assert (again.known, tuple(found)) == (1, near)
    server.do("drop table receipt_drops")

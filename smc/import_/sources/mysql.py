"""A query on MySQL or MariaDB: the server writes the lines of the CSV, one text for each row.

A driver that takes every cell apart needs ten times as long; how the drivers compare is in docs/sources/mysql.md.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar, assert_never

import asyncmy
from asyncmy.constants import FIELD_TYPE as KIND
from asyncmy.cursors import SSCursor
from asyncmy.errors import DataError, Error, IntegrityError

from smc.config.specs.source import SqlPlace
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.reason import masked, reason_of
from smc.import_.sources.sql import CHUNK, Bound, MarkKind, SqlSource
from smc.import_.sources.stream import said as clean
from smc.import_.sources.tls import authority, is_verification, unverified

Result = TypeVar("Result")
_NUMBERS = {KIND.TINY, KIND.SHORT, KIND.INT24, KIND.LONG, KIND.LONGLONG, KIND.DECIMAL, KIND.NEWDECIMAL}
_PLAIN = {*_NUMBERS, KIND.FLOAT, KIND.DOUBLE, KIND.YEAR, KIND.DATE, KIND.NEWDATE, KIND.DATETIME, KIND.TIME}
_TIMES = {KIND.DATE, KIND.NEWDATE, KIND.DATETIME, KIND.TIMESTAMP}
_LONGEST = 16 << 20
_ROWS = 1000
_QUOTE, _QUOTE_SQL = b"\xfe", "unhex('fe')"
"""Around each text while it is on its way: no UTF-8 has this byte, and doubling quotes takes a server very long."""
# Access denied (to the server, the database, a table, a column), no such database, unknown login methods, no TLS there.
_CLOSED = {
    1044,
    1045,
    1049,
    1130,
    1142,
    1143,
    1227,
    1251,
    1275,
    1370,
    1524,
    1698,
    1820,
    1862,
    2026,
    2054,
    2059,
    2061,
    3159,
}
# Too many connections, shutdown, killed, time-outs, deadlock; from 2000 on it is the line.
_TRANSIENT = {1040, 1042, 1053, 1077, 1080, 1152, 1154, 1156, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226}
_TRANSIENT |= {1317, 1836, 1927, 1969, 3024, 4031}
# Out of range, truncated, incorrect, too long, duplicate, illegal JSON, and what functions signal: texts with values.
_OF_ROWS = {1062, 1105, 1242, 1264, 1265, 1292, 1300, 1365, 1366, 1367, 1406, 1411, 1416, 1425, 1426, 1441, 1525}
_OF_ROWS |= {1582, 1644, 1690, 1977, 3140, 3141, 3144, 3146, 3156, 3157, 3158, 3854, 3903, 4037, 4038}
_PROTOCOL_41_TLS_41 = 0x8A00


class MysqlSource(SqlSource):
    """NULL is an empty cell without quotes, binary is ``\\x…``, TIMESTAMP in UTC with offset, TINYINT(1) a number."""

    dialect: ClassVar[str] = "mysql"
    port: ClassVar[int] = 3306
    clock: ClassVar[str] = "utc_timestamp() + interval 1 day"

    def connect(self, timeout: int) -> _Session:
        return _Session(self.place, self.root, self.where, timeout)


class _Loop(asyncio.SelectorEventLoop):
    """The driver leaves lines open where it fails in the middle of TLS, so the loop knows them all."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[asyncio.Transport] = []

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        made = await super().create_connection(*args, **options)
        self._lines.append(made[0])
        return made

    async def hang_up(self) -> None:
        """At once: a server that is silent would be waited for."""
        for line in self._lines:
            line.abort()
        for _ in range(3):  # the turns in which sockets are closed
            await asyncio.sleep(0)


class _Session:
    """An asynchronous driver, run step by step."""

    def __init__(self, place: SqlPlace, root: Path, where: str, timeout: int) -> None:
        self._place = place
        self._where = where
        self._columns: dict[str, str] = {}
        context = _context(place, root)
        self._loop = _Loop()
        self._runner = asyncio.Runner(loop_factory=lambda: self._loop)
        self._connection: asyncmy.Connection | None = None
        try:
            self._connection = self._do(_connect(place, context))
            for statement in _settings(str(self._connection.get_server_info()), place.timeout, timeout):
                self.row(statement)
        except BaseException:
            self.close()
            raise

    def columns(self, query: str) -> Mapping[str, MarkKind]:
        shape = self._do(self._shape(query))
        self._columns = {name: self._cell(name, kind, nullable) for name, kind, nullable in shape}
        return {name: "id" if kind in _NUMBERS else "time" if kind in _TIMES else "none" for name, kind, _ in shape}

    def row(self, statement: str) -> tuple[str | None, ...]:
        cells = self._do(self._first(statement))
        return tuple(None if cell is None else bytes(cell).decode() for cell in cells)

    def csv(self, rest: str) -> Iterator[bytes]:
        line = ", ',', ".join(self._columns.values())
        cursor = SSCursor(self._connected)
        self._do(cursor.execute(f"select concat({line}){rest}"))
        return self._rows(cursor)

    def name(self, column: str) -> str:
        return "`" + column.replace("`", "``") + "`"

    def literal(self, value: Bound) -> str:
        match value:
            case Decimal():
                return f"{value:f}"
            case datetime():
                return f"timestamp'{value.replace(tzinfo=None).isoformat(' ')}'"
            case date():
                return f"date'{value.isoformat()}'"
            case _:
                assert_never(value)

    def text(self, expression: str) -> str:
        return f"cast({expression} as char)"

    def close(self) -> None:
        self._connection = None
        if not self._loop.is_closed():
            self._runner.run(self._loop.hang_up())
            self._runner.close()

    @property
    def _connected(self) -> asyncmy.Connection:
        if self._connection is None:
            raise _down("the connection is closed", self._where)
        return self._connection

    def _cell(self, name: str, kind: int, nullable: bool) -> str:
        """The text of a cell. NULL shows nowhere else: where ``concat`` is NULL, something was too long."""
        column = f"q.{self.name(name)}"
        as_hex = f"concat(_utf8mb4 0x5c78, lower(hex({column})))"
        if kind in _PLAIN:
            return f"ifnull({column}, '')" if nullable else column
        if kind == KIND.TIMESTAMP:
            cell = f"concat({column}, '+00:00')"
        elif kind == KIND.BIT:
            cell = f"cast({column} as unsigned)"
        elif kind == KIND.GEOMETRY:
            cell = as_hex
        else:
            text = f"if(charset({column}) = 'binary', {as_hex}, convert({column} using utf8mb4))"
            cell = f"concat({_QUOTE_SQL}, {text}, {_QUOTE_SQL})"
        return f"if({column} is null, '', {cell})" if nullable else cell

    def _rows(self, cursor: SSCursor) -> Iterator[bytes]:
        longest = int(cursor.description[0][3]) if cursor.description else _LONGEST
        at_once = max(1, min(_ROWS, _LONGEST // max(longest, 1)))
        yield b",".join(b'"' + name.replace('"', '""').encode() + b'"' for name in self._columns) + b"\n"
        while lines := self._do(self._some(cursor, at_once)):
            yield (b"\n".join(lines) + b"\n").replace(b'"', b'""').replace(_QUOTE, b'"')

    async def _some(self, cursor: SSCursor, at_once: int) -> list[bytes]:
        lines: list[bytes] = []
        size = 0
        while size < CHUNK and (rows := await cursor.fetchmany(at_once)):
            try:
                size += sum([len(row[0]) for row in rows])
            except TypeError:
                raise FeedError(
                    "a row of the query is longer than the server's max_allowed_packet",
                    where=self._where,
                    remedy="Raise max_allowed_packet of the server, or leave the long column out of the query.",
                ) from None
            lines += [row[0] for row in rows]
        return lines

    async def _shape(self, query: str) -> list[tuple[str, int, bool]]:
        inner = f"select * from (\n{query}\n) q limit 0"
        # Prepared first, because then the server itself refuses a second statement.
        statement = await self._connected.prepare(inner)  # type: ignore[no-untyped-call]  # the driver's stub lacks types here
        await statement.close()
        async with self._connected.cursor() as cursor:
            await cursor.execute(inner)
            return [(str(name), int(kind), bool(nullable)) for name, kind, *_, nullable in cursor.description or ()]

    async def _first(self, statement: str) -> tuple[Any, ...]:
        async with self._connected.cursor() as cursor:
            await cursor.execute(statement)
            return tuple(await cursor.fetchone() or ()) if cursor.description else ()

    def _do(self, step: Coroutine[Any, Any, Result]) -> Result:
        try:
            return self._runner.run(asyncio.wait_for(step, self._place.timeout))
        except TimeoutError:
            raise _down(f"no answer within {self._place.timeout} seconds", self._where) from None
        except (Error, OSError) as error:
            raise self._translated(error) from None

    def _translated(self, error: Exception) -> SmcError:
        untrusted = is_verification(error)
        if untrusted:
            host, port = self._place.host, self._place.port or 0
            shown = _shown(host, port, self._place.timeout)
            return unverified(host, port, getattr(untrusted, "verify_message", str(untrusted)), certificate=shown)
        code, said = (*error.args, "", "")[:2] if isinstance(error, Error) else (2003, reason_of(error))
        if isinstance(error.__cause__, ssl.SSLError) or code in _CLOSED:
            secret = self._place.password.get_secret_value() if self._place.password else ""
            remedy = "Correct user, password, database and tls of the feed, or let the server admit this user."
            return FeedError(
                f"the database does not let us in: {clean(said, secret)}", where=self._where, remedy=remedy
            )
        if not isinstance(code, int) or code in _TRANSIENT or 2000 <= code < 3000:  # noqa: PLR2004 - errors of clients
            return _down(masked(said or code), self._where)
        of_rows = isinstance(error, (DataError, IntegrityError)) or code in _OF_ROWS
        reason = "a value in its rows does not fit" if of_rows else masked(said)
        what = f"the database refuses the query: {reason} (error {code})"
        return FeedError(what, where=self._where, remedy="Correct source.query of the feed, or the row.")


def _down(reason: str, where: str) -> SmcError:
    return SourceDownError(
        f"the database cannot be reached or does not answer: {reason}",
        where=where,
        remedy="Look whether it runs and is reachable at this host and port. When the query needs long, raise "
        "'timeout' of the source, or give the mark an index.",
    )


async def _connect(place: SqlPlace, context: ssl.SSLContext | None) -> asyncmy.Connection:
    return await asyncmy.connect(
        host=place.host,
        port=place.port or MysqlSource.port,
        user=place.user,
        password=place.password.get_secret_value().encode() if place.password else b"",
        database=place.database,
        ssl=context,
        connect_timeout=place.timeout,
        charset="utf8mb4",
        use_unicode=False,
        conv={},
        program_name="smc",
    )


def _settings(version: str, patience: int, limit: int) -> list[str]:
    """What makes the result independent of the server's settings; ``limit`` seconds for a statement, 0 for none."""
    longest = f"max_statement_time = {limit}" if "MariaDB" in version else f"max_execution_time = {limit * 1000}"
    return [
        f"set session time_zone = '+00:00', net_write_timeout = 3600, lock_wait_timeout = {patience}, {longest}",
        f"set session group_concat_max_len = {_LONGEST}",  # the default cuts texts off after 1024 bytes, with a warning
        "start transaction with consistent snapshot, read only",
    ]


def _context(place: SqlPlace, root: Path) -> ssl.SSLContext | None:
    if place.tls == "none":
        return None
    file = authority(place.ca_file, root) if place.tls == "verify" else None
    context = ssl.create_default_context(cafile=file)
    if place.tls == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _shown(host: str, port: int, timeout: int) -> bytes | None:
    """The certificate (DER) that the server shows when it is asked for TLS (MySQL protocol 10, SSLRequest)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError), socket.create_connection((host, port), timeout) as line:
        length = int.from_bytes(line.recv(4)[:3], "little")
        while length > 0:
            length -= len(line.recv(length)) or length
        line.sendall(struct.pack("<IIIB23x", 32 | 1 << 24, _PROTOCOL_41_TLS_41, _LONGEST, 45))
        with context.wrap_socket(line) as safe:
            return safe.getpeercert(binary_form=True)
    return None

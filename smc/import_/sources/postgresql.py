"""A query on PostgreSQL, pulled by COPY: the server writes the CSV."""

from __future__ import annotations

import re
import select
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any, ClassVar, assert_never

import psycopg
from psycopg import pq
from psycopg.pq import DiagnosticField, ExecStatus

from smc.config.specs.source import SqlPlace
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.reason import masked
from smc.import_.sources.sql import CHUNK, Bound, MarkKind, SqlSource
from smc.import_.sources.stream import said as clean
from smc.import_.sources.tls import authority, unverified

_KINDS: dict[int, MarkKind] = {20: "id", 21: "id", 23: "id", 1700: "id", 1082: "time", 1114: "time", 1184: "time"}
_SSLMODE = {"verify": "verify-full", "require": "require", "none": "disable"}
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_TRANSIENT = ("08", "40", "53", "55P03", "57", "58")
_OF_THE_QUERY = ("0A", "25", "28", "34", "3D", "3F", "42")
"""Classes of errors whose texts speak of names and never of values in rows."""
_OF_ROWS = {
    "22001": "a text is too long",
    "22003": "a number is out of range",
    "22007": "a text is no date or time",
    "22008": "a date or time is out of range",
    "22012": "division by zero",
    "22P02": "a text is no value of the type it is turned into",
}
"""The texts of the server would show the value."""
_SETTINGS = """
set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; set bytea_output = 'hex';
set extra_float_digits = 1; set standard_conforming_strings = on; set lock_timeout = {lock};
set statement_timeout = {all};
begin isolation level repeatable read read only
"""
_PERMANENT = re.compile(r"password|authentication|does not exist|pg_hba|permission denied|not permitted")
_TLS = re.compile(r"certificate|does not match host name", re.IGNORECASE)


class _Kind(IntEnum):
    BOOLEAN = 16
    MONEY = 790


class PostgresqlSource(SqlSource):
    """NULL is an empty cell without quotes, bool ``true`` or ``false``, bytea ``\\x…``, timestamptz in UTC."""

    dialect: ClassVar[str] = "postgres"
    port: ClassVar[int] = 5432
    clock: ClassVar[str] = "current_timestamp + interval '1 day'"

    def connect(self, timeout: int) -> _Session:
        return _Session(self.place, self.root, self.where, timeout)


class _Session:
    """libpq itself, because psycopg has no time-out for reads; a read that hangs must not hang the night."""

    def __init__(self, place: SqlPlace, root: Path, where: str, timeout: int) -> None:
        self._place = place
        self._where = where
        self._columns: list[str] = []
        try:
            self._connection = psycopg.connect(**_settings(place, root), autocommit=True)
        except psycopg.Error as error:
            raise self._unreachable(str(error)) from None
        self._line = self._connection.pgconn
        try:
            limits = {"lock": place.timeout * 1000, "all": timeout * 1000}
            self._ask(lambda: self._line.send_query(_SETTINGS.format_map(limits).encode()))
        except BaseException:
            self.close()
            raise

    def columns(self, query: str) -> Mapping[str, MarkKind]:
        # Prepared, because then the server itself refuses a second statement.
        self._ask(lambda: self._line.send_prepare(b"", f"select * from (\n{query}\n) q".encode()))
        shape = self._ask(lambda: self._line.send_describe_prepared(b""))
        names = [(shape.fname(place) or b"").decode() for place in range(shape.nfields)]
        kinds = [shape.ftype(place) for place in range(shape.nfields)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FeedError(
                f"the query has more than one column '{twice[0]}'",
                where=self._where,
                remedy="Name them differently by 'as' in the query.",
            )
        self._columns = [self._column(name, kind) for name, kind in zip(names, kinds, strict=True)]
        return {name: _KINDS.get(kind, "none") for name, kind in zip(names, kinds, strict=True)}

    def row(self, statement: str) -> tuple[str | None, ...]:
        result = self._ask(lambda: self._line.send_query(statement.encode()))
        if not result.ntuples:
            return ()
        cells = [result.get_value(0, place) for place in range(result.nfields)]
        return tuple(None if cell is None else cell.decode() for cell in cells)

    def csv(self, rest: str) -> Iterator[bytes]:
        statement = f"copy (select {', '.join(self._columns)}{rest}) to stdout (format csv, header true)"
        self._ask(lambda: self._line.send_query(statement.encode()))
        return self._rows()

    def name(self, column: str) -> str:
        return '"' + column.replace('"', '""') + '"'

    def literal(self, value: Bound) -> str:
        match value:  # without a type of its own it takes the column's
            case Decimal():
                return f"'{value:f}'"
            case datetime() | date():
                return f"'{value.isoformat()}'"
            case _:
                assert_never(value)

    def text(self, expression: str) -> str:
        return f"({expression})::text"

    def close(self) -> None:
        self._connection.close()

    def _column(self, name: str, kind: int) -> str:
        quoted = self.name(name)
        match kind:
            case _Kind.BOOLEAN:  # COPY would write t and f
                return f"q.{quoted}::text as {quoted}"
            case _Kind.MONEY:  # money is written with the sign of the server's country
                return f"q.{quoted}::numeric as {quoted}"
            case _:
                return f"q.{quoted}"

    def _rows(self) -> Iterator[bytes]:
        rows: list[bytes] = []
        size = 0
        while True:
            count, row = self._received()
            if count < 0:
                break
            if count:
                rows.append(bytes(row))
                size += count
            else:
                self._wait()
            if size >= CHUNK:
                yield b"".join(rows)
                rows, size = [], 0
        self._result()
        yield b"".join(rows)

    def _received(self) -> tuple[int, memoryview]:
        try:
            return self._line.get_copy_data(1)
        except psycopg.Error as error:
            result = self._line.get_result()
            raise self._unreachable(str(error)) if result is None else self._refusal(result) from None

    def _ask(self, send: Callable[[], None]) -> pq.abc.PGresult:
        try:
            send()
        except psycopg.Error as error:
            raise self._unreachable(str(error)) from None
        return self._result()

    def _result(self) -> pq.abc.PGresult:
        """The last result of what was asked; the first that is an error."""
        last: pq.abc.PGresult | None = None
        while True:
            while self._line.is_busy():
                self._wait()
            result = self._line.get_result()
            if result is None:
                break
            if result.status not in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.COPY_OUT}:
                raise self._refusal(result)
            last = result
            if result.status == ExecStatus.COPY_OUT:
                break
        if last is None:
            raise self._unreachable(self._line.error_message.decode(errors="replace"))
        return last

    def _wait(self) -> None:
        poll = select.poll()
        try:
            unsent = self._line.flush()
            poll.register(self._line.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            if not poll.poll(self._place.timeout * 1000):
                raise _down(f"no answer within {self._place.timeout} seconds", self._where)
            self._line.consume_input()
        except psycopg.Error as error:
            raise self._unreachable(str(error)) from None

    def _refusal(self, result: pq.abc.PGresult) -> SmcError:
        state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
        said = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode(errors="replace")
        if not state or state.startswith(_TRANSIENT):
            return _down(masked(said) or "the connection broke off", self._where)
        reason = masked(said) if state.startswith(_OF_THE_QUERY) else _OF_ROWS.get(state, "a value does not fit")
        return FeedError(
            f"the database refuses the query: {reason} (SQLSTATE {state})",
            where=self._where,
            remedy="Correct source.query of the feed, or the row.",
        )

    def _unreachable(self, said: str) -> SmcError:
        lines = [line.removeprefix("connection failed: ") for line in said.strip().split("\n")]
        secret = self._place.password.get_secret_value() if self._place.password else ""
        reason = clean(next(filter(_PERMANENT.search, lines), lines[0]), secret)
        host, port = self._place.host, self._place.port or 0
        if self._place.tls == "verify" and _TLS.search(said):
            return unverified(host, port, reason, certificate=_shown(host, port, self._place.timeout))
        if "SSL" in reason and "support" in reason:
            remedy = "Let the server speak TLS, or set tls: none if the line is safe without."
            return FeedError("the server does not speak TLS", where=self._where, remedy=remedy)
        if _PERMANENT.search(reason):
            remedy = "Correct user, password and database of the feed, or let the server admit this user."
            return FeedError(f"the database does not let us in: {reason}", where=self._where, remedy=remedy)
        return _down(reason, self._where)


def _down(reason: str, where: str) -> SmcError:
    return SourceDownError(
        f"the database cannot be reached or does not answer: {reason}",
        where=where,
        remedy="Look whether it runs and is reachable at this host and port. When the query needs long, raise "
        "'timeout' of the source, or give the mark an index.",
    )


def _settings(place: SqlPlace, root: Path) -> dict[str, Any]:
    file = authority(place.ca_file, root) or next((Path(path) for path in _BUNDLES if Path(path).is_file()), "system")
    return {
        "host": place.host,
        "port": place.port or PostgresqlSource.port,
        "dbname": place.database,
        "user": place.user,
        "password": place.password.get_secret_value() if place.password else "",
        "passfile": "/dev/null/none",  # what is not in the feed is not looked up elsewhere
        "sslmode": _SSLMODE[place.tls],
        "sslrootcert": str(file) if place.tls == "verify" else "",
        "gssencmode": "disable",
        "connect_timeout": max(place.timeout, 2),  # libpq takes 1 for 2
        "client_encoding": "UTF8",
        "application_name": "smc",
    }


def _shown(host: str, port: int, timeout: int) -> bytes | None:
    """The certificate (DER) that the server shows when it is asked for TLS (PostgreSQL protocol 3, SSLRequest)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError), socket.create_connection((host, port), timeout) as line:
        line.sendall(struct.pack("!II", 8, 80877103))
        if line.recv(1) == b"S":
            with context.wrap_socket(line) as safe:
                return safe.getpeercert(binary_form=True)
    return None

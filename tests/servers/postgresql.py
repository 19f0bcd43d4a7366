"""PostgreSQL with TLS and a user who needs a password."""

from __future__ import annotations

import csv
import io
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.servers.lodging import lend, lodging
from tests.servers.process import free_port, program, running
from tests.servers.tls import Certificates

USER, PASSWORD = "joe", "pw-of-joe-7f3ä"
_PLACES = ":".join(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """``put`` adds the rows of a CSV to the table ``drops``, all columns as text, which ``place`` selects."""

    port: int
    place: dict[str, Any]

    def do(self, *statements: str) -> None:
        with self.line() as line:
            for statement in statements:
                line.execute(statement.encode())

    def line(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname="shop", user=USER, password=PASSWORD, autocommit=True
        )

    def put(self, name: str, data: bytes) -> None:
        del name
        header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in header)
        with self.line() as line:
            line.execute(sql.SQL("create table if not exists drops ({})").format(columns))
            with line.cursor().copy("copy drops from stdin") as copy:
                for row in rows:
                    copy.write_row(row)

    def names(self) -> list[str]:
        with self.line() as line:
            return [name for (name,) in line.execute("select tablename from pg_tables where schemaname = 'public'")]


@pytest.fixture(scope="session")
def postgresql_server(certificates: Certificates) -> Iterator[PostgresqlServer]:
    initdb = program("initdb", "postgresql", path=_PLACES)
    with lodging("postgres") as (folder, user):
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        data, port = folder / "data", free_port()
        subprocess.run(
            [initdb, "-A", "scram-sha-256", "-U", USER, f"--pwfile={secret}", "-N", "-D", data, "--locale=C.UTF-8"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        pem = lend(certificates.server, folder / "server.pem", user)
        settings = {
            "unix_socket_directories": folder,
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": pem,
            "ssl_key_file": pem,
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [initdb.replace("initdb", "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", *flags]
        with running(command, port, folder / "log", user=user, cwd=folder):
            base = {"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD}
            _made(base)
            more = {"database": "shop", "ca_file": str(certificates.authority), "query": "select * from drops"}
            yield PostgresqlServer(port, {**base, **more})


def _made(base: dict[str, Any]) -> None:
    """The port answers a little before the server lets users in."""
    for tries in range(100, -1, -1):
        try:
            with psycopg.connect(**base, dbname="postgres", autocommit=True) as line:
                line.execute("create database shop")
                return
        except psycopg.OperationalError:
            if not tries:
                raise
            time.sleep(0.1)

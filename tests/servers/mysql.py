"""MariaDB with TLS and a user who needs a password."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.servers.lodging import lend, lodging
from tests.servers.process import free_port, program, running
from tests.servers.tls import Certificates

USER, PASSWORD = "joe", "pw-of-joe-7f3ä"


@dataclass(frozen=True, slots=True)
class MysqlServer:
    """``put`` adds the rows of a CSV to the table ``drops``, all columns as text, which ``place`` selects."""

    port: int
    place: dict[str, Any]

    def do(self, *statements: str) -> list[tuple[Any, ...]]:
        """The rows of the last statement."""
        with self.line() as line, line.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            line.commit()
            return list(cursor.fetchall())

    def line(self) -> pymysql.Connection[Any]:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD.encode(), database="shop", charset="utf8mb4"
        )

    def put(self, name: str, data: bytes) -> None:
        del name
        header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
        columns = ", ".join(f"`{column}` text" for column in header)
        with self.line() as line, line.cursor() as cursor:
            cursor.execute(f"create table if not exists drops ({columns}) character set utf8mb4")
            cursor.executemany(f"insert into drops values ({', '.join(['%s'] * len(header))})", rows)
            line.commit()

    def names(self) -> list[str]:
        return [name for (name,) in self.do("show tables")]


@pytest.fixture(scope="session")
def mysql_server(certificates: Certificates) -> Iterator[MysqlServer]:
    server, install = program("mariadbd", "mariadb-server"), program("mariadb-install-db", "mariadb-server")
    with lodging("mysql") as (folder, user):
        data, port, socket = folder / "data", free_port(), folder / "socket"
        as_user = [f"--user={user}"] if user else []
        subprocess.run(
            [install, "--no-defaults", *as_user, f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db"],
            check=True, capture_output=True, cwd=folder,
        )  # fmt: skip
        pem = lend(certificates.server, folder / "server.pem", user)
        command = [
            server, "--no-defaults", *as_user, f"--datadir={data}", "--bind-address=127.0.0.1", f"--port={port}",
            f"--socket={socket}", f"--pid-file={folder / 'pid'}", f"--ssl-cert={pem}", f"--ssl-key={pem}",
            "--innodb-flush-log-at-trx-commit=0", "--max-allowed-packet=1M", "--character-set-server=latin1",
        ]  # fmt: skip
        with running(command, port, folder / "log", cwd=folder):
            _make(socket)
            base = {"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD, "database": "shop"}
            more = {"ca_file": str(certificates.authority), "query": "select * from drops"}
            yield MysqlServer(port, {**base, **more})


def _make(socket: Path) -> None:
    with pymysql.connect(unix_socket=str(socket), user="root", charset="utf8mb4") as line, line.cursor() as cursor:
        cursor.execute("create database shop")
        cursor.execute(f"create user {USER}@'127.0.0.1' identified by '{PASSWORD}'")
        cursor.execute(f"grant all on shop.* to {USER}@'127.0.0.1'")
        cursor.execute(f"create user stranger@'127.0.0.1' identified by '{PASSWORD}'")

"""RabbitMQ with and without TLS, a short heartbeat, and a queue whose rejected messages are kept."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.servers.lodging import lend, lodging
from tests.servers.process import free_pair, free_port, program, running
from tests.servers.tls import Certificates

USER, PASSWORD = "guest", "guest"
HEARTBEAT_S = 2
_BIN = "/usr/lib/rabbitmq/bin"
_APART = 10_000  # so far above its own port rabbitmqctl takes one


@dataclass(slots=True)
class RabbitmqServer:
    """``put`` sends the lines of NDJSON to the queue of ``place``; ``bad`` is where its rejected messages go."""

    port: int
    tls_port: int
    authority: Path
    _run: Any
    queue: str = field(default_factory=lambda: f"shop.events-{token_hex(4)}")

    def __post_init__(self) -> None:
        with self.line() as channel:
            channel.queue_declare(self.bad, durable=True)
            dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": self.bad}
            channel.queue_declare(self.queue, durable=True, arguments=dead)

    @property
    def bad(self) -> str:
        return f"{self.queue}.bad"

    @property
    def place(self) -> dict[str, Any]:
        base = {"host": "127.0.0.1", "port": self.port, "tls": "none", "user": USER, "password": PASSWORD}
        return {**base, "queue": self.queue, "idle": 1}

    @contextmanager
    def line(self) -> Iterator[BlockingChannel]:
        credentials = pika.PlainCredentials(USER, PASSWORD)
        with pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", self.port, credentials=credentials)
        ) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel

    def room(self) -> RabbitmqServer:
        """A queue of its own on the same server."""
        return RabbitmqServer(self.port, self.tls_port, self.authority, self._run)

    def put(self, name: str, data: bytes) -> None:
        del name
        self.send(*filter(None, data.split(b"\n")))

    def send(self, *bodies: bytes) -> None:
        with self.line() as channel:
            for body in bodies:
                channel.basic_publish("", self.queue, body, pika.BasicProperties(delivery_mode=2))

    def waiting(self, queue: str = "") -> list[bytes]:
        """The messages of a queue, which stay there."""
        found = []
        with self.line() as channel:
            while (got := channel.basic_get(queue or self.queue))[0] is not None:
                found.append(got[2])
        return found

    def names(self) -> list[str]:
        return [self.queue] if self.waiting() else []

    def drop_connections(self) -> None:
        """The server hangs up on everybody."""
        self._run("close_all_connections", "the test says so")

    @contextmanager
    def down(self) -> Iterator[None]:
        """The server does not answer meanwhile; durable queues and messages survive."""
        self._run("stop_app")
        try:
            yield
        finally:
            self._run("start_app")


@pytest.fixture(scope="session")
def rabbitmq_server(certificates: Certificates) -> Iterator[RabbitmqServer]:
    server = program("rabbitmq-server", "rabbitmq-server", path=_BIN)
    with lodging("rabbitmq") as (folder, user):
        pem = lend(certificates.server, folder / "server.pem", user)
        port, tls_port, mapper = free_port(), free_port(), free_port()
        (folder / "plugins").write_text("[].")
        (folder / "rabbitmq.conf").write_text(
            f"heartbeat = {HEARTBEAT_S}\nlisteners.tcp.1 = 127.0.0.1:{port}\nlisteners.ssl.1 = 127.0.0.1:{tls_port}\n"
            f"ssl_options.certfile = {pem}\nssl_options.keyfile = {pem}\nssl_options.verify = verify_none\n"
        )
        env = {
            "PATH": os.environ["PATH"] + ":/usr/sbin", "HOME": str(folder), "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"smc{port}@localhost", "RABBITMQ_DIST_PORT": str(free_pair(_APART)),
            "ERL_EPMD_PORT": str(mapper), "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"), "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        }  # fmt: skip

        def control(*words: str) -> None:
            done = subprocess.run(
                [f"{_BIN}/rabbitmqctl", *words],
                env=env,
                user=user,
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr

        try:
            with running([server], port, folder / "log", env=env, user=user, cwd=folder):
                control("await_startup")
                yield RabbitmqServer(port, tls_port, certificates.authority, control)
        finally:
            _end(mapper)


def _end(mapper: int) -> None:
    """The start script hands no signal on, and Erlang's port mapper stays behind; all know the mapper's port."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if f"ERL_EPMD_PORT={mapper}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)

"""Delivery to real servers: smtp-sink, which counts, and aiosmtpd, which answers what the test says."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import text

from smc.config.specs.project import ChannelsSpec
from smc.send.deliver import DeliverResult, deliver
from smc.send.outbox import Outbox
from tests.send.servers import Sink
from tests.send.shop import NOW, SIMPLE, file_channel, queued, settings, smtp_channel
from tests.servers.process import free_port

Fill = Callable[..., None]
WORKER = Path(__file__).parent / "worker.py"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _sockets_are_closed() -> Iterator[None]:
    """A socket left open is blamed on the test that left it."""
    yield
    gc.collect()


def send(outbox: Outbox, channels: ChannelsSpec, *, later: timedelta = timedelta(), **more: Any) -> DeliverResult:
    return deliver(
        outbox, channels=channels, settings=settings(), root=outbox.path.parent, now=lambda: NOW + later,
        progress=lambda _: None, **more,
    )  # fmt: skip


def outcomes(outbox: Outbox) -> Counter[tuple[str, str | None]]:
    with outbox.engine.connect() as connection:
        return Counter(map(tuple, connection.execute(text("select state, reason from outbox_message"))))


def attempts(outbox: Outbox) -> list[tuple[int | None, str]]:
    with outbox.engine.connect() as connection:
        rows = connection.execute(text("select code, text from attempt order by message_key, attempt_no"))
        return [(row.code, row.text) for row in rows]


class Script:
    """A server's handler: replies by the local part of the recipient; keeps what it accepted."""

    def __init__(self) -> None:
        self.replies: dict[str, str] = {}
        self.taken: list[str] = []
        self.at_data = ""
        self.mail = ""
        self.hang = False
        self.slow = 0.0
        self.drop_at_rcpt = 0
        self.close_after = False

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd looks for it
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.mail or "250 OK"

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802 - same
        if self.drop_at_rcpt:
            self.drop_at_rcpt -= 1
            server.transport.abort()
        reply = self.replies.get(address.partition("@")[0], "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - same
        self.taken.extend(envelope.rcpt_tos)
        if self.hang:
            server.transport.abort()
        await asyncio.sleep(self.slow)
        if self.close_after:
            asyncio.get_running_loop().call_soon(server.transport.close)  # behind the answer, which is written first
        return self.at_data or "250 2.0.0 taken for " + envelope.rcpt_tos[0]


@contextmanager
def server(script: Script, **options: Any) -> Iterator[int]:
    port = free_port()
    controller = Controller(script, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def test_files_appear_whole_and_once(outbox: Outbox, fill: Fill) -> None:
    fill(40)
    assert send(outbox, file_channel()) == DeliverResult(accepted=40)
    assert len(list((outbox.path.parent / "mail").iterdir())) == 40
    with outbox.engine.begin() as connection:
        connection.execute(text("update outbox_message set state = 'queued'"))
    before = {file.name: file.stat().st_mtime_ns for file in (outbox.path.parent / "mail").iterdir()}
    assert send(outbox, file_channel()).accepted == 40
    assert {file.name: file.stat().st_mtime_ns for file in (outbox.path.parent / "mail").iterdir()} == before


def test_a_folder_that_cannot_be_written(outbox: Outbox, fill: Fill) -> None:
    fill(3)
    (outbox.path.parent / "mail").write_text("a file, not a folder")
    result = send(outbox, file_channel())
    assert "mail" in result.problem
    assert (result.accepted, result.waiting) == (0, 3)
    (outbox.path.parent / "mail").unlink()
    assert send(outbox, file_channel()).accepted == 3


def test_replies_become_states(outbox: Outbox, fill: Fill) -> None:
    fill(7)
    script = Script()
    script.replies = {
        "c1": "550 5.1.1 <c1@example.com>: Recipient address rejected", "c2": "451 4.7.1 greylisted, come back",
        "c3": "552 5.2.2 mailbox c3@example.com full", "c4": "554 go away", "c5": "450 busy",
        "c6": "550 5.7.1 blocked",
    }  # fmt: skip
    with server(script) as port:
        result = send(outbox, smtp_channel(port, connections=2))
        assert result == DeliverResult(accepted=1, failed=4, deferred=2, waiting=2)
        assert outcomes(outbox) == Counter({
            ("accepted", None): 1, ("failed", "does not exist"): 1, ("queued", "blocked by the server"): 1,
            ("failed", "mailbox full"): 1, ("failed", "blocked by the server"): 2,
            ("queued", "temporarily unavailable"): 1,
        })  # fmt: skip
        assert not any("example.com" in words for _, words in attempts(outbox))
        assert send(outbox, smtp_channel(port)) == DeliverResult(waiting=2)
        script.replies = {}
        assert send(outbox, smtp_channel(port), later=timedelta(minutes=6)).accepted == 2
    assert sorted(script.taken) == ["c0@example.com", "c2@example.com", "c5@example.com"]


def test_attempts_run_out(outbox: Outbox, fill: Fill) -> None:
    fill(1, max_attempts=3)
    script = Script()
    script.replies = {"c0": "451 4.3.0 not now"}
    with server(script) as port:
        for day in range(3):
            send(outbox, smtp_channel(port), later=timedelta(hours=5 * day))
    assert outcomes(outbox) == {("failed", "attempts exhausted"): 1}
    assert [code for code, _ in attempts(outbox)] == [451, 451, 451]


def test_a_deferred_message_expires(outbox: Outbox, fill: Fill) -> None:
    fill(1)
    script = Script()
    script.at_data = "452 4.2.2 over quota"
    with server(script) as port:
        assert send(outbox, smtp_channel(port)).deferred == 1
        assert send(outbox, smtp_channel(port), later=timedelta(days=3)).expired == 1
    assert outcomes(outbox) == {("expired", "expired"): 1}


def test_content_refused_after_data(outbox: Outbox, fill: Fill) -> None:
    fill(1)
    script = Script()
    script.at_data = "554 5.7.1 spam"
    with server(script) as port:
        assert send(outbox, smtp_channel(port)).failed == 1
    assert outcomes(outbox) == {("failed", "blocked by the server"): 1}


def test_no_answer_after_the_message_is_unknown(outbox: Outbox, fill: Fill) -> None:
    """The server took it and the connection broke before it said so: never again by itself, only by order."""
    fill(2)
    script = Script()
    script.hang = True
    with server(script) as port:
        result = send(outbox, smtp_channel(port, timeout=2))
        assert (result.unknown, result.accepted) == (2, 0)
        assert outcomes(outbox) == {("unknown", "no answer"): 2}
        assert send(outbox, smtp_channel(port), later=timedelta(hours=5)) == DeliverResult()
        script.hang = False
        unknown = {item.message_key: item.address for some in outbox.waiting(9) for item in some}
        assert outbox.retry_unknown(NOW, unknown) == 2
        assert send(outbox, smtp_channel(port)).accepted == 2


def test_no_answer_in_time_is_unknown(outbox: Outbox, fill: Fill) -> None:
    fill(1)
    script = Script()
    script.slow = 2
    with server(script) as port:
        assert send(outbox, smtp_channel(port, timeout=1)).unknown == 1
    assert script.taken == ["c0@example.com"]
    assert outcomes(outbox) == {("unknown", "no answer"): 1}


def test_a_connection_lost_before_the_message_is_tried_later(outbox: Outbox, fill: Fill) -> None:
    fill(3)
    script = Script()
    script.drop_at_rcpt = 1
    with server(script) as port:
        first = send(outbox, smtp_channel(port, connections=1))
        assert (first.accepted, first.deferred, first.unknown) == (2, 1, 0)
        assert send(outbox, smtp_channel(port), later=timedelta(minutes=6)).accepted == 1
    assert sorted(script.taken) == ["c0@example.com", "c1@example.com", "c2@example.com"]


def test_a_connection_that_the_server_closed_is_opened_again(outbox: Outbox, fill: Fill) -> None:
    """The server closes after each message; the next one finds that out before it is handed over."""
    fill(9)
    script = Script()
    script.close_after = True
    with server(script) as port:
        result = send(outbox, smtp_channel(port, connections=1))
    assert result == DeliverResult(accepted=9)
    assert len(script.taken) == len(set(script.taken)) == 9


@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "451 4.3.0 later"])
def test_a_sender_that_has_to_wait(outbox: Outbox, fill: Fill, reply: str) -> None:
    fill(2)
    script = Script()
    script.mail = reply
    with server(script) as port:
        assert send(outbox, smtp_channel(port, connections=1)).deferred == 2


def test_a_server_that_is_down_costs_no_attempt(outbox: Outbox, fill: Fill) -> None:
    fill(5, max_attempts=1)
    port = free_port()
    for _ in range(3):
        result = send(outbox, smtp_channel(port))
        assert result.problem.startswith(f"email: 127.0.0.1:{port}")
        assert (result.waiting, result.failed) == (5, 0)
    script = Script()
    with server(script) as open_port:
        assert send(outbox, smtp_channel(open_port)).accepted == 5


def test_a_refused_sender_blames_no_customer(outbox: Outbox, fill: Fill) -> None:
    fill(3)
    script = Script()
    script.mail = "550 5.7.1 not your domain"
    with server(script) as port:
        result = send(outbox, smtp_channel(port))
    assert "refuses the sender" in result.problem
    assert result.waiting == 3


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def _tls(folder: Path) -> Any:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # said by the server about itself
@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_tls_is_verified_and_logs_in(outbox: Outbox, fill: Fill, certificate: Path, mode: str) -> None:
    fill(2)
    script = Script()
    seen: list[LoginPassword] = []

    def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        seen.append(data)
        return AuthResult(success=data.password == b"right")

    options: dict[str, Any] = {"authenticator": login, "auth_required": True, "auth_require_tls": False}
    options |= {"tls_context": _tls(certificate)} if mode == "starttls" else {"ssl_context": _tls(certificate)}
    ca = certificate / "cert.pem"
    with server(script, **options) as port:
        right: dict[str, Any] = {"password": "right"}
        wrong: dict[str, Any] = {"password": "wrong"}
        route: dict[str, Any] = {"host": "localhost", "tls": mode, "user": "shop", "connections": 1}
        untrusted = send(outbox, smtp_channel(port, **route, **right))
        assert "certificate" in untrusted.problem.lower()
        assert not seen
        denied = send(outbox, smtp_channel(port, **route, **wrong, ca_file=ca))
        assert denied.problem
        assert (denied.waiting, script.taken) == (2, [])
        assert send(outbox, smtp_channel(port, **route, **right, ca_file=ca)).accepted == 2


def test_starttls_is_never_left_out(outbox: Outbox, fill: Fill) -> None:
    fill(1)
    script = Script()
    with server(script) as port:
        assert send(outbox, smtp_channel(port, tls="starttls")).problem
    assert script.taken == []


@pytest.mark.server
def test_every_message_arrives_once(outbox: Outbox, fill: Fill, sink: Sink) -> None:
    fill(500)
    assert send(outbox, smtp_channel(sink.port, connections=8)).accepted == 500
    assert sink.keys() == [f"{number:032x}" for number in range(500)]


def start(outbox: Outbox, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(WORKER), str(outbox.path), str(port), str(outbox.path.parent)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)


@pytest.mark.server
@pytest.mark.slow
def test_two_senders_at_once(outbox: Outbox, fill: Fill, sink: Sink) -> None:
    fill(1500)
    workers = [start(outbox, sink.port) for _ in range(2)]
    for worker in workers:
        _, errors = worker.communicate(timeout=120)
        assert worker.returncode == 0, errors.decode()
    assert outbox.counts() == {"accepted": 1500}
    assert sink.keys() == [f"{number:032x}" for number in range(1500)]


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_killed_sender_loses_and_doubles_nothing(outbox: Outbox, fill: Fill, sink: Sink, seed: int) -> None:
    """Killed at random points, each time followed by another sender; the server's count is the judge."""
    fill(1200)
    chance = random.Random(seed)  # noqa: S311 - a seeded place to kill at, not a secret
    for _ in range(3):
        worker = start(outbox, sink.port)
        until = time.monotonic() + 30
        aim = outbox.counts().get("accepted", 0) + chance.randrange(1, 250)
        while outbox.counts().get("accepted", 0) < aim and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        if worker.stderr:
            worker.stderr.close()
    result = send(outbox, smtp_channel(sink.port, connections=3))
    assert not result.problem
    counts = outbox.counts()
    got = Counter(sink.keys())
    assert max(got.values()) == 1
    assert counts["accepted"] + counts.get("unknown", 0) == 1200
    assert counts["accepted"] <= len(got) <= 1200
    assert counts.get("unknown", 0) <= 3 * 12
    assert list((outbox.path.parent / "outbox.sqlite.senders").glob("*.lock")) == []


@pytest.mark.slow
def test_a_killed_sender_of_files_starts_over(outbox: Outbox, fill: Fill) -> None:
    """Files are idempotent, so nothing stays unknown."""
    fill(1500)
    worker = start(outbox, 0)
    while outbox.counts().get("accepted", 0) < 200 and worker.poll() is None:
        time.sleep(0.001)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    send(outbox, file_channel())
    assert outbox.counts() == {"accepted": 1500}
    assert len(list((outbox.path.parent / "mail").glob("*.eml"))) == 1500


def test_a_letter_that_fails_at_delivery_harms_no_other(outbox: Outbox, fill: Fill) -> None:
    fill(3)
    with outbox.engine.begin() as connection:
        connection.execute(text("update outbox_message set context = '{}' where message_key like '%1'"))
    assert replace(send(outbox, file_channel()), failed=0) == DeliverResult(accepted=2)
    assert outcomes(outbox)["failed", "template_error"] == 1


def test_what_ends_while_others_are_sent_goes_back(outbox: Outbox, tmp_path: Path) -> None:
    outbox.enqueue(
        [queued(1, template=SIMPLE.sha256), queued(2, template=SIMPLE.sha256, closes_at=NOW + timedelta(seconds=1))],
        [SIMPLE],
    )
    clock = iter([NOW, NOW])  # when it begins, and when it claims; then time flies
    result = deliver(
        outbox, channels=file_channel(), settings=settings(), root=tmp_path,
        now=lambda: next(clock, NOW + timedelta(minutes=1)), progress=lambda _: None,
    )  # fmt: skip
    assert result == DeliverResult(accepted=1, waiting=1)
    assert outbox.counts() == {"accepted": 1, "queued": 1}

"""A server on loopback that takes webhooks: it looks at signatures as a receiver does, and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import pytest

from smc.send.tasks.signature import is_signed

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105 - of tests only


@dataclass
class Hooks:
    """``answers``: codes for the next posts, then ``always``; ``endless``: an answer
    that never ends, from its head or from its body on. ``got``: what came, signed or not."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, Any]] = field(default_factory=list)
    always: int = 204
    endless: Literal["head", "body"] | None = None
    unsigned: int = 0
    stamps: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.lock:
            if not is_signed(SECRET, headers, body) or headers["idempotency-key"] != headers["webhook-id"]:
                self.unsigned += 1
                return 401
            self.got.append((headers["webhook-id"], json.loads(body)))
            self.stamps.append(int(headers["webhook-timestamp"]))
            return self.answers.pop(0) if self.answers else self.always


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    made = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = made.take({name.lower(): value for name, value in self.headers.items()}, body)
            if made.endless != "head":
                self.send_response(status)
                self.send_header("content-length", "1000000000" if made.endless else "0")
                self.end_headers()
            with suppress(OSError):  # the other side has hung up
                while made.endless:
                    self.wfile.write(b"H")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()

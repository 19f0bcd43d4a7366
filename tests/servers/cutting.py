"""A line that breaks: a relay on loopback that cuts connections after so many bytes from or to the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Relay:
    """``cuts``: bytes after which the 1st, 2nd, … connection that carries data breaks; further ones hold.

    ``sent``: the same, of bytes to the server.
    """

    port: int
    cuts: list[int]
    sent: list[int]
    broken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allowance(self) -> tuple[int | None, int | None]:
        with self._lock:
            down, up = (each.pop(0) if each else None for each in (self.cuts, self.sent))
            return down, up


@contextmanager
def relay(target: int, cuts: Sequence[int] = (), *, sent: Sequence[int] = ()) -> Iterator[Relay]:
    """Relays ``127.0.0.1:port`` to ``127.0.0.1:target``. For protocols with one connection (HTTP, SSH, SQL, AMQP)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Relay(server.getsockname()[1], list(cuts), list(sent))
        threading.Thread(target=_serve, args=(server, target, line), daemon=True).start()
        yield line
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, target: int, line: Relay) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return
        far = socket.create_connection(("127.0.0.1", target))
        down, up = line.allowance()
        threading.Thread(target=_relayed, args=(near, far, down, up, line), daemon=True).start()


def _relayed(near: socket.socket, far: socket.socket, down: int | None, up: int | None, line: Relay) -> None:
    with near, far:
        there = threading.Thread(target=_pump, args=(near, far, up, line), daemon=True)
        there.start()
        _pump(far, near, down, line)
        there.join()


def _pump(source: socket.socket, target: socket.socket, left: int | None, line: Relay) -> None:
    try:
        while chunk := source.recv(16_384 if left is None else min(left, 16_384)):
            target.sendall(chunk)
            if left is not None:
                left -= len(chunk)
                if left <= 0:
                    line.broken += 1
                    break
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue

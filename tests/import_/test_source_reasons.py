"""Messages of sources say why, and never what is in the rows."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from smc.config.specs.source import RabbitmqPlace, S3Place
from smc.errors import SourceDownError
from smc.import_.sources.reason import masked
from tests.servers.process import free_port


@contextmanager
def plain() -> Iterator[int]:
    """A server that speaks HTTP to whoever comes."""

    def answer() -> None:
        with suppress(OSError):
            line, _ = door.accept()
            with line:
                line.recv(1000)
                line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(10)
        thread = Thread(target=answer)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


@contextmanager
def silent() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        yield mute.getsockname()[1]


def rabbitmq(tmp_path: Path, host: str, port: int) -> str:
    from smc.import_.sources.rabbitmq import RabbitmqSource

    place = RabbitmqPlace.model_validate(
        {"host": host, "port": port, "queue": "q", "user": "u", "password": "p", "tls": "none", "timeout": 1}
    )
    with pytest.raises(SourceDownError) as caught:
        RabbitmqSource(place, tmp_path).files("*")
    return caught.value.what


def s3(tmp_path: Path, endpoint: str) -> str:
    from smc.import_.sources.s3 import S3Source

    place = S3Place.model_validate({"bucket": "b", "endpoint": endpoint, "key": "k", "secret": "s", "timeout": 1})
    source = S3Source(place, tmp_path)
    with pytest.raises(SourceDownError) as caught:
        source.files("*")
    source.close()
    return caught.value.what


def test_rabbitmq_says_what_is_wrong_with_the_line(tmp_path: Path) -> None:
    assert "refused" in rabbitmq(tmp_path, "127.0.0.1", free_port())
    with silent() as port:
        assert "no answer within 1 s" in rabbitmq(tmp_path, "127.0.0.1", port)


def test_s3_says_what_is_wrong_with_the_line(tmp_path: Path) -> None:
    assert "refused" in s3(tmp_path, f"http://127.0.0.1:{free_port()}")
    with silent() as port:
        assert "no answer within 1 s" in s3(tmp_path, f"http://127.0.0.1:{port}")
    with plain() as port:
        assert "does not speak TLS" in s3(tmp_path, f"https://127.0.0.1:{port}")
    assert "no such host" in s3(tmp_path, "https://s3.invalid")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Unknown column 'no_such' in 'field list'", "Unknown column 'no_such' in 'field list'"),
        ('relation "shop.orders" does not exist', 'relation "shop.orders" does not exist'),
        ("near 'x = 'anna@example.com' and y' at line 1", "near '…' at line 1"),
        ("Can't connect to 'db.example.com' or '127.0.0.1'", "Can't connect to 'db.example.com' or '127.0.0.1'"),
        ("bad value 'Anna Schmidt'", "bad value '…'"),
        ("Key (email)=(anna@example.com) exists\n\nmore", "Key … exists more"),
    ],
)
def test_names_are_shown_and_values_are_not(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert len(masked("x" * 9000)) < 250

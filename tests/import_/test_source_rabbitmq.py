"""A queue of a real RabbitMQ: acknowledged after the commit, delivered again before it."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.config.specs.feed import After
from smc.config.specs.source import RabbitmqPlace
from smc.errors import FeedError, SourceDownError
from smc.import_.sources.message import line_of
from smc.import_.sources.rabbitmq import _BEAT_S, _BROKEN, RabbitmqSource, _Line, _parameters
from tests.import_.source_contract import refused, taken
from tests.servers.cutting import relay
from tests.servers.process import free_port
from tests.servers.rabbitmq import HEARTBEAT_S, RabbitmqServer
from tests.servers.tls import Certificates

LEAVE = After(action="leave")
SECRET = "pw-that-is-wrong-4711"  # noqa: S105 - it opens nothing
Make = Callable[..., RabbitmqSource]


@pytest.fixture
def room(rabbitmq_server: RabbitmqServer) -> RabbitmqServer:
    return rabbitmq_server.room()


@pytest.fixture
def make(room: RabbitmqServer, tmp_path: Path) -> Iterator[Make]:
    made: list[RabbitmqSource] = []

    def of(**more: Any) -> RabbitmqSource:
        made.append(RabbitmqSource(RabbitmqPlace.model_validate({**room.place, **more}), tmp_path))
        return made[-1]

    yield of
    for source in made:
        source.close()
        source.close()


def messages(count: int) -> list[bytes]:
    return [b'{"id": %d}' % number for number in range(count)]


@pytest.mark.server
def test_messages_go_when_they_are_finished(room: RabbitmqServer, make: Make) -> None:
    bodies = messages(5)
    room.send(*bodies)
    source = make()
    (file,) = source.files("*.ndjson")
    data = b"".join(body + b"\n" for body in bodies)
    assert file.name.startswith(room.queue.replace(".", "_").replace("-", "_"))
    assert (file.size, file.state) == (len(data), "")
    assert source.files("*") == [file]
    assert taken(source, file) == data
    assert taken(source, file, 7) == data[7:]
    assert room.waiting() == []  # we hold them
    source.finish(file, LEAVE)
    source.finish(file, LEAVE)
    assert source.files("*") == []
    source.close()
    assert (room.waiting(), room.waiting(room.bad)) == ([], [])


@pytest.mark.server
def test_an_empty_queue_has_no_batch(make: Make) -> None:
    begin = time.monotonic()
    assert make().files("*") == []
    assert 1 <= time.monotonic() - begin < 3


@pytest.mark.server
def test_batches_follow_each_other(room: RabbitmqServer, make: Make) -> None:
    bodies = messages(7)
    room.send(*bodies)
    source, found, names = make(batch=3), b"", []
    while files := source.files("*"):
        (file,) = files
        names.append(file.name)
        found += taken(source, file)
        source.finish(file, LEAVE)
    assert found.split() == b" ".join(bodies).split()
    assert len(set(names)) == 3
    source.close()
    assert room.waiting() == []


@pytest.mark.server
def test_what_is_not_finished_is_delivered_again(room: RabbitmqServer, make: Make) -> None:
    room.send(*messages(4))
    source = make()
    (file,) = source.files("*")
    source.close()
    assert room.waiting() == messages(4)
    (again,) = make().files("*")
    assert again == file  # the same bytes have the same name


@pytest.mark.server
@pytest.mark.parametrize("rejected", [(1,), (5,), (2, 3), (1, 3, 5), (1, 2, 3, 4, 5), (4, 5)])
def test_rejected_lines_become_dead_letters(room: RabbitmqServer, make: Make, rejected: tuple[int, ...]) -> None:
    bodies = messages(5)
    room.send(*bodies)
    source = make()
    (file,) = source.files("*")
    source.finish(file, LEAVE, rejected)
    source.close()
    assert room.waiting() == []
    assert sorted(room.waiting(room.bad)) == [bodies[line - 1] for line in rejected]


@pytest.mark.server
def test_odd_messages_keep_their_line(room: RabbitmqServer, make: Make) -> None:
    bodies = [
        b'{\n "a": 1.10,\r\n\t"b": "x"\n}', b"", b"not json", b'{"a": "x\ny"}', b'{"a":"\\\xff"}', b"\xef\xbb\xbf{}",
        b'{"a": "\xd1\x87"}', b"  ", b"[" * 100_000 + b"\n", b'{"id": ' + b"9" * 5000 + b"\n}",
    ]  # fmt: skip
    room.send(*bodies)
    source = make()
    (file,) = source.files("*")
    lines = taken(source, file).split(b"\n")
    assert len(lines) == len(bodies) + 1
    assert lines[0] == b'{  "a": 1.10,   "b": "x" }'
    assert lines[1] == b"not JSON: "
    assert lines[2:6] == [
        b"not json",
        b'not JSON: {"a": "x\\x0ay"}',
        b'not JSON: {"a":"\\\\xff"}',
        b"not JSON: \\ufeff{}",
    ]
    assert lines[6] == bodies[6]
    assert lines[7] == b"not JSON:   "
    assert lines[8].startswith(b"not JSON: [[[")
    assert lines[9] == bodies[9].replace(b"\n", b" ")


@given(st.binary(max_size=40) | st.text(max_size=20).map(str.encode) | st.from_regex(rb'\{"a":[ \n]*"[^"]*"[\r\n]*\}'))
def test_a_line_is_json_only_where_the_body_is(body: bytes) -> None:
    line = line_of(body)
    assert line
    assert b"\n" not in line
    assert b"\r" not in line
    line.decode()
    try:
        meant = json.loads(body.decode())
    except ValueError:
        with pytest.raises(ValueError, match=r".*"):
            json.loads(line)
    else:
        assert repr(json.loads(line)) == repr(meant)


@pytest.mark.server
def test_the_line_is_held_through_a_long_load(room: RabbitmqServer, make: Make) -> None:
    room.send(*messages(3))
    source = make()
    (file,) = source.files("*")
    time.sleep(HEARTBEAT_S * 3)
    source.finish(file, LEAVE)
    source.close()
    assert room.waiting() == []


@pytest.mark.server
def test_a_line_that_is_lost_before_the_end_loses_nothing(room: RabbitmqServer, make: Make) -> None:
    room.send(*messages(3))
    source = make()
    (file,) = source.files("*")
    room.drop_connections()
    refused(SourceDownError, lambda: source.finish(file, LEAVE), where=room.queue, secrets=())
    source.finish(file, LEAVE)
    (again,) = source.files("*")
    assert again == file
    source.finish(again, LEAVE)
    source.close()
    assert room.waiting() == []


@pytest.mark.server
def test_nothing_looks_after_a_line_that_was_lost_while_it_was_used(room: RabbitmqServer, tmp_path: Path) -> None:
    place = RabbitmqPlace.model_validate(room.place)
    line = _Line(_parameters(place, room.port, tmp_path), 1)
    room.drop_connections()
    with pytest.raises(_BROKEN):
        line.settle(array("Q", [1]), ())
    time.sleep(2 * _BEAT_S)  # an error in the thread that looks after it would fail this test
    assert not line.is_open
    line.close()


@pytest.mark.server
def test_a_server_that_restarts_delivers_again(room: RabbitmqServer, make: Make) -> None:
    room.send(*messages(3))
    source = make()
    (file,) = source.files("*")
    with room.down():
        refused(SourceDownError, lambda: source.finish(file, LEAVE), where=room.queue, secrets=())
        refused(SourceDownError, lambda: source.files("*"), where=room.queue, secrets=())
    assert make().files("*") == [file]


@pytest.mark.server
def test_a_line_that_breaks_while_messages_come_is_down(room: RabbitmqServer, make: Make) -> None:
    room.send(*[b'{"t": "%s"}' % (b"x" * 1000)] * 1000)
    with relay(room.port, [300_000]) as line:
        source = make(port=line.port)
        refused(SourceDownError, lambda: source.files("*"), where=f":{line.port}", secrets=())
        (file,) = source.files("*")
        assert taken(source, file).count(b"\n") == 1000


@pytest.mark.server
def test_a_queue_that_is_deleted_meanwhile_is_said(room: RabbitmqServer, make: Make) -> None:
    source = make()
    assert source.files("*") == []
    with room.line() as channel:
        channel.queue_delete(room.queue)
    assert "NOT_FOUND" in str(refused(FeedError, lambda: source.files("*"), where=room.queue, secrets=()))


@pytest.mark.server
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"password": SECRET}, "refuses user or password"),
        ({"user": "nobody-here", "password": SECRET}, "refuses user or password"),
        ({"virtual_host": "nowhere"}, "virtual"),
        ({"queue": "no-such-queue"}, "NOT_FOUND"),
    ],
)
def test_refuses_what_is_wrong(make: Make, place: dict[str, Any], said: str) -> None:
    source = make(**place)
    error = refused(FeedError, lambda: source.files("*"), where="127.0.0.1:", secrets=(SECRET,))
    assert said in error.what
    assert SECRET not in f"{source!r} {vars(source)}"


@pytest.mark.server
def test_a_server_that_is_not_there_is_down(make: Make) -> None:
    source = make(port=free_port(), timeout=2)
    refused(SourceDownError, lambda: source.files("*"), where="127.0.0.1:", secrets=())


@pytest.mark.server
def test_trusts_no_stranger(room: RabbitmqServer, make: Make, certificates: Certificates) -> None:
    safe = {"port": room.tls_port, "tls": "verify"}
    assert make(**safe, ca_file=str(certificates.authority)).files("*") == []
    for more in ({"ca_file": str(certificates.stranger)}, {}):
        source = make(**safe, **more)
        error = refused(FeedError, lambda s=source: s.files("*"), where="127.0.0.1:", secrets=())  # type: ignore[misc]  # bound now
        assert certificates.fingerprint in error.remedy


@pytest.mark.server
def test_tls_where_there_is_none_is_down(make: Make, certificates: Certificates) -> None:
    source = make(tls="verify", ca_file=str(certificates.authority), timeout=3)
    assert "tls" in refused(SourceDownError, lambda: source.files("*"), where="127.0.0.1:", secrets=()).remedy


@pytest.mark.server
def test_a_pattern_that_passes_over_messages_is_refused(room: RabbitmqServer, make: Make) -> None:
    room.send(*messages(1))
    refused(FeedError, lambda: make().files("x*"), where=room.queue, secrets=())

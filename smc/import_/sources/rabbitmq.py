"""Messages of a RabbitMQ queue (AMQP 0-9-1): taken without acknowledgement, acknowledged after the commit."""

from __future__ import annotations

import errno
import logging
import os
import re
import ssl
import tempfile
import threading
import time
from array import array
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, BinaryIO, ClassVar

import pika
from pika import exceptions
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException, AMQPConnectorStackTimeout

from smc.config.specs.feed import After
from smc.config.specs.source import RabbitmqPlace
from smc.errors import DiskFullError, FeedError, SmcError, SourceDownError
from smc.import_.sources.message import line_of
from smc.import_.sources.reason import reason_of
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import changed, stream
from smc.import_.sources.stream import said as clean
from smc.import_.sources.tls import authority, is_verification, unverified

logging.getLogger("pika").setLevel(logging.CRITICAL)  # what goes wrong is raised, and said once

_HEARTBEAT_S = 60
_BEAT_S = 0.5
"""How often the line is looked after while nobody uses it; well below half of any heartbeat a server may want."""
_BATCH_BYTES = 256 << 20
_PORT, _TLS_PORT = 5672, 5671
_LETTERS = 12
_BROKEN = (exceptions.AMQPError, AMQPConnectorException, OSError)


@dataclass(slots=True)
class _Batch:
    """Messages that are here and not acknowledged; ``lines`` lies in an anonymous file."""

    lines: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    tags: array[int] = field(default_factory=lambda: array("Q"))
    size: int = 0
    digest: Any = field(default_factory=sha256)

    def add(self, tag: int, body: bytes) -> None:
        line = line_of(body) + b"\n"
        self.lines.write(line)
        self.digest.update(line)
        self.size += len(line)
        self.tags.append(tag)

    def file(self, queue: str) -> RemoteFile:
        stem = re.sub(r"\W+", "_", queue, flags=re.ASCII).strip("_") or "queue"
        return RemoteFile(f"{stem}-{self.digest.hexdigest()[:_LETTERS]}.ndjson", size=self.size)


class RabbitmqSource:
    """One batch of messages at a time. Until it is finished, ``files`` shows the same one."""

    connections: ClassVar[int] = 1
    resumes: ClassVar[bool] = True
    ordered: ClassVar[bool] = True
    bound: ClassVar[bool] = True

    def __init__(self, place: RabbitmqPlace, root: Path, state: str = "") -> None:
        del state
        self.place = place
        self.root = root
        self._line: _Line | None = None
        self._batch: _Batch | None = None

    @property
    def port(self) -> int:
        return self.place.port or (_PORT if self.place.tls == "none" else _TLS_PORT)

    @property
    def where(self) -> str:
        return f"{self.place.host}:{self.port}, queue '{self.place.queue}' of '{self.place.virtual_host}'"

    def files(self, pattern: str) -> list[RemoteFile]:
        if self._line is not None and not self._line.is_open:  # the server gives its messages to others now
            self.close()
        if self._batch is None:
            batch = _Batch()
            with self._translated():
                self._take(batch)
            if not batch.tags:
                batch.lines.close()
                return []
            self._batch = batch
        file = self._batch.file(self.place.queue)
        if not fnmatchcase(file.name, pattern):
            raise FeedError(
                f"the batch '{file.name}' does not match 'files: {pattern}'", where=self.where,
                remedy="Leave 'files' out of this feed.",
            )  # fmt: skip
        return [file]

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        batch = self._batch
        if batch is None or batch.file(self.place.queue) != file:
            raise changed(self.where)
        batch.lines.flush()
        place = offset

        def read(size: int) -> bytes:
            nonlocal place
            chunk = os.pread(batch.lines.fileno(), size, place)
            place += len(chunk)
            return chunk

        return stream(read, lambda: None, left=max(batch.size - offset, 0), where=self.where)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        """Acknowledges the messages and dead-letters the rejected ones, whatever ``after`` says."""
        del after
        batch = self._batch
        if batch is None or batch.file(self.place.queue) != file:
            return
        self._batch = None
        batch.lines.close()
        with self._translated():
            if self._line is None or not self._line.is_open:
                raise exceptions.AMQPConnectionError("the connection was lost before the messages were acknowledged")
            self._line.settle(batch.tags, set(rejected))

    def close(self) -> None:
        line, self._line = self._line, None
        batch, self._batch = self._batch, None
        if batch is not None:
            batch.lines.close()
        if line is not None:
            line.close()

    def _take(self, batch: _Batch) -> None:
        try:
            if self._line is None:
                self._line = _Line(_parameters(self.place, self.port, self.root), self.place.batch)
            self._line.take(self.place.queue, self.place.batch, self.place.idle, batch)
        except BaseException:
            batch.lines.close()
            self.close()
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise self._error(error) from None

    def _error(self, error: BaseException) -> SmcError:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return DiskFullError(
                "the disk is full, the messages cannot be kept here", where=tempfile.gettempdir(),
                remedy="Free some space and run the same command again.",
            )  # fmt: skip
        untrusted = is_verification(error)
        if untrusted:
            return unverified(self.place.host, self.port, getattr(untrusted, "verify_message", str(untrusted)))
        secret = self.place.password.get_secret_value()
        said = clean(getattr(error, "reply_text", ""), secret) or reason_of(error, secret)
        if isinstance(error, AMQPConnectorStackTimeout):
            said = f"no answer within {self.place.timeout:g} s"
        code = getattr(error, "reply_code", 0)
        match error:
            case exceptions.ProbableAuthenticationError() | exceptions.AuthenticationError():
                what, remedy = "the server refuses user or password", "Correct user and password of the feed."
            case exceptions.ProbableAccessDeniedError():
                what, remedy = (
                    f"the server refuses the virtual host '{self.place.virtual_host}'",
                    "Correct virtual_host of the feed, or give its user rights there.",
                )
            case exceptions.ConnectionClosedByBroker() if code in {403, 530}:
                what = f"the server refuses the connection: {said}"
                remedy = "Correct user, password and virtual_host of the feed, or give its user rights there."
            case exceptions.ChannelClosedByBroker() if code in {403, 404, 405}:
                what = f"the server refuses the queue: {said}"
                remedy = "Correct 'queue' of the feed, give its user the right to read, and let nobody own it alone."
            case _:
                return SourceDownError(
                    f"the server cannot be reached or broke off: {said}",
                    where=self.where,
                    remedy="Look whether it runs and whether host, port and tls are right. "
                    "What is not acknowledged is delivered again.",
                )
        return FeedError(what, where=self.where, remedy=remedy)


class _Line:
    """A connection that is looked after by a thread while a batch is loaded, or the server would hang up.

    pika's blocking connection may be used by one thread at a time; the lock sees to that.
    """

    def __init__(self, parameters: pika.ConnectionParameters, batch: int) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._cancelled = threading.Event()
        self._connection = pika.BlockingConnection(parameters)
        try:
            self._channel: BlockingChannel = self._connection.channel()
            self._channel.basic_qos(prefetch_count=batch)
            self._channel.add_on_cancel_callback(lambda _: self._cancelled.set())
        except BaseException:
            with suppress(*_BROKEN):
                self._connection.close()
            raise
        self._prefetch = batch
        self._keeper = threading.Thread(target=self._keep, name="rabbitmq-heartbeat", daemon=True)
        self._keeper.start()

    @property
    def is_open(self) -> bool:
        with self._lock:
            return bool(self._connection.is_open and self._channel.is_open)

    def take(self, queue: str, most: int, idle_s: float, batch: _Batch) -> None:
        """Messages until there are ``most``, or none came for so long, or they need too much room."""
        with self._lock:
            consumer = self._channel.basic_consume(
                queue, lambda _channel, method, _properties, body: batch.add(method.delivery_tag or 0, body)
            )
            last = time.monotonic()
            while len(batch.tags) < most and batch.size < _BATCH_BYTES:
                before = len(batch.tags)
                self._connection.process_data_events(max(last + idle_s - time.monotonic(), 0))
                if self._cancelled.is_set():
                    raise exceptions.ConsumerCancelled("the queue was deleted or moved")
                if len(batch.tags) > before:
                    last = time.monotonic()
                elif time.monotonic() - last >= idle_s:
                    break
            self._channel.basic_cancel(consumer)

    def settle(self, tags: array[int], rejected: Collection[int]) -> None:
        """Runs of good messages are acknowledged, runs of rejected ones refused: both up to the last of the run."""
        with self._lock:
            for place, tag in enumerate(tags):
                is_bad = place + 1 in rejected
                if place + 1 < len(tags) and (place + 2 in rejected) == is_bad:
                    continue
                if is_bad:
                    self._channel.basic_nack(tag, multiple=True, requeue=False)
                else:
                    self._channel.basic_ack(tag, multiple=True)
            self._channel.basic_qos(prefetch_count=self._prefetch)  # answered, so all before it has arrived

    def close(self) -> None:
        self._ended.set()
        self._keeper.join()
        with self._lock, suppress(*_BROKEN):
            if self._connection.is_open:
                self._connection.close()

    def _keep(self) -> None:
        while not self._ended.wait(_BEAT_S):
            with self._lock:
                if not self._connection.is_open:  # whoever uses it next sees that too
                    return
                with suppress(*_BROKEN):
                    self._connection.process_data_events(0)


def _parameters(place: RabbitmqPlace, port: int, root: Path) -> pika.ConnectionParameters:
    options = None
    if place.tls == "verify":
        context = ssl.create_default_context(cafile=authority(place.ca_file, root))
        options = pika.SSLOptions(context, place.host)
    return pika.ConnectionParameters(
        host=place.host,
        port=port,
        virtual_host=place.virtual_host,
        credentials=pika.PlainCredentials(place.user, place.password.get_secret_value()),
        ssl_options=options,
        heartbeat=lambda _, wanted: min(wanted or _HEARTBEAT_S, _HEARTBEAT_S),
        socket_timeout=place.timeout,
        stack_timeout=place.timeout,
        blocked_connection_timeout=place.timeout,
        client_properties={"connection_name": "smc"},
    )

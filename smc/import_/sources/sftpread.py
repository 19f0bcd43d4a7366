"""Reading a file over SFTP as fast as the line is."""

from __future__ import annotations

from collections import deque

import paramiko
from paramiko.message import Message
from paramiko.sftp import CMD_DATA, CMD_READ, int64

_BLOCK = 32_768  # the longest that every server answers
_AHEAD = 256  # blocks that are asked for ahead; what has come and is not read yet is held by the channel: 2 MiB


class Blocks:
    """Reads a file with many questions on their way.

    ``SFTPFile.prefetch`` asks in a thread; when the answers overtake the questions it goes on one block at a time,
    twenty times slower, and keeps what it had asked for. So the blocks are asked for here, with the calls that
    ``prefetch`` is made of.
    """

    def __init__(self, sftp: paramiko.SFTPClient, handle: paramiko.SFTPFile, offset: int, size: int) -> None:
        self._sftp = sftp
        self._handle = handle
        self._next = offset
        self._size = size
        self._asked: deque[tuple[int, int, int]] = deque()
        self._come: dict[int, bytes | OSError] = {}
        self._rest = b""

    def read(self, most: int) -> bytes:
        chunk = self._rest or self._block()
        self._rest = chunk[most:]
        return chunk[:most]

    def _block(self) -> bytes:
        if len(self._asked) <= _AHEAD // 2:  # many at once: a question each time would wait for the other thread
            self._ask_ahead()
        if not self._asked:
            return b""
        number, begin, length = self._asked.popleft()
        while number not in self._come:
            self._sftp._read_response()  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        block = self._come.pop(number)
        if isinstance(block, OSError):
            raise block
        if block and len(block) < length:  # a server may answer with less than asked
            self._ask(begin + len(block), length - len(block))
            self._asked.rotate(1)
        return block

    def _ask_ahead(self) -> None:
        while len(self._asked) < _AHEAD and self._next < self._size:
            self._ask(self._next, min(_BLOCK, self._size - self._next))
            self._next += _BLOCK

    def _ask(self, begin: int, length: int) -> None:
        number = self._sftp._async_request(self, CMD_READ, self._handle.handle, int64(begin), length)  # type: ignore[attr-defined]  # noqa: SLF001
        self._asked.append((number, begin, length))

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        """Paramiko hands every answer over here."""
        self._come[number] = message.get_string() if kind == CMD_DATA else self._refused(message)

    def _refused(self, message: Message) -> bytes | OSError:
        try:
            self._sftp._convert_status(message)  # type: ignore[attr-defined]  # noqa: SLF001
        except EOFError:
            return b""
        except OSError as error:
            return error
        return OSError("the server answers without bytes")

    def _check_exception(self) -> None:
        """Paramiko asks for errors of answers; ours are raised when their block is read."""

"""What goes wrong inside a source ends its feed and no other, whatever it is."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from traceback import extract_tb
from typing import BinaryIO, ClassVar, cast

from smc.config.specs.feed import After
from smc.errors import FeedError, SmcError, SourceDownError
from smc.import_.sources.source import RemoteFile, Source


@contextmanager
def walled(feed: str) -> Iterator[None]:
    """Errors of smc pass. An error of the system may pass away; any other is a ``FeedError``.

    Its text is not shown: nobody knows whether it holds a secret or the data of a customer.
    """
    try:
        yield
    except SmcError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceDownError(
            f"the connection broke off: {reason}", remedy="Run the import again; it goes on where it stopped."
        ) from error
    except Exception as error:  # noqa: BLE001 - a source may raise anything, and other feeds must go on
        raise FeedError(
            f"the source fails with {type(error).__name__}{_spot(error)}",
            remedy=f"Check the settings of feed {feed} and what its source holds. If they are right, report this as a "
            "mistake of smc.",
        ) from None


class Walled:
    """A source behind the wall."""

    connections: ClassVar[int]
    resumes: ClassVar[bool]
    ordered: ClassVar[bool]
    bound: ClassVar[bool]

    def __init__(self, feed: str, source: Source) -> None:
        self._feed = feed
        self._source = source

    def files(self, pattern: str) -> list[RemoteFile]:
        with walled(self._feed):
            return self._source.files(pattern)

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        with walled(self._feed):
            return cast("BinaryIO", _WalledStream(self._feed, self._source.open(file, offset)))

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:
        with walled(self._feed):
            self._source.finish(file, after, rejected)

    def close(self) -> None:
        with walled(self._feed):
            self._source.close()


class _WalledStream(io.BufferedIOBase):
    def __init__(self, feed: str, stream: BinaryIO) -> None:
        super().__init__()
        self._feed = feed
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        with walled(self._feed):
            return self._stream.read(-1 if size is None else size)

    def close(self) -> None:
        if not self.closed:
            try:
                with walled(self._feed):
                    self._stream.close()
            finally:
                super().close()


def _spot(error: Exception) -> str:
    """The file and line that raised it."""
    frames = extract_tb(error.__traceback__, limit=-1)
    return f" ({PurePath(frames[0].filename).name}:{frames[0].lineno})" if frames else ""

"""Files that need not be read again, because their source shows them as it did when they were loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smc.import_.sources.source import RemoteFile
from smc.warehouse import Warehouse, statement

_Look = tuple[int | None, datetime | None, str]
_SLACK = timedelta(minutes=1)
"""A file that was changed so shortly before it was read may be changed once more without looking any different:
times are coarse, and the clocks of two machines are not the same."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the warehouse knows about the files of one feed."""

    warehouse: Warehouse
    feed: str
    looks: dict[str, tuple[_Look, str]]

    @classmethod
    def of(cls, warehouse: Warehouse, feed: str) -> Seen:
        rows = warehouse.rows(_query("seen_of"), feed=feed)
        return cls(
            warehouse, feed, {name: ((size, changed, version), sha) for name, size, changed, version, sha in rows}
        )

    def sha256(self, file: RemoteFile) -> str | None:
        """Of the bytes that were loaded, when the file looks the same as then."""
        look, sha256 = self.looks.get(file.name, (None, None))
        return sha256 if look == _look(file) else None

    def remember(self, file: RemoteFile, sha256: str, read_at: datetime) -> None:
        """``read_at``: a time before the first byte was read."""
        if self.sha256(file) == sha256:
            return
        with self.warehouse.transaction():
            self.warehouse.run(_query("seen_forget"), feed=self.feed, name=file.name)
            if is_telling(file, read_at):
                size, changed, version = _look(file)
                values: dict[str, Any] = {"size": size, "changed": changed, "version": version, "sha256": sha256}
                self.warehouse.run(_query("seen_add"), feed=self.feed, name=file.name, **values)


def is_telling(file: RemoteFile, read_at: datetime) -> bool:
    """Whether other bytes would surely look different."""
    if file.changed is not None:
        return file.size is not None and file.changed <= read_at - _SLACK
    return bool(file.version)


def _look(file: RemoteFile) -> _Look:
    return file.size, file.changed, file.version


def _query(name: str) -> str:
    return statement("smc.import_", name)

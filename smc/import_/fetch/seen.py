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
        return sha256 if look == _look(file) and _tells(file) else None

    def last(self, file: RemoteFile) -> str | None:
        """Of the bytes that were taken last under this name; None when only the ledger can say."""
        return self.of_name(file.name)

    def of_name(self, name: str) -> str | None:
        """As ``last``, of a file that may not lie there any more."""
        return self.looks[name][1] if name in self.looks else None

    def changed(self, name: str) -> datetime | None:
        """When the bytes that were taken last under a name were written, as far as their source says."""
        return self.looks[name][0][1] if name in self.looks else None

    def shown(self, file: RemoteFile) -> bool:
        """Whether nothing says that the file was written again since its bytes were taken."""
        (size, changed, version), _ = self.looks[file.name]
        return (changed, version) == (file.changed, file.version) and size in {None, file.size}

    def remember(self, file: RemoteFile, sha256: str, read_at: datetime) -> None:
        """``read_at``: a time before the first byte was read. A look that could deceive is kept without the size."""
        if self.sha256(file) == sha256:
            return
        with self.warehouse.transaction():
            self.warehouse.run(_query("seen_forget"), feed=self.feed, name=file.name)
            size, changed, version = _look(file)
            if not is_telling(file, read_at):
                size = None
            values: dict[str, Any] = {"size": size, "changed": changed, "version": version, "sha256": sha256}
            self.warehouse.run(_query("seen_add"), feed=self.feed, name=file.name, **values)
        self.looks[file.name] = (size, changed, version), sha256


def is_telling(file: RemoteFile, read_at: datetime) -> bool:
    """Whether other bytes would surely look different."""
    return _tells(file) and (file.changed is None or file.changed <= read_at - _SLACK)


def _tells(file: RemoteFile) -> bool:
    """A file with a time but no size never does, which is how looks that could deceive are kept."""
    return bool(file.version) if file.changed is None else file.size is not None


def _look(file: RemoteFile) -> _Look:
    return file.size, file.changed, file.version


def _query(name: str) -> str:
    return statement("smc.import_", name)

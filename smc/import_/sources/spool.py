"""The folder into which smc's own collector writes NDJSON."""

from __future__ import annotations

from smc.errors import FeedError
from smc.import_.sources.local import LocalSource
from smc.import_.sources.source import RemoteFile

_ENDING = ".ndjson"


class SpoolSource(LocalSource):
    """A local folder of ``*.ndjson``. The collector writes ``NAME.ndjson.part`` and renames it when it is whole."""

    def files(self, pattern: str) -> list[RemoteFile]:
        if not self.folder.is_dir():
            raise FeedError(
                "the spool of the feed is no folder",
                where=str(self.folder),
                remedy="Make the folder, or correct source.spool.path of the feed: "
                "it must be the one that the collector writes into.",
            )
        return [file for file in LocalSource.files(self, pattern) if file.name.endswith(_ENDING)]

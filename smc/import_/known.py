"""Whether a file must be loaded: the same bytes again do nothing, and a content that comes back is a new state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.config.specs.feed import FeedSpec
from smc.config.specs.source import RabbitmqPlace, SqlPlace, is_stream, place_of
from smc.import_ import ledger
from smc.import_.fetch.seen import Seen
from smc.import_.sources.source import RemoteFile
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse knows of the files of a feed. ``live``: its source gives batches, of which no look is kept."""

    warehouse: Warehouse
    name: str
    feed: FeedSpec
    seen: Seen
    live: bool

    def taken(self, file: RemoteFile, sha256: str) -> ledger.Taken | None:
        """The loaded file that makes loading these bytes needless; None when they have to be loaded.

        Under their own name they are needless unless the name has brought something else since, or they are a list of
        deletions that was delivered once more after others had written to the object. Under a name that never brought
        them they are an old file that was sent again; a list that is whole, or one of deletions, says something new.
        Batches of a queue are named by their content: the last one may come again because a run was killed before it
        was acknowledged, and every other is new. What the collector writes under a new name happened anew.
        """
        found = ledger.taken(self.warehouse, self.name, file.name, sha256)
        if isinstance(place_of(self.feed.source), RabbitmqPlace):
            return found if ledger.last_hash(self.warehouse, self.name, None) == sha256 else None
        if found is None:
            return None
        if found.name != file.name:
            return None if is_stream(self.feed.source) or self._says_more(file, sha256, found) else found
        if self._last(file.name) != sha256:
            return None
        if self.feed.mode == "delete" and self._delivered_again(file) and self._written_since(found):
            return None
        return found

    def again(self, file: RemoteFile, sha256: str) -> ledger.Taken | None:
        """Of bytes that are to be loaded: the file of another name that brought them before."""
        found = ledger.taken(self.warehouse, self.name, file.name, sha256)
        told = self.live or is_stream(self.feed.source)
        return None if found is None or found.name == file.name or told else found

    def _says_more(self, file: RemoteFile, sha256: str, found: ledger.Taken) -> bool:
        """Whether bytes that another name brought are to be loaded under this one.

        A whole list that equals the last one of the feed is in force already; any other is a state that came back.
        """
        seen = self.seen.last(file) == sha256
        if self.feed.mode == "delete":
            fresh = self._delivered_again(file) if seen else not self._handed_down(file, sha256, found)
            return fresh and self._written_since(found)
        if seen or self.feed.mode not in {"replace", "snapshot"}:
            return False
        last = ledger.last_hash(self.warehouse, self.name, None)
        return last != sha256 and not self._handed_down(file, sha256, found)

    def _handed_down(self, file: RemoteFile, sha256: str, found: ledger.Taken) -> bool:
        """Whether a program that rotates files has only given an old file another name: the name that brought its bytes
        has brought others since, and nothing says that this file was written after them."""
        if self._last(found.name) == sha256:
            return False
        changed = self.seen.changed(found.name)
        return file.changed is None or changed is None or file.changed <= changed

    def _last(self, name: str) -> str | None:
        """Of the bytes that a name brought last."""
        last = None if self.live else self.seen.of_name(name)
        return last or ledger.last_hash(self.warehouse, self.name, name)

    def arrived(self, file: RemoteFile) -> bool:
        """Whether a file whose bytes are known was put at its source since the last run; in doubt it was not.

        A query without a mark answers anew each time; other batches come again only when a run was killed.
        """
        if self.live:
            place = place_of(self.feed.source)
            return isinstance(place, SqlPlace) and place.mark is None
        if self.seen.last(file) is not None:
            return not self.seen.shown(file)
        return not ledger.hashes(self.warehouse, self.name, file.name)

    def _delivered_again(self, file: RemoteFile) -> bool:
        return not self.live and self.seen.last(file) is not None and not self.seen.shown(file)

    def _written_since(self, found: ledger.Taken) -> bool:
        query = statement("smc.import_", "ledger_since")
        return bool(self.warehouse.value(query, file_key=found.file_key, objects=list(self.feed.parts)))


def keep_arrived(warehouse: Warehouse, feed: str, file: RemoteFile, text: str, as_of: date) -> None:
    """Write down that a file came whose bytes were known, for nothing else of it is in the ledger."""
    with warehouse.transaction():
        warehouse.run(statement("smc.import_", "arrived_forget"), feed=feed, file=file.name, as_of=as_of)
        warehouse.run(statement("smc.import_", "arrived_add"), feed=feed, file=file.name, reason=text, as_of=as_of)

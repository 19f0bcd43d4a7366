"""From a landed file to the tables and the ledger: all of it in one transaction, or nothing and the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from smc.config.objects import objects_of
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.config.specs.source import kind_of
from smc.errors import FeedError
from smc.import_ import ledger
from smc.import_.follow import follow
from smc.import_.header import read_header
from smc.import_.landing import BadFile, Landed
from smc.import_.mart import make_ready
from smc.import_.merge import Merge, Merged
from smc.import_.reading import readings
from smc.import_.result import FileResult
from smc.import_.stage import Stage
from smc.import_.target import Target, target_of
from smc.warehouse import Warehouse, statement
from smc.warehouse.zone import keep_zone


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads the landed files of one feed."""

    warehouse: Warehouse
    name: str
    feed: FeedSpec
    fields: FieldsSpec
    as_of: date

    def load(self, landed: Landed | BadFile, *, changed: bool, state: str = "") -> FileResult:
        """Take the file or refuse it; either way the ledger says so. ``changed``: its name came with other bytes.

        ``state`` is what the feed remembers once the file is committed.
        """
        self.warehouse.run(statement("smc.import_", "clear_reject"))
        entry = ledger.Entry(
            self.name, landed, self.as_of, changed=changed, source=kind_of(self.feed.source), state=state
        )
        if isinstance(landed, BadFile):
            return ledger.refuse(self.warehouse, entry, landed.reason)
        try:
            return self._load(landed, entry)
        except FeedError as error:
            return ledger.refuse(self.warehouse, entry, _reason(error))

    def _load(self, landed: Landed, entry: ledger.Entry) -> FileResult:
        header = read_header(landed.path, landed.name, self.feed)
        ((item, fed),) = self.feed.parts.items()
        target = target_of(item, objects_of(self.fields), fed)
        make_ready(self.warehouse, target, self.fields)
        mapped = readings(target.item, target.fed, self.fields)
        append = self.feed.mode == "append"
        staged = Stage(self.warehouse, target, mapped, self.feed.layout, landed, header).load(lines=append)
        entry = replace(entry, read=staged.read, rejected=staged.rejected, duplicate=staged.duplicate)
        merge = Merge(self.warehouse, target, mapped, self.name, self.as_of, append=append)
        try:
            self._within_limit(entry)
            with self.warehouse.transaction():
                return self._settle(target, entry, merge.run())
        except _TooManyError as error:
            self._remember(error)
            return ledger.refuse(self.warehouse, error.entry, _reason(error))
        except FeedError as error:
            return ledger.refuse(self.warehouse, entry, _reason(error))

    def _settle(self, target: Target, entry: ledger.Entry, merged: Merged) -> FileResult:
        """Inside the transaction: nothing of the file stays when this raises."""
        entry = replace(entry, rejected=entry.rejected + merged.refused, merged=merged)
        self._within_limit(entry)
        if not entry.balanced:
            done = merged.accepted + merged.unchanged + entry.rejected + entry.duplicate
            raise FeedError(f"{entry.read} rows were read, but {done} are accounted for; this is a fault of smc")
        follow(self.warehouse, target, self.as_of)
        if target.table == "receipt":
            keep_zone(self.warehouse, self.as_of)
        return ledger.accept(self.warehouse, entry)

    def _within_limit(self, entry: ledger.Entry) -> None:
        if entry.rejected * 100 > self.feed.reject_limit * entry.read:
            rejects = self.warehouse.rows(statement("smc.import_", "rejects_first"), most=ledger.MOST)
            raise _TooManyError(replace(entry, merged=ledger.NOTHING), rejects, self.feed.reject_limit)

    def _remember(self, error: _TooManyError) -> None:
        """The rollback took what the transaction had added to the rejects; put it back for the ledger."""
        self.warehouse.run(statement("smc.import_", "clear_reject"))
        columns = [list(column) for column in zip(*error.rejects, strict=True)]
        line, field, column, value, reason = columns
        self.warehouse.run(
            statement("smc.import_", "rejects_again"), line=line, field=field, column=column, value=value, reason=reason
        )


class _TooManyError(FeedError):
    """More rejects than the feed allows."""

    def __init__(self, entry: ledger.Entry, rejects: list[tuple[Any, ...]], limit: Decimal) -> None:
        super().__init__(
            f"{entry.rejected} of {entry.read} rows were rejected, more than the limit of {limit}%; "
            "nothing of the file was loaded"
        )
        self.entry = entry
        self.rejects = rejects


def _reason(error: FeedError) -> str:
    return f"{error.what}. {error.remedy}" if error.remedy else error.what

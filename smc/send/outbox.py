"""The outbox: messages on their way, in a database of its own, so that sending never holds the warehouse.

Rules that keep a message from being sent twice or lost (docs/adr/0005-outbox.md): a message is claimed, and its attempt
is on disk, before the network is touched; results are on disk before the next group begins; a claim whose sender died
without an attempt goes back to the queue, one with an attempt becomes ``unknown``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    and_,
    bindparam,
    case,
    exc,
    exists,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)  # fmt: skip

from smc.errors import UsageError
from smc.model.file import File
from smc.model.template import UNTIL, Content
from smc.send import claims
from smc.send.groups import groups
from smc.send.outbox_changes import fact, next_seq, settle
from smc.send.outbox_engine import ours, reading_engine, sqlite_engine
from smc.send.outbox_parts import files_of, put, templates_of
from smc.send.outbox_tables import VERSION, attempt, facts, message, metadata, upgrade
from smc.send.records import Change, Claimed, Queued, Recovered, Settled, Waiting

__all__ = ["Change", "Claimed", "Outbox", "Queued", "Recovered", "Settled", "Waiting"]

_KEYS = 500


@dataclass(frozen=True, slots=True)
class Outbox:
    """An open outbox. Every method is one transaction; several processes may work on one file."""

    engine: Engine
    path: Path

    @classmethod
    def open(cls, path: Path) -> Outbox:
        """Open, creating what is missing. ``UsageError`` when a newer smc made it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        outbox = cls(sqlite_engine(path), path)
        with outbox._writing() as connection:
            if not inspect(connection).has_table(facts.name):
                metadata.create_all(connection)
                # A name for this very outbox, so that the warehouse never takes the numbers of another one for its own.
                connection.execute(
                    insert(facts),
                    [{"name": "version", "value": str(VERSION)}, {"name": "id", "value": uuid4().hex},
                     {"name": "seq", "value": "0"}],
                )  # fmt: skip
            version = int(fact(connection, "version"))
            upgrade(connection, version)
        if version > VERSION:
            raise UsageError(
                f"the outbox has version {version}, which this smc does not know",
                where=str(path),
                remedy="Update smc, or use the version that wrote it.",
            )
        return outbox

    @classmethod
    @contextmanager
    def seen(cls, path: Path) -> Iterator[Outbox | None]:
        """For looking alone; None when there is none, or one of another version, which is not brought to this one."""
        if not path.exists():
            yield None
            return
        with cls(reading_engine(path), path) as outbox:
            with outbox._reading() as connection:
                version = int(fact(connection, "version"))
            yield outbox if version == VERSION else None

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def id(self) -> str:
        """Changes when the file is made anew."""
        with self._reading() as connection:
            return fact(connection, "id")

    @property
    def seq(self) -> int:
        """The number of the last change; it never falls, unless an older copy takes the file's place."""
        with self._reading() as connection:
            return int(fact(connection, "seq"))

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that were handed over before."""
        found: set[str] = set()
        with self._reading() as connection:
            for some in groups(keys, _KEYS):
                found |= set(connection.scalars(select(message.c.message_key).where(message.c.message_key.in_(some))))
        return found

    def states(self, keys: Sequence[str]) -> dict[str, str]:
        """How those of the keys stand that were handed over before."""
        found: dict[str, str] = {}
        with self._reading() as connection:
            for some in groups(keys, _KEYS):
                asked = select(message.c.message_key, message.c.state).where(message.c.message_key.in_(some))
                found |= dict(map(tuple, connection.execute(asked)))
        return found

    def enqueue(
        self,
        messages: Iterable[Queued],
        templates: Iterable[Content],
        files: Callable[[], Iterable[File]] = tuple,
    ) -> None:
        """Take messages over, all or none. A key that is known is left as it is, so a second hand-over does nothing.

        ``messages`` may be a long-running generator: rows gather in a temporary table, which locks nobody, and come
        in by one statement. ``files``: those that go with them, asked for behind the last message.
        """
        columns = ", ".join(column.name for column in message.columns)
        with self._translated(), self.engine.connect() as plain:
            connection = plain.execution_options(begin="begin deferred")
            connection.exec_driver_sql(f"create temporary table staged as select {columns} from outbox_message limit 0")
            try:
                for some in groups(messages, _KEYS):
                    connection.execute(insert(_STAGED), [_row(item) for item in some])
                connection.commit()
                put(connection, templates, files())
                new = f"select {columns} from staged where true on conflict do nothing"
                connection.exec_driver_sql(f"insert into outbox_message ({columns}) {new}")
                connection.commit()
            finally:
                connection.rollback()
                connection.exec_driver_sql("drop table if exists staged")
                connection.commit()

    def templates(self, hashes: Collection[str]) -> dict[str, Content]:
        """Templates by hash, as they were when their messages were handed over."""
        with self._reading() as connection:
            return templates_of(connection, hashes)

    def files(self, hashes: Collection[str]) -> dict[str, File]:
        """Files by hash, as they were when their messages were handed over."""
        with self._reading() as connection:
            return files_of(connection, hashes)

    def claim(
        self, owner: str, limit: int, now: datetime, *, channel: str, since: datetime | None = None,
        paused: Collection[str] = (),
    ) -> list[Claimed]:  # fmt: skip
        """Take messages that are due, longest due first, for one sender process; none that has expired, or whose time
        to go out has ended, before ``since`` (default: now), and nothing of ``paused`` mailings.

        Of what has a pace (``per_minute``) only as many as the last minute has left, whoever claimed the others; with
        ``since`` a whole day is worked through at one moment, and no pace holds.
        """
        due = claims.due((channel,), now, since or now, paused)
        with self._writing() as connection:
            rows = claims.take(connection, due.where(message.c.per_minute.is_(None)), limit, owner, now)
            if since is None:
                return rows + claims.take_paced(connection, due, limit - len(rows), owner, now)
            paced = due.where(message.c.per_minute.is_not(None))
            return rows + claims.take(connection, paced, limit - len(rows), owner, now)

    def waits_for_pace(self, now: datetime, *, channels: Collection[str], paused: Collection[str] = ()) -> bool:
        """Whether something is due and held back by its pace alone."""
        paced = claims.due(channels, now, now, paused).where(message.c.per_minute.is_not(None))
        with self._reading() as connection:
            return connection.execute(paced.limit(1)).first() is not None

    def count_due(self, channels: Collection[str], now: datetime, begin: datetime, *, paused: Collection[str]) -> int:
        """How many may go out by these channels, see ``claim``."""
        which = claims.due(channels, now, begin, paused).order_by(None).subquery()
        with self._reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(which)) or 0)

    def advance(self, ended: Sequence[Settled], begun: Sequence[Claimed], now: datetime) -> None:
        """Write the results of one group and the beginning of the next, by one commit.

        Only after this returns may the network be touched for ``begun``.
        """
        with self._writing() as connection:
            if ended:
                settle(connection, ended, now)
            if begun:
                rows = [
                    {"message_key": item.message_key, "attempt_no": item.attempts + 1, "started_at": now}
                    for item in begun
                ]
                connection.execute(insert(attempt), rows)
                counted = update(message).where(message.c.message_key == bindparam("key"))
                connection.execute(
                    counted.values(attempts=bindparam("number")),
                    [{"key": item.message_key, "number": item.attempts + 1} for item in begun],
                )

    def release(self, owner: str) -> int:
        """Put what this sender claimed and never began back into the queue."""
        with self._writing() as connection:
            back = update(message).where(message.c.state == "claimed", message.c.owner == owner, ~_IN_FLIGHT)
            return connection.execute(back.values(state="queued", owner=None, claimed_at=None)).rowcount

    def expire(self, now: datetime) -> int:
        """End queued messages whose time is over."""
        with self._writing() as connection:
            over = update(message).where(message.c.state == "queued", message.c.expires_at <= now)
            seq = next_seq(connection)
            return connection.execute(over.values(state="expired", reason="expired", settled_at=now, seq=seq)).rowcount

    def cancel(self, keys: Collection[str], reason: str, now: datetime) -> int:
        """Suppress those that are still queued; what a sender has claimed meanwhile is out of reach. How many."""
        if not keys:
            return 0
        with self._writing() as connection:
            end = {"state": "suppressed", "reason": reason, "settled_at": now, "seq": next_seq(connection)}
            return connection.execute(_IF_QUEUED.values(end), [{"key": key} for key in keys]).rowcount

    def readdress(self, addresses: Mapping[str, str]) -> None:
        """Give queued messages another address, by key."""
        rows = [{"key": key, "new": address} for key, address in addresses.items()]
        with self._writing() as connection:
            connection.execute(_IF_QUEUED.values(address=bindparam("new")), rows)

    def reschedule(self, times: Mapping[str, tuple[datetime, datetime | None]]) -> None:
        """Give queued messages another time, by key: when it begins and when it ends."""
        rows = [{"key": key, "due": due, "end": end} for key, (due, end) in times.items()]
        due, end = bindparam("due", type_=message.c.due_at.type), bindparam("end", type_=message.c.due_at.type)
        with self._writing() as connection:
            connection.execute(_IF_QUEUED.values(due_at=due, next_at=due, closes_at=end), rows)

    def tell_again(self, keys: Collection[str]) -> None:
        """Let the warehouse read the states of ended messages once more."""
        with self._writing() as connection:
            seq = next_seq(connection)
            for some in groups(keys, _KEYS):
                told = update(message).where(message.c.message_key.in_(some), message.c.seq > 0)
                connection.execute(told.values(seq=seq))

    def waiting(self, size: int) -> Iterator[list[Waiting]]:
        """Queued and unknown messages, in lists of ``size``. Nothing may be written before the last list."""
        coded = message.c.context.contains(f'"{UNTIL}":', autoescape=True)
        columns = (
            message.c.message_key, message.c.state, message.c.address, message.c.due_at, message.c.closes_at, coded,
        )  # fmt: skip
        open_ = select(*columns).where(message.c.state.in_(["queued", "unknown"]))
        with self._reading() as connection:
            for rows in connection.execution_options(yield_per=size).execute(open_).partitions():
                yield [Waiting(*row) for row in rows]

    def unread(self, after: int, size: int) -> Iterator[list[str]]:
        """Keys of all that has not ended or has changed after a number, in lists of ``size``."""
        keys = select(message.c.message_key).where(or_(message.c.seq == 0, message.c.seq > after))
        with self._reading() as connection:
            for rows in connection.execution_options(yield_per=size).execute(keys).partitions():
                yield [row[0] for row in rows]

    def campaigns(self) -> set[str]:
        """Campaigns and mailings that have messages in the queue."""
        asked = select(message.c.campaign).where(message.c.state == "queued", message.c.campaign.is_not(None))
        with self._reading() as connection:
            return {str(name) for name in connection.scalars(asked.distinct())}

    def owners(self) -> list[str]:
        """Sender processes that hold claims."""
        with self._reading() as connection:
            return list(connection.scalars(select(message.c.owner).where(message.c.state == "claimed").distinct()))

    def recover(self, dead: Collection[str], now: datetime, *, idempotent: Collection[str]) -> Recovered:
        """Settle the claims of dead senders. ``idempotent``: channels where sending again does no harm."""
        with self._writing() as connection:
            theirs = and_(message.c.state == "claimed", message.c.owner.in_(dead))
            lost = and_(theirs, _IN_FLIGHT, message.c.channel.not_in(idempotent))
            unknown = connection.execute(
                update(message).where(lost).values(
                    state="unknown", reason="its sender died during the attempt", owner=None, settled_at=now,
                    seq=next_seq(connection),
                )
            ).rowcount  # fmt: skip
            open_ = select(message.c.message_key).where(theirs).scalar_subquery()
            connection.execute(
                update(attempt)
                .where(attempt.c.ended_at.is_(None), attempt.c.message_key.in_(open_))
                .values(ended_at=now, text="its sender died")
            )
            back = update(message).where(theirs).values(state="queued", owner=None, claimed_at=None)
            return Recovered(connection.execute(back).rowcount, unknown)

    def retry_unknown(self, now: datetime, addresses: Mapping[str, str]) -> int:
        """Put unknown messages back into the queue, by order of a person: some of them may arrive twice. ``addresses``:
        where each goes, by key."""
        if not addresses:
            return 0
        rows = [{"key": key, "new": address} for key, address in addresses.items()]
        with self._writing() as connection:
            over = update(attempt).where(attempt.c.message_key == bindparam("key"), attempt.c.ended_at.is_(None))
            connection.execute(over.values(ended_at=now, text="its sender died"), [{"key": key} for key in addresses])
            unknown = update(message).where(message.c.message_key == bindparam("key"), message.c.state == "unknown")
            again = unknown.values(
                state="queued", reason=None, owner=None, next_at=now, settled_at=now, seq=next_seq(connection),
                max_attempts=case((message.c.attempts >= message.c.max_attempts, message.c.attempts + 1),
                                  else_=message.c.max_attempts), address=bindparam("new"),
            )  # fmt: skip
            return connection.execute(again, rows).rowcount

    def changes(self, after: int) -> list[Change]:
        """States that changed after a number, oldest first."""
        columns = (message.c.seq, message.c.message_key, message.c.state, message.c.reason, message.c.settled_at)
        with self._reading() as connection:
            rows = connection.execute(select(*columns).where(message.c.seq > after).order_by(message.c.seq))
            return [Change(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Messages by state."""
        with self._reading() as connection:
            rows = connection.execute(select(message.c.state, func.count()).group_by(message.c.state))
            return dict(map(tuple, rows))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._translated(), self.engine.connect() as connection:
            yield connection.execution_options(begin="begin deferred")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of the database as ours, with what to do."""
        try:
            yield
        except exc.DBAPIError as error:
            raise ours(str(error.orig), self.path) from error


# One message by its key, unless a sender was quicker. A list of keys would make SQLite search all that is queued.
_IF_QUEUED = update(message).where(message.c.message_key == bindparam("key"), message.c.state == "queued")
_STAGED = message.to_metadata(MetaData(), name="staged")
_IN_FLIGHT = exists().where(attempt.c.message_key == message.c.message_key, attempt.c.ended_at.is_(None))


def _row(item: Queued) -> dict[str, Any]:
    return {name: getattr(item, name) for name in Queued.__dataclass_fields__} | {
        "next_at": item.due_at, "state": "queued", "attempts": 0, "seq": 0,
    }  # fmt: skip

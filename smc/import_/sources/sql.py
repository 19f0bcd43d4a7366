"""What the databases share: the fence around a query, the window of marks that a batch covers, and the listing."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal, Protocol, Self

from smc.config.problem import nearest
from smc.config.specs.feed import After
from smc.config.specs.source import SqlPlace
from smc.errors import FeedError, SmcError
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import stream

CHUNK = 1 << 18
Bound = Decimal | date | datetime
MarkKind = Literal["id", "time", "none"]
_TICK = timedelta(microseconds=1)
_DIGITS = 12


class Session(Protocol):
    """A connection in a read-only transaction. Every method raises ``FeedError`` or ``SourceDownError``."""

    def columns(self, query: str) -> Mapping[str, MarkKind]:
        """The columns of a query in order, and what kind of mark each of them could be. It is not executed.

        The server takes it as one statement or refuses it.
        """
        ...

    def row(self, statement: str) -> tuple[str | None, ...]:
        """The first row as text; empty when there is none."""
        ...

    def csv(self, rest: str) -> Iterator[bytes]:
        """Header and rows of ``select COLUMNS rest``, the columns being those of the last ``columns``."""
        ...

    def name(self, column: str) -> str:
        """A column's name, quoted."""
        ...

    def literal(self, value: Bound) -> str: ...

    def text(self, expression: str) -> str:
        """An expression turned into text; times as ISO 8601."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """Rows whose mark is above ``lower`` and not above ``upper``. It is written into the name of the batch."""

    stem: str
    lower: Bound | None = None
    upper: Bound | None = None

    def file(self, state: Bound | None) -> RemoteFile:
        if self.upper is None:
            return RemoteFile(f"{self.stem}.csv")
        known = self.upper if state is None or _is_above(self.upper, state) else state
        return RemoteFile(f"{self.stem} {_padded(self.lower)}..{_padded(self.upper)}.csv", state=written(known))

    @classmethod
    def of(cls, name: str) -> Self:
        stem, space, bounds = name.removesuffix(".csv").partition(" ")
        if not space:
            return cls(stem)
        lower, _, upper = bounds.partition("..")
        return cls(stem, bound(lower) if lower else None, bound(upper))

    def where(self, session: Session, mark: str | None) -> str:
        """The condition on a query that is called ``q``."""
        if mark is None:
            return ""
        name = f"q.{session.name(mark)}"
        parts = [f"{name} > {session.literal(self.lower)}"] if self.lower is not None else []
        parts += [f"{name} <= {session.literal(self.upper)}"] if self.upper is not None else []
        return f" where {' and '.join(parts)}" if parts else ""


class SqlSource(ABC):
    """A query on a database, in batches: the base of the engines."""

    connections: ClassVar[int] = 1
    resumes: ClassVar[bool] = False
    ordered: ClassVar[bool] = True
    bound: ClassVar[bool] = True
    dialect: ClassVar[str]
    port: ClassVar[int]
    clock: ClassVar[str]

    def __init__(self, place: SqlPlace, root: Path, state: str = "") -> None:
        self.place = place if place.port else place.model_copy(update={"port": self.port})
        self.root = root
        self.state = state
        self._open: list[Session] = []

    @property
    def where(self) -> str:
        return f"{self.place.host}:{self.place.port}/{self.place.database}"

    @abstractmethod
    def connect(self, timeout: int) -> Session:
        """``timeout``: seconds that a statement may take, 0 for no limit."""

    def files(self, pattern: str) -> list[RemoteFile]:
        query, stem = fenced(self.place.query, self.dialect, self.where)
        stem = stem or re.sub(r"\W+", "_", self.place.database, flags=re.ASCII).strip("_") or "query"
        with closing(self.connect(self.place.timeout)) as session:
            kinds = session.columns(query)
            if self.place.mark is None:
                found = [Window(stem).file(None)]
            else:
                self._check_mark(session, query, kinds, self.place.mark)
                found = self._batches(session, query, stem, self.place.mark)
        for file in found:
            if not fnmatchcase(file.name, pattern):
                raise self._refused(
                    f"the batch '{file.name}' does not match 'files: {pattern}'", "Leave 'files' out of this feed."
                )
        return found

    def open(self, file: RemoteFile, offset: int = 0) -> BinaryIO:
        if offset:
            raise self._refused("the rows of a query cannot be read from the middle", "Run the import again.")
        query, _ = fenced(self.place.query, self.dialect, self.where)
        window = Window.of(file.name)
        session = self.connect(0)
        self._open.append(session)
        try:
            session.columns(query)
            rows = session.csv(_from(query) + window.where(session, self.place.mark) + self._order(session))
        except BaseException:
            self._done(session)
            raise
        return stream(_Pieces(rows).read, lambda: self._done(session), left=None, where=self.where)

    def finish(self, file: RemoteFile, after: After, rejected: Collection[int] = ()) -> None:  # noqa: B027 - nothing to do is the answer
        """Rows stay where they are; the ``state`` that the feed keeps says which are loaded."""

    def close(self) -> None:
        for session in list(self._open):
            self._done(session)

    def _done(self, session: Session) -> None:
        if session in self._open:
            self._open.remove(session)
        session.close()

    def _order(self, session: Session) -> str:
        return "" if self.place.mark is None else f" order by q.{session.name(self.place.mark)}"

    def _check_mark(self, session: Session, query: str, kinds: Mapping[str, MarkKind], mark: str) -> None:
        if mark not in kinds:
            remedy = nearest(mark, list(kinds)) or f"Its columns are {', '.join(kinds)}."
            raise self._refused(f"the query has no column '{mark}', which is its mark", remedy)
        if kinds[mark] != self.place.mark_type:
            wanted = {"id": "a whole or a decimal number", "time": "a date or a time"}[self.place.mark_type]
            raise self._refused(
                f"the mark '{mark}' of the query is not {wanted}",
                "Correct mark or mark_type, or turn the column into one in the query. Text has no order that grows.",
            )
        empty = f"{_from(query)} where q.{session.name(mark)} is null"
        if session.row(f"select 1{empty} limit 1"):
            (count,) = session.row(f"select count(*){empty}")
            raise self._refused(
                f"{count} rows of the query have no mark '{mark}' and would never be loaded",
                f"Give the column a value, or pass over such rows by 'where {mark} is not null' in the query.",
            )

    def _batches(self, session: Session, query: str, stem: str, mark: str) -> list[RemoteFile]:
        state = self._state()
        upper = self._highest(session, query, mark)
        if upper is None:
            return []
        lower = state if state is None else _reaching_back(state, self.place)
        if lower is not None and not self._is_above(upper, lower if self.place.overlap else state):
            return []
        found = []
        column = f"q.{session.name(mark)}"
        while True:
            rest = Window(stem, lower, upper)
            statement = f"select {session.text(column)}{_from(query)}{rest.where(session, mark)}"
            full = session.row(f"{statement} order by {column} limit 1 offset {self.place.batch - 1}")
            end = self._bound(full[0]) if full else upper
            found.append(replace(rest, upper=end).file(state))
            if end == upper:
                return found
            lower = end

    def _highest(self, session: Session, query: str, mark: str) -> Bound | None:
        """The highest mark there is. One beyond tomorrow is refused: all that comes later would be below it."""
        column = f"q.{session.name(mark)}"
        (highest,) = session.row(f"select {session.text(f'max({column})')}{_from(query)}")
        if highest is None:
            return None
        if self.place.mark_type == "time" and session.row(
            f"select 1{_from(query)} where {column} > {self.clock} limit 1"
        ):
            raise self._refused(
                f"the mark '{mark}' of a row lies in the future ({highest}); rows that change before would be lost",
                "Correct the row, or pass over such rows by a condition in the query.",
            )
        return self._bound(highest)

    def _bound(self, text: str | None) -> Bound:
        try:
            return bound(text or "")
        except ValueError:
            raise self._refused(f"the mark {text!r} is no number and no time", "Correct the row.") from None

    def _state(self) -> Bound | None:
        if not self.state:
            return None
        try:
            state = bound(self.state)
        except ValueError:
            raise self._other_mark() from None
        if isinstance(state, Decimal) != (self.place.mark_type == "id"):
            raise self._other_mark()
        return state

    def _is_above(self, upper: Bound, state: Bound | None) -> bool:
        try:
            return state is None or _is_above(upper, state)
        except TypeError:
            raise self._other_mark() from None

    def _other_mark(self) -> SmcError:
        return self._refused(
            f"the feed was loaded up to the mark '{self.state}', which is of another kind than '{self.place.mark}'",
            "Put the old mark back, or give the feed another name: then it begins anew.",
        )

    def _refused(self, what: str, remedy: str) -> SmcError:
        return FeedError(what, where=self.where, remedy=remedy)


def fenced(query: str, dialect: str, where: str) -> tuple[str, str]:
    """The text of exactly one SELECT without its last semicolon, and the name of its first table.

    Raises ``FeedError`` for anything else: several statements, writing, locking, what the parser does not know.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.tokenizer_core import TokenType

    def refused(why: str) -> FeedError:
        return FeedError(
            f"the query of the feed {why}", where=where, remedy="Write one SELECT (or WITH … SELECT) into source.query."
        )

    if re.search(r"/\*M?!", query) or "\0" in query:
        raise refused("has a comment that a server would execute")
    try:
        tokens = sqlglot.tokenize(query, dialect=dialect)
        ends = [token.start for token in tokens if token.token_type is TokenType.SEMICOLON]
        tokens = [token for token in tokens if token.token_type is not TokenType.SEMICOLON]
        if ends and any(token.start > ends[0] for token in tokens):
            raise refused("has more than one statement")
        first = {TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN}
        if not tokens or tokens[0].token_type not in first:
            raise refused("is no SELECT")
        text = query[: ends[0]] if ends else query
        tree = sqlglot.parse_one(text, dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        said = re.sub(r"\x1b\[\d*m", "", str(error)).split("\n")[0]
        raise refused(f"is not understood: {said}") from None
    writing = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)
    if not isinstance(tree, exp.Query) or any(isinstance(node, writing) for node in tree.walk()):
        raise refused("does more than read")
    own = {part.alias for part in tree.find_all(exp.CTE)}
    table = next((table.name for table in tree.find_all(exp.Table) if table.name not in own), "")
    return text, re.sub(r"\W+", "_", table, flags=re.ASCII).strip("_")


def _from(query: str) -> str:
    return f" from (\n{query}\n) q"  # a line of its own: the query may end with a comment


def bound(text: str) -> Bound:
    """A mark from its text: a number, a day (``2026-01-31``), or a time. Raises ``ValueError``."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    if re.match(r"\d{8}T|\d{4}-\d\d-\d\d[ T]", text):
        return datetime.fromisoformat(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return number


def written(value: Bound | None) -> str:
    """A mark as it is remembered and as ``bound`` reads it; it has only signs that any file name may have."""
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y%m%dT%H%M%S.%f") + ("" if value.tzinfo is None else "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")


def _padded(value: Bound | None) -> str:
    """Ids with leading zeros, so that batches stand in order of name."""
    return written(value).zfill(_DIGITS) if isinstance(value, Decimal) else written(value)


def _is_above(one: Bound, other: Bound) -> bool:
    """Raises ``TypeError`` for marks of different kinds."""
    if type(one) is not type(other):
        raise TypeError
    return bool(one > other)  # type: ignore[operator]  # both are of one type


def _reaching_back(state: Bound, place: SqlPlace) -> Bound:
    """The mark above which is read again: times include the last one, for others may have got the same since."""
    match state:
        case datetime():
            return state - timedelta(seconds=place.overlap) - _TICK
        case date():
            day = datetime.combine(state, time.min) - timedelta(seconds=place.overlap)
            return day.date() - timedelta(days=1)
        case Decimal():
            return state


class _Pieces:
    """``read(n)`` over pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)

"""What a template may know of a customer: read for all planned messages at once, and kept as JSON in the outbox."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, groupby
from typing import Any, Self

from sqlglot import exp

from smc.config.metrics import catalog
from smc.config.profile import profile_fields
from smc.config.specs.project import CategorySettings, FieldsSpec, MetricsSpec
from smc.model.metrics import Metric
from smc.model.template import CODE, Content
from smc.send.address import ascii_address
from smc.send.contents import Contents
from smc.send.names import Use
from smc.send.render import Renderer
from smc.warehouse import Warehouse, name, sql, statement
from smc.warehouse.permitted import DEVICES, EMAIL, OWN_PAGES, permissions
from smc.warehouse.printed import last_codes

RFM = ("recency", "frequency", "monetary", "cell")
RECEIPT = ("id", "day", "total")
LINE = ("product", "quantity", "amount")
BATCH = 2_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SHORT = len("2017-12-31")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?")


@dataclass(frozen=True, slots=True)
class Needs:
    """What some templates print: names of profile fields and metrics; whether RFM, last receipt, promocode, trigger."""

    customer: frozenset[str]
    metric: frozenset[str]
    rfm: bool
    receipt: bool
    promocode: bool
    trigger: bool = False

    @classmethod
    def of(cls, uses: Iterable[Use], fields: FieldsSpec, metrics: MetricsSpec) -> Needs:
        """Only what is named is read and kept; a template that hands on a whole object needs all of it."""
        paths = {use.path for use in uses}
        known = {"customer": frozenset(profile_fields(fields)), "metric": frozenset(catalog(metrics, fields))}
        wanted = {
            root: names if (root,) in paths else names & {path[1] for path in paths if path[0] == root}
            for root, names in known.items()
        }
        roots = {path[0] for path in paths}
        code, trigger = not roots.isdisjoint(CODE), "trigger" in roots
        return cls(wanted["customer"], wanted["metric"], "rfm" in roots, "last_receipt" in roots, code, trigger)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a planned message may still be sent. ``consent``: yes, no or None.

    ``good``, ``addresses``: of channels other than e-mail, whether he has an address, and those that may be used.
    ``inactive``: the shop's snapshot no longer has the customer; ``blocked``: he is on the suppression list.
    """

    campaign: str
    channel: str
    category: str
    customer_id: str
    email: str | None
    good: bool | None
    addresses: Sequence[str] | None
    consent: str | None
    inactive: bool
    blocked: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(**{key: row[key] for key in cls.__dataclass_fields__})

    @property
    def address(self) -> str | None:
        """Where the message goes, as the outbox keeps it; of several devices all of them, as JSON."""
        if self.channel == EMAIL:
            return ascii_address(self.email or "")
        if self.channel in OWN_PAGES:
            return self.customer_id
        usable = sorted(self.addresses or ())
        if not usable:
            return None
        return json.dumps(usable, ensure_ascii=False) if self.channel in DEVICES else usable[0]

    @property
    def unreachable(self) -> str | None:
        """The reason why there is no address, or none that may be used."""
        if self.address is None:
            return "suppressed_address" if self.good else "address"
        return "suppressed_address" if self.blocked else None


@dataclass(frozen=True, slots=True)
class Planned(Standing):
    """A planned message with its customer's address and context; times are UTC instants.

    ``content``: what it says; None when that is gone. ``lacks_code``: it prints a promocode, and he has none.
    """

    message_key: str
    version: int
    step: int
    template: str
    content: Content | None
    due_at: datetime
    expires_at: datetime
    closes_at: datetime | None
    lacks_code: bool
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads planned messages for templates of one project."""

    warehouse: Warehouse
    fields: FieldsSpec
    metrics: MetricsSpec
    shop: str

    def planned(
        self,
        contents: Contents,
        renderer: Renderer,
        as_of: date,
        subjects: Collection[str] = (),
        *,
        channel: str | None = None,
    ) -> Iterator[Planned]:
        """Every planned message as known on ``as_of``, by customer and key, in two joined statements for all.

        ``subjects``: other ones, which any letter may get; they print a promocode only where the template does.
        ``channel``: of this one alone. Asks the table ``place``, see ``look_up_addresses``.
        """
        read = (use for subject in subjects for use in renderer.uses_of(subject))
        more = [use for use in read if use.path[0] not in CODE]
        uses = {content: [*renderer.uses(content), *more] for content in contents.every()}
        each = {content: Needs.of(found, self.fields, self.metrics) for content, found in uses.items()}
        every = Needs.of(chain.from_iterable(uses.values()), self.fields, self.metrics)
        receipts = _grouped(self._lines(as_of)) if every.receipt else iter(())
        waiting = next(receipts, None)
        for batch in self.warehouse.batches(self._statement(every, as_of, channel), BATCH):
            reached = self._reached(batch)
            for row in batch:
                while waiting is not None and waiting[0] < row["customer_key"]:
                    waiting = next(receipts, None)
                receipt = waiting[1] if waiting is not None and waiting[0] == row["customer_key"] else None
                content = contents.of(row)
                reach = reached.get((row["customer_key"], row["channel"]), (None, None))
                known = {**row, "good": reach[0], "addresses": reach[1]}
                yield self._planned(known, content, each[content] if content else None, receipt)

    def _planned(
        self, row: Mapping[str, Any], content: Content | None, needs: Needs | None, receipt: dict[str, Any] | None
    ) -> Planned:
        context: dict[str, Any] = {
            "message": {"campaign": row["campaign"], "key": row["message_key"]},
            "shop": {"title": self.shop},
        }
        if needs is not None:
            context["customer"] = {key: row[f"customer.{key}"] for key in needs.customer}
            context["metric"] = {key: row[f"metric.{key}"] for key in needs.metric}
            scored = row["rfm.recency"] is not None
            context |= {"rfm": {key: row[f"rfm.{key}"] for key in RFM} if scored else None} if needs.rfm else {}
            context |= {"last_receipt": receipt} if needs.receipt else {}
            context |= {"trigger": data_of(row["trigger"])} if needs.trigger else {}
            context |= {key: row[key] for key in CODE} if needs.promocode else {}
        lacks = needs is not None and needs.promocode and row["promocode"] is None
        return Planned.of({**row, "content": content, "context": context, "lacks_code": lacks})

    def _reached(self, batch: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], tuple[bool, list[str] | None]]:
        """Addresses of a batch, by customer and channel; those of letters are columns of the customer."""
        keys = {row["customer_key"] for row in batch if row["channel"] != EMAIL}
        if not keys:
            return {}
        rows = self.warehouse.rows(statement("smc.send", "reached"), keys=sorted(keys))
        return {(key, channel): (good, addresses) for key, channel, good, addresses in rows}

    def _statement(self, needs: Needs, as_of: date, channel: str | None) -> exp.Expr:
        """The fixed statement with one column more per field or metric; their text is ours, see smc.config."""
        asked = sql(
            """select message_key, entry_key, step, greatest($as_of, cast(due_at as date)) as day
            from message where state = 'planned'""",
            as_of=as_of,
        )
        tree = sql(statement("smc.send", "planned"), codes=last_codes(asked), channel=channel)
        for column in columns_of(needs, self.fields, self.metrics, as_of):
            tree.append("expressions", column)
        return tree

    def _lines(self, as_of: date) -> Iterator[dict[str, Any]]:
        return chain.from_iterable(self.warehouse.batches(statement("smc.send", "last_receipt"), BATCH, as_of=as_of))


def look_up_addresses(warehouse: Warehouse, categories: Mapping[str, CategorySettings]) -> None:
    """Make ``place`` of those who have messages on their way by other channels than e-mail."""
    warehouse.run(statement("smc.send", "create_waiting_recipient"))
    permissions(warehouse, categories, ())


def columns_of(needs: Needs, fields: FieldsSpec, metrics: MetricsSpec, as_of: date) -> Iterator[exp.Expr]:
    """A column for each field and metric, named like ``customer.email``, over the aliases of ``planned.sql``."""
    profile, known = profile_fields(fields), catalog(metrics, fields)
    columns = [(f"customer.{key}", _of_day(profile[key].read, as_of)) for key in sorted(needs.customer)]
    columns += [(f"metric.{key}", _metric(known[key], as_of)) for key in sorted(needs.metric)]
    for alias, column in columns:
        yield exp.alias_(column, name(alias))


def dumps(context: Mapping[str, Any]) -> str:
    """A context as JSON; money and dates keep their types."""
    return json.dumps(context, default=_tagged, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> dict[str, Any]:
    """What ``dumps`` wrote."""
    return json.loads(text, object_hook=_untagged)  # type: ignore[no-any-return]  # a context is an object


def data_of(text: str | None) -> Any:
    """What a trigger knew; days and instants are written in one way alone, and read as such."""
    return _typed(json.loads(text, parse_float=Decimal)) if text else {}


def _typed(value: Any) -> Any:
    match value:
        case dict():
            return {key: _typed(part) for key, part in value.items()}
        case list():
            return [_typed(part) for part in value]
        case str() if _DAY.fullmatch(value) or _INSTANT.fullmatch(value):
            with suppress(ValueError):  # a text of the shop that only looks like a day
                return date.fromisoformat(value) if len(value) == _SHORT else datetime.fromisoformat(value)
    return value


def _of_day(text: str, as_of: date) -> exp.Expr:
    return sql(text, as_of=as_of) if "$as_of" in text else sql(text)


def _metric(metric: Metric, as_of: date) -> exp.Expr:
    """A metric's value; a category is shown by its title."""
    read = _of_day(metric.read, as_of)
    if metric.type != "category":
        return read
    return sql("(select k.name from category as k where k.category_key = $read)", read=read)


def _grouped(rows_of_all: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The last receipt of each customer, from its lines in order of customer and line."""
    for key, group in groupby(rows_of_all, key=lambda line: line["customer_key"]):
        rows: Sequence[dict[str, Any]] = list(group)
        receipt = {part: rows[0][part] for part in RECEIPT}
        lines = [{part: row[part] for part in LINE} for row in rows if row["line_no"] is not None]
        yield key, receipt | {"lines": lines}


def _tagged(value: Any) -> dict[str, str]:
    match value:
        case Decimal():
            return {"$decimal": str(value)}
        case datetime():
            return {"$instant": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
    raise TypeError(f"a context cannot hold {type(value).__name__}")


def _untagged(held: dict[str, Any]) -> Any:
    match held:
        case {"$decimal": text}:
            return Decimal(text)
        case {"$instant": text}:
            return datetime.fromisoformat(text)
        case {"$date": text}:
            return date.fromisoformat(text)
    return held

"""Every table that names customers, and how it follows a merge.

The list is made from the catalogue of the warehouse and the objects of smc: a table that nobody thought of stops a
merge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smc.errors import RunError
from smc.import_.read.reading import column
from smc.model.objects import OBJECTS, ObjectType
from smc.warehouse import Warehouse, statement

APART = "apart_"
"""Begin of the names of the tables with rows as they would be if nobody had been merged."""
CARRIED = {"receipt_line": ("receipt", "receipt_key"), "order_line": ("customer_order", "order_key")}
"""Lines follow their receipt or order."""
DERIVED = ("customer_metric", "customer_activity", "custom_metric", "customer_prediction", "rule_member", "watch_row")
"""What the next stages work out anew."""
_SCORED = {"rfm", "rfm_change", "rfm_touched"}
"""Scores: the next computation takes a merged customer out of them, and notes that he dropped out."""
_OTHER = {
    "customer_ident", "customer_touched", "segment_touched", "segment_member", "card_former",
    *CARRIED, *DERIVED, *_SCORED,
}  # fmt: skip
_MORE_FACTS = {
    "entry": ("entry_key",),
    "message": ("message_key",),
    "suppression": ("suppression_no",),
    "promocode_issue": ("entry_key", "step", "visit"),
    "promocode_seen": ("pool", "code"),
    "task": ("task_key",),
    "accrual": ("task_key",),
    "tag_change": ("tag", "added", "changed_on"),
    "tag_past": ("tag", "added_on", "removed_on"),
    "subscription_log": ("channel", "category", "state", "changed_at", "source", "wording"),
}
_BETTER = {
    "subscription": "case "
    "when 'no' in (m.state, s.state) and 'unknown' in (m.state, s.state) then m.state = 'no' "
    "when m.changed_at = s.changed_at then m.state = 'no' or m.state = 'unknown' and s.state = 'yes' "
    "else m.changed_at > s.changed_at end",
    "container": "coalesce(m.added_at > s.added_at, m.added_at is not null and s.added_at is null)",
}
_WIDER = {
    "control_member": "starts_on = case when s.starts_on is null or m.starts_on is null then null "
    "else least(s.starts_on, m.starts_on) end, ends_on = case when s.ends_on is null or m.ends_on is null then null "
    "else greatest(s.ends_on, m.ends_on) end",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A table whose rows have a key of their own: they change their customer, which ``owner`` names."""

    name: str
    key: tuple[str, ...]
    owner: str = "customer_key"

    def text(self, alias: str) -> str:
        """The key of a row as text."""
        parts = [f"{alias}.{column(name)}" for name in self.key]
        whole = parts[0] if len(parts) == 1 else f"row({', '.join(parts)})"
        return f"cast({whole} as varchar)"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A table with the customer in its key: where both have a row, one of them holds.

    ``key``: the other columns of the key. ``better``: SQL over ``m`` (merged) and ``s`` (survivor), when the merged
    one's row holds; otherwise the survivor's does. ``wider``: what the survivor's row becomes.
    """

    name: str
    key: tuple[str, ...]
    better: str | None = None
    wider: str | None = None

    @property
    def apart(self) -> str:
        return APART + self.name

    def same(self, one: str, other: str) -> str:
        """Whether two rows have the same key, the customer left aside."""
        return " and ".join(f"{one}.{column(n)} is not distinct from {other}.{column(n)}" for n in self.key) or "true"


@dataclass(frozen=True, slots=True)
class Tables:
    """Those that are there. ``keyed`` has the profile first."""

    keyed: tuple[Keyed, ...]
    facts: tuple[Fact, ...]
    carried: Mapping[str, tuple[str, str]] = field(default_factory=lambda: CARRIED)


def tables_of(warehouse: Warehouse) -> Tables:
    """All tables with customers. ``RunError`` when there is one of which smc does not know how to follow a merge."""
    there = {str(row[0]) for row in warehouse.rows(_query("tables_with_customers"))}
    marts = {f"mart_{name}": tuple(key) for name, key in warehouse.rows("select name, key from mart")}
    keyed = {table_of(item): keyed_of(item) for item in OBJECTS.values()}
    known = [found for found in keyed.values() if found is not None]
    known += [Keyed(name, key) for name, key in marts.items()]
    facts = [found for item in OBJECTS.values() if (found := fact_of(item)) is not None]
    facts += [Fact(name, key) for name, key in _MORE_FACTS.items()]
    strange = there - {one.name for one in known} - {one.name for one in facts} - _OTHER
    if strange:
        raise RunError(
            f"smc does not know how {', '.join(sorted(strange))} follows when customers are merged",
            remedy="A table of your own must not have a column customer_key; keep it in another file.",
        )
    known.sort(key=lambda one: one.name != "customer")
    return Tables(
        tuple(one for one in known if one.name in there), tuple(one for one in facts if one.name in there)
    )  # fmt: skip


def table_of(item: ObjectType) -> str:
    return item.table or item.name


def keyed_of(item: ObjectType) -> Keyed | None:
    """The object as a table with the customer in its key, if it is one."""
    mine = _owner(item)
    if mine is None or mine not in item.key:
        return None
    name, key = table_of(item), tuple(_column(item, one) for one in item.key if one != mine)
    return Keyed(name, key, _BETTER.get(name), _WIDER.get(name))


def fact_of(item: ObjectType) -> Fact | None:
    """The object as a table whose rows name a customer, if it is one."""
    mine = _owner(item)
    if mine is None or mine in item.key:
        return None
    return Fact(table_of(item), tuple(_column(item, one) for one in item.key), _column(item, mine))


def _owner(item: ObjectType) -> str | None:
    return next((one.name for one in item.fields if one.refers == "customer"), None)


def _column(item: ObjectType, name: str) -> str:
    return next(one.column for one in item.fields if one.name == name)


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)

"""Which customers are probably one: groups by rules, what keeps each from being merged, and who shares a weak sign.

Temporary tables: ``smc_same`` (values that several customers share: sign, number of the value, customer), ``smc_link``
(the same for rules), ``smc_group`` (group, its customers, the survivor first), ``smc_verdict`` (group, why it is not
merged, rules, signs). Work follows the customers who share something, not all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from smc.config.specs.duplicates import CONTACTS, DuplicateRule, DuplicatesSpec
from smc.import_.duplicates.signs import rows_of, value_of
from smc.import_.read.reading import quoted
from smc.warehouse import Warehouse, statement


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who may be one, by their ids, the proposed survivor first. ``signs`` agree in all or some of them.

    ``why`` they are not merged: too_large, conflict, apart (a person parted them), weak (no rule says so); None when a
    merge would take them.
    """

    ids: tuple[str, ...]
    rules: tuple[str, ...]
    signs: tuple[str, ...]
    why: str | None

    @property
    def survivor(self) -> str:
        return self.ids[0]


@dataclass(frozen=True, slots=True)
class Found:
    """Groups by what becomes of them, and the first of the groups."""

    groups: int
    customers: int
    too_large: int
    conflict: int
    apart: int
    weak: int
    first: tuple[Group, ...]


def find(warehouse: Warehouse, spec: DuplicatesSpec, *, rule: str | None = None, most: int | None = None) -> Found:
    """Look only. ``rule``: by this one alone, and then without weak signs; ``most``: so many groups in ``first``."""
    group(warehouse, spec, rule)
    if rule is None:
        _weak(warehouse)
    rank(warehouse, spec)
    counts = {why: (groups, customers) for why, groups, customers in warehouse.rows(_query("verdict_counts"))}
    groups, customers = counts.get(None, (0, 0))
    kept = {why: counts.get(why, (0, 0))[0] for why in ("too_large", "conflict", "apart", "weak")}
    return Found(groups, customers, **kept, first=tuple(_groups(warehouse, most)))


def group(warehouse: Warehouse, spec: DuplicatesSpec, rule: str | None = None) -> None:
    """Fill ``smc_group`` (not yet ranked) and ``smc_verdict`` by the rules."""
    rules = {name: one for name, one in spec.rules.items() if rule in {None, name}}
    _same(warehouse, spec, rules.values())
    warehouse.run(_query("link_clear"))
    for name, one in rules.items():
        _link(warehouse, spec, name, one)
    _join(warehouse, spec)


# ---- who shares what


def _same(warehouse: Warehouse, spec: DuplicatesSpec, rules: Collection[DuplicateRule]) -> None:
    """Values shared by several customers, of the signs that rules begin with and of phone, e-mail and card."""
    warehouse.run(_query("same_clear"))
    for sign in dict.fromkeys(("card", *CONTACTS, *(_first(one, spec) for one in rules))):
        rows = rows_of(sign, spec)
        warehouse.run(
            f"create or replace temp table smc_twice as select hash(v) as h from ({rows}) "
            "group by h having count(*) > 1"
        )
        if warehouse.value("select count(*) from smc_twice"):
            warehouse.run(
                f"insert into smc_same select {quoted(sign)}, dense_rank() over (order by v), customer_key, "
                f"count(*) over (partition by v) as n from ({rows}) where hash(v) in (from smc_twice) qualify n > 1"
            )


def _first(rule: DuplicateRule, spec: DuplicatesSpec) -> str:
    """The sign that leaves fewest customers: a strong one, else a contact."""
    return next(sign for group in (("card",), spec.strong, CONTACTS) for sign in group if sign in rule.same)


def _link(warehouse: Warehouse, spec: DuplicatesSpec, name: str, rule: DuplicateRule) -> None:
    """Customers in whom all signs of a rule agree; groups that are too large are no link."""
    first = _first(rule, spec)
    others = [sign for sign in rule.same if sign != first]
    cards = "" if "card" not in others else f" join ({rows_of('card', spec)}) k on k.customer_key = c.customer_key"
    values = ["k.v" if sign == "card" else value_of(sign, spec) for sign in others]
    filled = "".join(f" and {value} is not null" for value in values)
    parts = ", ".join(["s.same_no", *values])
    signs = ", ".join(quoted(sign) for sign in rule.same)
    warehouse.run(
        f"insert into smc_link select {quoted(name)}, [{signs}], "
        f"dense_rank() over (order by {parts}) + (select coalesce(max(link_no), 0) from smc_link), c.customer_key, "
        f"count(*) over (partition by {parts}) as agreed from smc_same s "
        f"join customer c on c.customer_key = s.customer_key{cards} "
        f"where s.sign = {quoted(first)}{filled} qualify agreed > 1"
    )


# ---- groups


def _join(warehouse: Warehouse, spec: DuplicatesSpec) -> None:
    """Links that meet in a customer are one group: the smallest key spreads until nothing changes."""
    warehouse.run(_query("label_begin"), largest=spec.largest_group)
    while True:
        warehouse.run(_query("label_spread"), largest=spec.largest_group)
        changed = warehouse.value(_query("label_changed"))
        warehouse.run(_query("label_keep"))
        if not changed:
            break
    warehouse.run(_query("group_build"), largest=spec.largest_group)
    differs = " or ".join(f"count(distinct {value_of(sign, spec)}) > 1" for sign in spec.conflict) or "false"
    warehouse.run(
        "create or replace temp table smc_conflict as select g.group_no from smc_group g "
        f"join customer c on c.customer_key = g.customer_key group by g.group_no having {differs}"
    )
    warehouse.run(_query("group_apart"))
    warehouse.run(_query("verdict_build"), largest=spec.largest_group)


def _weak(warehouse: Warehouse) -> None:
    """Customers who share a phone, an e-mail or a card, of whom no rule says that they are one."""
    for name in ("weak_group", "weak_members", "weak_verdict"):
        warehouse.run(_query(name))


def rank(warehouse: Warehouse, spec: DuplicatesSpec) -> None:
    """Order the customers of each group (``smc_ranked``): who has a profile and is active comes first, then as the
    project says, then the lower id. Number 1 is the survivor."""
    order = {
        "first_registered": "c.registered_at asc nulls last",
        "last_registered": "c.registered_at desc nulls last",
        "most_receipts": "coalesce(r.receipts, 0) desc",
    }[spec.survivor]
    receipts = ""
    if spec.survivor == "most_receipts":
        warehouse.run(_query("receipts_count"))
        receipts = " left join smc_receipts r on r.customer_key = g.customer_key"
    warehouse.run(
        "create or replace temp table smc_ranked as select g.group_no, g.customer_key, row_number() over ("
        "partition by g.group_no order by c.customer_key is null, coalesce(c.active, true) desc, "
        f"{order}, i.customer_id) as place from smc_group g join customer_ident i on i.customer_key = g.customer_key "
        f"left join customer c on c.customer_key = g.customer_key{receipts}"
    )


def _groups(warehouse: Warehouse, most: int | None) -> Iterator[Group]:
    for ids, rules, signs, why in warehouse.rows(_query("groups"), most=2**62 if most is None else most):
        yield Group(tuple(ids), tuple(rules), tuple(signs), why)


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)

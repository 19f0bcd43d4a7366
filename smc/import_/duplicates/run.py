"""Merging by rule and by hand; both leave a log, and ``part.py`` undoes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.config.specs.duplicates import DuplicatesSpec
from smc.errors import UsageError
from smc.import_.duplicates.apply import Round, make_apart
from smc.import_.duplicates.find import group, rank
from smc.import_.duplicates.tables import tables_of
from smc.warehouse import Warehouse, statement

BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class MergeResult:
    """``merged`` customers are part of ``survivors`` now. ``accounts``: bonus accounts of merged customers that were
    not added, for the survivor has one of that name; ``not_merged``: groups that only a person can judge."""

    merged: int
    survivors: int
    accounts: int
    not_merged: int


def merge_by_rules(
    warehouse: Warehouse, spec: DuplicatesSpec, *, as_of: date, rule: str | None = None, dry_run: bool = False
) -> MergeResult:
    """Merge every group that nothing speaks against, in one transaction. ``UsageError`` for an unknown rule."""
    known_rule(spec, rule)
    group(warehouse, spec, rule)
    rank(warehouse, spec)
    warehouse.run(_query("plan_groups"))
    kept = int(warehouse.value("select count(*) from smc_verdict where why is not null"))
    return _merge(warehouse, spec, as_of, kept, dry_run=dry_run)


def merge_by_hand(
    warehouse: Warehouse, spec: DuplicatesSpec, one: str, other: str, *, as_of: date, dry_run: bool = False
) -> MergeResult:
    """Merge two customers because a person says so; who survives, the project says. ``UsageError`` for unknown ids,
    and when both are one already."""
    keys = [known_customer(warehouse, name) for name in (one, other)]
    if keys[0] == keys[1]:
        raise UsageError(f"'{one}' and '{other}' are one customer already")
    warehouse.run(_query("group_by_hand"), keys=keys)
    rank(warehouse, spec)
    warehouse.run(_query("plan_by_hand"), rule=BY_HAND)
    return _merge(warehouse, spec, as_of, 0, dry_run=dry_run)


def known_rule(spec: DuplicatesSpec, rule: str | None) -> None:
    """``UsageError`` when the project has no such rule."""
    if rule is not None and rule not in spec.rules:
        there = ", ".join(spec.rules) or "none"
        raise UsageError(f"duplicates.yaml has no rule '{rule}'", remedy=f"Its rules: {there}.")


def known_customer(warehouse: Warehouse, customer_id: str) -> int:
    """The key of a customer, of the survivor where he was merged. ``UsageError`` for an id never seen."""
    found = warehouse.value(_query("key_of_id"), id=customer_id)
    if found is None:
        raise UsageError(f"no customer has the id '{customer_id}'", remedy="Ids are text: 00123 is not 123.")
    return int(found)


def _merge(warehouse: Warehouse, spec: DuplicatesSpec, as_of: date, kept: int, *, dry_run: bool) -> MergeResult:
    """Work off ``smc_plan`` in rounds: in each, a survivor takes in one customer."""
    merged, survivors, rounds = warehouse.rows(_query("plan_counts"))[0]
    if dry_run or not merged:
        return MergeResult(int(merged), int(survivors), 0, kept)
    tables, accounts = tables_of(warehouse), 0
    with warehouse.transaction():
        make_apart(warehouse, tables)
        for number in range(1, int(rounds) + 1):
            warehouse.run(_query("pair_of_round"), round=number)
            warehouse.run(_query("merge_log"), as_of=as_of)
            accounts += Round(warehouse, tables, spec, as_of).run()
    return MergeResult(int(merged), int(survivors), accounts, kept)


def _query(name: str) -> str:
    return statement("smc.import_.duplicates", name)

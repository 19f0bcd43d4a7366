"""The scan of what was bought together: several things on one paid receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.model.facts import Fact
from smc.segment.atoms import BoughtTogether, Item
from smc.segment.bits import bit_ors, ends, places, since_any
from smc.segment.scan_bought import joined, line_tests, products, special_receipts
from smc.warehouse import sql

_ITEMS = """category_key bigint, product_key bigint, brand varchar, store_id varchar, since date, until date,
counts boolean, rule bigint, quantity_low decimal(38, 6), quantity_high decimal(38, 6), amount_low decimal(38, 6),
amount_high decimal(38, 6)"""
_RULES = "asked bigint, receipts_low decimal(38, 6), receipts_high decimal(38, 6)"

_TOGETHER = """
with atom as ($items),
atom_product as ($products),
special as (
    select receipt_key, store_id, status from receipt where day <= $as_of and $receipt_since and $stores
),
matched as (
    select t.customer_key, t.receipt_key, ap.atom, sum(t.quantity) as quantity, sum(t.amount) as amount
    from receipt_line t
    join atom_product ap on ap.product_key = t.product_key
    left join special s on s.receipt_key = t.receipt_key
    $joins
    where t.counted and t.customer_key is not null and t.day <= $as_of and $since
        and coalesce(s.status, 'paid') <> 'returned'
        and (ap.since is null or t.day >= ap.since)
        and (ap.until is null or t.day <= ap.until)
        and (ap.store_id is null or ap.store_id = s.store_id)
        and $tests
    group by t.customer_key, t.receipt_key, ap.atom
    having max(case when t.quantity < 0 or t.amount < 0 then 0 else 1 end) = 1
),
whole as (
    select m.customer_key, m.receipt_key, i.rule, count(*) as asked
    from matched m
    join atom i on i.atom = m.atom
    where (i.quantity_low is null or m.quantity >= i.quantity_low)
        and (i.quantity_high is null or m.quantity <= i.quantity_high)
        and (i.amount_low is null or m.amount >= i.amount_low)
        and (i.amount_high is null or m.amount <= i.amount_high)
    group by m.customer_key, m.receipt_key, i.rule
),
rule as ($rules),
reached as (
    select w.customer_key, w.rule, count(*) as receipts
    from whole w
    join rule r on r.atom = w.rule
    where w.asked = r.asked
    group by w.customer_key, w.rule
)
select t.customer_key, $bits
from reached t join rule a on a.atom = t.rule
where (a.receipts_low is null or t.receipts >= a.receipts_low)
    and (a.receipts_high is null or t.receipts <= a.receipts_high)
group by t.customer_key
"""


def together_scan(atoms: Sequence[BoughtTogether], as_of: date, fact: Fact) -> exp.Expr:
    """Bits of the customers with receipts that have all items of an atom; one line may be two of its items."""
    pairs = [(number, atom, item) for number, atom in enumerate(atoms) for item in atom.items]
    items = [item for _, _, item in pairs]
    tests = [item.tests for item in items]
    days = [atom.since for atom in atoms]
    return sql(
        joined(_TOGETHER, tests, fact).replace("$bits", bit_ors(len(atoms))),
        items=places(_ITEMS, [_item_row(*pair) for pair in pairs]),
        rules=places(_RULES, [(sql("$v", v=len(atom.items)), *ends(atom.receipts)) for atom in atoms]),
        products=products(items), stores=special_receipts(atoms), as_of=as_of, tests=line_tests(tests, fact),
        since=since_any("t.day", days), receipt_since=since_any("day", days),
    )  # fmt: skip


def _item_row(number: int, atom: BoughtTogether, item: Item) -> tuple[exp.Expr, ...]:
    asked = (item.category, item.product, item.brand, atom.store, atom.since, atom.until, True, number)
    return (*(sql("$v", v=value) for value in asked), *ends(item.quantity), *ends(item.amount))

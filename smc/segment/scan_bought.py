"""Scans of what was bought: receipts as wholes, and lines joined with the atoms that ask for their products."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.model.facts import Fact
from smc.segment.atoms import BoughtLines, BoughtReceipts, BoughtTogether, FieldTest, Item
from smc.segment.bits import bit_ors, ends, flag_words, named, places, since_any, within
from smc.segment.operators import field_test, needs_of
from smc.segment.operators import joined as joins_of
from smc.warehouse import all_of, any_of, sql


def receipt_scan(atoms: Sequence[BoughtReceipts], as_of: date) -> exp.Expr:
    """Receipts counted and summed once per store and window asked for; no row is multiplied."""
    slices = slices_of(atoms)
    totals = [total for index, one in enumerate(slices) for total in _slice_totals(index, *one)]
    reached = [_receipts_reached(atom, slices.index(slice_of(atom))) for atom in atoms]
    counted = sql(
        "status in ('paid', 'returned') and customer_key is not null and day <= $as_of and $since",
        as_of=as_of, since=since_any("day", [atom.since for atom in atoms]),
    )  # fmt: skip
    total = exp.select("customer_key", *totals).from_("receipt").where(counted).group_by("customer_key")
    return exp.select("customer_key").select(*flag_words(reached), copy=False).from_("total").with_("total", as_=total)


Slice = tuple[str | None, date | None, date | None]
"""Store, first and last day."""


def slice_of(atom: BoughtReceipts) -> Slice:
    """Receipts that are counted in the columns ``n`` and ``t`` of the slice's number."""
    return atom.store, atom.since, atom.until


def slices_of(atoms: Sequence[BoughtReceipts]) -> tuple[Slice, ...]:
    """Each once, in the order of their numbers."""
    return tuple(dict.fromkeys(slice_of(atom) for atom in atoms))


def _slice_totals(index: int, store: str | None, since: date | None, until: date | None) -> tuple[exp.Expr, exp.Expr]:
    conditions = [] if since is None else [sql("day >= $v", v=since)]
    conditions += [] if until is None else [sql("day <= $v", v=until)]
    conditions += [] if store is None else [sql("coalesce(store_id = $v, false)", v=store)]
    inside = all_of(conditions)
    return (
        named(sql("sum(case when status = 'paid' and $inside then 1 else 0 end)", inside=inside), f"n{index}"),
        named(sql("sum(case when $inside then total else 0 end)", inside=inside), f"t{index}"),
    )


def _receipts_reached(atom: BoughtReceipts, index: int) -> exp.Expr:
    receipts, amount = exp.column(f"n{index}"), exp.column(f"t{index}")
    return all_of([sql("$n >= 1", n=receipts), *within(receipts, atom.receipts), *within(amount, atom.amount)])


def line_scan(atoms: Sequence[BoughtLines], as_of: date, fact: Fact) -> exp.Expr:
    """Lines joined with the atoms that ask for their product; totals per customer and atom; reached atoms as bits.

    Lines are first added up per receipt only for atoms that count receipts; for the others one paid receipt is
    all that has to be known. A line that takes something back is in sums alone.
    """
    return sql(
        joined(_LINES, [atom.tests for atom in atoms], fact).replace("$bits", bit_ors(len(atoms))),
        places=places(_LINE_COLUMNS, [_line_row(atom) for atom in atoms]),
        products=products(atoms), stores=special_receipts(atoms), as_of=as_of,
        since=since_any("t.day", [atom.since for atom in atoms]),
        receipt_since=since_any("day", [atom.since for atom in atoms]),
        tests=line_tests([atom.tests for atom in atoms], fact),
    )  # fmt: skip


_LINE_COLUMNS = """category_key bigint, product_key bigint, brand varchar, store_id varchar, since date,
until date, counts boolean, receipts_low decimal(38, 6), receipts_high decimal(38, 6), quantity_low decimal(38, 6),
quantity_high decimal(38, 6), amount_low decimal(38, 6), amount_high decimal(38, 6)"""

_LINES = """
with atom as ($places),
atom_product as ($products),
special as (
    select receipt_key, store_id, status from receipt where day <= $as_of and $receipt_since and $stores
),
matched as (
    select
        t.customer_key,
        ap.atom,
        case when ap.counts then t.receipt_key end as receipt_key,
        max(case when s.status = 'returned' or t.quantity < 0 or t.amount < 0 then 0 else 1 end) as paid,
        sum(t.quantity) as quantity,
        sum(t.amount) as amount
    from receipt_line t
    join atom_product ap on ap.product_key = t.product_key
    left join special s on s.receipt_key = t.receipt_key
    $joins
    where t.counted and t.customer_key is not null and t.day <= $as_of and $since
        and (ap.since is null or t.day >= ap.since)
        and (ap.until is null or t.day <= ap.until)
        and (ap.store_id is null or ap.store_id = s.store_id)
        and $tests
    group by t.customer_key, ap.atom, case when ap.counts then t.receipt_key end
),
total as (
    select customer_key, atom, sum(paid) as receipts, sum(quantity) as quantity, sum(amount) as amount
    from matched
    group by customer_key, atom
)
select t.customer_key, $bits
from total t join atom a on a.atom = t.atom
where t.receipts >= 1
    and (a.receipts_low is null or t.receipts >= a.receipts_low)
    and (a.receipts_high is null or t.receipts <= a.receipts_high)
    and (a.quantity_low is null or t.quantity >= a.quantity_low)
    and (a.quantity_high is null or t.quantity <= a.quantity_high)
    and (a.amount_low is null or t.amount >= a.amount_low)
    and (a.amount_high is null or t.amount <= a.amount_high)
group by t.customer_key
"""


def _line_row(atom: BoughtLines) -> tuple[exp.Expr, ...]:
    asked = (atom.category, atom.product, atom.brand, atom.store, atom.since, atom.until, bool(atom.receipts))
    bounds = (atom.receipts, atom.quantity, atom.amount)
    return (*(sql("$v", v=value) for value in asked), *(end for pair in bounds for end in ends(pair)))


def line_tests(tests: Sequence[Sequence[FieldTest]], fact: Fact) -> exp.Expr:
    """What a line itself must be, of the atoms that ask for it; ``tests`` by the number of the atom."""
    return all_of([
        sql("(ap.atom <> $at or $held)", at=at, held=all_of([field_test(test, fact) for test in one]))
        for at, one in enumerate(tests)
        if one
    ])  # fmt: skip


def joined(text: str, tests: Sequence[Sequence[FieldTest]], fact: Fact) -> str:
    """The text with the joins that the tests need in the place of ``$joins``."""
    every = [test for one in tests for test in one]
    return text.replace("$joins", joins_of(fact, needs_of(fact, [test.field for test in every]), every))


def products(atoms: Sequence[BoughtLines | Item]) -> exp.Expr:
    """Products of each atom. One branch for each way of naming products, so that each is a hash join."""
    branches = {
        "category": _BY_CATEGORY if any(atom.category is not None for atom in atoms) else None,
        "product": _BY_PRODUCT if any(_by_product(atom) for atom in atoms) else None,
        "brand": _BY_BRAND if any(_by_brand(atom) for atom in atoms) else None,
        "rest": _BY_NOTHING if any(_by_nothing(atom) for atom in atoms) else None,
    }
    return sql(" union all ".join(branch for branch in branches.values() if branch))


def _by_product(atom: BoughtLines | Item) -> bool:
    return atom.category is None and atom.product is not None


def _by_brand(atom: BoughtLines | Item) -> bool:
    return atom.category is None and atom.product is None and atom.brand is not None


def _by_nothing(atom: BoughtLines | Item) -> bool:
    return atom.category is None and atom.product is None and atom.brand is None


_COLUMNS = "select p.product_key, a.atom, a.since, a.until, a.store_id, a.counts"
_BY_CATEGORY = """
select distinct g.product_key, a.atom, a.since, a.until, a.store_id, a.counts
from atom a
join (
    select ancestor_key, category_key from category_ancestor
    union
    select category_key as ancestor_key, category_key from category_ident
) c on c.ancestor_key = a.category_key
join (
    select product_key, category_key from product
    union all
    select product_key, category_key from product_category
) g on g.category_key = c.category_key
left join product p on p.product_key = g.product_key
where (a.product_key is null or a.product_key = g.product_key) and (a.brand is null or a.brand = p.brand)"""
"""Once for a product, whatever its places in the classifiers."""
_BY_PRODUCT = f"""{_COLUMNS}
from atom a
join product_ident p on p.product_key = a.product_key
left join product d on d.product_key = p.product_key
where a.category_key is null and (a.brand is null or a.brand = d.brand)"""
_BY_BRAND = f"""{_COLUMNS}
from atom a
join product p on p.brand = a.brand
where a.category_key is null and a.product_key is null"""
_BY_NOTHING = f"""{_COLUMNS}
from atom a
cross join product_ident p
where a.category_key is null and a.product_key is null and a.brand is null"""


def special_receipts(atoms: Sequence[BoughtLines | BoughtTogether]) -> exp.Expr:
    """Receipts of which a line must know more than it carries: returned ones, and those of the stores named."""
    stores = sorted({atom.store for atom in atoms if atom.store is not None})
    returned = sql("status = 'returned'")
    return any_of([returned, sql("store_id in $stores", stores=stores)]) if stores else returned

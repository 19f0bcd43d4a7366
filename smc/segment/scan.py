"""Atoms over one table → one scan that leaves a bitset per customer: ``customer_key, w0, w1, …``.

Each word is a BIGINT with at most ``WORD_BITS`` bits, so that shifting and or-ing mean the same on every engine.
The statements stay in the subset that sqlglot carries to Spark: see design.md. Day bounds are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlglot import exp

from smc.segment.atoms import Atom, BoughtLines, BoughtReceipts, Bounds, Permission, Tagged
from smc.warehouse import all_of, any_of, name, sql

WORD_BITS = 62
"""Bits in a word; the sign of a BIGINT and one more are left alone."""

_A = TypeVar("_A", Tagged, Permission, BoughtLines, BoughtReceipts)


@dataclass(frozen=True, slots=True)
class Scan:
    """``query`` gives the bitset of each customer with any bit set; ``atoms`` are numbered by their place."""

    table: str
    query: exp.Expr
    atoms: tuple[Atom, ...]


def scans(atoms: Iterable[Atom], as_of: date) -> tuple[Scan, ...]:
    """One scan for each table with many rows per customer that the atoms need."""
    every = tuple(atoms)
    found = (
        _scan("segment_tag", tag_scan, _of(every, Tagged), as_of),
        _scan("segment_permission", permission_scan, _of(every, Permission), as_of),
        _scan("segment_receipt", receipt_scan, _of(every, BoughtReceipts), as_of),
        _scan("segment_line", line_scan, _of(every, BoughtLines), as_of),
    )
    return tuple(scan for scan in found if scan is not None)


def _of(atoms: Sequence[Atom], kind: type[_A]) -> tuple[_A, ...]:
    return tuple(atom for atom in atoms if isinstance(atom, kind))


def _scan(
    table: str, build: Callable[[Sequence[_A], date], exp.Expr], atoms: tuple[_A, ...], as_of: date
) -> Scan | None:
    return Scan(table, build(atoms, as_of), atoms) if atoms else None


def place(index: int) -> tuple[int, int]:
    """Word and bit of the atom with this number."""
    return index // WORD_BITS, 1 << (index % WORD_BITS)


def words(count: int) -> range:
    """Numbers of the words that hold ``count`` bits; at least one."""
    return range(max(1, -(-count // WORD_BITS)))


def holds(table: str, index: int) -> exp.Expr:
    """True when the atom with this number is set in the joined row of ``table``; a customer without a row has none."""
    word, bit = place(index)
    return sql("coalesce(($word & $bit) <> 0, false)", word=exp.column(f"w{word}", table=table), bit=bit)


def named(value: exp.Expr, column: str) -> exp.Expr:
    """The value as a column of a select."""
    return exp.Alias(this=value, alias=exp.to_identifier(column))


def number(value: Decimal | int) -> exp.Expr:
    """A number with all its digits; never in the notation of a floating point number."""
    return sql(format(value, "f"))


def tag_scan(atoms: Sequence[Tagged], as_of: date) -> exp.Expr:
    """Tags of each customer as bits."""
    places = _places("tag varchar", [(sql("$v", v=atom.tag),) for atom in atoms])
    return sql(
        """
        with atom as ($places)
        select t.customer_key, $bits
        from (
            select customer_key, tag from tag_member where added_on <= $as_of
            union all
            select customer_key, tag from tag_past where added_on <= $as_of and removed_on > $as_of
        ) t join atom a on a.tag = t.tag
        group by t.customer_key
        """.replace("$bits", _bit_ors(len(atoms))),
        places=places, as_of=as_of,
    )  # fmt: skip


def permission_scan(atoms: Sequence[Permission], _: date) -> exp.Expr:
    """Stored permissions of each customer as bits."""
    rows = [tuple(sql("$v", v=text) for text in (atom.channel, atom.category, atom.state)) for atom in atoms]
    return sql(
        """
        with atom as ($places)
        select s.customer_key, $bits
        from subscription s
        join atom a on a.channel = s.channel and a.category = s.category and a.state = s.state
        group by s.customer_key
        """.replace("$bits", _bit_ors(len(atoms))),
        places=_places("channel varchar, category varchar, state varchar", rows),
    )


def receipt_scan(atoms: Sequence[BoughtReceipts], as_of: date) -> exp.Expr:
    """Receipts counted and summed once per store and window asked for; no row is multiplied."""
    slices = tuple(dict.fromkeys((atom.store, atom.since) for atom in atoms))
    totals = [total for index, one in enumerate(slices) for total in _slice_totals(index, *one)]
    reached = [_receipts_reached(atom, slices.index((atom.store, atom.since))) for atom in atoms]
    counted = sql(
        "status in ('paid', 'returned') and customer_key is not null and day <= $as_of and $since",
        as_of=as_of, since=_since_any("day", [since for _, since in slices]),
    )  # fmt: skip
    total = exp.select("customer_key", *totals).from_("receipt").where(counted).group_by("customer_key")
    return exp.select("customer_key").select(*flag_words(reached), copy=False).from_("total").with_("total", as_=total)


def _slice_totals(index: int, store: str | None, since: date | None) -> tuple[exp.Expr, exp.Expr]:
    conditions = [] if since is None else [sql("day >= $v", v=since)]
    conditions += [] if store is None else [sql("coalesce(store_id = $v, false)", v=store)]
    inside = all_of(conditions)
    return (
        named(sql("sum(case when status = 'paid' and $inside then 1 else 0 end)", inside=inside), f"n{index}"),
        named(sql("sum(case when $inside then total else 0 end)", inside=inside), f"t{index}"),
    )


def _receipts_reached(atom: BoughtReceipts, index: int) -> exp.Expr:
    receipts, amount = exp.column(f"n{index}"), exp.column(f"t{index}")
    return all_of([sql("$n >= 1", n=receipts), *within(receipts, atom.receipts), *within(amount, atom.amount)])


def within(figure: exp.Expr, bounds: Bounds) -> list[exp.Expr]:
    """Conditions that a figure lies between bounds, both included."""
    low = [] if bounds.low is None else [sql("$f >= $v", f=figure, v=number(bounds.low))]
    high = [] if bounds.high is None else [sql("$f <= $v", f=figure, v=number(bounds.high))]
    return low + high


def line_scan(atoms: Sequence[BoughtLines], as_of: date) -> exp.Expr:
    """Lines joined with the atoms that ask for their product; totals per customer and atom; reached atoms as bits.

    Lines are first added up per receipt only for atoms that count receipts; for the others one paid receipt is
    all that has to be known.
    """
    return sql(
        _LINES.replace("$bits", _bit_ors(len(atoms))),
        places=_places(_LINE_COLUMNS, [_line_row(atom) for atom in atoms]),
        products=_products(atoms), stores=_special_receipts(atoms), as_of=as_of,
        since=_since_any("l.day", [atom.since for atom in atoms]),
        receipt_since=_since_any("day", [atom.since for atom in atoms]),
    )  # fmt: skip


_LINE_COLUMNS = """category_key bigint, product_key bigint, brand varchar, store_id varchar, since date,
counts boolean, receipts_low decimal(38, 6), receipts_high decimal(38, 6), quantity_low decimal(38, 6),
quantity_high decimal(38, 6), amount_low decimal(38, 6), amount_high decimal(38, 6)"""

_LINES = """
with atom as ($places),
atom_product as ($products),
special as (
    select receipt_key, store_id, status from receipt where day <= $as_of and $receipt_since and $stores
),
matched as (
    select
        l.customer_key,
        p.atom,
        case when p.counts then l.receipt_key end as receipt_key,
        max(case when s.status = 'returned' then 0 else 1 end) as paid,
        sum(l.quantity) as quantity,
        sum(l.amount) as amount
    from receipt_line l
    join atom_product p on p.product_key = l.product_key
    left join special s on s.receipt_key = l.receipt_key
    where l.counted and l.customer_key is not null and l.day <= $as_of and $since
        and (p.since is null or l.day >= p.since)
        and (p.store_id is null or p.store_id = s.store_id)
    group by l.customer_key, p.atom, case when p.counts then l.receipt_key end
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
    bounds = (atom.receipts, atom.quantity, atom.amount)
    return (
        *(sql("$v", v=value) for value in (atom.category, atom.product, atom.brand, atom.store, atom.since)),
        sql("$v", v=bool(atom.receipts)),
        *(exp.null() if end is None else number(end) for pair in bounds for end in (pair.low, pair.high)),
    )


def _products(atoms: Sequence[BoughtLines]) -> exp.Expr:
    """Products of each atom. One branch for each way of naming products, so that each is a hash join."""
    branches = {
        "category": _BY_CATEGORY if any(atom.category is not None for atom in atoms) else None,
        "product": _BY_PRODUCT if any(_by_product(atom) for atom in atoms) else None,
        "brand": _BY_BRAND if any(_by_brand(atom) for atom in atoms) else None,
        "rest": _BY_NOTHING if any(_by_nothing(atom) for atom in atoms) else None,
    }
    return sql(" union all ".join(branch for branch in branches.values() if branch))


def _by_product(atom: BoughtLines) -> bool:
    return atom.category is None and atom.product is not None


def _by_brand(atom: BoughtLines) -> bool:
    return atom.category is None and atom.product is None and atom.brand is not None


def _by_nothing(atom: BoughtLines) -> bool:
    return atom.category is None and atom.product is None and atom.brand is None


_COLUMNS = "select p.product_key, a.atom, a.since, a.store_id, a.counts"
_BY_CATEGORY = f"""{_COLUMNS}
from atom a
join (
    select ancestor_key, category_key from category_ancestor
    union
    select category_key as ancestor_key, category_key from category_ident
) c on c.ancestor_key = a.category_key
join product p on p.category_key = c.category_key
where (a.product_key is null or a.product_key = p.product_key) and (a.brand is null or a.brand = p.brand)"""
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


def _special_receipts(atoms: Sequence[BoughtLines]) -> exp.Expr:
    """Receipts of which a line must know more than it carries: returned ones, and those of the stores named."""
    stores = sorted({atom.store for atom in atoms if atom.store is not None})
    returned = sql("status = 'returned'")
    return any_of([returned, sql("store_id in $stores", stores=stores)]) if stores else returned


def _since_any(column: str, days: Sequence[date | None]) -> exp.Expr:
    """The day before which nothing can count; always true when one atom looks back without limit."""
    bounds = [day for day in days if day is not None]
    return sql(f"{column} >= $v", v=min(bounds)) if len(bounds) == len(days) else exp.true()


def _places(columns: str, rows: Sequence[tuple[exp.Expr, ...]]) -> exp.Expr:
    """The atoms as a table: number, word, bit, and the columns given as ``name type``, cast whatever the rows hold."""
    schema = exp.Schema(expressions=_column_defs(f"atom bigint, word bigint, bit bigint, {columns}"))
    values = [
        exp.Tuple(expressions=[*(exp.Literal.number(item) for item in (index, *place(index))), *row])
        for index, row in enumerate(rows)
    ]
    names = [column.name for column in schema.expressions]
    table = exp.Values(
        expressions=values,
        alias=exp.TableAlias(this=name("v"), columns=[exp.to_identifier(column) for column in names]),
    )
    casts = [
        named(exp.Cast(this=exp.column(column.name, table="v"), to=column.kind), column.name)
        for column in schema.expressions
    ]
    return exp.select(*casts).from_(table)


def _column_defs(columns: str) -> list[exp.ColumnDef]:
    create = sql(f"create table t ({columns})")
    return list(create.find_all(exp.ColumnDef))


def _bit_ors(count: int) -> str:
    return ", ".join(f"bit_or(case when a.word = {word} then a.bit else 0 end) as w{word}" for word in words(count))


def flag_words(flags: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Booleans packed into words; bits differ, so adding them is or-ing them."""
    packed: list[exp.Expr] = []
    for word in words(len(flags)):
        bits = [(flag, place(index)[1]) for index, flag in enumerate(flags) if place(index)[0] == word]
        terms = [_bit_if(flag, bit) for flag, bit in bits]
        packed.append(named(exp.Cast(this=_sum(terms), to=exp.DataType.build("bigint")), f"w{word}"))
    return packed


def _bit_if(flag: exp.Expr, bit: int) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=flag, true=exp.Literal.number(bit))], default=exp.Literal.number(0))


def _sum(terms: Sequence[exp.Expr]) -> exp.Expr:
    total: exp.Expr = exp.Literal.number(0)
    for term in terms:
        total = exp.Add(this=total, expression=term)
    return total

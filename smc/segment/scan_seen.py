"""Scan of lines for atoms that ask only whether one was bought: no receipts counted, no sums, no store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.segment.atoms import BoughtLines, Bounds
from smc.segment.bits import named, places, since_any, words
from smc.segment.scan_bought import products
from smc.warehouse import all_of, any_of, sql

_COLUMNS = """category_key bigint, product_key bigint, brand varchar, store_id varchar, since date, until date,
counts boolean, span bigint"""
_SEEN = """
with atom as ($places),
atom_product as ($products),
mask as ($masks),
returned as (
    select receipt_key, 1 as back from receipt where day <= $as_of and $receipt_since and status = 'returned'
),
seen as (
    select t.customer_key
    from receipt_line t
    join mask k on k.product_key = t.product_key
    left join returned r on r.receipt_key = t.receipt_key
    where t.counted and t.customer_key is not null and t.day <= $as_of and $since and r.back is null
        and t.quantity >= 0 and t.amount >= 0
    group by t.customer_key
)
select * from seen where $some
"""
Span = tuple[date | None, date | None]
"""First and last day."""


def only_seen(atom: BoughtLines) -> bool:
    """Whether one line that matches is all that is asked for."""
    sums = (atom.receipts, atom.quantity, atom.amount)
    return all(bounds == Bounds() for bounds in sums) and atom.store is None and not atom.tests


def seen_scan(atoms: Sequence[BoughtLines], as_of: date) -> exp.Expr:
    """A mask of bits for each product and span of days, made once from the catalogue; of the lines of a customer these
    are or-ed. No line is multiplied by the atoms that ask for it."""
    spans = tuple(dict.fromkeys((atom.since, atom.until) for atom in atoms))
    query = sql(
        _SEEN,
        places=places(_COLUMNS, [_row(atom, spans) for atom in atoms]),
        products=products(atoms), masks=_masks(len(atoms), len(spans)), as_of=as_of,
        since=since_any("t.day", [atom.since for atom in atoms]),
        receipt_since=since_any("day", [atom.since for atom in atoms]),
        some=any_of([sql(f"w{word} <> 0") for word in words(len(atoms))]),
    )  # fmt: skip
    lines = next(cte.this for cte in query.find_all(exp.CTE) if cte.alias == "seen")
    lines.select(*(named(_word(word, spans), f"w{word}") for word in words(len(atoms))), copy=False)
    return query


def _row(atom: BoughtLines, spans: Sequence[Span]) -> tuple[exp.Expr, ...]:
    span = spans.index((atom.since, atom.until))
    values = (atom.category, atom.product, atom.brand, None, atom.since, atom.until, False, span)
    return tuple(sql("$v", v=value) for value in values)


def _masks(atoms: int, spans: int) -> exp.Expr:
    """The bits of the atoms that ask for each product, a column for each span and word."""
    query = exp.select("p.product_key").from_("atom_product as p").join("atom as a", on="a.atom = p.atom")
    for span in range(spans):
        for word in words(atoms):
            bits = sql(
                "bit_or(case when a.span = $span and a.word = $word then a.bit else 0 end)", span=span, word=word
            )
            query.select(named(bits, f"m{span}_{word}"), copy=False)
    return query.group_by("p.product_key")


def _word(word: int, spans: Sequence[Span]) -> exp.Expr:
    """An atom has one span, so bits of different spans differ, and adding them is or-ing them."""
    total: exp.Expr = exp.Literal.number(0)
    for number, span in enumerate(spans):
        mask = sql(
            "case when $inside then $mask else 0 end",
            inside=_inside(span),
            mask=exp.column(f"m{number}_{word}", table="k"),
        )
        total = exp.Add(this=total, expression=mask)
    return sql("bit_or($bits)", bits=total)


def _inside(span: Span) -> exp.Expr:
    since, until = span
    low = [] if since is None else [sql("t.day >= $v", v=since)]
    return all_of([*low, *([] if until is None else [sql("t.day <= $v", v=until)])])

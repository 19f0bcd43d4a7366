"""What one customer has, of the things that conditions ask for: values, figures of matching rows, states, buckets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlglot import exp

from smc.segment.atoms import Atom, BoughtReceipts, Compare, Permission, Sample, Tagged
from smc.segment.evaluate import Evaluation, read_value
from smc.segment.ground import Ground
from smc.segment.only import only
from smc.segment.resolve import Resolved, Scope
from smc.segment.scan import Scan, named
from smc.segment.words import value_words
from smc.warehouse import sql

_TAGGED = "(select max(t.added_on) from tag_member as t where t.customer_key = i.customer_key and t.tag = $tag)"
_STATE = """(select max(s.state) from subscription as s
    where s.customer_key = i.customer_key and s.channel = $channel and s.category = $category)"""

Readings = Mapping[Atom, str]


def readings(ground: Ground, resolved: Resolved, found: Evaluation, key: int, tables: frozenset[str]) -> Readings:
    """The words for what this customer has, for every atom that has something to show."""
    return {**_values(ground, resolved.scope, found, key), **_figures(ground, found.scans, key, tables)}


def _values(ground: Ground, scope: Scope, found: Evaluation, key: int) -> dict[Atom, str]:
    """Of atoms that read one value: all in one row, over the joins that the evaluation has already."""
    reads = {atom: read for atom in found.atoms if (read := _read(atom, scope)) is not None}
    if not reads:
        return {}
    inner = next(select for select in found.flags.find_all(exp.Select) if _is_profile(select)).copy()
    inner.set("expressions", [named(read, f"v{at}") for at, read in enumerate(reads.values())])
    row = ground.warehouse.rows(inner.where(sql("i.customer_key = $key", key=key)))
    return {atom: _said(atom, value) for atom, value in zip(reads, row[0], strict=True)} if row else {}


def _is_profile(select: exp.Select) -> bool:
    table = select.find(exp.From)
    return table is not None and isinstance(table.this, exp.Table) and table.this.name == "customer_ident"


def _read(atom: Atom, scope: Scope) -> exp.Expr | None:
    match atom:
        case Compare(source="metric", name=name) if scope.metrics[name].type == "category":
            read = read_value(atom, scope)
            return sql("(select coalesce(k.name, '') from category as k where k.category_key = $read)", read=read)
        case Compare():
            return read_value(atom, scope)
        case Sample(salt=salt):
            return sql("bucket_of($salt, i.customer_id)", salt=salt)
        case Tagged(tag=tag):
            return sql(_TAGGED, tag=tag)
        case Permission(channel=channel, category=category):
            return sql(_STATE, channel=channel, category=category)
        case _:
            return None


def _said(atom: Atom, value: Any) -> str:
    match atom:
        case Sample(below=below):
            return f"bucket {value} of 10000, asked below {below}"
        case Tagged():
            return "no such tag" if value is None else f"since {value_words(value)}"
        case Permission():
            return value or "unknown"
        case Compare(source="rfm", name=name):
            return f"{name} {value_words(value)}"
        case _:
            return value_words(value)


def _figures(ground: Ground, scans: Sequence[Scan], key: int, tables: frozenset[str]) -> dict[Atom, str]:
    """Of atoms that count and add up rows: what came out, whether the bounds hold or not."""
    told: dict[Atom, str] = {}
    for scan in scans:
        totals = next((cte for cte in scan.query.find_all(exp.CTE) if cte.alias == "total"), None)
        if totals is None:
            continue
        query = exp.select("*").from_("total")
        query.set("with_", scan.query.args["with_"].copy())
        rows = ground.warehouse.records(only(query.where(sql("customer_key = $key", key=key)), key, tables))
        told.update(_by_atom(scan, rows))
    return told


def _by_atom(scan: Scan, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Atom, str]]:
    if all(isinstance(atom, BoughtReceipts) for atom in scan.atoms):
        slices = tuple(dict.fromkeys((atom.store, atom.since) for atom in scan.atoms))  # type: ignore[union-attr] # see above
        for atom in scan.atoms:
            at = slices.index((atom.store, atom.since))  # type: ignore[union-attr] # the same
            row = rows[0] if rows else {}
            yield atom, value_words({"receipts": row.get(f"n{at}", 0), "amount": row.get(f"t{at}", 0)})
        return
    found = {row["atom"]: row for row in rows}
    for at, atom in enumerate(scan.atoms):
        row = found.get(at, {})
        asked = [field.name for field in fields(atom) if field.name in row or (not row and field.name in _FIGURES)]
        yield atom, value_words({name: row.get(name, 0) for name in asked})


_FIGURES = ("receipts", "quantity", "amount")

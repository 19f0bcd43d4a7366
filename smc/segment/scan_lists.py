"""Scans of lists that a customer is in or not: tags, permissions, addresses, control groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.segment.atoms import Addressed, Controlled, Permission, Sql, Stored, Tagged
from smc.segment.bits import bit_ors, places
from smc.warehouse import name, sql
from smc.warehouse.permitted import places_of


def tag_scan(atoms: Sequence[Tagged], as_of: date) -> exp.Expr:
    """Tags of each customer as bits."""
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
        """.replace("$bits", bit_ors(len(atoms))),
        places=places("tag varchar", [(sql("$v", v=atom.tag),) for atom in atoms]), as_of=as_of,
    )  # fmt: skip


_PAST = """(
    select
        customer_key, channel, category, state,
        row_number() over (
            partition by customer_key, channel, category
            order by
                case state when 'no' then 0 else 1 end, changed_at desc, case state when 'unknown' then 0 else 1 end
        ) as newest
    from (
        select
            customer_key, channel, category, state, changed_at,
            row_number() over (
                partition by customer_key, channel, category, case state when 'unknown' then 1 else 0 end
                order by changed_at desc, case state when 'no' then 0 else 1 end
            ) as nth
        from subscription_log
        where cast(changed_at as date) <= $as_of
    ) as l
    where nth = 1
)"""
"""Permissions of a past day, by the import's rule: the newest "yes" or "no" holds; "unknown" takes back a "yes"."""


def permission_scan(atoms: Sequence[Permission], as_of: date) -> exp.Expr:
    """Permissions of each customer as bits: those of now from their table, those of a past day from the log."""
    rows = [tuple(sql("$v", v=text) for text in (atom.channel, atom.category, atom.state)) for atom in atoms]
    past = any(atom.past for atom in atoms)
    query = """
        with atom as ($places)
        select s.customer_key, $bits
        from $source s
        join atom a on a.channel = s.channel and a.category = s.category and a.state = s.state
        where $newest
        group by s.customer_key
        """.replace("$bits", bit_ors(len(atoms)))
    return sql(
        query,
        places=places("channel varchar, category varchar, state varchar", rows),
        source=sql(_PAST, as_of=as_of) if past else name("subscription"),
        newest=sql("s.newest = 1") if past else exp.true(),
    )


def address_scan(atoms: Sequence[Addressed], _: date) -> exp.Expr:
    """Channels with a usable address as bits. What usable means is written in create_place.sql alone."""
    asked = places("channel varchar", [(sql("$v", v=atom.channel),) for atom in atoms])
    recipients = sql(
        """
        select c.customer_key, a.channel
        from customer c
        cross join $asked a
        where coalesce(c.active, true)
        """,
        asked=asked,
    )
    return sql(
        """
        with atom as ($places)
        select k.customer_key, $bits
        from $known k
        join atom a on a.channel = k.channel
        where k.usable
        group by k.customer_key
        """.replace("$bits", bit_ors(len(atoms))),
        places=asked, known=places_of(recipients),
    )  # fmt: skip


def control_scan(atoms: Sequence[Controlled], as_of: date) -> exp.Expr:
    """Control groups of each customer as bits. Entries of today count from tomorrow on."""
    return sql(
        """
        with atom as ($places)
        select g.customer_key, $bits
        from (
            select customer_key, control_group as name
            from control_member
            where coalesce(starts_on <= $as_of, true) and coalesce(ends_on >= $as_of, true)
            union all
            select customer_key, campaign from entry where arm = 'control' and entered_on < $as_of
        ) g join atom a on a.name = g.name
        group by g.customer_key
        """.replace("$bits", bit_ors(len(atoms))),
        places=places("name varchar", [(sql("$v", v=atom.group),) for atom in atoms]), as_of=as_of,
    )  # fmt: skip


def stored_scan(atoms: Sequence[Stored], _: date) -> exp.Expr:
    """Open stays of each customer as bits."""
    return sql(
        """
        with atom as ($places)
        select m.customer_key, $bits
        from segment_member m
        join atom a on a.segment = m.segment
        where m.left_on is null
        group by m.customer_key
        """.replace("$bits", bit_ors(len(atoms))),
        places=places("segment varchar", [(sql("$v", v=atom.segment),) for atom in atoms]),
    )


def sql_scan(atoms: Sequence[Sql], _: date) -> exp.Expr:
    """The customers of one fenced statement."""
    (atom,) = atoms
    return sql(
        """
        select i.customer_key, cast(1 as bigint) as w0
        from $query q
        join customer_ident i on i.customer_id = q.customer_id
        group by i.customer_key
        """,
        query=sql(atom.query),
    )

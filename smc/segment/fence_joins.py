"""Joins in SQL of a rule: a column ties each table to the others, so that no night runs over every pair of rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlglot import exp

from smc.config.days import Mistake

_REMEDY = "Write join … on a.customer_id = b.customer_id, or using (customer_id). A SELECT of one row needs none."
_EQUAL = (exp.EQ, exp.NullSafeEQ)
Sources = Mapping[str, Collection[str]]
"""Columns of each table behind FROM, by its alias."""


def check_tied(select: exp.Select, sources: Sources, single: Collection[str]) -> None:
    """Raises ``Mistake`` for a table that no equality ties to the others. ``single``: those of one row need none."""
    wanted = [alias for alias in sources if alias not in single]
    if len(wanted) < 2:  # noqa: PLR2004 - nothing to be tied to
        return
    ties = [*_using(select, sources), *_ties(_equalities(select), sources)]
    reached = {wanted[0]}
    while more := {alias for tie in ties if tie & reached for alias in tie} - reached:
        reached |= more
    for alias in wanted:
        if alias not in reached:
            said = "a SELECT behind FROM" if alias.startswith(" ") else f"'{alias}'"
            raise Mistake(f"{said} is tied to no other table by a column, so every row would meet every row", _REMEDY)


def _using(select: exp.Select, sources: Sources) -> Iterator[frozenset[str]]:
    """Joined tables come behind the first, in their order."""
    aliases, joins = list(sources), select.args.get("joins") or []
    for at, join in enumerate(joins, start=len(aliases) - len(joins)):
        for name in join.args.get("using") or ():
            before = [alias for alias in aliases[:at] if name.name in sources[alias]]
            yield frozenset((aliases[at], *before[:1]))


def _equalities(select: exp.Select) -> Iterator[exp.Expr]:
    """What must hold of every pair: tests behind ON and WHERE that are joined by AND."""
    where = select.args.get("where")
    waiting = [join.args.get("on") for join in select.args.get("joins") or ()] + [where.this if where else None]
    while waiting:
        one = waiting.pop()
        if isinstance(one, exp.Paren):
            waiting.append(one.this)
        elif isinstance(one, exp.And):
            waiting += [one.this, one.expression]
        elif isinstance(one, _EQUAL):
            yield one


def _ties(tests: Iterable[exp.Expr], sources: Sources) -> Iterator[frozenset[str]]:
    """Tables on the two sides of an equality, when each side is of others."""
    for test in tests:
        left, right = _tables(test.this, sources), _tables(test.expression, sources)
        if left and right and not left & right:
            yield left | right


def _tables(side: exp.Expr, sources: Sources) -> frozenset[str]:
    """Those whose columns stand in an expression; none when it asks a SELECT of its own."""
    if side.find(exp.Query) is not None:
        return frozenset()
    found = (_table(column, sources) for column in side.find_all(exp.Column))
    return frozenset(alias for alias in found if alias is not None)


def _table(column: exp.Column, sources: Sources) -> str | None:
    if column.table:
        return column.table if column.table in sources else None
    return next((alias for alias, columns in sources.items() if column.name in columns), None)

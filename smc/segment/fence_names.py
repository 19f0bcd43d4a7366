"""Names in SQL of a rule: what each table and column stands for, as this module reads it and not as a database may.

A name behind FROM is a step of a WITH that stands before and around it, or a table of the reference; nothing else. Both
are then written under names that are in no warehouse, so that the database has nothing left to choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from smc.config.days import Mistake
from smc.config.problem import nearest
from smc.segment.fence_forms import ONE, window_of
from smc.segment.fence_functions import BY_PLACE
from smc.segment.fence_joins import check_tied
from smc.segment.fence_tables import Table

TABLE = "smc_of_"
"""Before the names of tables when they are written out, so that none is taken for a table of the warehouse."""
STEP = "smc_with_"
"""Before the numbers of steps."""
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_MEANS = re.compile(r"current_.*|user|session_user|localtime|localtimestamp|rowid")
"""Names that mean something to the database where no column has them."""

Columns = tuple[str, ...]
Steps = Mapping[str, tuple[str, Columns]]
"""Steps that can be seen: how each is written out, and its columns."""


@dataclass(slots=True)
class _Select:
    """Where columns come from, by alias, and the names that the SELECT itself gives. ``open``: not of SEMI and ANTI."""

    sources: dict[str, Columns] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def has(self, column: exp.Column) -> bool:
        if column.table:
            return column.name in self.sources.get(column.table, ())
        return any(column.name in columns for columns in self.sources.values())

    @property
    def columns(self) -> Iterator[tuple[str, str]]:
        for alias, columns in self.sources.items():
            if alias not in self.hidden:
                yield from ((alias, name) for name in columns)


@dataclass(slots=True)
class Names:
    """``used``: tables that are read, in the order of first use. ``known``: columns that each table has here."""

    tables: Mapping[str, Table]
    known: Mapping[str, Columns]
    used: dict[str, None] = field(default_factory=dict)
    _steps: int = 0
    _single: set[str] = field(default_factory=set)
    _scopes: dict[int, _Select] = field(default_factory=dict)

    def read(self, tree: exp.Query) -> Columns:
        """Give every table the name under which it is written out; the columns that come out."""
        for part in tree.find_all(exp.Identifier):
            part.set("this", part.name.lower())
        found = self._query(tree, {}, ())
        if not self.used:
            raise Mistake("the SQL reads no table", ONE)
        for table in tree.find_all(exp.Table):
            if not table.name.startswith((TABLE, STEP)):
                raise Mistake(f"the table '{table.name}' stands where none is allowed", ONE)
        return found

    def _query(self, query: exp.Expr, steps: Steps, outer: tuple[_Select, ...]) -> Columns:
        steps = self._with(query, steps, outer)
        if isinstance(query, exp.Subquery):
            found = self._query(query.this, steps, outer)
        elif isinstance(query, exp.SetOperation):
            found = self._query(query.this, steps, outer)
            right = self._query(query.expression, steps, outer)
            if query.args.get("by_name"):
                found = tuple(dict.fromkeys((*found, *right)))
        elif isinstance(query, exp.Select):
            return self._select(query, steps, outer)
        else:
            raise Mistake(f"{type(query).__name__.upper()} is not allowed in the SQL of a rule", ONE)
        if order := query.args.get("order"):
            scope = _Select({"": found})
            self._parts(order, scope, steps, outer)
        _decide(query, found)
        return found

    def _with(self, query: exp.Expr, steps: Steps, outer: tuple[_Select, ...]) -> Steps:
        """The steps that can be seen below; each sees those before it, none sees itself."""
        own = query.args.get("with_")
        seen: dict[str, tuple[str, Columns]] = dict(steps)
        names: set[str] = set()
        for part in own.expressions if own is not None else ():
            name = self._plain(part.args["alias"].this)
            if name in self.tables:
                raise Mistake(f"'{name}' is the name of a table", "Give what stands behind WITH another name.")
            if name in names:
                raise Mistake(f"two steps behind WITH are named '{name}'", "Rename one.")
            names.add(name)
            columns = self._renamed(part, self._query(part.this, seen, outer))
            self._steps += 1
            seen[name] = (f"{STEP}{self._steps}", columns)
            part.args["alias"].set("this", exp.to_identifier(seen[name][0]))
            if self._gives_one(part.this):
                self._single.add(seen[name][0])
        return seen

    def _renamed(self, part: exp.Expr, columns: Columns) -> Columns:
        alias = part.args.get("alias")
        given = [self._plain(one) for one in alias.args.get("columns") or ()] if alias is not None else []
        if len(given) > len(columns):
            raise Mistake(f"{len(given)} names for {len(columns)} columns", "Name each column once.")
        return (*given, *columns[len(given) :])

    def _plain(self, name: exp.Identifier) -> str:
        if not _NAME.fullmatch(name.name) or name.name.startswith((TABLE, STEP)) or _MEANS.fullmatch(name.name):
            raise Mistake(f"'{name.name}' is no name that can be given here", "Use letters a to z, digits and _.")
        return str(name.name)

    def _select(self, select: exp.Select, steps: Steps, outer: tuple[_Select, ...]) -> Columns:
        scope = self._sources(select, steps, outer)
        found: list[str] = []
        for part in select.expressions:
            self._parts(part, scope, steps, outer)  # it sees the names that are given before it
            found += self._outputs(part, scope)
            scope.given |= {part.alias} if isinstance(part, exp.Alias) else set()
        for key, part in select.args.items():
            if key not in ("with_", "from_", "joins", "expressions"):
                for one in part if isinstance(part, list) else [part]:
                    self._parts(one, scope, steps, outer)
        _settle(select, scope)
        _decide(select, tuple(found))
        return tuple(found)

    def _sources(self, select: exp.Select, steps: Steps, outer: tuple[_Select, ...]) -> _Select:
        """Where the columns of a SELECT come from, and the conditions that join it."""
        scope = self._scopes[id(select)] = _Select()
        start = select.args.get("from_")
        joins = select.args.get("joins") or []
        single: set[str] = set()
        for part in ([start.this] if start is not None else []) + [join.this for join in joins]:
            alias, columns = self._source(part, steps, outer)
            if alias in scope.sources:
                raise Mistake(f"two tables are named '{alias}'", "Give one of them another name, like receipts as r.")
            scope.sources[alias] = columns
            if part.name in self._single if isinstance(part, exp.Table) else self._gives_one(part):
                single.add(alias)
            if isinstance(part.parent, exp.Join) and part.parent.kind in ("SEMI", "ANTI"):
                scope.hidden.add(alias)
        for join in joins:
            for name in join.args.get("using") or ():
                self._check(exp.column(name.name), (scope,))
            self._parts(join.args.get("on"), scope, steps, outer)
        check_tied(select, scope.sources, single)
        return scope

    def _outputs(self, part: exp.Expr, scope: _Select) -> Iterator[str]:
        if isinstance(part, exp.Star):
            yield from (name for _, name in scope.columns)
        elif isinstance(part, exp.Column) and isinstance(part.this, exp.Star):
            if part.table not in scope.sources:
                raise Mistake(f"there is no table '{part.table}' here", nearest(part.table, scope.sources))
            yield from scope.sources[part.table]
        else:
            yield self._plain(part.args["alias"]) if isinstance(part, exp.Alias) else part.output_name

    def _source(self, part: exp.Expr, steps: Steps, outer: tuple[_Select, ...]) -> tuple[str, Columns]:
        if isinstance(part, exp.Table):
            return self._table(part, steps)
        if isinstance(part, exp.Subquery) and isinstance(part.this, exp.Query):
            columns = self._renamed(part, self._query(part, steps, outer))
            alias = part.args.get("alias")
            return (self._plain(alias.this) if alias is not None else f" {id(part)}"), columns
        raise Mistake(f"{type(part).__name__.upper()} is not allowed behind FROM", "Join tables one after the other.")

    def _table(self, table: exp.Table, steps: Steps) -> tuple[str, Columns]:
        if not isinstance(table.this, exp.Identifier) or table.db or table.catalog:
            said = table.sql(dialect="duckdb")
            raise Mistake(f"'{said}' is no table of the reference", f"Known: {_listed(self.tables)}.")
        name, alias = table.name, table.args.get("alias")
        if alias is not None and alias.args.get("columns"):
            raise Mistake("columns of a table keep their names", "Name them in the SELECT: select total as spent.")
        if name in steps:
            written, columns = steps[name]
        elif name in self.tables:
            self.used[name] = None
            written, columns = TABLE + name, self.known[name]
        else:
            remedy = f"{nearest(name, [*steps, *self.tables])} Known: {_listed(self.tables)}."
            raise Mistake(f"there is no table '{name}'", remedy)
        table.set("this", exp.to_identifier(written))
        if alias is None:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
            return name, columns
        return self._plain(alias.this), columns

    def _parts(self, node: object, scope: _Select, steps: Steps, outer: tuple[_Select, ...]) -> None:
        """Columns and queries below a part of a SELECT. A chain of AND may be too long for recursion."""
        waiting = [node]
        while waiting:
            match waiting.pop():
                case exp.Query() as query:
                    self._query(query, steps, (scope, *outer))
                    self._require_one_row(query)
                case exp.Column() as column:
                    self._check(column, (scope, *outer))
                case exp.Expr() as one:
                    waiting += reversed(list(one.iter_expressions()))

    def _require_one_row(self, query: exp.Expr) -> None:
        """A query that stands for a value must give one row, whatever the data are."""
        if _stands_for_value(query) and not self._gives_one(query):
            remedy = "Let it give one: max(…), count(*), or ORDER BY … LIMIT 1; or use in (select …)."
            raise Mistake("a SELECT in place of a value can give several rows", remedy)

    def _gives_one(self, query: exp.Expr) -> bool:
        """Whether one row comes out at most, whatever the data are."""
        inner = query
        while isinstance(inner, exp.Subquery) and not inner.args.get("limit"):
            inner = inner.this
        limit = inner.args.get("limit")
        if limit is not None and limit.expression.name in ("0", "1"):
            return True
        if not isinstance(inner, exp.Select) or inner.args.get("group") is not None:
            return False
        return _sums_up(inner, self._scopes[id(inner)])

    def _check(self, column: exp.Column, scopes: tuple[_Select, ...]) -> None:
        if isinstance(column.this, exp.Star):
            if not isinstance(column.parent, exp.Select):
                raise Mistake(f"'{column.table}.*' stands in a SELECT alone", "Name the columns.")
            return
        if column.table:
            columns = next((one.sources[column.table] for one in scopes if column.table in one.sources), None)
            if columns is None:
                every = [alias for one in scopes for alias in one.sources]
                raise Mistake(f"there is no table '{column.table}' here", nearest(column.table, every))
            if column.name not in columns:
                raise Mistake(f"'{column.table}' has no column '{column.name}'", self._nearest(column, scopes))
        elif column.name not in scopes[0].given and not any(one.has(column) for one in scopes):
            raise Mistake(f"there is no column '{column.name}'", self._nearest(column, scopes))

    def _nearest(self, column: exp.Column, scopes: tuple[_Select, ...]) -> str:
        """``known`` has the columns alone that are named somewhere; those that could be meant are more."""
        seen = {name for one in scopes for columns in one.sources.values() for name in columns}
        return nearest(column.name, sorted(seen.union(*(self.tables[name].columns for name in self.used))))


def _listed(known: Mapping[str, Table]) -> str:
    return ", ".join(sorted(known))


def _decide(query: exp.Expr, names: Columns) -> None:
    """Let all columns decide between rows that are equal in the ORDER BY of a LIMIT."""
    order = query.args.get("order")
    if order is None or not (query.args.get("limit") or query.args.get("offset")):
        return
    by = [part.this for part in order.expressions]
    if any(isinstance(one, exp.Var) for one in by):
        return  # ORDER BY ALL
    places = {int(one.name) for one in by if isinstance(one, exp.Literal) and one.name.isdigit()}
    named = {one.name for one in by if isinstance(one, exp.Column)} | {
        names[place - 1] for place in places if 0 < place <= len(names)
    }
    if "customer_id" in names and "customer_id" not in named:
        raise Mistake("the ORDER BY of a LIMIT leaves open who comes first", "Add customer_id at its end.")
    for place in range(1, len(names) + 1):
        if place not in places:
            order.append("expressions", exp.Ordered(this=exp.Literal.number(place)))


def _settle(select: exp.Select, scope: _Select) -> None:
    """Let all columns decide between rows that are equal in the ORDER BY of a window, where it tells them apart."""
    for window in [one for one in select.find_all(exp.Window) if one.parent_select is select]:
        spec = window.args.get("spec")
        rows = spec is not None and str(spec.args.get("kind")).upper() == "ROWS"
        order = window.args.get("order")
        inner = next((one for one in window.this.walk() if isinstance(one, BY_PLACE) and window_of(one)), None)
        if order is None:
            if rows:
                raise Mistake("a window of rows needs an ORDER BY", "Add an ORDER BY to its OVER.")
        elif inner is not None or rows:
            for part in _keys(select, scope):
                order.append("expressions", exp.Ordered(this=part))


def _keys(select: exp.Select, scope: _Select) -> list[exp.Expr]:
    """What tells the rows of a SELECT apart: what it is grouped by, otherwise every column that it can read."""
    group = select.args.get("group")
    if group is None:
        return [exp.column(name, table=alias if not alias.startswith(" ") else None) for alias, name in scope.columns]
    if group.args.get("all"):
        raise Mistake("GROUP BY ALL leaves open how equal rows are numbered", "Name the columns behind GROUP BY.")
    places = [int(one.name) if isinstance(one, exp.Literal) and one.name.isdigit() else 0 for one in group.expressions]
    given = [one if at == 0 else select.expressions[at - 1].unalias() for one, at in zip(group.expressions, places, strict=True)]  # noqa: E501  # fmt: skip
    return [one.copy() for one in given]


def _stands_for_value(query: exp.Expr) -> bool:
    around = query.parent
    if isinstance(around, exp.Exists | exp.Any | exp.All):
        return False
    return not (isinstance(around, exp.In) and around.args.get("query") is query)


def _sums_up(select: exp.Select, scope: _Select) -> bool:
    """Whether a figure over its own rows comes out, and so one row."""
    for part in select.expressions:
        for one in part.find_all(exp.AggFunc):
            if one.parent_select is select and window_of(one) is None:
                columns = list(one.find_all(exp.Column))
                if not columns or any(scope.has(column) for column in columns):
                    return True
    return False

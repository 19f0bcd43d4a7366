"""SQL of marketers inside a fence: one SELECT of ``customer_id`` over documented tables, nothing that reaches outside.

What is not allowed by name is refused: tables, columns, functions and kinds of statement. Loaded for rules with SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import ParseError, exp, parse
from sqlglot.errors import SqlglotError, TokenError
from sqlglot.optimizer.scope import Scope, traverse_scope

from smc.config.problem import nearest
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.segment.days import Mistake
from smc.segment.fence_functions import FUNCTIONS, REFUSED
from smc.segment.fence_tables import FIGURES, Table, tables_of
from smc.segment.operators import literal
from smc.warehouse import sql, text_of

_ONE = "Write one SELECT that gives customer_id, such as: select customer_id from receipts where total > 100"
_AS_OF = "as_of"
_LONGEST = 20_000
_INSIDE = "smc_of_"
"""Before the names of tables when they are written out, so that none is taken for a table of the warehouse."""
_STATEMENTS = (
    exp.DML, exp.DDL, exp.Command, exp.Pragma, exp.Attach, exp.Detach, exp.Set, exp.Use, exp.Into, exp.Copy,
    exp.Describe, exp.Lock, exp.TableSample, exp.Pivot, exp.Lateral, exp.Unnest, exp.MatchRecognize,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fenced:
    """``query``: the statement with its tables written out, as DuckDB reads it. ``joins``: figures that it reads.

    ``trial``: the same over tables without data, for finding mistakes of types.
    """

    query: str
    tables: frozenset[str]
    joins: frozenset[str]
    trial: str


def fenced(text: str, fields: FieldsSpec, metrics: MetricsSpec, as_of: date) -> Fenced:
    """The statement, when it stays inside the fence. Raises ``Mistake`` that says where it does not."""
    tree = _parsed(text)
    known = tables_of(fields, metrics)
    _check_form(tree)
    _check_functions(tree)
    used = _used(tree, known)
    _check_columns(tree, known)
    for hole in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        if hole.name != _AS_OF:
            raise Mistake(f"'${hole.name}' is no value that is known here", "Only $as_of, the day, is.")
        hole.replace(exp.Cast(this=literal(as_of.isoformat()), to=exp.DataType.build("date")))
    _check_output(tree)
    tables = {name: known[name] for name in used}
    reads = frozenset(table for one in tables.values() for table in one.reads)
    return Fenced(_whole(tree, tables, as_of), reads, _figures(tree, used, known), _trial(tree, tables))


def _parsed(text: str) -> exp.Query:
    if len(text) > _LONGEST:
        raise Mistake(f"the SQL is longer than {_LONGEST} characters", "Move parts of it into segments of their own.")
    try:
        trees = [tree for tree in parse(text, dialect="duckdb") if tree is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "").strip()
        place = f"line {first.get('line')}, column {first.get('col')}" + (f", near '{near}'" if near else "")
        raise Mistake(f"the SQL cannot be read at {place}", _ONE) from None
    except (TokenError, SqlglotError, RecursionError):
        raise Mistake("the SQL cannot be read; a quote or bracket may be left open", _ONE) from None
    if len(trees) != 1:
        raise Mistake(f"the SQL has {len(trees)} statements, not one", _ONE)
    if not isinstance(trees[0], exp.Select | exp.SetOperation):
        raise Mistake("the SQL is no SELECT", _ONE)
    return trees[0]


def _check_form(tree: exp.Query) -> None:
    for node in tree.walk():
        if isinstance(node, _STATEMENTS):
            raise Mistake(f"{type(node).__name__.upper()} is not allowed in the SQL of a rule", _ONE)
        if isinstance(node, exp.With) and node.recursive:
            raise Mistake("WITH RECURSIVE is not allowed in the SQL of a rule", "Name the steps one by one.")
        if isinstance(node, exp.Limit | exp.Offset | exp.Fetch) and node.parent and not node.parent.args.get("order"):
            raise Mistake(
                "LIMIT without ORDER BY gives other customers every time", "Add an ORDER BY with customer_id."
            )


def _check_functions(tree: exp.Query) -> None:
    for node in tree.find_all(exp.Func):
        name = _name_of(node)
        if isinstance(node, exp.Connector | exp.Cast | exp.TryCast | exp.Case | exp.If) or name in FUNCTIONS:
            continue
        why = REFUSED.get(name, "")
        raise Mistake(f"the function '{name}' is not allowed in the SQL of a rule", why or nearest(name, FUNCTIONS))


def _name_of(node: exp.Func) -> str:
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return str(node.name).lower()
    return node.sql_name().lower()


def _used(tree: exp.Query, known: Mapping[str, Table]) -> list[str]:
    """Names of the tables that are read, in the order of first use."""
    own = {part.alias for part in tree.find_all(exp.CTE)}
    if taken := sorted(own & known.keys()):
        raise Mistake(f"'{taken[0]}' is the name of a table", "Give what stands behind WITH another name.")
    found: dict[str, None] = {}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db or table.catalog:
            raise Mistake(f"'{table.sql(dialect='duckdb')}' is no table of the reference", f"Known: {_listed(known)}.")
        if table.name not in own:
            if table.name not in known:
                remedy = f"{nearest(table.name, known)} Known: {_listed(known)}."
                raise Mistake(f"there is no table '{table.name}'", remedy)
            found[table.name] = None
    if not found:
        raise Mistake("the SQL reads no table", _ONE)
    return list(found)


def _listed(known: Mapping[str, Table]) -> str:
    return ", ".join(sorted(known))


def _check_columns(tree: exp.Query, known: Mapping[str, Table]) -> None:
    """Columns that a table is asked for by its alias, or that stand alone in a select over one table."""
    for scope in traverse_scope(tree):
        sources = {alias: _columns_of(source, known) for alias, source in scope.sources.items()}
        for column in scope.columns:
            _check_column(column, scope, sources)


def _columns_of(source: exp.Expr | Scope, known: Mapping[str, Table]) -> frozenset[str] | None:
    """Names of the columns of a source; None when they are not known here."""
    if isinstance(source, exp.Table):
        return frozenset(known[source.name].columns) if source.name in known else None
    inner = source.expression if isinstance(source, Scope) else None
    names = inner.named_selects if isinstance(inner, exp.Query) else []
    return None if not names or "*" in names else frozenset(names)


def _check_column(column: exp.Column, scope: Scope, sources: Mapping[str, frozenset[str] | None]) -> None:
    if column.table:
        columns = sources.get(column.table)
        if column.table in sources and columns is not None and column.name not in columns:
            raise Mistake(f"'{column.table}' has no column '{column.name}'", nearest(column.name, columns))
        return
    if scope.is_subquery or any(columns is None for columns in sources.values()):
        return  # it may be a column of an outer select
    every = frozenset(name for columns in sources.values() for name in columns or ())
    aliases = {one.alias for one in scope.expression.selects} if isinstance(scope.expression, exp.Query) else set()
    if column.name not in every | aliases:
        raise Mistake(f"there is no column '{column.name}'", nearest(column.name, every))


def _check_output(tree: exp.Query) -> None:
    names = tree.named_selects
    if [name.lower() for name in names] != ["customer_id"]:
        given = ", ".join(names) or "nothing"
        raise Mistake(f"the SQL gives {given}, not customer_id alone", _ONE)


def _figures(tree: exp.Query, used: list[str], known: Mapping[str, Table]) -> frozenset[str]:
    """Aliases of the tables of figures behind the columns that are read."""
    aliases = {"f"} if "rfm" in used else set()
    if "metrics" in used:
        for name in _named(tree, known["metrics"]):
            read = sql(known["metrics"].columns[name].read.replace("$as_of", "date '2000-01-01'"))
            aliases |= {column.table for column in read.find_all(exp.Column)} & FIGURES.keys()
    return frozenset(aliases)


def _named(tree: exp.Query, table: Table) -> list[str]:
    """Columns of a table that the statement names anywhere; all of them behind a star."""
    names = {column.name for column in tree.find_all(exp.Column)}
    star = any(tree.find_all(exp.Star))
    return [name for name in table.columns if star or name in names or name == "customer_id"]


def _whole(tree: exp.Query, used: Mapping[str, Table], as_of: date) -> str:
    """The statement with its tables in front of it: the columns that are named, and the joins behind them."""
    return _with_tables(tree, {name: _part(table, _named(tree, table), as_of) for name, table in used.items()})


def _trial(tree: exp.Query, used: Mapping[str, Table]) -> str:
    """The statement over tables of the same columns with one row, so that every comparison is made once."""
    parts = {}
    for name, table in used.items():
        columns = ", ".join(f'{table.columns[one].sample} as "{one}"' for one in _named(tree, table))
        parts[name] = sql(f"select {columns}")
    return _with_tables(tree, parts)


def _with_tables(tree: exp.Query, parts: Mapping[str, exp.Expr]) -> str:
    whole = tree.copy()
    for table in whole.find_all(exp.Table):
        if table.name in parts:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(_INSIDE + table.name))
    own = whole.args.get("with_")
    first = [
        exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(_INSIDE + name)))
        for name, query in parts.items()
    ]
    whole.set("with_", exp.With(expressions=[*first, *(own.expressions if own is not None else [])]))
    return text_of(whole)


def _part(table: Table, columns: list[str], as_of: date) -> exp.Expr:
    needs = {alias for column in columns for alias in table.columns[column].needs}
    selects = ", ".join(f'{table.columns[column].read} as "{column}"' for column in columns)
    joins = " ".join(text for alias, text in table.joins.items() if alias in needs)
    text = f"select {selects} from {table.source} {joins} where {table.where}"
    return sql(text, as_of=as_of) if "$as_of" in text else sql(text)

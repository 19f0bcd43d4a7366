"""SQL of marketers inside a fence: one SELECT of ``customer_id`` over documented tables, nothing that reaches outside.

What is not allowed by name is refused: parts of a statement, functions, tables, columns. What data could stop is
written so that it has no value instead. The statement is printed and read again before it is used, so that what was
checked is what runs. Loaded for rules with SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import ParseError, exp, parse
from sqlglot.errors import SqlglotError

from smc.config.days import Mistake
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.segment.fence_forms import ONE, check_forms
from smc.segment.fence_names import TABLE, Names
from smc.segment.fence_safe import eager, eased, tried_parts
from smc.segment.fence_tables import FIGURES, Table, tables_of
from smc.warehouse import sql, text_of
from smc.warehouse.compare import literal

_AS_OF = "as_of"
_LONGEST = 20_000
_UNREADABLE = "the SQL cannot be read; a quote or bracket may be left open"


@dataclass(frozen=True, slots=True)
class Fenced:
    """``query``: the statement with its tables written out, as DuckDB reads it. ``joins``: figures that it reads.

    ``tables``: those whose rows decide; ``sources``: every table of the warehouse that the text names. ``trial``: the
    statement, and the one in which nothing is passed over, on tables with one row that is made up.
    """

    query: str
    tables: frozenset[str]
    joins: frozenset[str]
    sources: frozenset[str]
    trial: tuple[str, ...]


def fenced(text: str, fields: FieldsSpec, metrics: MetricsSpec, as_of: date) -> Fenced:
    """The statement, when it stays inside the fence. Raises ``Mistake`` that says where it does not."""
    try:
        return _fenced(text, tables_of(fields, metrics), as_of)
    except SqlglotError:
        raise Mistake(_UNREADABLE, ONE) from None
    except RecursionError:
        remedy = "Write a long list as in (…), and parts of it as steps behind WITH."
        raise Mistake("the SQL is nested too deeply", remedy) from None


def _fenced(text: str, known: Mapping[str, Table], as_of: date) -> Fenced:
    tree = _parsed(text)
    check_forms(tree)
    tree = _parsed(_plain(tree))  # as DuckDB spells it
    check_forms(tree)
    columns = {name: _named(tree, table) for name, table in known.items()}
    names = Names(known, columns)
    _check_output(names.read(tree), tree)
    _fill(tree, as_of)
    eased(tree)
    trial = eager(tree)
    tried_parts(tree)
    used = {name: known[name] for name in names.used}
    parts = {name: _part(table, columns[name], as_of) for name, table in used.items()}
    samples = {name: _sample(table, columns[name]) for name, table in used.items()}
    return Fenced(
        query=_same(_with_tables(tree, parts)),
        tables=frozenset(table for one in used.values() for table in one.reads),
        joins=_figures(used, columns),
        sources=frozenset(table.name for part in parts.values() for table in part.find_all(exp.Table)),
        trial=(text_of(_with_tables(tree, samples)), text_of(_with_tables(trial, samples))),
    )


def _parsed(text: str) -> exp.Query:
    if len(text) > _LONGEST:
        raise Mistake(f"the SQL is longer than {_LONGEST} characters", "Move parts of it into segments of their own.")
    try:
        trees = [tree for tree in parse(text, dialect="duckdb") if tree is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = str(first.get("highlight") or "").strip()
        place = f"line {first.get('line')}, column {first.get('col')}" + (f", near '{near}'" if near else "")
        raise Mistake(f"the SQL cannot be read at {place}", ONE) from None
    if len(trees) != 1:
        raise Mistake(f"the SQL has {len(trees)} statements, not one", ONE)
    if not isinstance(trees[0], exp.Select | exp.SetOperation):
        raise Mistake("the SQL is no SELECT", ONE)
    return trees[0]


def _plain(tree: exp.Expr) -> str:
    return tree.sql(dialect="duckdb", comments=False)


def _same(tree: exp.Expr) -> str:
    """The text of a tree that reads back as the tree. Raises ``Mistake`` when it does not."""
    text = _plain(tree)
    if _plain(sql(text)) != text:
        raise Mistake("the SQL has a part that cannot be carried over to the database", ONE)
    return text


def _fill(tree: exp.Query, as_of: date) -> None:
    for hole in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        if hole.name != _AS_OF:
            raise Mistake(f"'${hole.name}' is no value that is known here", "Only $as_of, the day, is.")
        hole.replace(exp.Cast(this=literal(as_of.isoformat()), to=exp.DataType.build("date")))


def _check_output(names: tuple[str, ...], tree: exp.Query) -> None:
    if names != ("customer_id",):
        given = ", ".join(tree.named_selects) or "nothing"
        raise Mistake(f"the SQL gives {given}, not customer_id alone", ONE)


def _named(tree: exp.Query, table: Table) -> tuple[str, ...]:
    """Columns of a table that the statement names anywhere; behind a star all but predictions that are not named."""
    names = {column.name.lower() for column in tree.find_all(exp.Column)} | {"customer_id"}
    names |= {name.name.lower() for join in tree.find_all(exp.Join) for name in join.args.get("using") or ()}
    star = any(not isinstance(one.parent, exp.Count) for one in tree.find_all(exp.Star))
    return tuple(
        name
        for name, column in table.columns.items()
        if name in names or (star and not ("p" in column.needs and "p" in _aliases(column.read)))
    )


def _aliases(read: str) -> set[str]:
    """Aliases of the tables of figures that a column is read from."""
    tree = sql(read.replace("$as_of", "date '2000-01-01'"))
    return {column.table for column in tree.find_all(exp.Column)} & FIGURES.keys()


def _figures(used: Mapping[str, Table], columns: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Aliases of the tables of figures behind the columns that are read."""
    found = {"f"} if "rfm" in used else set()
    if "metrics" in used:
        for name in columns["metrics"]:
            found |= _aliases(used["metrics"].columns[name].read)
    return frozenset(found)


def _with_tables(tree: exp.Query, parts: Mapping[str, exp.Expr]) -> exp.Query:
    """The statement with its tables in front of it."""
    whole = tree.copy()
    own = whole.args.get("with_")
    first = [
        exp.CTE(this=query.copy(), alias=exp.TableAlias(this=exp.to_identifier(TABLE + name)))
        for name, query in parts.items()
    ]
    whole.set("with_", exp.With(expressions=[*first, *(own.expressions if own is not None else [])]))
    return whole


def _part(table: Table, columns: tuple[str, ...], as_of: date) -> exp.Expr:
    needs = {alias for column in columns for alias in table.columns[column].needs}
    selects = ", ".join(f'{table.columns[column].read} as "{column}"' for column in columns)
    joins = " ".join(text for alias, text in table.joins.items() if alias in needs)
    text = f"select {selects} from {table.source} {joins} where {table.where}"
    return sql(text, as_of=as_of) if "$as_of" in text else sql(text)


def _sample(table: Table, columns: tuple[str, ...]) -> exp.Expr:
    return sql("select " + ", ".join(f'{table.columns[one].sample} as "{one}"' for one in columns))

"""What SQL of a rule is made of. Each kind of part, and what may hang on it, stands in a list; the rest is refused."""

from __future__ import annotations

from sqlglot import exp

from smc.config.days import Mistake
from smc.config.problem import nearest
from smc.segment.fence_functions import CALLABLE, FUNCTIONS, REFUSED, WINDOWS, name_of

ONE = "Write one SELECT that gives customer_id, such as: select customer_id from receipts where total > 100"

_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset((
        "with_", "expressions", "from_", "joins", "where", "group", "having", "qualify", "distinct", "order", "limit",
        "offset",
    )),
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), frozenset((
        "with_", "this", "expression", "distinct", "by_name", "order", "limit", "offset",
    ))),
    exp.Subquery: frozenset(("with_", "this", "alias", "order", "limit", "offset")),
    exp.With: frozenset(("expressions",)),
    exp.CTE: frozenset(("this", "alias", "materialized")),
    exp.TableAlias: frozenset(("this", "columns")),
    exp.Table: frozenset(("this", "alias", "db", "catalog")),
    exp.Join: frozenset(("this", "on", "using", "side", "kind")),
    exp.Distinct: frozenset(("expressions",)),
    exp.Limit: frozenset(("expression",)),
    exp.Offset: frozenset(("expression",)),
    exp.Group: frozenset(("expressions", "all")),
    exp.Ordered: frozenset(("this", "desc", "nulls_first")),
    exp.Window: frozenset(("this", "partition_by", "order", "spec", "over")),
    exp.WindowSpec: frozenset(("kind", "start", "start_side", "end", "end_side")),
    exp.Column: frozenset(("this", "table")),
    exp.Star: frozenset(),
    exp.In: frozenset(("this", "expressions", "query")),
    exp.Like: frozenset(("this", "expression")),
    exp.ILike: frozenset(("this", "expression")),
    exp.Interval: frozenset(("this", "unit")),
    exp.Max: frozenset(("this",)),
    exp.Min: frozenset(("this",)),
}  # fmt: skip
"""Parts with what may hang on them."""

_PLAIN = frozenset((
    exp.Identifier, exp.From, exp.Where, exp.Having, exp.Qualify, exp.Order, exp.Alias, exp.Literal, exp.Boolean,
    exp.Null, exp.Paren, exp.Tuple, exp.Not, exp.Neg, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT,
    exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Between, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv,
    exp.Mod, exp.DPipe, exp.Any, exp.All, exp.Exists, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType,
    exp.DataTypeParam, exp.Var, exp.Filter, exp.WithinGroup, exp.Bracket, exp.Placeholder, exp.Parameter,
    exp.AtTimeZone,
))  # fmt: skip

_TYPES = frozenset((
    "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "TEXT", "VARCHAR", "CHAR", "NVARCHAR",
    "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ",
))  # fmt: skip
_DIGITS = 18
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def check_forms(tree: exp.Expr) -> None:
    """Raises ``Mistake`` for the first part that is in no list."""
    for node in tree.walk():
        if isinstance(node, exp.With) and node.recursive:
            raise Mistake("WITH RECURSIVE is not allowed in the SQL of a rule", "Name the steps one by one.")
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            remedy = "Number the rows by row_number() over (partition by … order by …) and take those with 1."
            raise Mistake("DISTINCT ON takes any of several rows and is not allowed", remedy)
        _check_kind(node)
        _check_limits(node)
        _check_windows(node)
        _check_types(node)


def _check_kind(node: exp.Expr) -> None:
    allowed = _PARTS.get(type(node))
    if allowed is not None:
        for key, held in node.args.items():
            if held and key == "method":
                raise Mistake(f"{str(held).upper()} JOIN is not allowed in the SQL of a rule", "Write join … on ….")
            if held and key not in allowed and isinstance(node, exp.Column):
                raise Mistake(f"'{node.sql(dialect='duckdb')}' is no column of a table", "Write table.column.")
            if held and key not in allowed:
                said = type(held).__name__.upper() if isinstance(held, exp.Expr) else key.strip("_").upper()
                raise Mistake(f"{said} is not allowed in the SQL of a rule", ONE)
    elif type(node) not in _PLAIN:
        if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.Func):
            _check_function(node.this)
        if not isinstance(node, exp.Func):
            raise Mistake(f"{type(node).__name__.upper()} is not allowed in the SQL of a rule", ONE)
        _check_function(node)


def _check_function(node: exp.Func) -> None:
    name = name_of(node)
    if name not in CALLABLE:
        remedy = REFUSED.get(name, "") or nearest(name, FUNCTIONS)
        raise Mistake(f"the function '{name}' is not allowed in the SQL of a rule", remedy)


def _check_limits(node: exp.Expr) -> None:
    if isinstance(node, exp.Limit | exp.Offset):
        if node.parent is not None and not node.parent.args.get("order"):
            raise Mistake(
                "LIMIT without ORDER BY gives other customers every time", "Add an ORDER BY with customer_id."
            )
        if not _is_whole(node.expression):
            raise Mistake("a LIMIT is a plain number", "Write digits, such as limit 100.")
    if isinstance(node, exp.Any | exp.All) and not isinstance(node.parent, _COMPARISONS):
        raise Mistake(f"{type(node).__name__.upper()} stands behind =, <>, <, <=, > or >= alone", "Use in or exists.")
    if isinstance(node, exp.WithinGroup) and any(one.args.get("desc") for one in node.find_all(exp.Ordered)):
        raise Mistake("a percentile is counted from the smallest value on", "Leave out DESC and write the other share.")
    if isinstance(node, exp.Bracket) and len(node.expressions) != 1:
        raise Mistake("brackets take one key or place", "Write it like context['color'].")


def _check_windows(node: exp.Expr) -> None:
    if isinstance(node, WINDOWS):
        name = name_of(node)
        window = window_of(node)
        if window is None:
            raise Mistake(f"'{name}' needs an OVER", f"Write {name}(…) over (partition by … order by …).")
        if not window.args.get("order"):
            raise Mistake(f"'{name}' without ORDER BY gives other customers every time", "Add an ORDER BY to its OVER.")
        given = node.args.get("offset") if isinstance(node, exp.Lag | exp.Lead) else None
        if isinstance(node, exp.Ntile):
            given = node.this
        if given is not None and not _is_whole(given):
            raise Mistake(f"'{name}' takes a plain number", "Write digits.")
    if isinstance(node, exp.WindowSpec):
        words = {"CURRENT ROW", "UNBOUNDED"}
        plain = (str(part).upper() in words for part in (node.args.get("start"), node.args.get("end")) if part)
        bounds = [part for part in (node.args.get("start"), node.args.get("end")) if isinstance(part, exp.Expr)]
        rows = str(node.args.get("kind")).upper() == "ROWS"
        if not all(plain) and not (rows and all(_is_whole(part) for part in bounds)):
            remedy = "Write a plain number of rows, unbounded or current row."
            raise Mistake("a window reaches from a number of rows to a number of rows", remedy)


def window_of(node: exp.Expr) -> exp.Window | None:
    """The OVER that a function has."""
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.WithinGroup):
        node, parent = parent, parent.parent
    return parent if isinstance(parent, exp.Window) and parent.this is node else None


def _check_types(node: exp.Expr) -> None:
    if isinstance(node, exp.DataType):
        kind = str(getattr(node.this, "value", node.this))
        if kind not in _TYPES or (node.expressions and kind != "DECIMAL"):
            raise Mistake(f"the type {node.sql(dialect='duckdb')} is not allowed in the SQL of a rule",
                          "Use varchar, bigint, decimal(18, 2), double, boolean, date or timestamptz.")  # fmt: skip
        if node.expressions and not (
            all(_is_whole(part.this) for part in node.expressions) and int(node.expressions[0].name) <= _DIGITS
        ):
            raise Mistake(f"a decimal has at most {_DIGITS} digits here", "Write decimal(18, 2).")
    if isinstance(node, exp.AtTimeZone) and not isinstance(node.args.get("zone"), exp.Literal):
        raise Mistake("a time zone is a plain text", "Write it like at time zone 'Europe/Berlin'.")


def _is_whole(node: object) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()

"""SQL of a rule that no data can stop: what cannot be computed has no value.

And the same in which nothing is passed over, for finding mistakes before there are data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from smc.config.days import Mistake
from smc.segment.fence_functions import WINDOWS, name_of

_NEVER_FAIL = frozenset((
    "coalesce", "nullif", "greatest", "least", "case", "if", "exists", "and", "or", "cast", "try_cast", "is_nan",
    "sign", "round", "ceil", "floor", "trunc", "sqrt", "power", "ln", "log", "exp",
    "lower", "upper", "trim", "length", "left", "right", "replace", "concat", "concat_ws", "contains", "starts_with",
    "ends_with", "str_position", "split_part", "reverse", "map_keys", "map_values", "cardinality", "element_at",
    "any", "all",
))  # fmt: skip
_OF_DAYS = frozenset((
    "year", "quarter", "month", "day", "week", "hour", "minute", "day_of_week", "dayofweek_iso", "day_of_month",
    "day_of_year", "date_trunc", "timestamp_trunc", "datediff", "last_day", "extract", "abs",
))  # fmt: skip
"""These fail on days thousands of years away and on the smallest number alone, which no aggregate of rows gives."""
_FIGURES = (exp.AggFunc, *WINDOWS, exp.Window, exp.Query)
_LONGEST = 10_000
_LARGEST = 10**15


def eased(tree: exp.Query) -> None:
    """Texts that are no number or day, and shares of nothing, have no value. Constants stay as strict as they are."""
    for node in list(tree.walk()):
        if isinstance(node, exp.Sqrt | exp.Ln | exp.Log | exp.Pow | exp.Exp) or _is_double(node):
            _keep_finite(node)
        if type(node) is exp.Cast and not isinstance(node.this, exp.Literal):
            node.replace(exp.TryCast(this=node.this, to=node.args["to"]))
        elif isinstance(node, exp.Div | exp.IntDiv | exp.Mod) and not _is_number(node.expression):
            node.set("expression", exp.Nullif(this=_bracketed(node.expression), expression=exp.Literal.number(0)))
        elif isinstance(node, exp.Div | exp.IntDiv | exp.Mod) and float(node.expression.name) == 0:
            raise Mistake("nothing can be divided by 0", "Write nullif(…, 0) around what may be 0.")
        elif isinstance(node, exp.Pad) and not _is_length(node.expression):
            raise Mistake("lpad and rpad take a plain length", f"Write digits, at most {_LONGEST}.")


def _is_double(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and node.to.is_type("double", "float") and not isinstance(node.this, exp.Literal)


def _keep_finite(node: exp.Expr) -> None:
    """A root of less than nothing is larger than any number in DuckDB; here it has no value."""
    around = exp.Nullif()
    node.replace(around)
    for value in ("nan", "inf", "-inf"):
        bad = exp.Cast(this=exp.Literal.string(value), to=exp.DataType.build("double"))
        around.set("this", node)
        around.set("expression", bad)
        if value != "-inf":
            node, above = around, exp.Nullif()
            around.replace(above)
            around = above


def tried_parts(tree: exp.Query) -> None:
    """What is too large or out of the calendar has no value."""
    parts = list(tree.walk())
    figures, rows = _above(parts, _FIGURES), _above(parts, (exp.Column,))
    for node in parts:
        if id(node) in figures:
            _require_sound(node)
        if (
            isinstance(node, exp.Mul)
            and id(node) in figures
            and not (_is_small(node.this) or _is_small(node.expression))
        ):
            node.set("this", exp.Cast(this=_bracketed(node.this), to=exp.DataType.build("double")))
    wrapped = [node for node in parts if id(node) in rows and id(node) not in figures and _may_fail(node)]
    known = {id(node) for node in wrapped}
    for node in wrapped:
        parent = node.parent
        while isinstance(parent, exp.Paren):
            parent = parent.parent
        if id(parent) not in known:
            _wrap(node)
    for node in tree.find_all(exp.Sum, exp.Avg):
        _bound(node)


def _wrap(node: exp.Expr) -> None:
    around = exp.Try()
    node.replace(around)
    around.set("this", node)


def _bracketed(node: exp.Expr) -> exp.Expr:
    return (
        exp.Paren(this=node) if isinstance(node, exp.Binary | exp.Unary) and not isinstance(node, exp.Paren) else node
    )


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def _is_small(node: exp.Expr) -> bool:
    return _is_number(node) and abs(float(node.name)) <= _LARGEST


def _is_length(node: exp.Expr | None) -> bool:
    return node is not None and _is_number(node) and node.name.isdigit() and int(node.name) <= _LONGEST


def _above(parts: Sequence[exp.Expr], kinds: tuple[type[exp.Expr], ...]) -> set[int]:
    """Which parts have one of these kinds below them. An aggregate, a window or a query cannot be tried."""
    found: set[int] = set()
    for node in reversed(parts):
        if node.parent is not None and (id(node) in found or isinstance(node, kinds)):
            found.add(id(node.parent))
    return found


def _reads_rows(node: exp.Expr) -> bool:
    return any(isinstance(one, exp.Column) for one in node.walk())


def _may_fail(node: exp.Expr) -> bool:
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.IntDiv | exp.Mod | exp.Neg):
        return True
    if isinstance(node, exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Between):
        # a day far away fails only where it is compared with a time
        return any(isinstance(one.unnest(), exp.Add | exp.Sub) and _reads_rows(one) for one in node.iter_expressions())
    if isinstance(node, exp.Interval):
        return not isinstance(node.this, exp.Literal)
    if isinstance(node, exp.Binary | exp.Connector | exp.Predicate) or not isinstance(node, exp.Func):
        return False
    return not isinstance(node, _FIGURES) and name_of(node) not in _NEVER_FAIL


def _require_sound(node: exp.Expr) -> None:
    plain = isinstance(node, exp.Binary | exp.Between | exp.Neg)
    if _may_fail(node) and not plain and not (isinstance(node, exp.Func) and name_of(node) in _OF_DAYS):
        name = node.sql(dialect="duckdb").split("(")[0].strip().lower()
        raise Mistake(
            f"'{name}' does not take what is counted in the same SELECT",
            "Count in a step behind WITH, and read that step.",
        )


def _bound(node: exp.AggFunc) -> None:
    """Sums have 38 digits: products that are larger than any money are left out of them."""
    held = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if held.find(exp.Mul) is None:
        return
    low, high = exp.Neg(this=exp.Literal.number(_LARGEST)), exp.Literal.number(_LARGEST)
    size = exp.Between(this=_bracketed(held.copy()), low=low, high=high)
    case = exp.Case(ifs=[exp.If(this=size, true=held.copy())])
    held.replace(case)


def eager(tree: exp.Query) -> exp.Query:
    """The statement in which every row passes every test, and every part of it is computed."""
    whole = exp.Subquery(this=tree.copy())
    for node in reversed(list(whole.walk())):
        match node:
            case exp.Where() | exp.Having() | exp.Qualify():
                node.set("this", _computed([node.this]))
            case exp.Join():
                _pass_all(node)
            case exp.And() | exp.Or() if not isinstance(node.parent, exp.And | exp.Or):
                node.replace(_computed(_tests_of(node)))
            case exp.Case():
                node.replace(_all_of(node))
            case exp.Coalesce():
                node.replace(_first(node.this, *node.expressions))
            case exp.Except() | exp.Intersect():
                node.replace(exp.Union(**dict(node.args)))
            case exp.Offset():
                node.pop()
            case exp.Limit():
                node.set("expression", exp.Literal.number(1))
    found: exp.Query = whole.this
    return found


def _pass_all(join: exp.Join) -> None:
    if join.args.get("on"):
        join.set("on", _computed([join.args["on"]]))
    if join.kind == "ANTI":
        join.set("kind", "SEMI")


def _tests_of(node: exp.Expr) -> list[exp.Expr]:
    """What a chain of AND and OR joins."""
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, exp.And | exp.Or):
            waiting += [one.expression, one.this]
        else:
            found.append(one)
    return found


def _computed(parts: Iterable[exp.Expr]) -> exp.Expr:
    """True, after all parts have been computed."""
    tests = [exp.Not(this=exp.Is(this=exp.Array(expressions=[part]), expression=exp.Null())) for part in parts]
    return exp.and_(*tests, copy=False)


def _first(*parts: exp.Expr) -> exp.Expr:
    """One of several values, after all have been computed."""
    every = exp.Array(expressions=list(parts))
    return exp.Anonymous(this="list_extract", expressions=[every, exp.Literal.number(1)])


def _all_of(case: exp.Case) -> exp.Expr:
    ifs, subject, other = case.args["ifs"], case.this, case.args.get("default")
    values = [one.args["true"] for one in ifs] + ([other] if other is not None else [])
    tests = [one.this for one in ifs]
    if subject is not None:
        tests = [exp.In(this=subject, expressions=tests)]
    return exp.Case(ifs=[exp.If(this=_computed(tests), true=_first(*values))])

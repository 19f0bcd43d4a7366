"""What engines read differently, once: how we write it, what it prints for Spark, and what must not be written instead.

DuckDB is the engine; Spark is where those go who outgrow one machine. The same text is carried over by sqlglot, and
some of SQL then means something else without an error. ``PORTABLE`` holds the forms that mean the same; a test executes
each with its traps, and statements write the same text. ``faults`` names what a statement over big tables must not
hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlglot import exp, parse_one
from sqlglot.errors import ErrorLevel, SqlglotError

from smc.warehouse.compose import DIALECT

OTHER = "spark"
_PARTS = (
    exp.Table, exp.Column, exp.Join, exp.Where, exp.Having, exp.Group, exp.Connector, exp.Not, exp.Predicate,
    exp.AggFunc, exp.Filter, exp.Case, exp.If, exp.SetOperation, exp.Distinct, exp.Window, exp.Limit,
)  # fmt: skip
"""What must be in a statement as often after it was carried to another engine as before."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """``text`` is how we write it, with holes; ``other`` is what it prints for Spark, the holes as columns.

    ``trap``: what people write instead, and how its meaning differs.
    """

    name: str
    means: str
    text: str
    other: str
    trap: str


_MEANINGS = (
    Meaning(
        "days_between", "local days from the first to the last, negative when the last is earlier",
        "date_diff('day', cast($first as date), cast($last as date))",
        "DATEDIFF(DAY, CAST(first AS DATE), CAST(last AS DATE))",
        "of instants Spark counts 24 hours that have passed, DuckDB midnights; date - date is an interval in Spark",
    ),
    Meaning(
        "days_later", "the day so many days later",
        "cast($day as date) + cast($days as integer)",
        "CAST(day AS DATE) + CAST(days AS INT)",
        "an interval makes a timestamp of a date in DuckDB and a date in Spark; Spark adds no BIGINT to a date",
    ),
    Meaning(
        "weekday", "1 Monday to 7 Sunday",
        "(date_diff('day', date '1970-01-05', cast($day as date)) % 7 + 7) % 7 + 1",
        "(DATEDIFF(DAY, CAST('1970-01-05' AS DATE), CAST(day AS DATE)) % 7 + 7) % 7 + 1",
        "isodow and dayofweek begin with other days in other engines",
    ),
    Meaning(
        "month_of", "the first day of the month",
        "cast(date_trunc('month', cast($day as date)) as date)",
        "CAST(TRUNC(CAST(day AS DATE), 'MONTH') AS DATE)",
        "date_trunc of a date is a timestamp in Spark",
    ),
    Meaning(
        "local_day", "the day of an instant in the zone of the session, which is the project's",
        "cast($instant as date)", "CAST(instant AS DATE)",
        "date_trunc('day', …) is a timestamp in DuckDB too",
    ),
    Meaning(
        "local_hour", "the hour 0 to 23 of an instant in the zone of the session",
        "extract(hour from $instant)", "EXTRACT(HOUR FROM instant)",
        "patterns of strftime differ",
    ),
    Meaning(
        "ratio", "a quotient as DOUBLE; null when what is divided by is nothing or null",
        "cast($above as double) / nullif(cast($below as double), 0)",
        "CAST(above AS DOUBLE) / NULLIF(CAST(below AS DOUBLE), 0)",
        "a quotient of decimals has other digits in every engine; by zero DuckDB gives infinity, Spark an error",
    ),
    Meaning(
        "whole_quotient", "how often one integer is in another, towards zero; null for zero",
        "$above // nullif($below, 0)", "above DIV NULLIF(below, 0)",
        "/ of integers is a fraction",
    ),
    Meaning(
        "rest", "what a whole quotient leaves, with the sign of what is divided; null for zero",
        "$above % nullif($below, 0)", "above % NULLIF(below, 0)",
        "by zero Spark gives an error",
    ),
    Meaning(
        "whole_below", "the greatest integer that is not above a number",
        "cast(floor($value) as bigint)", "CAST(FLOOR(value) AS BIGINT)",
        "a cast of 2.5 to an integer is 3 in DuckDB and 2 in Spark",
    ),
    Meaning(
        "whole_nearest", "the nearest integer, halves away from zero",
        "cast(round($value, 0) as bigint)", "CAST(ROUND(value, 0) AS BIGINT)",
        "a cast of 2.5 to an integer is 3 in DuckDB and 2 in Spark",
    ),
    Meaning(
        "median", "the middle amount of money, or the mean of the two in the middle, to half a cent",
        "cast(median(cast($value as decimal(18, 3))) as decimal(18, 3))",
        "CAST(MEDIAN(CAST(value AS DECIMAL(18, 3))) AS DECIMAL(18, 3))",
        "of decimal(18, 2) DuckDB rounds half cents away; Spark gives a DOUBLE a little beside the decimal number",
    ),
    Meaning(
        "one_of", "true when the value is in the list; false, not null, without a value",
        "coalesce($value in $list, false)", "COALESCE(value IN ('a', 'b'), FALSE)",
        "not in (select …) with a null gives no row in DuckDB and Spark, and rows in ClickHouse",
    ),
    Meaning(
        "joined", "two texts after one another; null when one is null",
        "$left || $right", "left || right",
        "concat() leaves nulls out in DuckDB and is null in Spark",
    ),
    Meaning(
        "contains_text", "the text holds the other, letters without regard to case, % and _ being letters",
        "contains(lower($text), lower($part))", "CONTAINS(LOWER(text), LOWER(part))",
        "ilike has its own escapes; upper('ß') is ẞ, SS or ß; lower of a final sigma differs, so both sides take it",
    ),
    Meaning(
        "begins_with", "the text begins with the other, letters without regard to case, % and _ being letters",
        "starts_with(lower($text), lower($part))", "STARTSWITH(LOWER(text), LOWER(part))",
        "like has its own escapes",
    ),
    Meaning(
        "newest", "1 for the row of a group with the greatest value, among equals with the lowest key; nulls last",
        "row_number() over (partition by $group order by $by desc, $key)",
        "ROW_NUMBER() OVER (PARTITION BY group ORDER BY by DESC, key NULLS LAST)",
        "arg_max takes any of equal ones and differs where a value is null; list(x order by y) loses its order",
    ),
    Meaning(
        "counted_if", "how many rows fulfil a condition; unknown does not",
        "count(*) filter (where $condition)", "COUNT(*) FILTER(WHERE condition)",
        "sum(condition) is a number in DuckDB and an error in Spark",
    ),
)  # fmt: skip

PORTABLE = {meaning.name: meaning for meaning in _MEANINGS}


BIG = frozenset({
    "receipt", "receipt_line", "customer_order", "order_line", "event", "web_event", "message", "past_message",
    "past_message_event", "message_event", "step_log", "attribution", "customer", "customer_metric", "custom_metric",
    "customer_activity", "customer_prediction", "rfm", "segment_member", "subscription", "container", "bonus_balance",
    "card", "poll_answer", "promocode_use", "promocode_seen",
})  # fmt: skip
"""Tables with rows of customers; a statement that reads one of them must mean the same on every engine."""

_NEVER: dict[type[exp.Expr], str] = {
    exp.ArgMax: "newest", exp.ArgMin: "newest", exp.AnyValue: "newest", exp.First: "newest", exp.Last: "newest",
    exp.Mode: "newest", exp.ArrayAgg: "newest", exp.GroupConcat: "newest", exp.DayOfWeek: "weekday",
    exp.DayOfWeekIso: "weekday", exp.ILike: "contains_text", exp.Like: "contains_text", exp.SimilarTo: "contains_text",
    exp.RegexpLike: "contains_text", exp.RegexpILike: "contains_text", exp.RegexpExtract: "contains_text",
    exp.RegexpReplace: "contains_text", exp.Upper: "contains_text", exp.Initcap: "contains_text", exp.Concat: "joined",
    exp.ConcatWs: "joined", exp.Quantile: "queries/rfm_boundary.sql", exp.ApproxQuantile: "queries/rfm_boundary.sql",
    exp.PercentileCont: "queries/rfm_boundary.sql", exp.PercentileDisc: "queries/rfm_boundary.sql",
    exp.ApproxDistinct: "count(distinct …)", exp.CurrentDate: "$as_of", exp.CurrentTimestamp: "$now",
    exp.Rand: "a hash", exp.TimeToStr: "a cast to varchar", exp.StrToTime: "a cast",
}  # fmt: skip
_OUR_CALLS = frozenset({"bucket_of", "key_of"})
"""Functions of ours that another engine is told once; see migration 0003 for what they give."""
_EVERYWHERE = frozenset({"to_json"})
"""Functions that sqlglot hands on as they are, and that other engines have too: to_json of a struct is one object."""
_DAY_PARTS = frozenset({"DOW", "ISODOW", "WEEK", "DAYOFWEEK", "DAYOFWEEK_ISO", "EPOCH"})
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "UTINYINT", "USMALLINT", "UINT", "UBIGINT"})


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns that hold a DATE in every table, and of those that hold a fraction in some."""

    dates: AbstractSet[str]
    fractions: AbstractSet[str]


def big_tables(tree: exp.Expr) -> set[str]:
    """The big tables that a statement reads."""
    return {table.name for table in tree.find_all(exp.Table)} & BIG


def faults(tree: exp.Expr, columns: Columns) -> list[str]:
    """What means something else on another engine, in words; nothing when the statement can be carried.

    Names of columns tell types; a name that a statement gives to an expression counts as that expression.
    """
    known = _with_aliases(tree, columns)
    found = [text for node in tree.walk() for text in _of(node, known)]
    return sorted(set(found)) + list(_carried(tree))


def printed(tree: exp.Expr) -> str:
    """The text for Spark. ``materialized`` behind a step of WITH is advice to DuckDB alone: Spark has no such word.

    Raises ``SqlglotError`` for what cannot be said there.
    """
    there = tree.copy()
    for step in there.find_all(exp.CTE):
        step.set("materialized", None)
    return there.sql(dialect=OTHER, unsupported_level=ErrorLevel.RAISE, comments=False)


def _carried(tree: exp.Expr) -> Iterator[str]:
    """It prints for Spark, reads back as what was printed, and nothing is lost on the way."""
    try:
        there = printed(tree)
        back = parse_one(there, dialect=OTHER)
        if back.sql(dialect=OTHER, comments=False) != there:
            yield "reads back from Spark as something else"
        yield from (f"arrives in Spark with other {what}" for what in changed(tree, back))
    except SqlglotError as error:
        yield f"does not print for Spark: {error}"


def changed(tree: exp.Expr, back: exp.Expr) -> list[str]:
    """Of what a statement is made of, what there is more or less of in another that should mean the same."""
    here, there = _made_of(tree), _made_of(back)
    return sorted(f"{kind} {name}".strip() for kind, name in (here - there) + (there - here))


def _made_of(tree: exp.Expr) -> Counter[tuple[str, str]]:
    """Tables and columns by name, and the number of joins, conditions, aggregates and choices of each kind."""
    return Counter(
        (type(node).__name__, node.name.lower() if isinstance(node, exp.Table | exp.Column) else "")
        for node in tree.walk()
        if isinstance(node, _PARTS) and (node.name or not isinstance(node, exp.Table))
    )


def _with_aliases(tree: exp.Expr, columns: Columns) -> Columns:
    dates, fractions = set(columns.dates), set(columns.fractions)
    for alias in reversed(list(tree.find_all(exp.Alias))):
        now = Columns(dates, fractions)
        if _is_date(alias.this, now):
            dates.add(alias.alias)
        if _is_fraction(alias.this, now):
            fractions.add(alias.alias)
    return Columns(dates, fractions)


def _of(node: exp.Expr, columns: Columns) -> Iterator[str]:
    if type(node) in _NEVER:
        yield _instead(node, _NEVER[type(node)])
    yield from _of_types(node, columns)
    yield from _of_calls(node)
    yield from _of_shape(node)


def _of_types(node: exp.Expr, columns: Columns) -> Iterator[str]:
    match node:
        case exp.DateDiff() | exp.TimestampDiff():
            if not (_is_date(node.this, columns) and _is_date(node.expression, columns)):
                yield _instead(node, "days_between")
        case exp.Sub() if _is_date(node.this, columns) and _is_date(node.expression, columns):
            yield _instead(node, "days_between")
        case exp.Div() if not _is_ratio(node):
            yield _instead(node, "ratio")
        case exp.IntDiv() | exp.Mod() if not _not_zero(node.expression):
            yield _instead(node, "whole_quotient, rest")
        case exp.Cast() if node.to.this.name in _INTEGERS and _is_fraction(node.this, columns):
            yield _instead(node, "whole_below, whole_nearest")


def _of_calls(node: exp.Expr) -> Iterator[str]:
    match node:
        case exp.Not(this=exp.In() as inside) if inside.args.get("query"):
            yield _instead(node, "a left join and is null")
        case exp.Median() if not (isinstance(node.this, exp.Cast) and isinstance(_taken_by(node), exp.Cast)):
            yield _instead(node, "median")
        case exp.Extract() if node.name.upper() in _DAY_PARTS:
            yield _instead(node, "weekday")
        case exp.TimestampTrunc() | exp.DateTrunc() if not isinstance(node.parent, exp.Cast):
            yield _instead(node, "month_of")
        case exp.Anonymous() if node.name.lower() not in _OUR_CALLS | _EVERYWHERE:
            yield f"calls {node.name.lower()}, which other engines do not know"


def _taken_by(node: exp.Expr) -> exp.Expr | None:
    """What an aggregate stands in, its filter aside."""
    return node.parent.parent if isinstance(node.parent, exp.Filter) else node.parent


def _of_shape(node: exp.Expr) -> Iterator[str]:
    match node:
        case exp.Join() if (node.kind or node.args.get("method") or "").upper() in {"ASOF", "POSITIONAL"}:
            yield _instead(node, "newest")
        case exp.With() if node.args.get("recursive"):
            yield "is recursive"
        case exp.Star() if any(node.args.get(word) for word in ("except_", "except", "replace")):
            yield "leaves out or replaces columns of *"
        case exp.Group() if node.args.get("all"):
            yield "groups by all"
        case exp.Distinct() if node.args.get("on"):
            yield _instead(node, "newest")


def _instead(node: exp.Expr, better: str) -> str:
    return f"holds {node.sql(dialect=DIALECT)[:80]}; write {better}"


def _ends(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """What a value can come from, unchanged: the branches of a choice, what is inside brackets, min and max."""
    match node:
        case exp.Min() | exp.Max() | exp.Paren() | exp.Filter() | exp.Window():
            yield from _ends(node.this)
        case exp.Coalesce():
            for part in (node.this, *node.expressions):
                yield from _ends(part)
        case exp.Case():
            for part in (*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")):
                yield from _ends(part)
        case exp.Null() | None:
            pass
        case _:
            yield node


def _is_date(node: exp.Expr, columns: Columns) -> bool:
    ends = list(_ends(node))
    return bool(ends) and all(
        isinstance(end, exp.Placeholder | exp.Parameter)
        or (isinstance(end, exp.Cast) and end.is_type("date"))
        or (isinstance(end, exp.Column) and end.name in columns.dates)
        for end in ends
    )


def _is_fraction(node: exp.Expr, columns: Columns) -> bool:
    return any(_end_is_fraction(end, columns) for end in _ends(node))


def _end_is_fraction(end: exp.Expr, columns: Columns) -> bool:
    match end:
        case exp.Cast():
            found = end.to.this.name in {"DECIMAL", "DOUBLE", "FLOAT"}
        case exp.Column():
            found = end.name in columns.fractions
        case exp.Literal():
            found = not end.is_string and "." in end.name
        case exp.Sum() | exp.Neg() | exp.Abs():
            found = _is_fraction(end.this, columns)
        case exp.Add() | exp.Sub() | exp.Mul():
            found = _is_fraction(end.left, columns) or _is_fraction(end.right, columns)
        case _:
            found = isinstance(end, exp.Div | exp.Avg | exp.Median)
    return found


def _is_ratio(node: exp.Div) -> bool:
    above = node.this.unnest()
    return bool(isinstance(above, exp.Cast) and above.is_type("double") and _not_zero(node.expression))


def _not_zero(node: exp.Expr) -> bool:
    inside = node.unnest()
    return isinstance(inside, exp.Nullif) or (isinstance(inside, exp.Literal) and float(inside.name) != 0)

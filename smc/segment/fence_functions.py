"""Functions that SQL of a rule may call: they depend on their arguments alone and reach nothing outside."""

from __future__ import annotations

from sqlglot import exp

FUNCTIONS = frozenset((
    # conditions and nulls
    "coalesce", "nullif", "ifnull", "greatest", "least", "if",
    # numbers
    "abs", "sign", "round", "ceil", "ceiling", "floor", "trunc", "sqrt", "pow", "power", "ln", "log", "exp", "mod",
    "isnan",
    # text
    "lower", "upper", "trim", "ltrim", "rtrim", "length", "left", "right", "substring", "replace", "concat",
    "concat_ws", "contains", "starts_with", "ends_with", "strpos", "split_part", "lpad", "rpad", "reverse",
    # days and times
    "year", "quarter", "month", "day", "week", "hour", "minute", "dayofweek", "dayofmonth", "dayofyear", "isodow",
    "date_trunc", "datetrunc", "date_diff", "datediff", "date_add", "date_sub", "extract", "date_part", "make_date",
    "last_day", "date",
    # aggregates
    "count", "count_if", "sum", "avg", "min", "max", "median", "stddev", "stddev_samp", "stddev_pop", "variance",
    "var_pop", "bool_and", "bool_or", "percentile_cont", "percentile_disc", "quantile", "quantile_cont",
    "quantile_disc",
    # windows
    "row_number", "rank", "dense_rank", "ntile", "lag", "lead", "first_value", "last_value", "percent_rank",
    "cume_dist",
    # details of events
    "map_keys", "map_values", "cardinality", "element_at",
))  # fmt: skip
"""As they are written. A test calls each of them."""

_INNER = frozenset((
    "date_from_parts", "date_trunc", "day_of_month", "day_of_week", "day_of_year", "dayofweek_iso", "is_nan",
    "logical_and", "logical_or", "pad", "str_position", "timestamp_trunc", "variance_pop", "ts_or_ds_to_date",
))  # fmt: skip
"""Other names that sqlglot has for some of them."""

CALLABLE = FUNCTIONS | _INNER

WINDOWS = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
    exp.PercentRank, exp.CumeDist,
)  # fmt: skip
"""Functions that mean something over an order alone."""

BY_PLACE = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
"""Those of them that tell equal rows apart."""

_OUTSIDE = "Rules read the tables of the reference alone; import what is outside as a data mart."
_MOVING = "Write $as_of, the day of the evaluation, so that a past day gives what it gave."
_CHANCE = "Use the condition sample, which gives the same customers every time."
_ANY = "Say which one: take min, max or median, or number the rows by row_number() over (… order by …)."

REFUSED = {
    **dict.fromkeys((
        "read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_text",
        "read_blob", "glob", "sniff_csv", "getenv", "current_setting", "query", "query_table", "sqlite_scan",
        "postgres_scan", "mysql_scan", "duckdb_settings", "duckdb_secrets", "which_secret", "getvariable",
    ), _OUTSIDE),
    **dict.fromkeys((
        "now", "current_date", "current_timestamp", "current_time", "today", "get_current_timestamp",
        "get_current_time", "transaction_timestamp", "localtime", "localtimestamp", "age",
    ), _MOVING),
    **dict.fromkeys(("random", "rand", "setseed", "uuid", "gen_random_uuid", "nextval", "hash"), _CHANCE),
    **dict.fromkeys((
        "any_value", "first", "last", "arbitrary", "arg_max", "arg_min", "max_by", "min_by", "mode", "list",
        "array_agg", "string_agg", "group_concat", "approx_quantile", "approx_distinct", "reservoir_quantile",
    ), _ANY),
}  # fmt: skip
"""Why some of the others are not among them."""


def name_of(node: exp.Func) -> str:
    """The name of a function as it is told to people, in small letters."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return str(node.name).lower()
    return node.sql_name().lower()

"""Functions that SQL of a rule may call: they depend on their arguments alone and reach nothing outside."""

from __future__ import annotations

FUNCTIONS = frozenset((
    # conditions and nulls
    "coalesce", "nullif", "ifnull", "greatest", "least", "exists", "in", "between", "and", "or", "xor", "case", "if",
    # numbers
    "abs", "sign", "round", "ceil", "ceiling", "floor", "trunc", "sqrt", "pow", "power", "ln", "log", "exp", "mod",
    "isnan",
    # text
    "lower", "upper", "trim", "ltrim", "rtrim", "length", "left", "right", "substring", "replace", "concat",
    "concat_ws", "contains", "starts_with", "startswith", "ends_with", "endswith", "strpos", "str_position",
    "split_part", "lpad", "rpad", "reverse", "like", "ilike",
    # days and times
    "year", "quarter", "month", "day", "week", "hour", "minute", "day_of_week", "dayofweek", "day_of_month",
    "dayofmonth", "day_of_year", "dayofyear", "isodow", "date_trunc", "datetrunc", "timestamp_trunc", "date_diff",
    "datediff", "date_add", "date_sub", "extract", "make_date", "date_part", "last_day", "ts_or_ds_to_date", "date",
    # aggregates
    "count", "count_if", "sum", "avg", "min", "max", "median", "stddev", "stddev_samp", "stddev_pop", "variance",
    "variance_pop", "bool_and", "bool_or", "logical_and", "logical_or", "percentile_cont", "percentile_disc",
    "quantile", "quantile_cont", "quantile_disc",
    # windows
    "row_number", "rank", "dense_rank", "ntile", "lag", "lead", "first_value", "last_value", "percent_rank",
    "cume_dist",
    # details of events
    "map_keys", "map_values", "cardinality", "element_at",
))  # fmt: skip

_OUTSIDE = "Rules read the tables of the reference alone; import what is outside as a data mart."
_MOVING = "Write $as_of, the day of the evaluation, so that a past day gives what it gave."
_CHANCE = "Use the condition sample, which gives the same customers every time."

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
}  # fmt: skip
"""Why some of the others are not among them."""

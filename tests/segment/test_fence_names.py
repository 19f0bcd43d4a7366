"""Names in SQL of rules: each stands for what it says, and nothing reaches a table or a file past the list."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from smc.config.days import Mistake
from smc.segment import fence_trial
from smc.segment.fence_trial import tried
from smc.warehouse import Warehouse
from tests.segment.fences import fence, members, whole

_NESTED = """select customer_id from customers where customer_id in
(with receipt as (select * from receipt) select r.customer_key from receipt r)"""
_SHADOWED = """with a as (select customer_id from receipts where total > 60)
select customer_id from receipts where customer_id not in (select customer_id from a) and customer_id in (
    with a as (select customer_id from events) select customer_id from a)"""
_CHAIN = """with a as (select customer_id, total from receipts), b as (select customer_id, sum(total) as spent from a
group by customer_id), c(who) as (select customer_id from b where spent > 100) select who as customer_id from c"""
_SAME_NAME = """with a as (select customer_id from receipts),
b as (with a as (select customer_id from a) select * from a) select customer_id from b"""
_BELOW = """select customer_id from customers where exists (with x as (select 1 as one from receipts) select 1 from x)
and exists (select 1 from x)"""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (_SHADOWED, {2}),
        (_CHAIN, {1}),
        (_SAME_NAME, {1, 2}),
        ("with A as (select Customer_ID from Receipts) select CUSTOMER_id from a", {1, 2}),
        (
            "with a as (select customer_id from receipts) select customer_id from a union select customer_id from a",
            {1, 2},
        ),
        ("with a as (select customer_id, day from receipts) select customer_id from (select * from a) x", {1, 2}),
        ("select r.customer_id from receipts r semi join events e using (customer_id)", {2}),
        ("select c.customer_id from customers c anti join receipts r on r.customer_id = c.customer_id", {3}),
        ("from receipts a join customers b using (customer_id, customer_id)", {1, 2}),
        ("from receipts -- a comment */ '\n where total > 60 /* \" */", {1}),
        ("with receipt as (select customer_id from receipts) select customer_id from receipt", {1, 2}),
    ],
)
def test_a_name_is_what_can_be_seen(text: str, keys: set[int], fence_store: Warehouse) -> None:
    assert members(fence_store, whole(text)) == keys


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("with receipt as (select * from receipt) select customer_id from receipt", "no table 'receipt'"),
        ("with receipt as (select * from receipt) select r.customer_key as customer_id from receipt r", "no table"),
        (_NESTED, "no table 'receipt'"),
        (_BELOW, "no table 'x'"),
        ("with a as (select * from b), b as (select customer_id from receipts) select customer_id from a", "'b'"),
        ("with a as (select customer_id from rfm), a as (select customer_id from rfm) select * from a", "two steps"),
        ("(with a as (select customer_id from receipts) select * from a) union select customer_id from a", "table 'a'"),
        ("with smc_of_rfm as (select customer_id from rfm) select customer_id from smc_of_rfm", "no name that can"),
        ("with smc_with_1 as (select customer_id from rfm) select customer_id from smc_with_1", "no name that can"),
        ("from smc_of_receipts", "no table 'smc_of_receipts'"),
        ('with "a b" as (select customer_id from receipts) select customer_id from "a b"', "no name that can"),
        ("with ä as (select customer_id from receipts) select customer_id from ä", "no name that can"),
        ("with Receipts as (select customer_id from rfm) select customer_id from Receipts", "the name of a table"),
        ("from reсeipts", "no table"),  # noqa: RUF001 - a letter of another alphabet
        ('from "main"."receipts"', "no table of the reference"),
        ("from memory.main.receipts", "no table of the reference"),
        ("from pg_catalog.pg_tables", "no table of the reference"),
        ("from sqlite_master", "no table 'sqlite_master'"),
        ("from duckdb_tables", "no table 'duckdb_tables'"),
        ("from df", "no table 'df'"),
        ("from main.query_table('receipt')", "function 'query_table'"),
        ("from pragma_table_info('receipt')", "function 'pragma_table_info'"),
        ("from receipts, unnest(['a']) t(x)", "function 'unnest'"),
        ("select r.customer_id from receipts r, lateral (select 1 from customers) x", "LATERAL"),
        ("from (values ('a')) v(customer_id)", "VALUES"),
        ("from receipts at (version => 1)", "HISTORICALDATA"),
        ("from (receipts a join customers b on true)", "not allowed"),
        ("select x.customer_id from receipts as x(a, b)", "keep their names"),
        ("from receipts positional join customers", "POSITIONAL JOIN"),
        ("from receipts natural join customers", "NATURAL JOIN"),
        ("select a.customer_id from receipts a asof join receipts b on a.day >= b.day", "ASOF JOIN"),
        ("from receipts, receipts", "two tables are named"),
        ("from receipts join customers using (citi)", "no column 'citi'"),
        ("select receipts.customer_id from receipts r", "no table 'receipts' here"),
        ("select r.* from receipts x", "no table 'r' here"),
        ("from receipts r where r is not null", "no column 'r'"),
        ("from receipts where rowid < 5", "no column 'rowid'"),
        ("from receipts where user = 'x'", "no column 'user'"),
        ("from receipts where current_user = 'x'", "function 'current_user'"),
        ("from receipts where exists (select current_schema from rfm)", "no column 'current_schema'"),
        ("from receipts where exists (select total as x, x as current_schema from rfm)", "no name that"),
        ("select customer_id as u from receipts where exists (select 1 from rfm where u = '3')", "no column 'u'"),
        ("from receipts where total.x > 5", "no table 'total' here"),
        ("from receipts r where r.total.x > 5", "is no column"),
        ("select columns(*) from receipts", "not allowed"),
        ("select * exclude (day) from receipts", "not allowed"),
        ("select * replace ('a' as customer_id) from receipts", "not allowed"),
        ("from receipts where count(r.*) > 1", "stands in a SELECT alone"),
        ("from receipts where main.lower(status) = 'x'", "DOT"),
        ("from receipts where \"read_text\"('x') = 'a'", "function 'read_text'"),
        ("from receipts where status = e'\\x41'", "not allowed"),
        ("from receipts where status = $$paid$$", "not allowed"),
        ("from receipts where list_transform([1], x -> x) = [1]", "not allowed"),
        ("from receipts where {'a': 1}.a = 1", "not allowed"),
        ("from receipts where cast(status as foo) = 'x'", "type foo is not allowed"),
        ("from receipts where cast(status as enum('x')) = 'x'", "is not allowed"),
        ("from receipts where try(total) > 5", "function 'try'"),
        ("from receipts where status similar to '(a+)+'", "SIMILARTO"),
        ("from receipts where status like any (select 1)", "ANY stands behind"),
        ("from receipts where status like 'a' escape 'bb'", "ESCAPE"),
        ("from receipts where status collate nocase = 'a'", "'collate' is not allowed"),
        ("from receipts tablesample 10%", "not allowed"),
        ("from receipts group by rollup (customer_id)", "ROLLUP"),
        ("from receipts window w as (order by day)", "not allowed"),
        ("table receipts", "not customer_id alone"),
        ("summarize receipts", "no SELECT"),
        ("pivot receipts on status using sum(total)", "no SELECT"),
        ("export database 'x'", "cannot be read"),
        ("load httpfs", "no SELECT"),
        ("call pragma_version()", "no SELECT"),
        ("explain select customer_id from receipts", "no SELECT"),
        ("create macro f(x) as x", "no SELECT"),
        ("prepare x as select 1", "no SELECT"),
    ],
)  # fmt: skip
def test_nothing_else_is_a_name(text: str, said: str) -> None:
    with pytest.raises(Mistake) as found:
        tried(fence(whole(text)))
    assert said in found.value.message


def test_a_file_is_read_by_no_name(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,customer_id\nsecret,00123\n", encoding="utf-8")
    step = f'with "{file}" as (select * from "{file}")'
    for text in (
        f"{step} select c.customer_id from customers c where exists (select 1 from \"{file}\" f where f.a = 'secret')",
        f'select customer_id from customers where exists ({step} select 1 from "{file}")',
        f'with x as (select * from "{file}") select customer_id from x',
        f"select customer_id from '{file}'",
        f'select customer_id from receipts join "{file}" using (customer_id)',
        f'select customer_id from receipts order by (select max(a) from "{file}") limit 1',
    ):
        with pytest.raises(Mistake):
            fence(text)


def test_the_database_itself_says_what_is_read() -> None:
    """The second lock holds where the first one is gone."""
    found = fence("select customer_id from receipts")
    assert found.sources == {"receipt", "customer_ident"}
    tried(found)
    with pytest.raises(Mistake, match="reads customer"):
        tried(replace(found, query=found.query + " union select customer_id from customer"))
    with pytest.raises(Mistake, match="reads"):
        tried(replace(found, query='with "/tmp/x.csv" as (select * from "/tmp/x.csv") select a from "/tmp/x.csv"'))
    for query in ("select * from '/etc/passwd'", "select * from read_text('/etc/passwd')", "select * from customer"):
        with pytest.raises(Mistake):
            tried(replace(found, trial=(query,)))


def test_every_name_behind_from_is_ours() -> None:
    """So that the database has nothing to look up but the tables that are written out in front."""
    query = fence(_SHADOWED).query
    own = query.index("smc_with_1 AS")
    behind = re.findall(r"(?:FROM|JOIN) (\w+)", query[own:])
    assert behind
    assert all(name.startswith(("smc_of_", "smc_with_")) for name in behind)


def test_what_takes_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ["a as (select 1 as x from receipts union all select 1 from receipts)"]
    pairs = pairwise("abcdefgh")
    steps += [f"{new} as (select l.x from {old} l, {old} r where l.x = r.x)" for old, new in pairs]
    monkeypatch.setattr(fence_trial, "_SECONDS", 0.3)
    with pytest.raises(Mistake, match="takes too long"):
        tried(fence(f"with {', '.join(steps)} select r.customer_id from receipts r join h on h.x = r.total"))
    tried(fence("select customer_id from receipts where total > 12345"))

"""SQL in rules: what is inside the fence gives the right customers, what is outside is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.days import Mistake
from smc.config.specs.project import MetricsSpec
from smc.segment.fence_tables import tables_of
from smc.segment.fence_trial import tried
from smc.warehouse import Warehouse
from tests.segment.deeds import FIELDS
from tests.segment.fences import fence, members
from tests.segment.worlds import IDS

_RANKED = """with big as (
    select customer_id, rank() over (order by sum(total) desc) as place from receipts group by customer_id
) select customer_id from big where place = 2"""
_EVERY_WAY = """select c.customer_id from customers c, (select * from receipts) r join events e using (customer_id)
where r.customer_id = c.customer_id and c.city is null"""
_ONE_STEP = """with most as (select total from receipts where total > 20 order by total, customer_id limit 1)
select r.customer_id from receipts r cross join most where r.total = most.total"""
_NEVER = """select customer_id from customers c
where not exists (select 1 from receipts r where r.customer_id = c.customer_id)"""
_LOOP = "with recursive a as (select customer_id from receipts union all select * from a) select * from a"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("select customer_id from receipts", {1, 2}),  # neither tomorrow's, nor cancelled ones, nor without a profile
        ("select customer_id from receipts group by customer_id having sum(total) > 100", {1}),
        ("select customer_id from receipts where day > $as_of - 1", set()),
        ("select r.customer_id from receipts r join events e on e.customer_id = r.customer_id", {2}),
        (_EVERY_WAY, {2}),
        ("select r.customer_id from receipts r, (select avg(total) as x from receipts) a where r.total * 2 > a.x", {1}),
        (_ONE_STEP, {2}),
        ("select customer_id from events where context['color'] = 'red'", {2}),
        ("select customer_id from containers where category_id = 'C' and product_id = 'p1'", {3}),
        ("select customer_id from pets where chip", {2}),
        ("select customer_id from customers where month(birth_date) = 3 and source_code = 'a'", {3}),
        ("select customer_id from customers except select customer_id from receipts", {3}),
        (_RANKED, {1}),
        (_NEVER, {3}),
        ("select '00123' as customer_id from receipts", {1}),
        ("select null as customer_id from receipts", set()),
        ("select distinct customer_id from receipts order by customer_id limit 1", {1}),
    ],
)  # fmt: skip
def test_inside(text: str, keys: set[int], fence_store: Warehouse) -> None:
    assert IDS[0] == "00123"
    assert members(fence_store, text) == keys


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select * from read_csv('/etc/passwd')", "function 'read_csv'"),
        ("select customer_id from receipts, glob('/*')", "function 'glob'"),
        ("select a.customer_id from receipts a, receipts b", "'b' is tied to no other table by a column"),
        ("select a.customer_id from receipts a cross join events b", "'b' is tied to no other"),
        ("select a.customer_id from receipts a left join events b on true", "'b' is tied to no other"),
        ("select a.customer_id from receipts a join events b on a.day < b.day", "'b' is tied to no other"),
        ("select a.customer_id from receipts a join events b on a.day = b.day or a.total = 1", "'b' is tied to no"),
        ("select a.customer_id from receipts a join events b on a.day = a.day", "'b' is tied to no other"),
        ("select a.customer_id from receipts a semi join events b on b.day = $as_of", "'b' is tied to no other"),
        ("select a.customer_id from receipts a, (select day from events)", "a SELECT behind FROM is tied to no other"),
        ("select a.customer_id from receipts a join tags b using (customer_id), events c", "'c' is tied to no other"),
        ("select customer_id from '/etc/passwd'", "no table '/etc/passwd'"),
        ('select customer_id from "data/x.parquet"', "no table 'data/x.parquet'"),
        ("select getenv('HOME') as customer_id from receipts", "function 'getenv'"),
        ("select current_setting('TimeZone') as customer_id from receipts", "function 'current_setting'"),
        ("select customer_id from query('select 1')", "function 'query'"),
        ("select customer_id from query_table('customer')", "function 'query_table'"),
        ("select customer_id from receipts where random() < 0.5", "function 'rand'"),
        ("select customer_id from receipts where day = today()", "function '"),
        ("select customer_id from receipts where day = current_date", "function 'current_date'"),
        ("select nextval('s') as customer_id from receipts", "function 'nextval'"),
        ("select customer_id from receipts; select 1", "2 statements"),
        ("", "0 statements"),
        ("-- only a comment", "0 statements"),
        ("insert into receipt select 1", "no SELECT"),
        ("update customer set email = null", "no SELECT"),
        ("create table x as select customer_id from receipts", "no SELECT"),
        ("copy (select 1) to 'x'", "no SELECT"),
        ("attach 'x.db'", "no SELECT"),
        ("pragma database_list", "no SELECT"),
        ("set memory_limit = '1GB'", "no SELECT"),
        ("install httpfs", "no SELECT"),
        ("describe receipts", "no SELECT"),
        ("values ('a')", "no SELECT"),
        ("select customer_id into x from receipts", "not allowed"),
        ("select customer_id from receipts using sample 10%", "not allowed"),
        ("select customer_id from main.receipts", "no table of the reference"),
        ("select customer_id from information_schema.tables", "no table of the reference"),
        ("select customer_id from duckdb_settings", "no table 'duckdb_settings'"),
        ("select customer_id from receipt", "no table 'receipt'"),
        ("select customer_id from customer_ident", "no table 'customer_ident'"),
        ("with receipts as (select 'a' as customer_id) select customer_id from receipts", "the name of a table"),
        (_LOOP, "RECURSIVE"),
        ("select customer_id, total from receipts", "not customer_id alone"),
        ("select total from receipts", "not customer_id alone"),
        ("select * from receipts", "not customer_id alone"),
        ("select customer_id from receipts where totl > 5", "no column 'totl'"),
        ("select r.customer_id from receipts r where r.totl > 5", "'r' has no column 'totl'"),
        ("select customer_id from receipts limit 5", "LIMIT without ORDER BY"),
        ("select customer_id from receipts where day > $since", "'$since'"),
        ("select customer_id from receipts where day > ?", "no value that is known"),
        ("select customer_id from (select 'a' as customer_id)", "reads no table"),
        ("select customer_id from receipts where (total > 5", "cannot be read at line 1"),
        ("select customer_id from receipts where status = 'x", "cannot be read"),
        ("select customer_id from receipts where total > 'much'", "does not work: Could not convert"),
        ("select customer_id from receipts where day > 5", "does not work"),
        ("select customer_id from receipts group by day", "does not work"),
        ("select customer_id from receipts where round(total, 1, 2) > 5", "does not work"),
        ("select customer_id from receipts a join receipts b on a.total = b.total", "does not work: Ambiguous"),
        ("select unnest(['a']) as customer_id from receipts", "not allowed"),
        ("select customer_id from receipts pivot (sum(total) for status in ('paid'))", "not allowed"),
        ("select columns('customer_id') from receipts", "not allowed"),
        ("select customer_id from receipts where status ~ 'x'", "not allowed"),
        ("select customer_id from receipts where regexp_matches(status, '(a+)+$')", "not allowed"),
        ("(select customer_id from receipts) union (select 'x' from rfm limit 1)", "LIMIT without ORDER BY"),
        ("from receipts select read_text('x') as customer_id", "function 'read_text'"),
        ("select customer_id from receipts where customer_id in (select content from read_text('/etc/passwd'))",
         "function 'read_text'"),
        ("select customer_id from receipts order by (select max(v) from read_csv('x') t(v))", "function 'read_csv'"),
        ("select 1 as customer_id from receipts" + " union select 1 from receipts" * 3000, "longer than"),
    ],
)  # fmt: skip
def test_outside(text: str, said: str) -> None:
    with pytest.raises(Mistake) as found:
        tried(fence(text))
    assert said in found.value.message
    assert found.value.remedy


def test_a_mart_named_like_a_table_of_the_warehouse_hides_nothing(fence_store: Warehouse) -> None:
    """Tables are written out under names that no table and no mart can have."""
    assert "smc_of_receipts" in fence("select customer_id from receipts").query
    assert members(fence_store, "select receipts.customer_id from receipts where receipts.total > 60") == {1}


def test_what_it_reads_is_told() -> None:
    found = fence("select customer_id from metrics where revenue > 5 union select customer_id from rfm")
    assert found.tables >= {"customer", "customer_metric", "rfm"}
    assert found.joins == {"m", "f"}
    assert fence("select customer_id from orders").joins == frozenset()


@pytest.mark.parametrize("table", tables_of(FIELDS, MetricsSpec()))
def test_every_column_can_be_read(table: str, fence_store: Warehouse) -> None:
    columns = [name for name in tables_of(FIELDS, MetricsSpec())[table].columns if name != "customer_id"]
    if table == "metrics":
        columns = columns[:20]
    tested = " and ".join(f'(t."{name}" is null or t."{name}" is not null)' for name in columns)
    assert members(fence_store, f"select customer_id from {table} t where {tested}") is not None


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(" ()'\"$;*,.=<>abcselctromuihdwpg_-/\\\n[]{}%1"), max_size=60))
def test_any_text_is_refused_in_plain_words_or_safe(text: str) -> None:
    try:
        found = fence(text)
    except Mistake:
        return
    assert found.tables


def test_long_conditions_are_taken_and_deep_ones_refused() -> None:
    tried(fence("select customer_id from receipts where " + " or ".join(f"status = '{n}'" for n in range(400))))
    with pytest.raises(Mistake, match="nested too deeply"):
        fence("select customer_id from receipts where " + "not " * 2000 + "total > 5")

"""Functions of SQL in rules: every name of the list can be called, and what data could stop has no value."""

from __future__ import annotations

import pytest

from smc.config.days import Mistake
from smc.segment.fence_functions import FUNCTIONS
from smc.segment.fence_trial import tried
from smc.warehouse import Warehouse
from tests.segment.fences import fence, members, whole

_OF_ROWS = """
coalesce(total, 1) = 1; nullif(total, 1) = 1; ifnull(total, 1) = 1; greatest(total, 1) = 1; least(total, 1) = 1
if(total > 1, 1, 2) = 1; abs(total) = 1; sign(total) = 1; round(total, 1) = 1; ceil(total) = 1; ceiling(total) = 1
floor(total) = 1; trunc(total) = 1; sqrt(total) = 1; pow(total, 2) = 1; power(total, 2) = 1; ln(total) = 1
log(total) = 1
exp(total) = 1; mod(total, 2) = 1; isnan(total / 3); lower(status) = 'a'; upper(status) = 'a'; trim(status) = 'a'
ltrim(status) = 'a'; rtrim(status, 'x') = 'a'; length(status) = 1; left(status, 2) = 'a'; right(status, 2) = 'a'
substring(status, 1, 2) = 'a'; replace(status, 'a', 'b') = 'a'; concat(status, 'a') = 'a'
concat_ws('-', status, 'a') = 'a'
contains(status, 'a'); starts_with(status, 'a'); ends_with(status, 'a'); strpos(status, 'a') = 1
split_part(status, '-', 1) = 'a'; lpad(status, 5, 'x') = 'a'; rpad(status, 5, 'x') = 'a'; reverse(status) = 'a'
year(day) = 1; quarter(day) = 1; month(day) = 1; day(day) = 1; week(day) = 1; hour(purchased_at) = 1
minute(purchased_at) = 1; dayofweek(day) = 1; dayofmonth(day) = 1; dayofyear(day) = 1; isodow(day) = 1
date_trunc('month', day) = $as_of; datetrunc('week', purchased_at) = $as_of; date_diff('day', day, $as_of) = 1
datediff('month', day, $as_of) = 1; date_add(day, interval 5 day) = $as_of; date_sub('month', day, $as_of) = 1
extract(year from day) = 1; date_part('year', day) = 1; make_date(2020, 1, 1) = day; last_day(day) = $as_of
date(purchased_at) = $as_of
"""
_OF_GROUPS = """
count(*) = 1; count_if(total > 1) = 1; sum(total) = 1; avg(total) = 1; min(total) = 1; max(total) = 1; median(total) = 1
stddev(total) = 1; stddev_samp(total) = 1; stddev_pop(total) = 1; variance(total) = 1; var_pop(total) = 1
bool_and(total > 1); bool_or(total > 1); percentile_cont(0.5) within group (order by total) = 1
percentile_disc(0.5) within group (order by total) = 1; quantile(total, 0.5) = 1; quantile_cont(total, 0.5) = 1
quantile_disc(total, 0.5) = 1
"""
_OF_WINDOWS = """
row_number() = 1; rank() = 1; dense_rank() = 1; ntile(4) = 1; lag(total) = 1; lead(total, 2) = 1; first_value(total) = 1
last_value(total) = 1; percent_rank() = 1; cume_dist() = 1
"""
_OF_EVENTS = """
map_keys(context)[1] = 'a'; map_values(context)[1] = 'a'; cardinality(context) = 1; element_at(context, 'a')[1] = 'a'
"""


def _each(texts: str) -> list[str]:
    return [part.strip() for part in texts.replace("\n", ";").split(";") if part.strip()]


def _statements() -> dict[str, str]:
    found = {}
    for part in _each(_OF_ROWS):
        found[part] = f"select customer_id from receipts where {part}"
    for part in _each(_OF_GROUPS):
        found[part] = f"select customer_id from receipts group by customer_id having {part}"
    for part in _each(_OF_WINDOWS):
        call = part.removesuffix(" = 1")
        found[part] = (
            f"select customer_id from receipts qualify {call} over (partition by customer_id order by day) = 1"
        )
    for part in _each(_OF_EVENTS):
        found[part] = f"select customer_id from events where {part}"
    return {call.split("(")[0]: text for call, text in found.items()}


STATEMENTS = _statements()


def test_every_name_has_a_call() -> None:
    assert STATEMENTS.keys() == FUNCTIONS


def test_every_name_can_be_called(fence_store: Warehouse) -> None:
    """All in one statement as well, so that one evaluation runs them all."""
    for text in STATEMENTS.values():
        tried(fence(whole(text)))
    members(fence_store, " union ".join(STATEMENTS.values()))


@pytest.fixture(scope="module")
def bad_store(fence_store: Warehouse) -> Warehouse:
    """Data as bad as an import lets them be."""
    largest = "9999999999999999.99"
    fence_store.run("update customer set first_name = case customer_key when 1 then '12' when 2 then 'x' end")
    fence_store.run("update customer set last_name = case customer_key when 1 then '1999-02-31' else '-1e400' end")
    fence_store.run("update customer set city = 'Nan'")
    fence_store.run("update customer set birth_date = date '9999-12-31' where customer_key = 2")
    fence_store.run(f"update receipt set total = {largest}, discount = -{largest} where customer_key = 2")
    fence_store.run("update receipt set total = 0, discount = 0 where customer_key = 1 and total = 50")
    return fence_store


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("from customers where cast(first_name as integer) = 12", {1}),
        ("from customers where first_name::decimal(18, 2) > 0 or last_name::double < 0", {1}),
        ("from customers where city::double > 0 or pow(-8, 0.5) > 0", set()),
        ("from customers where last_name::date is null", {1, 2, 3}),
        ("from customers where last_name::timestamptz > $as_of", set()),
        ("from customers where first_name::boolean", set()),
        ("from receipts where 1 / total > 0", {1, 2}),
        ("from receipts where 5 % total = 5 or 5 // total > 3 or mod(5, total) > 7", {1, 2}),
        ("from receipts where total * total * total * total > 0", {1}),
        ("from receipts where total + 1 > 0 and total - discount > 0", {2}),
        ("from receipts group by customer_id having sum(total * total * total) > 0", {1}),
        ("from receipts group by customer_id having avg(total * total) > 0", {1}),
        ("from receipts group by customer_id having sum(total) * sum(total) * sum(total) * 9 > 0", {1, 2}),
        ("from receipts group by customer_id having sum(total) / sum(discount) < 0", {2}),
        ("from receipts group by customer_id having stddev(exp(total)) > 0", {1}),
        ("from receipts where sqrt(discount) > 0 or ln(discount) > 0 or log(discount) > 0", set()),
        ("from customers where birth_date + interval (month(birth_date) * 100000) year > $as_of", {1}),
        ("from customers where birth_date + (month(birth_date) * 100000000)::int > registered_at", set()),
        ("from customers where make_date(year(birth_date), month(birth_date) + 11, 1) > $as_of", set()),
        ("from customers where date_trunc('month', birth_date) > $as_of", {2}),
        ("from customers where substring(city, 1, first_name::bigint * 999999999) = '12'", set()),
        ("from customers where lpad(first_name, 2, '') = '12'", {1}),
        ("from customers where abs(first_name::bigint - 9223372036854775807) > 0", {1}),
    ],
)  # fmt: skip
def test_no_data_stop_a_night(text: str, keys: set[int], bad_store: Warehouse) -> None:
    assert members(bad_store, whole(text)) == keys


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from customers where email > 5", "does not work"),
        ("from customers where email = 5", "does not work"),
        ("from customers where active or email = 5", "does not work"),
        ("from customers where email in (1, 2) and not active", "does not work"),
        ("from customers where case when active then false else email = 5 end", "does not work"),
        ("from customers where coalesce(active, email = 5)", "does not work"),
        ("from customers where 1 = 2 and birth_date = date '2020-13-01'", "does not work"),
        ("from customers where case when active then birth_date > 'soon' end", "does not work"),
        ("from customers where active and date_trunc('moon', birth_date) = $as_of", "does not work"),
        ("from rfm where recency > 9 and cell = 5 order by customer_id limit 0", "does not work"),
        ("from rfm except select customer_id from rfm where cell = 5", "does not work"),
        ("from rfm where not exists (select 1 from tags where false and tag = 5)", "does not work"),
        ("from rfm r anti join tags t on t.tag = r.recency", "does not work"),
        ("from rfm group by customer_id having max(cell) = 5 and false", "does not work"),
        ("from receipts where total > (select total from receipts)", "several rows"),
        ("from receipts o where (select max(o.total) from receipts i) > 5", "several rows"),
        ("from receipts o where (select max(total) over () from receipts i) > 5", "several rows"),
        ("from receipts o where (select max(total) from receipts i group by day) > 5", "several rows"),
        ("from receipts o where (select 1 from rfm union select 2 from rfm) > 5", "several rows"),
        ("from receipts where status::decimal(38, 0) > 5", "at most 18 digits"),
        ("from receipts where total / 0 > 5", "divided by 0"),
        ("from customers where birth_date + interval 9999999 year > $as_of", "does not work"),
        ("from customers where substring(city, -99999999999, 5) = 'x'", "does not work"),
        ("from receipts where lpad(status, total, 'x') = 'a'", "plain length"),
        ("from receipts where lpad(status, 1000000000, 'x') = 'a'", "plain length"),
        ("from receipts having make_date(1, 1, max(month(day))) > $as_of", "'make_date' does not take"),
        ("from receipts having max(total, 3) = 5", "not allowed"),
        ("from receipts qualify ntile(total) over (order by day) = 1", "plain number"),
        ("from receipts qualify lag(total, total) over (order by day) = 1", "plain number"),
        ("from receipts where purchased_at at time zone status > $as_of", "plain text"),
        ("from receipts where purchased_at at time zone 'Mars' > $as_of", "does not work"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_before_the_night(text: str, said: str) -> None:
    with pytest.raises(Mistake) as found:
        tried(fence(whole(text)))
    assert said in found.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from customers qualify row_number() over () <= 10", "'row_number' without ORDER BY"),
        ("from customers qualify ntile(2) over (partition by city) = 1", "'ntile' without ORDER BY"),
        ("from receipts qualify lag(day) over (partition by customer_id) = $as_of", "without ORDER BY"),
        ("from receipts group by customer_id having first_value(total) = 1", "needs an OVER"),
        ("select distinct on (city) customer_id from customers", "DISTINCT ON"),
        ("from customers order by registered_at limit 5", "leaves open who comes first"),
        ("from customers where city in (select tag from tags limit 5)", "LIMIT without ORDER BY"),
        ("from (select customer_id from customers order by city limit 5) x", "leaves open"),
        ("from customers order by registered_at offset 5", "leaves open who comes first"),
        ("from customers fetch first 5 rows only", "FETCH"),
        ("from customers order by customer_id limit 10%", "not allowed"),
        ("from customers order by customer_id limit (select count(*) from rfm)", "plain number"),
        ("from receipts having any_value(total) > 5", "'any_value' is not allowed"),
        ("from receipts having first(total) > 5", "'first' is not allowed"),
        ("from receipts having arg_max(total, day) > 5", "'arg_max' is not allowed"),
        ("from receipts having mode(total) > 5", "'mode' is not allowed"),
        ("from receipts having list(total)[1] > 5", "not allowed"),
        ("from receipts having sum(total) over (rows 1 preceding) > 5", "needs an ORDER BY"),
        ("from receipts qualify sum(total) over (order by day range 5 preceding) > 5", "number of rows"),
        ("from receipts having percentile_cont(0.9) within group (order by total desc) > 1", "smallest"),
    ],
)  # fmt: skip
def test_chance_is_refused(text: str, said: str) -> None:
    with pytest.raises(Mistake) as found:
        tried(fence(whole(text)))
    assert said in found.value.message


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("from customers order by city, customer_id limit 1", "ORDER BY city, customer_id, 1 LIMIT"),
        ("from rfm where cell = (select cell from rfm order by recency limit 1)", "recency, 1 LIMIT"),
        ("from receipts qualify row_number() over (order by day) = 1",
         "ORDER BY day, receipts.customer_id, receipts.day)"),
        ("from receipts group by customer_id, status qualify ntile(2) over (order by max(day)) = 1",
         "ORDER BY MAX(day), customer_id, status)"),
        ("from receipts r join tags t using (customer_id) qualify lag(day) over (order by tag) = day",
         "ORDER BY tag, r.customer_id, r.day, t.customer_id, t.tag)"),
        ("from receipts qualify rank() over (order by day) = 1", "ORDER BY day)"),
    ],
)  # fmt: skip
def test_equal_rows_are_told_apart_by_all_their_columns(text: str, order: str) -> None:
    found = fence(whole(text))
    tried(found)
    assert order in found.query


def test_counting_rows_reads_no_column() -> None:
    found = fence("select customer_id from metrics where revenue > (select count(*) from receipts)")
    assert found.joins == {"m"}
    assert '"store_id"' not in found.query
    every = fence("select customer_id from (select * from metrics) x where revenue > 5")
    assert "m" in every.joins
    assert "p" not in every.joins
    named = fence("select customer_id from (select * from metrics) x where probability_alive > 0.5")
    assert "p" in named.joins


def test_sums_of_money_stay_exact(fence_store: Warehouse) -> None:
    text = "select customer_id from receipts group by customer_id having sum(total * 0.1) = 15 and sum(total) * 2 = 300"
    assert "DOUBLE" not in fence(text).query
    assert members(fence_store, text) is not None

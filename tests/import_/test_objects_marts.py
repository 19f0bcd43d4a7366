"""Data marts: tables that fields.yaml declares, made and widened when their feed loads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from smc.config.document import parse
from smc.config.specs.columns import OWN, RESERVED
from smc.config.specs.project import FieldsSpec

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

SCORE: dict[str, Any] = {"title": "Scores", "fields": {"churn": {"title": "Will leave", "type": "decimal"}}}
SIZES: dict[str, Any] = {
    "title": "Sizes",
    "rows": "many",
    "key": ["brand"],
    "fields": {"brand": {"title": "Brand", "type": "string"}, "size": {"title": "Size", "type": "integer"}},
}


def marts(**given: Any) -> FieldsSpec:
    return FieldsSpec.model_validate({"marts": given})


def feed(shop: Shop, name: str, *fields: str, **more: Any) -> Any:
    return shop.feed(f"mart_{name}", {field: field for field in fields}, **more)


def test_one_row_for_a_customer(shop: Shop) -> None:
    shop.fields = marts(score=SCORE)
    score = feed(shop, "score", "customer_id", "churn")
    file = shop.one("mart_score-1.csv", "customer_id,churn\n0c1,0.1234\nc2,0.12345\n", score=score)
    assert (file.accepted, file.rejected) == (1, 1)
    shop.one("mart_score-2.csv", "customer_id,churn\n0c1,0.5\n", score=score)
    assert shop.rows("select customer_id, churn from mart_score join customer_ident using (customer_key)") == [
        ("0c1", Decimal("0.5"))
    ]
    assert shop.rows(
        "select comment from duckdb_columns() where table_name = 'mart_score' and column_name = 'churn'"
    ) == [("Will leave",)]


def test_many_rows_for_a_customer(shop: Shop) -> None:
    shop.fields = marts(sizes=SIZES)
    sizes = feed(shop, "sizes", "customer_id", "brand", "size", mode="replace", vanish_limit="100%")
    shop.one("mart_sizes-1.csv", "customer_id,brand,size\nc1,A,40\nc1,B,41\nc2,A,9876543210\n", sizes=sizes)
    file = shop.one("mart_sizes-2.csv", "customer_id,brand,size\nc1,A,42\n", sizes=sizes)
    assert file.state == "loaded"
    assert shop.rows(
        "select customer_id, brand, size from mart_sizes join customer_ident using (customer_key) order by all"
    ) == [("c1", "A", 42), ("c2", "A", 9876543210)]


def test_a_new_field_becomes_a_column(shop: Shop) -> None:
    shop.fields = marts(score=SCORE)
    shop.one("mart_score-1.csv", "customer_id,churn\nc1,0.1\n", score=feed(shop, "score", "customer_id", "churn"))
    more = {**SCORE["fields"], "since": {"title": "Since", "type": "date"}}
    shop.fields = marts(score={**SCORE, "fields": more, "title": "Our scores"})
    shop.one(
        "mart_score-2.csv", "customer_id,since\nc1,2017-01-02\n", score=feed(shop, "score", "customer_id", "since")
    )
    assert shop.rows("select churn, since from mart_score") == [(Decimal("0.1"), date(2017, 1, 2))]
    assert shop.rows("select title from mart") == [("Our scores",)]


def test_another_type_or_key_is_refused(shop: Shop) -> None:
    shop.fields = marts(score=SCORE, sizes=SIZES)
    score, sizes = feed(shop, "score", "customer_id", "churn"), feed(shop, "sizes", "customer_id", "brand", "size")
    shop.one("mart_score-1.csv", "customer_id,churn\nc1,0.1\n", score=score)
    shop.one("mart_sizes-1.csv", "customer_id,brand,size\nc1,A,40\n", sizes=sizes)
    shop.fields = marts(
        score={**SCORE, "fields": {"churn": {"title": "Will leave", "type": "string"}}},
        sizes={**SIZES, "key": ["brand", "size"]},
    )
    file = shop.one("mart_score-2.csv", "customer_id,churn\nc1,high\n", score=score)
    assert file.state == "refused"
    assert "was of type decimal, and is of type string now" in file.reason
    assert "another name" in file.reason
    file = shop.one("mart_sizes-2.csv", "customer_id,brand,size\nc1,A,41\n", sizes=sizes)
    assert file.state == "refused"
    assert "told apart by customer_id, brand, and are by customer_id, brand, size now" in file.reason
    assert shop.rows("select size from mart_sizes") == [(40,)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("marts: {m: {title: M, rows: many, fields: {a: {title: A, type: date}}}}", 1, "needs a key"),
        ("marts: {m: {title: M, key: [a], fields: {a: {title: A, type: date}}}}", 1, "rows: one has none"),
        ("marts: {m: {title: M, rows: many, key: [b], fields: {a: {title: A, type: date}}}}", 1, "names 'b'"),
        ("marts:\n  m:\n    title: M\n    fields:\n      select: {title: A, type: date}", 5, "a word of SQL"),
        ("marts:\n  m:\n    title: M\n    fields:\n      customer_id: {title: A, type: date}", 5, "uses itself"),
        ("marts:\n  m:\n    title: M\n    fields:\n      Größe: {title: A, type: date}", 5, ""),
        ("order_statuses:\n  shipping: {}", 2, "shipping"),
        ("marts: {m: {title: M, fields: {}}}", 1, ""),
    ],
)
def test_mistakes_in_fields_yaml(text: str, line: int, words: str) -> None:
    _, problems = parse(text, FieldsSpec, file=Path("fields.yaml"))
    assert [problem.place.line for problem in problems] == [line]
    assert words in problems[0].message


def test_every_word_that_duckdb_reserves_is_refused() -> None:
    with duckdb.connect() as connection:
        words = connection.execute(
            "select distinct keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
        ).fetchall()
        for (word,) in words:
            try:
                connection.execute(f"create or replace table t ({word} int, b int)")
                connection.execute(f"insert into t ({word}) select i.{word} as {word} from (select {word}, b from t) i")
            except duckdb.Error:
                assert word in RESERVED, word
    assert RESERVED.isdisjoint(OWN)

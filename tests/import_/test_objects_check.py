"""Feeds of the project's own objects are checked against fields.yaml, and load in the order of the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smc.config.document import parse
from smc.config.objects import objects_of
from smc.config.profile import profile_fields
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.import_.check import check_feed
from smc.import_.run import in_order

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

FIELDS = FieldsSpec.model_validate(
    {
        "receipt": {"till": {"title": "Till", "type": "integer"}},
        "order_statuses": {"general": {"new": {"title": "New"}}},
        "marts": {"score": {"title": "Scores", "fields": {"churn": {"title": "Churn", "type": "decimal"}}}},
    }
)


def problems(item: str, fields: str) -> list[str]:
    text = f"title: T\nobject: {item}\nsource: {{local: {{path: drops}}}}\nfiles: '*.csv'\nfields: {fields}\n"
    document, found = parse(text, FeedSpec, file=Path("feeds/one.yaml"))
    assert document is not None, found
    return [problem.message for problem in check_feed(document, FIELDS)]


@pytest.mark.parametrize(
    ("item", "fields", "expected"),
    [
        ("mart_score", "{customer_id: id, churn: c}", []),
        ("mart_score", "{customer_id: id, chrun: c}", ["mart_score has no field 'chrun'"]),
        ("mart_scores", "{customer_id: id}", ["there is no object 'mart_scores'"]),
        ("receipt", "{receipt_id: r, purchased_at: p, total: t, custom.till: l}", []),
        ("store", "{store_id: r, custom.till: l}", ["custom field 'custom.till' is not declared in fields.yaml"]),
        ("card", "{card_id: r, custom.till: l}", ["custom field 'custom.till' is not declared in fields.yaml"]),
        ("poll_answer", "{poll: p, question: q, customer_id: c, answer: a, custom.till: l}",
         ["poll_answer has no field 'custom.till'"]),
        ("order", "{order_id: o, status: s}", []),
        ("order", "{order_id: o, payment_status: s}", ["fields.yaml lists no codes for 'payment_status' of order"]),
        ("order", "{order_id: o, status: {constant: old}}", ["'old' is not one of new"]),
        ("event", "{name: n, occurred_at: o}", []),
        ("event", "{name: n}", ["event needs the field 'occurred_at' (When), which is not mapped"]),
        ("bonus_balance", "{customer_id: c}", []),
        ("container", "{customer_id: c, product_id: p}",
         ["container needs the field 'container' (Name of the list), which is not mapped"]),
    ],
)  # fmt: skip
def test_feeds_are_checked_against_fields_yaml(item: str, fields: str, expected: list[str]) -> None:
    assert problems(item, fields) == expected


def test_feeds_load_in_the_order_of_the_catalogue(shop: Shop) -> None:
    names = list(objects_of(FIELDS))
    feeds = {name: shop.feed(name, {"customer_id": "id"}) for name in sorted(names)}
    assert [name for name, _ in in_order(feeds, FIELDS)] == names
    assert names.index("dictionary") < names.index("category") < names.index("product") < names.index("customer")
    assert names.index("customer") < names.index("receipt") < names.index("receipt_line") < names.index("mart_score")


def test_rules_and_templates_may_ask_who_is_active() -> None:
    assert profile_fields(FIELDS)["active"].type == "boolean"


def test_a_custom_field_has_a_name_of_its_own() -> None:
    text = "customer:\n  active: {title: A, type: boolean}\n"
    _, found = parse(text, FieldsSpec, file=Path("fields.yaml"))
    assert ["has a field 'active' of its own" in problem.message for problem in found] == [True]

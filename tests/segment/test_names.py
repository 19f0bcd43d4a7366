"""Names that only the warehouse knows: unknown ones are told together, with who uses them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.errors import RunError
from smc.segment.ground import Ground
from smc.segment.resolve import Resolved, resolve
from smc.segment.show import size
from smc.segment.vocabulary import Defined
from smc.warehouse import Warehouse
from tests.segment.rules import Data, rule, segment

AS_OF = date(2026, 3, 2)
PROJECT = Defined({"welcome": 3, "spring": 1}, {"email", "viber"}, {"promo"}, {"past_mailing", "contact_point"})
_ITEMS = (
    "('jobs', 'baker', 'Baker', map {'paid': 'yes', 'region': 'North'}), ('jobs', 'pupil', null, map {'paid': 'no'}), "
    "('sizes', 's', 'Small', null)"
)
_STATEMENTS = (
    "insert into past_mailing values ('autumn', 'Autumn', 'post', date '2025-10-01', null)",
    "insert into past_message values ('told', 1, date '2025-10-01')",
    "insert into contact_point (channel, address, customer_key) values ('telegram', 'x', 1)",
    "insert into promocode (code, pool) values ('1', 'ten percent')",
    "insert into poll_answer (poll, question, customer_key, answer) values ('taste', 'drink', 1, 'tea')",
    "insert into store (store_id) values ('S1')",
    "insert into product (product_key, brand) values (1, 'Acme')",
    f"insert into dictionary values {_ITEMS}",
    "insert into campaign_version values ('gone', 'campaign', 1, 'x', '{}', date '2025-01-01')",
)


def _resolved(warehouse: Warehouse, segments: dict[str, Data], defined: Defined | None = PROJECT) -> Resolved:
    for text in _STATEMENTS:
        warehouse.run(text)
    specs = {name: segment(data) for name, data in segments.items()}
    given: Any = {"fields": FieldsSpec(), "metrics": MetricsSpec(), "as_of": AS_OF, "defined": defined}
    return resolve(warehouse, segments=specs, rules={}, **given)


_KNOWN: tuple[Data, ...] = (
    {"message": {"campaign": ("welcome", "autumn", "told", "gone"), "channel": ("email", "viber", "post")}},
    {"reaction": {"where": {"campaign": {"not_in": ("spring", "told")}}}},
    {"reachable": "telegram"},
    {"metric": {"name": "favourite_store", "equals": "S1"}},
    {"metric": {"name": "favourite_brand", "not_equals": "Acme"}},
    {"promocode": {"state": "issued", "group": "ten percent"}},
    {"poll": {"poll": "taste"}},
    {"receipt": {"where": {"store_city": "Nowhere"}}},
    {"not": {"dictionary": {"field": "city", "name": "jobs", "where": {"region": {"not_equals": "North"}}}}},
    {"dictionary": {"field": "city", "name": "jobs", "where": {"paid": ("yes", "no"), "title": {"contains": "bak"}}}},
    {"dictionary": {"field": "city", "name": "sizes"}},
)


def test_known_names(warehouse: Warehouse) -> None:
    assert _resolved(warehouse, {f"s{number}": data for number, data in enumerate(_KNOWN)})


def test_all_unknown_names_are_told_with_their_segments(warehouse: Warehouse) -> None:
    wrong: dict[str, Data] = {
        "a": {"not": {"message": {"campaign": "welcom", "channel": "pst"}}},
        "b": {"reaction": {"campaign": ("spring", "autum")}},
        "c": {"reachable": "telegrm"},
        "d": {"metric": {"name": "favourite_store", "equals": "S9"}},
        "e": {"metric": {"name": "favourite_brand", "in": ("Acme", "Acne")}},
        "f": {"promocode": {"state": "used", "group": "ten percnt"}},
        "g": {"poll": {"poll": "tast", "question": "drink"}},
    }
    with pytest.raises(RunError) as raised:
        _resolved(warehouse, wrong)
    assert str(raised.value).splitlines()[1:] == [
        "  segment 'a': unknown campaign or mailing 'welcom'; nearest: 'welcome'",
        "  segment 'a': unknown channel 'pst'; nearest: 'post'",
        "  segment 'b': unknown campaign or mailing 'autum'; nearest: 'autumn'",
        "  segment 'c': unknown channel 'telegrm'; nearest: 'telegram'",
        "  segment 'd': unknown store 'S9'",
        "  segment 'e': unknown brand 'Acne'; nearest: 'Acme'",
        "  segment 'f': unknown promocode group 'ten percnt'; nearest: 'ten percent'",
        "  segment 'g': unknown poll 'tast'; nearest: 'taste'",
        "  Correct the names, or import them first.",
    ]


def test_a_category_of_a_further_classifier_is_nobodys_favourite(warehouse: Warehouse) -> None:
    warehouse.run("insert into category_ident values (7, 'summer')")
    warehouse.run("insert into product_category values (1, 'season', 7)")
    assert _resolved(warehouse, {"a": {"not": {"bought": {"category": "summer"}}}})
    with pytest.raises(RunError, match="segment 'b': the category 'summer' is of a further classifier"):
        _resolved(warehouse, {"b": {"not": {"metric": {"name": "favourite_category", "equals": "summer"}}}})


def _jobs(**where: Data) -> Data:
    return {"not": {"dictionary": {"field": "city", "name": "jobs", "where": where}}}


def test_what_a_dictionary_does_not_have_is_told_and_widens_nothing(warehouse: Warehouse) -> None:
    wrong: dict[str, Data] = {
        "a": {"dictionary": {"field": "city", "name": "jbos"}},
        "b": _jobs(regoin={"not_equals": "North"}, paid={"equals": "yes"}),
        "c": _jobs(region={"not_in": ("Nroth", "North")}),
        "d": _jobs(title={"equals": "Pupil"}),
        "e": _jobs(region={"equals": "North"}, paid={"equals": "no"}),
        "f": _jobs(code={"starts_with": "x"}),
    }
    with pytest.raises(RunError) as raised:
        _resolved(warehouse, wrong)
    assert str(raised.value).splitlines()[1:] == [
        "  segment 'a': there is no dictionary 'jbos'; nearest: 'jobs'",
        "  segment 'b': items of the dictionary 'jobs' have no field 'regoin'; nearest: 'region'",
        "  segment 'c': no item of the dictionary 'jobs' has the region 'Nroth'; nearest: 'North'",
        "  segment 'd': no item of the dictionary 'jobs' has the title 'Pupil'",
        "  segment 'e': no item of the dictionary 'jobs' is as asked",
        "  segment 'f': no item of the dictionary 'jobs' is as asked",
        "  Correct the names, or import the dictionary first.",
    ]


def test_names_without_keys_can_be_left_alone(warehouse: Warehouse) -> None:
    assert _resolved(warehouse, {"a": {"poll": {"poll": "nosuch"}}, "b": {"message": {"campaign": "nosuch"}}}, None)


def test_a_rule_that_is_asked_for_is_no_filter_of_a_campaign(warehouse: Warehouse) -> None:
    ground = Ground(warehouse, {}, FieldsSpec(), MetricsSpec(), AS_OF)
    with pytest.raises(RunError, match="the rule: unknown brand 'Acne'") as raised:
        size(ground, rule({"bought": {"brand": "Acne"}}))
    assert "campaign" not in str(raised.value)

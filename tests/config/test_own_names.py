"""Names of the shop that would hide one of smc, or be hidden by it, are refused with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.document import parse
from smc.config.facts import facts_of
from smc.config.metrics import field_names, find_field
from smc.config.problem import Problem
from smc.config.specs.project import FieldsSpec
from smc.model.facts import FACT_OF, facts, names_of_facts, names_over
from smc.model.objects import OBJECTS

FREE = {
    "dictionary": "fields: details by any name", "event": "context: details by any name",
    "web_event": "context: details by any name", "product_category": "a place", "subscription": "a permission, logged",
    "tag_member": "a place in a list", "control_member": "a place in a list", "promocode_use": "a day",
    "poll_answer": "an answer", "past_mailing": "history of another system", "past_message": "history",
    "past_message_event": "history",
}  # fmt: skip
"""Objects without fields of the shop, and what they have, or are, instead."""


def refused(text: str) -> list[Problem]:
    return parse(text, FieldsSpec, file=Path("fields.yaml"))[1]


def test_every_other_object_has_fields_of_the_shop() -> None:
    own = {name for name, item in OBJECTS.items() if item.custom}
    assert own == {*OBJECTS} - {*FREE}
    assert own == {*FieldsSpec.model_fields} - {"order_statuses", "marts"}
    assert own - {*FACT_OF} == {"customer", "product", "store", "category", "region", "contact_point"}


@pytest.mark.parametrize("item", list(FACT_OF))
def test_no_field_can_have_a_name_that_metrics_know(item: str) -> None:
    known = field_names(facts_of(FieldsSpec()), FACT_OF[item])
    assert names_over(item) == set(known)
    goods = {"category", "product", "store", "brand", "product_name", "product_id", "category_id", "day"}
    assert goods <= set(known) or not item.startswith(("receipt", "order"))
    text = "".join(f"  {name}: {{title: T, type: string}}\n" for name in known)
    found = refused(f"{item}:\n  mine: {{title: T, type: string}}\n{text}")
    assert [(one.place.line, one.place.column) for one in found] == [(line, 3) for line in range(3, 3 + len(known))]
    assert all("give the " in one.message and "another name" in one.message for one in found)


@pytest.mark.parametrize(
    ("item", "name", "said"),
    [
        ("product", "id", "'product_id' already means something"),
        ("store", "id", "'store_id' already means something"),
        ("category", "id", "'category_id' already means something"),
        ("receipt_line", "product_note", "begin with 'product_' are those of fields of the product over rows"),
        ("order_line", "category_note", "begin with 'category_'"),
        ("receipt", "store_note", "begin with 'store_'"),
        ("container", "product_note", "begin with 'product_'"),
    ],
)
def test_rows_have_fields_of_what_they_name(item: str, name: str, said: str) -> None:
    (problem,) = refused(f"{item}:\n  {name}: {{title: T, type: string}}\n")
    assert (problem.place.line, problem.place.column, said in problem.message) == (2, 3, True)


def test_names_that_mean_nothing_are_free() -> None:
    given = {item: {"mine": {"title": "T", "type": "string"}} for item in OBJECTS if item not in FREE}
    known = facts_of(FieldsSpec.model_validate(given))
    assert all(find_field(known, fact, "mine") is not None for fact in FACT_OF.values())
    assert not refused("product:\n  category: {title: T, type: string}\n")


@pytest.mark.parametrize("name", sorted(facts({})))
def test_no_mart_can_have_the_name_of_a_fact(name: str) -> None:
    assert name in names_of_facts()
    text = "title: T, fields: {size: {title: S, type: integer}}"
    found = refused(f"marts:\n  sizes: {{{text}}}\n  {name}: {{{text}}}\n")
    assert [(one.place.line, one.place.column) for one in found] == [(3, 3)]
    assert "give the mart another name" in found[0].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{title: P, type: dictionary}", "says which one"),
        ("{title: P, type: string, dictionary: pets}", "others have none"),
        ("{title: P, type: dictionary, dictionary: pets, writable: true}", "known to imports only"),
    ],
)
def test_a_field_of_codes_names_its_dictionary(text: str, said: str) -> None:
    (problem,) = refused(f"customer: {{pet: {text}}}\n")
    assert said in problem.message

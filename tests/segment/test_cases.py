"""What a test of a segment may leave out, and what is said about its mistakes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.config.days import REMEDY
from smc.config.document import parse
from smc.config.specs.project import FieldsSpec
from smc.config.specs.rule import SegmentsSpec
from smc.segment.trial.check import Case, read_cases, shapes_of
from smc.segment.trial.given import Given
from smc.segment.trial.names import lacking, named
from smc.segment.trial.rows import Row

D = date(2017, 12, 31)
FIELDS = FieldsSpec.model_validate(
    {
        "customer": {"kids": {"title": "Children", "type": "integer"}},
        "marts": {"score": {"title": "Score", "fields": {"points": {"title": "Points", "type": "decimal"}}}},
    }
)


def read(rows: dict[str, tuple[object, ...]]) -> list[Row]:
    """The rows of a test without mistakes."""
    reader = Given(shapes_of(FIELDS), D)
    found = reader.read(rows, ("given",))
    assert not reader.mistakes
    return list(found)


def cells(rows: list[Row], name: str) -> list[dict[str, str | None]]:
    return [dict(row.cells) for row in rows if row.object == name]


def test_what_is_only_named_is_there() -> None:
    rows = read(
        {"receipt": ({"customer_id": "anna", "store_id": "s1", "lines": ({"category": "tea", "brand": "B"},)},)}
    )
    assert cells(rows, "customer") == [{"customer_id": "anna"}]
    assert cells(rows, "product") == [{"product_id": "any tea B product", "category_id": "tea", "brand": "B"}]
    assert cells(rows, "category") == [{"category_id": "tea"}]
    assert cells(rows, "store") == [{"store_id": "s1"}]
    assert cells(rows, "receipt") == [
        {"customer_id": "anna", "store_id": "s1", "total": "10.00", "receipt_id": "receipt 1",
         "purchased_at": "2017-12-31 12:00:00"},
    ]  # fmt: skip
    assert cells(rows, "receipt_line") == [
        {"receipt_id": "receipt 1", "line_no": "1", "quantity": "1", "amount": "10.00",
         "product_id": "any tea B product"},
    ]  # fmt: skip


def test_a_category_may_be_named_as_the_given_one_is() -> None:
    rows = read(
        {
            "category": ({"category_id": "12", "name": "Tea"},),
            "customer": ({"customer_id": "a", "bought": ({"category": "Tea"},)},),
        }
    )
    assert [row["category_id"] for row in cells(rows, "product")] == ["12"]
    assert len(cells(rows, "category")) == 1


def test_receipts_of_a_habit_end_on_the_day_that_is_named() -> None:
    habit = {"on": "today - 3 days 18:30", "times": 3, "every": 7, "amount": Decimal("2.50"), "product": "p"}
    rows = read({"customer": ({"customer_id": "a", "bought": (habit,)},)})
    assert [row["purchased_at"] for row in cells(rows, "receipt")] == [
        "2017-12-14 18:30:00", "2017-12-21 18:30:00", "2017-12-28 18:30:00",
    ]  # fmt: skip
    assert {row["total"] for row in cells(rows, "receipt")} == {"2.50"}


def test_rows_stand_inside_what_they_belong_to() -> None:
    rows = read(
        {
            "customer": (
                {
                    "customer_id": "a", "kids": 2, "tags": ("vip",), "mart_score": ({"points": Decimal("1.5")},),
                    "subscription": ({"channel": "email", "category": "news"},), "email": None,
                    "order": ({"order_id": "o", "lines": ({"product": "p", "quantity": 2},)},),
                    "entry": ({"campaign": "welcome", "steps": ({"step": 1, "outcome": "messaged"},)},),
                    "message": ({"campaign": "welcome", "planned_on": "today - 1 day"},),
                },
            ),
        }
    )  # fmt: skip
    assert cells(rows, "customer") == [{"customer_id": "a", "custom.kids": "2", "email": None}]
    assert cells(rows, "tag_member") == [{"customer_id": "a", "tag": "vip"}]
    assert cells(rows, "mart_score") == [{"customer_id": "a", "points": "1.5"}]
    assert cells(rows, "subscription")[0]["state"] == "yes"
    assert cells(rows, "order_line")[0]["order_id"] == "o"
    assert cells(rows, "step_log")[0]["entry_key"] == cells(rows, "entry")[0]["entry_key"] == "entry 1"
    assert cells(rows, "message")[0]["planned_on"] == "2017-12-30"


@given(
    total=st.integers(0, 100_000),
    lines=st.lists(st.one_of(st.none(), st.integers(0, 5_000)), min_size=1, max_size=7),
)
def test_lines_share_exactly_what_the_total_leaves(total: int, lines: list[int | None]) -> None:
    written = tuple({} if one is None else {"amount": Decimal(one) / 100} for one in lines)
    receipt = {"customer_id": "a", "total": Decimal(total) / 100, "lines": written}
    amounts = [Decimal(row["amount"] or "") for row in cells(read({"receipt": (receipt,)}), "receipt_line")]
    if None in lines:
        assert sum(amounts) == Decimal(total) / 100
    assert [amount for amount, one in zip(amounts, lines, strict=True) if one is not None] == [
        Decimal(one) / 100 for one in lines if one is not None
    ]


def test_goods_that_only_rules_name_are_added_once() -> None:
    text = "segments: {a: {title: A, rule: {bought: {category: tea, brand: B, store: s, product: p}}}}\n"
    doc, problems = parse(text, SegmentsSpec, file=Path("x.yaml"))
    assert doc is not None
    assert not problems
    names = list(named(doc.spec.segments["a"].rule, {}))
    assert sorted(names) == [("brand", "B"), ("category", "tea"), ("product", "p"), ("store", "s")]
    here = (Row("category", {"category_id": "1", "name": "tea"}, ()), Row("store", {"store_id": "s"}, ()))
    assert [(row.object, dict(row.cells)) for row in lacking(here, iter(names))] == [
        ("product", {"product_id": "p"}), ("product", {"product_id": "any B product", "brand": "B"}),
    ]  # fmt: skip


HEAD = "segments: {some: {title: Some, rule: {tag: vip}}}\ntests:\n  t:\n    as_of: 2017-12-31\n"


def problems_of(text: str) -> list[tuple[int, int, str, str]]:
    doc, problems = parse(HEAD + text, SegmentsSpec, file=Path("x.yaml"))
    if doc is not None:
        problems = read_cases([doc], ["some"], FIELDS)[1]
    return [(one.place.line, one.place.column, one.message, one.remedy) for one in problems]


@pytest.mark.parametrize(
    ("given_", "expect", "place", "said"),
    [
        ("customr: [a]", "some: []", (6, 7), "there is no object 'customr'|Did you mean 'customer'?"),
        ("customer: [{customer_id: a, mail: x}]", "some: []", (6, 35),
         "customer has no field 'mail'|Did you mean 'email'?"),
        ("customer: [{customer_id: 7}]", "some: []", (6, 32),
         'customer_id is a text, but here is 7|Put it into quotes: "7".'),
        ("customer: [{email: a@b}]", "some: []", (6, 18), "customer needs customer_id|Add it to the row."),
        ("customer: [a, a]", "some: []", (6, 21), "customer with customer_id a is given twice|Keep one of them."),
        ("customer: [{customer_id: a, bought: [{onn: today}]}]", "some: []", (6, 45),
         "bought has no key 'onn'|Did you mean 'on'?"),
        ("customer: [{customer_id: a, bought: {on: today}}]", "some: []", (6, 43),
         "expected a list of rows, but here is keys with values|Write [ … ] around it."),
        ("receipt: [{total: 1.234}]", "some: []", (6, 25),
         "1.234 has more than 2 decimals|Nothing is rounded; write fewer digits."),
        ("receipt: [{status: payed}]", "some: []", (6, 26), "status cannot be 'payed'|Did you mean 'paid'?"),
        ("customer: [{customer_id: a, birth_date: 2017-02-30}]", "some: []", (6, 47),
         f"'2017-02-30' is not a day of the calendar|{REMEDY}"),
        ("event: [{customer_id: a}]", "some: []", (6, 15), "event needs name|Add it to the row."),
        ("customer: [a]", "some: [b]", (8, 14), "nobody in this test has the id 'b'|Known: a."),
        ("customer: [a]", "some: {not: [b]}", (8, 20), "nobody in this test has the id 'b'|Known: a."),
        ("customer: [a]", "sone: [a]", (8, 7), "there is no segment 'sone'|Did you mean 'some'?"),
        ("customer: [a]", "some: {has: [a], not: [a]}", (8, 13), "'a' is expected and not expected|Decide for one."),
        ("customer: [a]", "some: {}", (8, 13),
         "Needs either the list of all members, or has, not, or both of these.|"),
        ("customer: [a]", "some: [7]", (8, 13), 'An id is a text; write it in quotes: "7".|'),
    ],
)  # fmt: skip
def test_mistakes_have_a_place_and_a_remedy(given_: str, expect: str, place: tuple[int, int], said: str) -> None:
    found = problems_of(f"    given:\n      {given_}\n    expect:\n      {expect}\n")
    assert [(*place, *said.split("|"))] == found


def test_a_name_stands_for_one_test() -> None:
    body = "    given: {customer: [a]}\n    expect: {some: []}\n"
    docs = [parse(HEAD + body, SegmentsSpec, file=Path(name))[0] for name in ("x.yaml", "y.yaml")]
    cases, problems = read_cases([doc for doc in docs if doc is not None], ["some"], FIELDS)
    assert [type(case) for case in cases.values()] == [Case]
    assert [str(problem.place) for problem in problems] == ["y.yaml:3:3"]

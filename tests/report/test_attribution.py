"""Which message a receipt is attributed to: every expectation is worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.config.specs.comparison import Window
from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.report.attributed import receipts_asked
from smc.report.programme import Programme, programmes
from smc.report.write import attribute
from smc.segment.counted import counted
from smc.warehouse import statement
from tests.report.world import AS_OF, WIN_BACK, World


def attributed(world: World) -> dict[int, str]:
    """Campaign by receipt."""
    asked = receipts_asked(world.warehouse, world.mailings, AS_OF)
    found = counted(world.warehouse, asked, fields=FieldsSpec(), metrics=MetricsSpec(), as_of=AS_OF)
    attribute(world.warehouse, known(world), as_of=AS_OF, counted=found.queries)
    return dict(world.warehouse.rows("select receipt_key, campaign from attribution order by 1"))


def known(world: World) -> tuple[Programme, ...]:
    stored = world.warehouse.records(statement("smc.report", "campaign_versions"), as_of=AS_OF)
    return programmes(stored, world.campaigns, world.mailings, {})


def totals(world: World, mailing: str) -> dict[str, object]:
    attribute(world.warehouse, known(world), as_of=AS_OF)
    rows = world.warehouse.records(statement("smc.report", "past_mailings"), as_of=AS_OF, past_days=14)
    return next(row for row in rows if row["mailing"] == mailing)


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2018-01-03 23:59", False),
        ("2018-01-04 00:00", True),
        ("2018-01-17 23:59", True),
        ("2018-01-18 00:00", False),
    ],
)
def test_window_of_past_mailing_is_fourteen_days_from_delivery(world: World, at: str, inside: bool) -> None:
    world.past("m1", {1: "2018-01-04"})
    receipt = world.receipt(1, at, "10")
    assert attributed(world) == ({receipt: "m1"} if inside else {})


def test_window_is_cut_where_the_mailing_ends(world: World) -> None:
    world.past("m1", {1: "2018-01-04"}, ends="2018-01-06")
    last, _late = world.receipt(1, "2018-01-06 23:00", "10"), world.receipt(1, "2018-01-07 00:30", "10")
    assert attributed(world) == {last: "m1"}


def test_only_receipts_of_recipients_count(world: World) -> None:
    world.past("m1", {1: "2018-01-04"})
    world.receipt(2, "2018-01-05 10:00", "10")
    world.receipt(None, "2018-01-05 10:00", "10")
    assert attributed(world) == {}


def test_last_touch_wins_and_a_tie_goes_to_the_lower_id(world: World) -> None:
    world.past("b", {1: "2018-01-04"})
    world.past("a", {1: "2018-01-04"})
    world.past("later", {1: "2018-01-08"})
    tie, after = world.receipt(1, "2018-01-05 10:00", "10"), world.receipt(1, "2018-01-08 10:00", "10")
    assert attributed(world) == {tie: "a", after: "later"}


def test_sums_leave_cancelled_out_and_take_returns_off(world: World) -> None:
    world.past("m1", {1: "2018-01-04", 2: "2018-01-04", 3: "2018-01-04", 4: "2018-01-04"})
    world.receipt(1, "2018-01-05 10:00", "30.00")
    world.receipt(1, "2018-01-06 10:00", "20.00")
    world.receipt(1, "2018-01-07 10:00", "-5.00", "returned")
    world.receipt(2, "2018-01-05 10:00", "99.00", "cancelled")
    world.receipt(3, "2018-01-05 10:00", "-7.00", "returned")
    row = totals(world, "m1")
    assert (row["recipients"], row["buyers"], row["receipts"]) == (4, 1, 2)
    assert str(row["turnover"]) == "38.00"
    assert (row["conversion"], row["turnover_per_recipient"]) == (0.25, 9.5)


def test_past_mailing_without_receipts_for_its_whole_window_is_marked(world: World) -> None:
    world.receipt(9, "2018-01-01 10:00", "1")
    for name, day in (
        ("before", "2017-12-30"),
        ("whole", "2018-01-02"),
        ("whole2", "2018-01-18"),
        ("open", "2018-01-19"),
    ):
        world.past(name, {1: day})
    covered = {name: totals(world, name)["covered"] for name in ("before", "whole", "whole2", "open")}
    assert covered == {"before": False, "whole": True, "whole2": True, "open": False}


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2018-01-05 09:59", False),
        ("2018-01-05 10:00", True),
        ("2018-01-07 23:59", True),
        ("2018-01-08 00:00", False),
    ],
)
def test_window_of_campaign_begins_with_its_message(world: World, at: str, inside: bool) -> None:
    world.campaigns["win_back"] = CampaignSpec.model_validate(WIN_BACK)
    world.message("win_back", 1, "2018-01-05 10:00")
    receipt = world.receipt(1, at, "10")
    assert attributed(world) == ({receipt: "win_back"} if inside else {})


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2018-01-05 10:30", False),
        ("2018-01-05 21:59", False),
        ("2018-01-05 22:00", True),
        ("2018-01-07 23:59", True),
        ("2018-01-08 00:00", False),
    ],
)
@pytest.mark.parametrize("state", ["accepted", "delivered"])
def test_message_that_left_late_earns_nothing_bought_before(world: World, at: str, inside: bool, state: str) -> None:
    world.version("win_back", WIN_BACK)
    world.message("win_back", 1, "2018-01-05 10:00", state, sent="2018-01-05 22:00")
    receipt = world.receipt(1, at, "10")
    assert attributed(world) == ({receipt: "win_back"} if inside else {})


def test_window_begins_on_the_day_the_message_left(world: World) -> None:
    world.version("win_back", WIN_BACK)
    world.message("win_back", 1, "2018-01-05 10:00", sent="2018-01-06 09:30")
    before, last = world.receipt(1, "2018-01-06 09:00", "10"), world.receipt(1, "2018-01-08 23:00", "10")
    late = world.receipt(1, "2018-01-09 00:30", "10")
    assert attributed(world) == {last: "win_back"}
    assert before < last < late
    assert world.warehouse.value("select days_after from attribution") == 2


def test_last_touch_is_the_letter_that_left_last(world: World) -> None:
    world.version("win_back", WIN_BACK)
    world.version("old", WIN_BACK)
    world.message("old", 1, "2018-01-05 10:00", sent="2018-01-05 20:00")
    world.message("win_back", 1, "2018-01-05 11:00", sent="2018-01-05 11:01")
    receipt = world.receipt(1, "2018-01-05 21:00", "10")
    assert attributed(world) == {receipt: "old"}


@pytest.mark.parametrize("state", ["planned", "suppressed", "queued", "bounced", "failed", "expired", "unknown"])
def test_message_that_did_not_arrive_is_no_touch(world: World, state: str) -> None:
    world.version("win_back", WIN_BACK)
    world.message("win_back", 1, "2018-01-05 10:00", state)
    world.receipt(1, "2018-01-06 10:00", "10")
    assert attributed(world) == {}


def test_campaigns_and_past_mailings_compete_for_a_receipt(world: World) -> None:
    world.version("win_back", WIN_BACK)
    world.past("m1", {1: "2018-01-05"})
    world.message("win_back", 1, "2018-01-05 10:00", "delivered")
    early, late = world.receipt(1, "2018-01-05 09:00", "10"), world.receipt(1, "2018-01-05 11:00", "10")
    outlived = world.receipt(1, "2018-01-09 11:00", "10")
    assert attributed(world) == {early: "m1", late: "win_back", outlived: "m1"}


def test_what_comes_after_the_day_of_the_report_is_ignored(world: World) -> None:
    world.version("win_back", WIN_BACK)
    world.message("win_back", 1, "2018-01-31 10:00")
    world.message("win_back", 2, "2018-02-01 10:00")
    today, _tomorrow = world.receipt(1, "2018-01-31 11:00", "10"), world.receipt(1, "2018-02-01 11:00", "10")
    world.receipt(2, "2018-02-01 11:00", "10")
    assert attributed(world) == {today: "win_back"}


def mailed(attribution: object) -> MailingSpec:
    text = {"title": "L", "category": "news", "audience": "vip", "send_on": date(2018, 1, 9), "template": "t"}
    return MailingSpec.model_validate(text | {"attribution": attribution})


def basket(world: World, at: str, total: str, store: str, category: int) -> int:
    key = world.receipt(1, at, total, "returned" if total.startswith("-") else "paid")
    world.warehouse.run("update receipt set store_id = $store where receipt_key = $key", store=store, key=key)
    world.add(
        "receipt_line", receipt_key=key, line_no=1, customer_key=1, day=date.fromisoformat(at[:10]), counted=True,
        product_key=category, quantity=1, amount=Decimal(total), category_key=category,
    )  # fmt: skip
    return key


@pytest.mark.parametrize(
    ("attribution", "expected"),
    [
        ("14 days", [1, 2, 3, 4]),
        ("2 days", [1]),
        ("none", []),
        ({"until": "2018-01-12"}, [1, 2]),
        ({"since": "2018-01-11", "until": "2018-01-15"}, [2, 3]),
        ({"receipts": {"total_at_least": 20}}, [2, 3]),
        ({"receipts": {"store": ["S"]}}, [1, 2, 4]),
        ({"receipts": {"bought": {"category": "Shoes"}}}, [2, 3, 4]),
        ({"days": 4, "receipts": {"store": "S", "bought": {"category": "Shoes"}}}, [2]),
        ({"receipts": {"bought": {"category": "Gone"}}}, []),
        ({"receipts": {"bought": {"category": "New"}}}, [1]),
        ({"receipts": {"where": {"status": "returned"}}}, [4]),
    ],
)
def test_what_counts_for_a_mailing(world: World, attribution: object, expected: list[int]) -> None:
    """Receipts that do not count are left to the campaign before it, and both arms are judged by the same ones."""
    world.warehouse.run("insert into category_ident values (1, 'Shoes'), (2, 'Hats')")
    world.warehouse.run("insert into category (category_key, name) values (1, 'Shoes'), (2, 'Hats')")
    world.warehouse.run("insert into category_ident values (3, 'New')")
    world.warehouse.run("insert into category (category_key, name) values (3, 'New')")
    world.warehouse.run("insert into product_category values (2, 'season', 3)")
    world.add("store", store_id="S")
    world.version("long", {**WIN_BACK, "attribution": 30})
    world.message("long", 1, "2018-01-08 10:00")
    world.mailings["letter"] = mailed(attribution)
    world.message("letter", 1, "2018-01-09 10:00", kind="mailing")
    world.message("letter", 2, "2018-01-09 10:00", "suppressed", reason="control_group", kind="mailing", arm="control")
    every = [
        basket(world, "2018-01-10 12:00", "10.00", "S", 2), basket(world, "2018-01-12 12:00", "20.00", "S", 1),
        basket(world, "2018-01-15 12:00", "30.00", "T", 1), basket(world, "2018-01-16 12:00", "-5.00", "S", 1),
    ]  # fmt: skip
    world.receipt(1, "2018-01-11 12:00", "50.00", "cancelled")
    assert attributed(world) == {key: "letter" if key in expected else "long" for key in every}
    arms = world.warehouse.records(
        statement("smc.report", "campaign_effect"), kind="mailing", campaign="letter", as_of=AS_OF
    )
    sums = [sum([10, 20, 30, -5][key - 1] for key in expected), 0] if attribution != "none" else []
    assert [row["revenue"] for row in arms] == sums
    assert not sum(row["unfinished"] for row in arms)


def test_the_page_of_a_mailing_says_what_counts(world: World, tmp_path: Path) -> None:
    world.mailings["letter"] = mailed({"until": "2018-02-03", "receipts": {"store": "S", "total_at_least": 5}})
    bought = Window(since="2017-12-01")
    world.mailings["quiet"] = mailed("none").model_copy(update={"bought": bought})
    for name in world.mailings:
        world.message(name, 1, "2018-01-09 10:00", kind="mailing")
    folder = world.report(tmp_path / "report").parent
    assert "up to 2018-02-03, for a receipt of 5 or more (store S)) is still open" in page(folder, "letter")
    assert "to the segment “vip”, who bought from 2017-12-01." in page(folder, "quiet")
    assert "No receipts count for this mailing" in page(folder, "quiet")
    assert "attributed to this" not in page(folder, "quiet")


def page(folder: Path, name: str) -> str:
    return (folder / f"mailing-{name}.html").read_text(encoding="utf-8")

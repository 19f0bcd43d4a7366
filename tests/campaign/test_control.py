"""Nobody in a control group is messaged: global ones, imported ones, and those of a tag."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from smc.config.specs.policy import GlobalControl
from smc.config.specs.promocode import PromocodesSpec
from smc.model.keys import bucket_of
from smc.segment.control import draw
from smc.warehouse import Warehouse
from tests.campaign.shop import Shop, campaign

pytestmark = pytest.mark.slow

NIGHT = date(2026, 3, 6)
AT = datetime(2026, 3, 6, 12, tzinfo=UTC)


def members(warehouse: Warehouse, day: date) -> set[str]:
    rows = warehouse.rows(
        "select i.customer_id from control_member m join customer_ident i using (customer_key)"
        " where control_group = 'global' and starts_on <= $day and coalesce(ends_on >= $day, true)",
        day=day,
    )
    found = [row[0] for row in rows]
    assert len(found) == len(set(found))
    return set(found)


def ids(warehouse: Warehouse, *keys: int) -> None:
    for key in keys:
        warehouse.run("insert into customer_ident values ($key, $id)", key=key, id=f"c{key}")


def expected(salt: str, percent: int, keys: range) -> set[str]:
    return {f"c{key}" for key in keys if bucket_of(salt, f"c{key}") < percent * 100}


def test_the_group_stays_for_its_months_and_is_drawn_again(warehouse: Warehouse) -> None:
    setting = GlobalControl(percent=Decimal(20), salt="s", months=3)
    ids(warehouse, *range(1, 100))
    draw(warehouse, setting, date(2026, 1, 15))
    first = expected("s 2026-01", 20, range(1, 100))
    assert members(warehouse, date(2026, 1, 15)) == first
    ids(warehouse, *range(100, 200))
    for day in (date(2026, 1, 15), date(2026, 3, 31), date(2026, 3, 31)):
        draw(warehouse, setting, day)
        assert members(warehouse, day) == expected("s 2026-01", 20, range(1, 200))
    draw(warehouse, setting, date(2026, 4, 1))
    assert members(warehouse, date(2026, 4, 1)) == expected("s 2026-04", 20, range(1, 200))
    assert members(warehouse, date(2026, 3, 31)) == expected("s 2026-01", 20, range(1, 200))
    before = sorted(warehouse.rows("from control_member"), key=repr)
    draw(warehouse, setting, date(2026, 4, 1))
    draw(warehouse, setting, date(2026, 2, 1))  # a past day redraws nothing
    assert sorted(warehouse.rows("from control_member"), key=repr) == before


def test_a_larger_share_keeps_everyone_and_no_setting_ends_the_group(warehouse: Warehouse) -> None:
    ids(warehouse, *range(1, 100))
    draw(warehouse, GlobalControl(percent=Decimal(10), salt="s"), NIGHT)
    draw(warehouse, GlobalControl(percent=Decimal(30), salt="s"), NIGHT + timedelta(days=1))
    assert members(warehouse, NIGHT) == expected("s", 10, range(1, 100))
    assert members(warehouse, NIGHT + timedelta(days=1)) == expected("s", 30, range(1, 100))
    draw(warehouse, GlobalControl(percent=Decimal(5), salt="s"), NIGHT + timedelta(days=1))  # changed on the same day
    assert members(warehouse, NIGHT + timedelta(days=1)) == expected("s", 5, range(1, 100))
    draw(warehouse, None, NIGHT + timedelta(days=2))
    assert members(warehouse, NIGHT + timedelta(days=2)) == set()
    draw(warehouse, None, NIGHT + timedelta(days=3))


def test_without_a_setting_an_imported_list_stays_as_it_is(warehouse: Warehouse) -> None:
    ids(warehouse, 1)
    warehouse.run("insert into control_member values (1, 'global', null, null)")
    draw(warehouse, None, NIGHT)
    assert warehouse.rows("from control_member") == [(1, "global", None, None)]


def reasons(shop: Shop) -> dict[tuple[str, str], str | None]:
    rows = shop.warehouse.rows(
        "select m.campaign, i.customer_id, m.reason from message m join customer_ident i using (customer_key)"
    )
    return {(name, customer): reason for name, customer, reason in rows}


def held_back(shop: Shop, *keys: int, **columns: Any) -> None:
    row = {"control_group": "global", "starts_on": None, "ends_on": None} | columns
    for key in keys:
        shop.warehouse.run(
            "insert into control_member values ($key, $control_group, $starts_on, $ends_on)", key=key, **row
        )


def test_campaigns_leave_the_global_group_alone_unless_they_include_it(shop: Shop) -> None:
    for key in (1, 2, 3, 4):
        shop.customer(key, registered_at=AT)
    held_back(shop, 1)
    held_back(shop, 2, ends_on=NIGHT - timedelta(days=1))
    held_back(shop, 3, starts_on=NIGHT + timedelta(days=1))
    held_back(shop, 4, control_group="other")
    shop.campaigns = {"offer": campaign(), "service": campaign(global_control="include")}
    shop.night(NIGHT)
    assert {one: reason for one, reason in reasons(shop).items() if reason} == {("offer", "c1"): "global_control"}
    arms = shop.warehouse.rows("select campaign, arm from entry where customer_key = 1 order by campaign")
    assert arms == [("offer", "control"), ("service", "test")]
    assert shop.warehouse.rows("select arm, due_at is not null from message where reason = 'global_control'") == [
        ("control", True)
    ]


def test_who_comes_into_the_global_group_while_inside_gets_nothing_more(shop: Shop) -> None:
    shop.customer(1, registered_at=AT)
    mail = {"email": {"template": "t"}}
    shop.campaigns = {"offer": campaign(steps=[mail, {"wait": 1}, mail])}
    shop.night(NIGHT)
    shop.warehouse.run("update message set state = 'accepted'")
    held_back(shop, 1, starts_on=NIGHT + timedelta(days=1))
    shop.night(NIGHT + timedelta(days=1))
    rows = shop.warehouse.rows("select step, arm, reason from message order by step")
    assert rows == [(1, "test", None), (3, "control", "global_control")]


@pytest.mark.parametrize("state", ["planned", "queued"])
@pytest.mark.parametrize("window", [None, {"from": "09:00", "until": "10:00"}])
def test_who_comes_into_a_group_gets_nothing_that_has_not_left(shop: Shop, state: str, window: Any) -> None:
    for key in (1, 2, 3):
        shop.customer(key, registered_at=AT)
    mail = {"email": {"template": "t"}}
    steps = [mail, {"wait": 1}, mail]
    more = {"steps": steps, "window": window, "if_missed": "next"} if window else {"steps": steps}
    shop.campaigns = {"offer": campaign(**more, control_group={"tag": "spared"})}
    shop.night(NIGHT)
    shop.warehouse.run("update message set state = $state", state=state)
    day = NIGHT + timedelta(days=1)
    held_back(shop, 1, starts_on=day)
    shop.warehouse.run("insert into tag_member values (2, 'spared', $day, 'feed')", day=day)
    for _ in range(2):
        shop.night(day, hour=20)
    rows = shop.warehouse.rows("select customer_key, step, state, reason from message order by all")
    assert rows == [
        (1, 1, "suppressed", "global_control"), (1, 3, "suppressed", "global_control"),
        (2, 1, "suppressed", "control_group"), (2, 3, "suppressed", "control_group"),
        (3, 1, state, None), (3, 3, "planned", None),
    ]  # fmt: skip
    assert shop.warehouse.rows("select distinct customer_key from customer_touched order by all") == [(1,), (2,)]


def test_who_has_left_the_campaign_gets_nothing_more_either(shop: Shop) -> None:
    shop.customer(1, registered_at=AT)
    shop.campaigns = {"offer": campaign()}
    shop.night(NIGHT)
    held_back(shop, 1, starts_on=NIGHT + timedelta(days=1))
    shop.night(NIGHT + timedelta(days=1))
    assert reasons(shop) == {("offer", "c1"): "global_control"}


@pytest.mark.parametrize(
    ("group", "control"),
    [
        ({"tag": "spared"}, lambda _: False),
        ({"tag": "spared", "percent": 30, "salt": "s"}, lambda key: bucket_of("s", f"c{key}") < 3000),
    ],
)
def test_a_control_group_may_be_a_tag(shop: Shop, group: dict[str, Any], control: Callable[[int], bool]) -> None:
    for key in range(1, 20):
        shop.customer(key, registered_at=AT)
    for key in (3, 4):
        shop.warehouse.run("insert into tag_member values ($key, 'spared', $day, 'feed')", key=key, day=NIGHT)
    shop.campaigns = {"offer": campaign(control_group=group)}
    shop.night(NIGHT)
    assert reasons(shop) == {
        ("offer", f"c{key}"): "control_group" if key in (3, 4) or control(key) else None for key in range(1, 20)
    }


@pytest.mark.parametrize("group", [{}, {"percent": 10}, {"salt": "s"}, {"tag": "x", "salt": "s"}])
def test_a_group_that_means_nobody_is_refused(group: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="percent and salt"):
        campaign(control_group=group)


def test_a_draw_notes_for_the_segments_whom_it_moved(warehouse: Warehouse) -> None:
    ids(warehouse, *range(1, 100))

    def noted() -> set[str]:
        rows = warehouse.rows("select i.customer_id from segment_touched join customer_ident i using (customer_key)")
        warehouse.run("delete from segment_touched")
        return {row[0] for row in rows}

    draw(warehouse, GlobalControl(percent=Decimal(10), salt="s"), NIGHT)
    assert noted() == expected("s", 10, range(1, 100))
    draw(warehouse, GlobalControl(percent=Decimal(10), salt="s"), NIGHT)
    assert noted() == set()
    draw(warehouse, GlobalControl(percent=Decimal(20), salt="t"), NIGHT)
    assert noted() == expected("s", 10, range(1, 100)) ^ expected("t", 20, range(1, 100))
    draw(warehouse, None, NIGHT + timedelta(days=1))
    assert noted() == expected("t", 20, range(1, 100))


def drawn(key: int) -> bool:
    return bucket_of("news", f"c{key}") < 3000


@pytest.mark.parametrize("tail", [[], [{"promocode": {"group": "gift"}}, {"points": {"amount": 5}}]])
def test_whom_a_step_holds_back_walks_on_and_gets_nothing(shop: Shop, tail: list[Any]) -> None:
    """The moments at which he would have been written to are there, on later nights too."""
    shop.promocodes = PromocodesSpec.model_validate({"groups": {"gift": {"title": "Gift"}}})
    first, second = {"email": {"template": "first"}}, {"email": {"template": "second"}}
    control = {"control": {"percent": 30, "salt": "news"}}
    shop.campaigns = {"news": campaign(steps=[first, control, second, {"wait": "2 days"}, *tail, second])}
    for key in range(1, 21):
        shop.customer(key, registered_at=AT)
        shop.put("promocode", code=f"K{key}", pool="gift", status="active")
    for number in range(3):
        shop.night(NIGHT + timedelta(days=number))
    held, others = [key for key in range(1, 21) if drawn(key)], 20
    assert 0 < len(held) < others
    rows = shop.warehouse.rows("select customer_key, template, reason, due_at is null from message order by all")
    assert {(key, template) for key, template, _, _ in rows if template == "first"} == {
        (key, "first") for key in range(1, 21)
    }
    assert [reason for key, template, reason, _ in rows if template == "second" and key in held] == [
        "control_group"
    ] * 2 * len(held)
    assert not [key for key, template, reason, _ in rows if reason and (key not in held or template == "first")]
    assert not [key for key, *_, unknown in rows if unknown]
    given = shop.warehouse.rows("select customer_key from promocode_issue union all select customer_key from accrual")
    assert not {key for (key,) in given} & set(held)
    assert shop.warehouse.rows("select distinct arm, exit_reason from entry") == [("test", "finished")]
    before = shop.state()
    shop.night(NIGHT + timedelta(days=2))
    assert shop.state() == before


def test_who_has_another_way_takes_it_and_leaves(shop: Shop) -> None:
    plain, mail = {"email": {"template": "plain"}}, {"email": {"template": "second"}}
    shop.campaigns = {
        "empty": campaign(steps=[{"control": {"percent": 30, "salt": "news", "otherwise": []}}, mail]),
        "plain": campaign(steps=[{"control": {"percent": 30, "salt": "news", "otherwise": [plain]}}, mail]),
    }
    for key in range(1, 21):
        shop.customer(key, registered_at=AT)
    shop.night(NIGHT)
    held = {key for key in range(1, 21) if drawn(key)}
    rows = shop.warehouse.rows("select campaign, template, customer_key, reason from message")
    assert {(name, key) for name, template, key, _ in rows if template == "plain"} == {("plain", key) for key in held}
    assert not [key for _, template, key, reason in rows if reason or (template == "second" and key in held)]


def test_an_arm_that_is_called_control_is_an_arm(shop: Shop) -> None:
    arms = [{"name": "control", "share": 50, "steps": []}, {"name": "test", "share": 50, "steps": []}]
    mail = {"email": {"template": "second"}}
    shop.campaigns = {"news": campaign(steps=[{"split": {"salt": "s", "arms": arms}}, {"wait": "1 day"}, mail])}
    for key in range(1, 9):
        shop.customer(key, registered_at=AT)
    for number in range(2):
        shop.night(NIGHT + timedelta(days=number))
    assert shop.warehouse.rows("select distinct reason, count(*) from message group by all") == [(None, 8)]

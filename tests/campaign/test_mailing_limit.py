"""The limit of a mailing: so many recipients, always the same, and the others with their reason."""

from __future__ import annotations

from tests.campaign.shop import DAY, Shop, settings
from tests.campaign.test_variants import AUDIENCE, DECIDED, SENT, delivered, filled, mailing, tried


def left_out(shop: Shop) -> set[str]:
    return {customer for customer, _, reason in shop.messages() if reason == "limit"}


def test_so_many_get_it_and_the_others_have_the_reason(shop: Shop) -> None:
    filled(shop, mailing(limit=25))
    assert shop.night(SENT).messages == 25
    assert len(left_out(shop)) == AUDIENCE - 25
    before = shop.state()
    assert shop.night(SENT).suppressed == 0
    assert shop.state() == before


def test_the_draw_is_the_same_again(shop: Shop) -> None:
    filled(shop, mailing(limit=25))
    shop.night(SENT)
    first = left_out(shop)
    for table in ("entry", "message", "step_log", "watermark"):
        shop.warehouse.run(f"delete from {table}")
    shop.night(SENT)
    assert left_out(shop) == first


def test_who_may_not_be_messaged_takes_no_room(shop: Shop) -> None:
    filled(shop, mailing(limit=25, control_group={"percent": 20, "salt": "c"}))
    shop.warehouse.run("delete from subscription where customer_key % 2 = 0")
    assert shop.night(SENT).messages == min(25, len([one for one in shop.messages() if one[2] in (None, "limit")]))
    assert {reason for _, _, reason in shop.messages()} >= {None, "consent", "control_group"}


def test_who_is_left_out_takes_no_room_under_caps(shop: Shop) -> None:
    shop.settings = settings(caps=[{"messages": 1, "days": 1}])
    filled(shop, mailing(limit=25, priority=90))
    shop.mailings = {**shop.mailings, "second": mailing()}
    shop.night(SENT)
    rows = shop.warehouse.rows("select campaign, reason, count(*) from message group by all order by all")
    assert rows == [
        ("second", "policy", 25), ("second", None, AUDIENCE - 25),
        ("spring", "limit", AUDIENCE - 25), ("spring", None, 25),
    ]  # fmt: skip


def test_variants_are_tried_on_their_share_of_the_limit(shop: Shop) -> None:
    filled(shop, tried().model_copy(update={"limit": 25}))
    assert shop.night(SENT).messages == 10
    delivered(shop)
    assert shop.night(DECIDED).messages == 15
    assert shop.warehouse.value("select count(*) from message where reason = 'limit'") == AUDIENCE - 25


def test_what_waits_for_its_window_keeps_its_room(shop: Shop) -> None:
    """Messages whose time is over ask for another one, not for room."""
    filled(shop, mailing(limit=25, window={"from": "09:00", "until": "11:00"}))
    shop.night(SENT)
    shop.night(SENT + DAY, hour=18)
    rows = shop.warehouse.rows("select reason, cast(due_at as date), count(*) from message group by all order by all")
    assert rows == [
        ("limit", SENT, AUDIENCE - 25), (None, SENT + 2 * DAY, 25),
    ]  # fmt: skip

"""The limit of a mailing: so many recipients, always the same, and the others with their reason."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.shop import DAY, Shop, settings
from tests.campaign.test_variants import AUDIENCE, DECIDED, SENT, delivered, filled, mailing, scores, tried


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


def test_every_variant_that_is_tried_has_its_share_of_the_limit(shop: Shop) -> None:
    """Another draw would leave this to chance, and with it whether each has its ``at_least``."""
    filled(shop, tried(at_least=5).model_copy(update={"limit": 25}))
    shop.night(SENT)
    assert shop.warehouse.rows(
        "select template, count(*) from message where state = 'planned' group by all order by all"
    ) == [("calm", 5), ("loud", 5)]
    delivered(shop)
    shop.night(DECIDED)
    assert {row[3] for row in scores(shop).values()} == {"tie"}


@given(
    shares=st.lists(st.integers(1, 97), min_size=1, max_size=4).filter(lambda some: sum(some) < 100),
    test=st.integers(1, 99),
    limit=st.integers(1, 10_000),
)
def test_the_rooms_of_variants_are_that_of_the_test(shares: Sequence[int], test: int, limit: int) -> None:
    whole = [*shares, 100 - sum(shares)]
    arms = [{"name": f"v{n}", "share": share, "template": "t"} for n, share in enumerate(whole)]
    spec = mailing(variants={"salt": "s", "arms": arms, "winner": {"by": "buyers", "test": test, "after": "1 days"}})
    assert spec.variants is not None
    rooms = list(spec.variants.rooms(limit).values())
    assert sum(rooms) == ceil(Fraction(limit * test, 100)) <= limit
    assert all(abs(room - Fraction(limit * test * share, 10_000)) < 1 for room, share in zip(rooms, whole, strict=True))


def test_what_waits_for_its_window_keeps_its_room(shop: Shop) -> None:
    """Messages whose time is over ask for another one, not for room."""
    filled(shop, mailing(limit=25, window={"from": "09:00", "until": "11:00"}))
    shop.night(SENT)
    shop.night(SENT + DAY, hour=18)
    rows = shop.warehouse.rows("select reason, cast(due_at as date), count(*) from message group by all order by all")
    assert rows == [
        ("limit", SENT, AUDIENCE - 25), (None, SENT + 2 * DAY, 25),
    ]  # fmt: skip

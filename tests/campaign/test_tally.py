"""What a run of the campaign stage did, counted from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from smc.campaign.tally import Line, Tally, look, tally
from smc.pipeline.plans import changes, text
from tests.campaign.shop import DAY, Shop, campaign, noon

D29 = date(2017, 12, 29)


@dataclass
class Counted:
    """Nights of a shop, each counted by two looks."""

    shop: Shop

    def night(self, day: date) -> Tally:
        before = look(self.shop.warehouse, day)
        self.shop.night(day)
        return tally(before, look(self.shop.warehouse, day), dict.fromkeys(self.shop.campaigns, "campaign"))

    def forget(self) -> None:
        """As if no night had been."""
        for table in (*self.shop.state(), "watermark"):
            self.shop.warehouse.run(f"delete from {table}")


def filled(shop: Shop) -> Counted:
    shop.customer(1, registered_at=noon(D29))
    shop.customer(2, registered_at=noon(D29), consent="no")
    shop.campaigns = {"welcome": campaign(), "idle": campaign(trigger={"days_since_last_receipt": 9})}
    return Counted(shop)


def test_every_campaign_has_a_line_with_what_it_did(shop: Shop) -> None:
    done = filled(shop).night(D29)
    idle, welcome = done.lines
    assert (welcome.name, welcome.entered, welcome.steps, welcome.ended) == ("welcome", 2, 2, 2)
    assert (welcome.messages, welcome.suppressed) == ({"email": 1}, {"consent": 1})
    assert (idle.entered, idle.steps, idle.messages, idle.suppressed) == (0, 0, {}, {})
    assert (done.messages, done.suppressed, done.channels) == (1, 1, {"email": 1})


def test_control_customers_are_counted_and_not_messaged(shop: Shop) -> None:
    shop.customer(1, registered_at=noon(D29))
    shop.campaigns = {"w": campaign(control_group={"percent": 50, "salt": "s"}), "c": campaign()}
    w = next(line for line in Counted(shop).night(D29).lines if line.name == "w")
    assert w.suppressed == ({"control_group": 1} if w.control else {})


def test_a_second_run_did_nothing(shop: Shop) -> None:
    counted = filled(shop)
    counted.night(D29)
    again, empty = counted.night(D29), counted.night(D29 + DAY)
    assert (again.messages, again.suppressed, again.digest) == (0, 0, empty.digest)
    assert again.lines == empty.lines


def test_the_same_list_has_the_same_digest_and_another_list_another(shop: Shop) -> None:
    warehouse = shop.warehouse
    counted = filled(shop)
    digests = set()
    for consent in ("no", "no", "yes"):
        warehouse.run("update subscription set state = $state where customer_key = 2", state=consent)
        digests.add(counted.night(D29).digest)
        counted.forget()
    assert len(digests) == 2


def test_as_many_messages_to_others_are_another_list(shop: Shop) -> None:
    counted = filled(shop)
    warehouse = shop.warehouse
    found = []
    for swapped in (False, True):
        if swapped:
            warehouse.run("update subscription set state = case state when 'no' then 'yes' else 'no' end")
        found.append(next(line for line in counted.night(D29).lines if line.name == "welcome"))
        counted.forget()
    assert [line.messages for line in found] == [{"email": 1}] * 2
    assert found[0].digest != found[1].digest


def test_segments_are_compared_only_where_both_counted_them() -> None:
    planned = Line("w", "campaign", 2, 0, 2, 2, {"sms": 2}, {}, "a", segments=4)
    for other, said in (
        (replace(planned, segments=None), []),
        (replace(planned, segments=5), ["w: segments 4, now 5"]),
    ):
        assert [text(one) for one in changes(Tally((planned,), "a"), Tally((other,), "a"))] == said

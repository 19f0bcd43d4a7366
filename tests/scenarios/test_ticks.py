"""Ticks between two nights: what they do, what they leave to the night, and that nothing is done twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smc.errors import LockedError, RunError
from smc.pipeline import Moment, RunReport, lock, run, tick
from smc.pipeline.store import open_warehouse
from smc.project import load_project
from tests.scenarios.harness import RUN_TABLES, ShopFolder

pytestmark = pytest.mark.slow

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
FEED = """
title: {title}
object: {object}
source: {{spool: {{path: spool/{object}}}}}
fields: {fields}
after: {{action: delete}}
"""
CARTS = FEED.format(
    title="Carts", object="container",
    fields="{customer_id: customer, container: list, product_id: product, quantity: quantity, price: price,"
    " added_at: at}",
)  # fmt: skip
EVENTS = FEED.format(
    title="Events", object="event", fields="{event_id: id, customer_id: customer, name: name, occurred_at: at}"
)
CART = """
title: Something is in your cart
category: service
trigger: {abandoned_cart: {after: 30 minutes}}
send_at: "00:00"
if_missed: send
exit_when: {happens: {event: {name: bought}}}
steps:
  - email: {template: welcome}
  - wait: 20 minutes
  - filter: {where: {event: {name: help, within: 7 days}}, otherwise: [{exit: no help}]}
  - email: {template: welcome}
  - wait: 1 day
  - email: {template: welcome}
"""
ASKED = """
title: Day by day
category: service
trigger: {event: {name: asked}}
send_at: "00:00"
if_missed: send
steps:
  - wait: 1 day
  - email: {template: welcome}
"""
PEOPLE = """card,first_name,last_name,email,born,joined
ann,Ann,A,ann@example.com,,2025-01-01 10:00:00
bob,Bob,B,bob@example.com,,2025-01-01 10:00:00
"""


class Site(ShopFolder):
    """A shop with a collector: its spool and its ticks, at local instants (UTC+1)."""

    def writes(self, of: str, name: str, *lines: str) -> None:
        folder = self.folder / "spool" / of
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def cart(self, name: str, customer: str, at: datetime) -> None:
        self.writes("container", name, (
            f'{{"customer": "{customer}", "list": "cart", "product": "tea", "quantity": 1, "price": 12.5,'
            f' "at": "{at.isoformat()}"}}'
        ))  # fmt: skip

    def event(self, number: str, customer: str, name: str, at: datetime) -> None:
        self.writes("event", f"e{number}", (
            f'{{"id": "{number}", "customer": "{customer}", "name": "{name}", "at": "{at.isoformat()}"}}'
        ))  # fmt: skip

    def tick(self, at: datetime) -> RunReport:
        return tick(load_project(self.folder), moment=moment(at), progress=self.hear)

    def got(self) -> list[tuple[Any, ...]]:
        with open_warehouse(load_project(self.folder)) as warehouse:
            return warehouse.rows(
                "select customer_id, step, state, reason from message join customer_ident using (customer_key)"
                " order by customer_id, entry_key, step"
            )

    def live(self) -> Mapping[str, Any]:
        """All tables of the warehouse itself, for a tick publishes nothing."""
        with open_warehouse(load_project(self.folder)) as warehouse:
            names = [row[0] for row in warehouse.rows("select table_name from duckdb_tables() where not internal")]
            tables = {
                name: sorted(warehouse.rows(f'from "{name}"'), key=repr) for name in names if name not in RUN_TABLES
            }
        return tables | self.letters()


def moment(at: datetime) -> Moment:
    return Moment(at.astimezone(ZoneInfo("Europe/Berlin")).date(), at, datetime.now(UTC), lambda: at)


def at(day: date, clock: str) -> datetime:
    """By the clocks of Berlin in winter."""
    return datetime.fromisoformat(f"{day}T{clock}:00+01:00").astimezone(UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    shop = Site.create(tmp_path / "shop", {
        "campaigns/welcome.yaml": None, "campaigns/cart.yaml": CART, "campaigns/asked.yaml": ASKED,
        "feeds/carts.yaml": CARTS, "feeds/events.yaml": EVENTS,
    })  # fmt: skip
    for of in ("container", "event"):
        (shop.folder / "spool" / of).mkdir(parents=True)
    shop.arrive({"customers_1.csv": PEOPLE})
    shop.night(MONDAY)
    return shop


def test_a_cart_is_left_and_a_letter_comes_within_the_hour(site: Site) -> None:
    site.cart("1", "ann", at(MONDAY, "10:00"))
    site.cart("2", "bob", at(MONDAY, "10:00"))
    assert site.tick(at(MONDAY, "10:10")).stage("spool")["rows_accepted"] == 2
    assert site.got() == []

    done = site.tick(at(MONDAY, "10:30"))
    assert (done.stage("steps")["entered"], done.stage("send")["accepted"]) == (2, 2)
    assert site.got() == [("ann", 1, "accepted", None), ("bob", 1, "accepted", None)]
    before = site.live()
    site.tick(at(MONDAY, "10:30"))
    assert site.live() == before, "a tick that is repeated changed something"

    site.event("1", "bob", "bought", at(MONDAY, "10:40"))
    site.event("2", "ann", "help", at(MONDAY, "10:41"))
    assert site.tick(at(MONDAY, "10:49")).stage("steps")["moved"] == 0
    assert site.tick(at(MONDAY, "10:50")).stage("steps")["moved"] == 3  # filter, letter, wait
    assert [row[:2] for row in site.got()] == [("ann", 1), ("ann", 5), ("bob", 1)]

    site.night(TUESDAY)
    assert [row[:2] for row in site.got()] == [("ann", 1), ("ann", 5), ("ann", 7), ("bob", 1)]
    letters = site.letters()
    site.night(WEDNESDAY)
    assert site.letters() == letters


def test_what_is_due_at_the_beginning_of_a_day_is_left_to_its_night(site: Site) -> None:
    site.event("1", "ann", "asked", at(MONDAY, "15:00"))
    assert site.tick(at(MONDAY, "15:05")).stage("steps")["entered"] == 1
    assert site.tick(at(TUESDAY, "00:05")).stage("steps")["moved"] == 0
    site.night(TUESDAY)
    assert [row[:3] for row in site.got()] == [("ann", 2, "accepted")]
    assert site.tick(at(TUESDAY, "09:00")).stage("steps")["moved"] == 0


def test_between_midnight_and_the_night_rows_of_the_new_day_let_in(site: Site) -> None:
    site.event("1", "bob", "asked", at(TUESDAY, "00:10"))
    assert site.tick(at(TUESDAY, "00:20")).stage("steps")["entered"] == 1
    report = site.night(TUESDAY)
    assert report.stage("campaign")["entered"] == 0


def test_mailings_and_days_wait_for_the_night(site: Site) -> None:
    site.change({
        "campaigns/joined.yaml": "title: J\ncategory: service\ntrigger: {registered: {}}\nlook_back: 30\n"
        "steps: [{email: {template: welcome}}]\n",
        "mailings/news.yaml": f"title: N\ncategory: service\naudience: everyone\nsend_on: {MONDAY}\n"
        "template: welcome\n",
        "segments/all.yaml": "segments: {everyone: {title: All, rule: {attribute: {field: email, empty: false}}}}\n",
    })  # fmt: skip
    assert site.tick(at(MONDAY, "12:00")).stage("steps")["entered"] == 0


def test_a_new_text_is_asked_of_everyone_once(site: Site) -> None:
    site.change({
        "campaigns/fresh.yaml": "title: F\ncategory: service\ntrigger: {event: {name: hello}}\nsend_at: '00:00'\n"
        "if_missed: send\nsteps: [{filter: {where: {attribute: {field: first_name, in: [Ann]}}}},"
        " {email: {template: welcome}}]\n",
    })  # fmt: skip
    site.event("1", "ann", "hello", at(MONDAY, "12:00"))
    site.event("2", "bob", "hello", at(MONDAY, "12:00"))
    assert site.tick(at(MONDAY, "12:01")).stage("facts")["anew"] > 0
    assert site.got() == [("ann", 2, "accepted", None)]
    assert site.tick(at(MONDAY, "12:06")).stage("facts")["anew"] == 0


def test_a_refusal_that_the_collector_wrote_holds_at_once(site: Site) -> None:
    site.change({"feeds/subscriptions_now.yaml": FEED.format(
        title="Permissions", object="subscription",
        fields="{customer_id: customer, channel: channel, category: category, state: state, changed_at: at}",
    )})  # fmt: skip
    (site.folder / "spool" / "subscription").mkdir()
    site.cart("1", "ann", at(MONDAY, "10:00"))
    site.writes("subscription", "1", (
        '{"customer": "ann", "channel": "email", "category": "service", "state": "no",'
        ' "at": "2026-03-02T10:20:00+01:00"}'
    ))  # fmt: skip
    site.tick(at(MONDAY, "10:40"))
    assert site.got() == [("ann", 1, "suppressed", "consent")]


def test_rows_are_looked_for_again_only_when_something_came(site: Site) -> None:
    def found() -> Any:
        with open_warehouse(load_project(site.folder)) as warehouse:
            return warehouse.value("select definition from watermark where name = 'watch'")

    site.tick(at(MONDAY, "10:00"))
    first = found()
    site.tick(at(MONDAY, "10:05"))
    assert found() == first
    # an import by hand between two ticks is none of a tick's business, but its rows are
    site.change({"feeds/calls.yaml": EVENTS.replace("spool/event", "spool/call")})
    site.writes("call", "1", '{"id": "1", "customer": "ann", "name": "asked", "at": "2026-03-02T10:00:00+01:00"}')
    imported = run(load_project(site.folder), command="import", stages=["import"], as_of=MONDAY, progress=site.hear)
    assert imported.stage("import")["rows_accepted"] == 1
    assert site.tick(at(MONDAY, "10:10")).stage("steps")["entered"] == 1
    assert found() != first


def test_filters_are_asked_again_also_of_what_an_import_or_a_killed_tick_brought(site: Site) -> None:
    site.cart("1", "ann", at(MONDAY, "10:00"))
    site.tick(at(MONDAY, "10:30"))
    site.event("1", "ann", "help", at(MONDAY, "10:35"))
    run(load_project(site.folder), command="import", stages=["import"], as_of=MONDAY, progress=site.hear)
    asked = site.tick(at(MONDAY, "10:50")).stage("facts")
    assert asked["anew"] + asked["evaluated"] > 0
    assert [row[:2] for row in site.got()] == [("ann", 1), ("ann", 5)]
    again = site.tick(at(MONDAY, "10:55")).stage("facts")
    assert again["anew"] + again["evaluated"] == 0


def test_a_campaign_whose_file_is_missing_for_a_moment_keeps_its_customers(site: Site) -> None:
    site.cart("1", "ann", at(MONDAY, "10:00"))
    site.event("1", "ann", "help", at(MONDAY, "10:01"))
    site.tick(at(MONDAY, "10:30"))
    (site.folder / "campaigns/cart.yaml").unlink()
    site.tick(at(MONDAY, "10:40"))
    site.change({"campaigns/cart.yaml": CART})
    site.tick(at(MONDAY, "10:50"))
    assert [row[:2] for row in site.got()] == [("ann", 1), ("ann", 5)]


def test_the_winner_of_a_mailing_is_left_to_the_night(site: Site) -> None:
    site.change({
        "mailings/news.yaml": f"title: N\ncategory: service\naudience: everyone\nsend_on: {TUESDAY}\nvariants:\n"
        "  salt: s\n  arms: [{name: a, share: 50%, template: welcome}, {name: b, share: 50%, template: welcome}]\n"
        "  winner: {by: revenue, test: 50%, after: 2 hours, at_least: 1}\n",
        "segments/all.yaml": "segments: {everyone: {title: All, rule: {attribute: {field: email, empty: false}}}}\n",
    })  # fmt: skip
    site.night(TUESDAY)
    assert site.tick(at(TUESDAY, "23:00")).stage("steps")["moved"] == 0
    assert site.live()["variant_score"] == []


def test_a_tick_works_behind_a_finished_night_of_today_or_yesterday(site: Site, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the last night was for 2026-03-02"):
        site.tick(at(WEDNESDAY, "00:05"))
    with open_warehouse(load_project(site.folder)) as warehouse:
        warehouse.run("update watermark set as_of = $day where name = 'metric'", day=TUESDAY)
    with pytest.raises(RunError, match="a night was not finished"):
        site.tick(at(TUESDAY, "04:00"))
    fresh = Site.create(tmp_path / "fresh", {})
    with pytest.raises(RunError, match="there was no night yet"):
        fresh.tick(at(MONDAY, "10:00"))


def test_a_tick_leaves_its_run_in_the_ledger_and_holds_the_lock(site: Site) -> None:
    site.tick(at(MONDAY, "10:00"))
    with open_warehouse(load_project(site.folder)) as warehouse:
        (last,) = warehouse.rows("select command, as_of, state from run order by run_id desc limit 1")
    assert last == ("run tick", MONDAY, "done")
    with lock(load_project(site.folder), "run nightly"), pytest.raises(LockedError):
        site.tick(at(MONDAY, "10:05"))

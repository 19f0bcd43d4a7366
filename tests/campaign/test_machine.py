"""The campaign engine as a machine: random campaigns, customers, days, kills and re-runs, and what must hold in all.

After every step the laws of ``laws.py`` hold; a run that is repeated changes nothing; a run that is killed anywhere by
SIGKILL and run again leaves what an undisturbed one leaves. ``SMC_MACHINE=long`` looks much further. The planted faults
at the end show that the machine sees (``make faults``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, currently_in_test_context, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

import smc.campaign.tables
import smc.segment.control
import smc.send.handover
from smc.config.specs.campaign import CampaignSpec
from smc.warehouse import statement
from tests.campaign.laws import breaches, refused, stuck
from tests.campaign.shop import campaign
from tests.campaign.shop import settings as project
from tests.campaign.world import World

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 3, 6, 8, tzinfo=UTC)
"""A Friday at 3 in the shop; clocks are put forward there in the second night from then."""
CUSTOMERS = 8
ZONES = (None, "America/Los_Angeles", "Asia/Kathmandu", "Europe/Berlin")
CUSTOMER = st.integers(1, CUSTOMERS)
LONG = os.environ.get("SMC_MACHINE") == "long"
PROFILE = settings(
    max_examples=400 if LONG else 4, stateful_step_count=40 if LONG else 20, deadline=None,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip

LEAF = st.one_of(
    st.sampled_from(("one", "two")).map(lambda name: {"email": {"template": name}}),
    st.sampled_from(("1 days", "2 days", "3 hours", "30 minutes")).map(lambda length: {"wait": length}),
    st.sampled_from((
        {"wait_until": {"at": "09:30", "clock": "customer"}}, {"wait_until": {"weekday": "sunday", "at": "02:30"}},
        {"tag": {"add": "vip"}}, {"tag": {"remove": "vip"}}, {"exit": "enough"}, {"sms": {"text": "Hello"}},
        {"cascade": {"tries": [{"sms": {"text": "Hi"}, "within": "3 hours"}, {"email": {"template": "one"}}]}},
        {"cascade": {"tries": [{"email": {"template": "two"}, "within": "1 day"}, {"sms": {"text": "Hi"}}]}},
    )),
)  # fmt: skip


def _steps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(inner, min_size=1, max_size=3)


def _branching(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some, salt = _steps(inner), st.sampled_from(("a", "b"))
    row = st.sampled_from(({"event": {"name": ["ping"]}}, {"receipt": {}}))
    length = st.sampled_from(("1 days", "2 hours"))
    return st.one_of(
        some.map(lambda steps: {"filter": {"where": {"tag": "vip"}, "otherwise": steps}}),
        st.tuples(salt, some, some).map(lambda it: {"split": {"salt": it[0], "arms": [
            {"name": "x", "share": "40%", "steps": it[1]}, {"name": "y", "share": "60%", "steps": it[2]}]}}),
        st.tuples(salt, some).map(lambda it: {"control": {"percent": "50%", "salt": it[0], "otherwise": it[1]}}),
        st.tuples(st.integers(1, 3), some).map(lambda it: {"limit": {"customers": it[0], "otherwise": it[1]}}),
        st.tuples(row, length, some).map(
            lambda it: {"wait_for": {"where": it[0], "within": it[1], "otherwise": it[2]}}),
    )  # fmt: skip


TRIGGERS = st.sampled_from((
    {"receipt": {}}, {"event": {"name": ["ping"]}}, {"registered": {}}, {"abandoned_cart": {"after": "2 hours"}},
))  # fmt: skip
WINDOW = st.sampled_from(({"from": "09:00", "until": "20:00"}, {"from": "22:00", "until": "03:00"}))
TEXT = st.fixed_dictionaries(
    {
        "trigger": TRIGGERS, "steps": _steps(st.recursive(LEAF, _branching, max_leaves=6)),
        "category": st.sampled_from(("marketing", "service")), "priority": st.sampled_from((10, 50, 90)),
    },
    optional={
        "re_entry": st.sampled_from(("never", {"after": 2})), "concurrent": st.booleans(), "window": WINDOW,
        "limit": st.just({"entries": 5}), "send_at": st.sampled_from(("00:30", "12:00", "23:00")),
        "control_group": st.sampled_from(({"percent": "30%", "salt": "c"}, {"tag": "spared"})),
        "if_missed": st.sampled_from(("next", "skip", "send")), "clock": st.sampled_from(("project", "customer")),
        "global_control": st.sampled_from(("exclude", "include")),
        "goal": st.just({"happens": {"receipt": {}}, "exit": True}), "exit_when": st.just({"where": {"tag": "vip"}}),
        "look_back": st.integers(1, 3),
    },
).map(lambda text: campaign(**text))  # fmt: skip
BY_CHANNEL = {"channel": st.sampled_from(("email", "sms"))}
CAP = st.one_of(
    st.fixed_dictionaries({"messages": st.integers(1, 2), "days": st.integers(1, 3)},
                          optional={"per": st.just("rolling"), "category": st.just("marketing"), **BY_CHANNEL}),
    st.fixed_dictionaries({"messages": st.integers(1, 2), "hours": st.sampled_from((5, 24))}, optional=BY_CHANNEL),
)  # fmt: skip
POLICY = st.fixed_dictionaries(
    {"caps": st.lists(CAP, max_size=2)},
    optional={
        "global_control": st.just({"percent": "30%", "salt": "g"}),
        "sending": st.fixed_dictionaries({}, optional={
            "windows": st.lists(WINDOW, min_size=1, max_size=1), "if_missed": st.sampled_from(("next", "skip", "send")),
            "quiet_hours": st.just([{"from": "22:00", "until": "07:00"}]), "clock": st.just("customer"),
            "holidays": st.just([{"dates": [(BEGIN + timedelta(days=2)).date()]}]),
        }),
    },
)  # fmt: skip
SHARE = st.floats(0, 1, allow_nan=False)


class Machine(RuleBasedStateMachine):
    """Days of a shop. Whatever a rule changes is seen by the next run alone."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="smc-machine-"))
        self.world: World
        self.number = 0
        self.nights: set[date] = set()

    @initialize(policy=POLICY, texts=st.lists(TEXT, min_size=1, max_size=3))
    def begin(self, policy: dict[str, Any], texts: list[CampaignSpec]) -> None:
        self.tell(f"policy {policy}")
        one = {"warehouse": {"threads": 1, "memory": "1GB"}}
        self.world = World.create(self.folder / "shop", self.empty, project(**policy, **one), BEGIN)
        self.say({f"c{number}": text for number, text in enumerate(texts)})
        with self.world.facts() as shop:
            for key in range(1, CUSTOMERS + 1):
                consent = ("yes", "yes", "yes", None)[key % 4]
                phone = f"+1212555012{key}" if key % 3 else None
                shop.customer(key, consent=consent, timezone=ZONES[key % 4], active=True, registered_at=BEGIN,
                              phone=phone, phone_type="mobile", phone_status=0)  # fmt: skip
            shop.product(1, "tea")

    def tell(self, text: str) -> None:
        """Shown with a failure that was found by chance."""
        if currently_in_test_context():
            note(text)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def say(self, texts: Mapping[str, CampaignSpec]) -> None:
        self.tell(
            f"texts {[(name, text.model_dump(exclude_defaults=True, by_alias=True)) for name, text in texts.items()]}"
        )
        self.world.say(texts)

    def one_more(self, key: int) -> int:
        """A number of which no other row has been made."""
        self.number += 1
        return key * 1000 + self.number

    @rule(hours=st.integers(1, 20), minutes=st.sampled_from((0, 5, 30)))
    def time_passes(self, hours: int, minutes: int) -> None:
        self.world.now += timedelta(hours=hours, minutes=minutes)

    @rule(keys=st.lists(CUSTOMER, min_size=1, max_size=4, unique=True),
          what=st.sampled_from(("receipt", "ping", "cart")))  # fmt: skip
    def does(self, keys: list[int], what: str) -> None:
        at = self.world.now - timedelta(minutes=1)
        with self.world.facts(*keys) as shop:
            for key in keys:
                if what == "ping":
                    shop.event(f"e{self.one_more(key)}", key, "ping", at)
                elif what == "cart":
                    shop.warehouse.run("delete from container where customer_key = $key", key=key)
                    shop.in_cart(key, 1, at)
                else:
                    shop.put("receipt_ident", receipt_key=self.one_more(key), receipt_id=f"r{self.number}")
                    shop.put("receipt", receipt_key=key * 1000 + self.number, customer_key=key, purchased_at=at,
                             day=self.world.today, status="paid", total=10)  # fmt: skip

    @rule(key=CUSTOMER, state=st.sampled_from(("yes", "no")), category=st.sampled_from(("marketing", "service")),
          channel=st.sampled_from(("email", "sms")))  # fmt: skip
    def consents(self, key: int, state: str, category: str, channel: str) -> None:
        with self.world.facts(key) as shop:
            shop.warehouse.run(
                "delete from subscription where customer_key = $key and category = $category and channel = $channel",
                key=key, category=category, channel=channel,
            )  # fmt: skip
            shop.put("subscription", customer_key=key, channel=channel, category=category, state=state,
                     changed_at=self.world.now)  # fmt: skip

    @rule(key=CUSTOMER, what=st.sampled_from(("suppressed", "inactive", "active", "spared", "vip", "controlled")))
    def becomes(self, key: int, what: str) -> None:
        with self.world.facts(key) as shop:
            if what == "suppressed":
                shop.put("suppression", suppression_no=self.one_more(key), address=f"c{key}@example.com",
                         reason="asked", added_by="me", added_at=self.world.now)  # fmt: skip
            elif what == "controlled":
                shop.put("control_member", customer_key=key, control_group="global")
            elif what in ("spared", "vip"):
                shop.warehouse.run("delete from tag_member where customer_key = $key and tag = $tag", key=key, tag=what)
                shop.put("tag_member", customer_key=key, tag=what, added_on=self.world.today, source="me")
            else:
                active = what == "active"
                shop.warehouse.run(
                    "update customer set active = $active where customer_key = $key", key=key, active=active
                )

    @rule(number=st.integers(0, 2), text=TEXT, how=st.sampled_from(("new", "off", "on", "gone")))
    def is_edited(self, number: int, text: CampaignSpec, how: str) -> None:
        texts, name = dict(self.world.project.campaigns), f"c{number}"
        if how == "new":
            texts[name] = text
        elif how == "gone":
            texts.pop(name, None)
        elif name in texts:
            texts[name] = texts[name].model_copy(update={"active": how == "on"})
        self.say(texts)

    @rule(again=st.booleans())
    def night(self, again: bool) -> None:
        self.works(World.night, again=again)
        self.nights.add(self.world.today)

    @rule(share=SHARE)
    def night_is_killed(self, share: float) -> None:
        self.kill(World.night, share)
        self.nights.add(self.world.today)

    @precondition(lambda self: self.ticks)
    @rule(again=st.booleans())
    def tick(self, again: bool) -> None:
        self.works(World.tick, again=again)

    @precondition(lambda self: self.ticks)
    @rule(share=SHARE)
    def tick_is_killed(self, share: float) -> None:
        self.kill(World.tick, share)

    @property
    def ticks(self) -> bool:
        """A tick works behind a night of today or yesterday."""
        return bool(self.nights & {self.world.today, self.world.today - timedelta(days=1)})

    @precondition(lambda self: self.nights)
    @rule()
    def sender_comes(self) -> None:
        self.world.send()

    def gone(self) -> list[str]:
        with self.world.open() as warehouse:
            return [key for (key,) in warehouse.rows("select message_key from message where state = 'accepted'")] + [
                path.stem for path in self.world.letters()
            ]

    def works(self, work: Callable[[World], None], *, again: bool) -> None:
        gone = self.gone()
        work(self.world)
        self.look(gone, night=work is World.night)
        if again:
            before = self.world.state()
            work(self.world)
            same(self.world.state(), before)

    def kill(self, work: Callable[[World], None], share: float) -> None:
        gone = self.gone()
        calm = self.world.kill(share, work)
        work(self.world)
        same(self.world.state(), calm)
        self.look(gone, night=work is World.night)

    def look(self, gone: list[str], *, night: bool) -> None:
        """Behind a run."""
        wrong = [*breaches(self.world), *refused(self.world, gone), *stuck(self.world, night=night)]
        assert not wrong, "\n".join(wrong)


def same(state: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Table by table, so that the difference is short enough to be read."""
    for name in {**state, **other}:
        assert state[name] == other[name], name


@pytest.fixture(autouse=True)
def _empty(migrated: Path) -> None:
    Machine.empty = migrated


def test_random_campaigns_and_nights() -> None:
    run_state_machine_as_test(Machine, settings=PROFILE)


def _altered(query: str, old: str, new: str, module: Any = smc.campaign.tables) -> tuple[Any, str, Any]:
    """A statement, of the campaign stage where nothing is said, that says something else."""

    def changed(package: str, name: str) -> str:
        text = statement(package, name)
        if name != query:
            return text
        assert old in text, f"{query} does not say {old} any more"
        return text.replace(old, new)

    return module, "statement", changed


FAULTS = {
    "control is messaged": _altered("gate", "when k.arm = 'control' then 'control_group'", ""),
    "who comes into a group later is messaged": _altered("stop_controlled", "where m.state", "where false and m.state"),
    "nobody is drawn for control": _altered(
        "create_newcomer", "when bucket_of(a.salt, a.customer_id) < a.control_buckets then 'control'", ""
    ),
    "nobody is drawn for the global group": _altered(
        "control_join",
        "bucket_of($salt, i.customer_id) < $buckets",
        "bucket_of($salt, i.customer_id) < 0 * $buckets",
        smc.segment.control,
    ),
    "a step draws nobody": _altered(
        "decide_draw", "and bucket_of(s.argument, i.customer_id) < p.high", "and p.high < 0"
    ),
    "a cap of a channel is no cap": _altered(
        "create_asking", "r.channel = coalesce(c.channel, r.channel)", "c.channel is null"
    ),
    "a cap has room for one more": _altered("cap_refuse", "count(*) >= a.messages", "count(*) > a.messages"),
    "caps forget what was planned": _altered("create_planned_before", "where m.due_at", "where false and m.due_at"),
    "no window": _altered("create_gated", "when j.schedule is null or f.opens_at < j.wanted_at", "when true"),
    "an occurrence enters again": _altered("create_newcomer", "where e.entry_key is null", "where true"),
    "who waits is lost": _altered("rest_moved", "where next_step is null or due_at > $now", "where next_step is null"),
    "who stays behind is not moved": _altered("next_walker", "and due_at <= $now", "and due_at < $now"),
    "a limit lets one more pass": _altered("take_room", "where nth <= room", "where nth <= room + 1"),
    "a cascade takes nothing back": _altered("stop_untried", "and m.state in", "and false and m.state in"),
    "who has begun to wait is woken": _altered("create_woken", "and e.waiting_since < $now", ""),
    "the hand-over does not look again": (smc.send.handover, "_look_again", lambda *_: 0),
}
"""What is planted. The laws, or the comparisons with another run, must show each."""


def story() -> None:
    """What happens to a shop in three days, so that each fault can show."""
    machine, everyone = Machine(), list(range(1, CUSTOMERS + 1))
    ping, ways = {"event": {"name": ["ping"]}}, {"send_at": "12:00"}
    texts = [
        campaign(trigger={"receipt": {}}, control_group={"percent": "50%", "salt": "c"}, priority=90, **ways, steps=[
            {"email": {"template": "one"}},
            {"wait_for": {"where": ping, "within": "2 days", "otherwise": [{"email": {"template": "two"}}]}},
            {"tag": {"add": "vip"}}]),
        campaign(trigger={"receipt": {}}, category="service", control_group={"tag": "spared"}, **ways, steps=[
            {"email": {"template": "two"}}, {"limit": {"customers": 2, "otherwise": [{"exit": "enough"}]}},
            {"wait": "1 day"}, {"email": {"template": "one"}}]),
        campaign(trigger=ping, category="service", send_at="00:30", window={"from": "09:00", "until": "20:00"}),
        campaign(trigger={"receipt": {}}, category="service", priority=95, **ways, steps=[
            {"control": {"percent": "50%", "salt": "c", "otherwise": [{"tag": {"add": "compared"}}]}},
            {"cascade": {"tries": [{"sms": {"text": "Hi"}, "within": "3 hours"}, {"email": {"template": "one"}}]}}]),
    ]  # fmt: skip
    try:
        group = {"percent": "10%", "salt": "g"}  # takes the seventh
        machine.begin({"caps": [{"messages": 1, "days": 1, "channel": "email"}], "global_control": group}, texts)
        machine.night(again=False)
        machine.time_passes(2, 0)
        machine.does(everyone[:6], "receipt")
        machine.time_passes(1, 0)
        machine.does([*everyone[:4], *everyone[6:]], "ping")
        machine.night(again=True)
        for key in everyone[1::2]:
            machine.consents(key, "no", "marketing", "email")
            machine.consents(key, "no", "service", "email")
        for key in everyone[::2]:
            machine.becomes(key, "spared")
        machine.does(everyone[4:], "ping")
        machine.time_passes(1, 0)
        machine.night(again=False)
        for _ in range(2):
            machine.time_passes(20, 0)
            machine.time_passes(4, 0)
            machine.night(again=True)
    finally:
        machine.teardown()


def test_a_story_of_three_days() -> None:
    story()


_QUICK = "control is messaged"  # in every run of the tests; the others with make faults


@pytest.mark.parametrize(
    "fault", [pytest.param(one, marks=() if one == _QUICK else pytest.mark.planted) for one in FAULTS]
)
def test_a_planted_fault_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FAULTS[fault])
    with pytest.raises(AssertionError):
        story()

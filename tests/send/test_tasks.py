"""Tasks leave once: files, notices and posts; twice, killed between and tried again."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from smc.config.specs.project import MetricsSpec, ProjectSpec
from smc.send.deliver import deliver
from smc.send.outbox import Outbox
from smc.send.settle import settle
from smc.send.tasks.batches import made
from smc.send.tasks.run import hand_over_tasks, post_tasks
from smc.send.tasks.signature import signature
from smc.warehouse import Warehouse
from tests.send.shop import Shop, settings
from tests.servers.hooks import SECRET, Hooks
from tests.servers.tls import Certificates, tls_relay

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
CALLS = {"files": {"local": {"path": "out"}}, "lists": {"vip": "Vip", "cold": "Cold"}}
ACCRUALS = {"files": {"local": {"path": "out"}}}


async def no_pause(_: float) -> None:
    """Nobody waits."""


@dataclass(frozen=True)
class Done:
    """What both stages did."""

    files: int
    notices: int
    posted: int
    failed: int
    waiting: int
    problems: tuple[str, ...]


class Tasks(Shop):
    """A shop with tasks; ``at`` is the instant of a run."""

    def __init__(self, warehouse: Warehouse, folder: Path, outbox: Outbox) -> None:
        super().__init__(warehouse, folder)
        self.outbox = outbox
        self.active = frozenset({"welcome"})
        self.count = 0
        self.clock: Callable[[], datetime] | None = None

    def task(self, key: int, kind: str, target: str, day: date = DAY, **detail: Any) -> None:
        self.count += 1
        name = f"{self.count:032x}"
        self.warehouse.run(
            "insert into task values ($t, $e, 'welcome', 1, 2, 1, $k, $kind, $target, $detail, $day, 'planned', null, "
            "null, null, 0, null)",
            t=name, e=f"e{key}", k=key, kind=kind, target=target, detail=json.dumps(detail), day=day,
        )  # fmt: skip
        if kind in ("points", "bonuses"):
            self.warehouse.run(
                "insert into accrual values ($t, $k, $kind, $target, 5, $day, null)",
                t=name, k=key, kind=kind, target=target, day=day,
            )  # fmt: skip

    def run(self, more: ProjectSpec, *, now: datetime = NOW) -> Done:
        """Both stages of a night."""
        handed = hand_over_tasks(
            self.warehouse, self.outbox, settings=more, channels=self.channels, fields=self.fields, active=self.active,
            metrics=MetricsSpec(), titles={"welcome": "Welcome"}, root=self.folder, as_of=now.date(), now=now,
        )  # fmt: skip
        posted = post_tasks(
            self.warehouse, settings=more, root=self.folder, clock=self.clock or (lambda: now), pause=no_pause
        )
        return Done(
            handed.files, handed.notices, posted.posted, posted.failed, handed.waiting + posted.waiting,
            (*handed.problems, *posted.problems),
        )  # fmt: skip

    def found(self) -> list[tuple[Any, ...]]:
        return self.warehouse.rows("select customer_key, kind, state, reason from task order by all")

    def file(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "out" / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def names(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "out").iterdir())


@pytest.fixture
def tasks(warehouse: Warehouse, tmp_path: Path) -> Iterator[Tasks]:
    with Outbox.open(tmp_path / "outbox.sqlite") as outbox:
        shop = Tasks(warehouse, tmp_path, outbox)
        for key in (1, 2, 3):
            shop.customer(key, first_name=None if key == 3 else f"N{key}")
            warehouse.run("update customer set phone = '+1212555010' || customer_key")
        text = json.dumps({"category": "service"})
        warehouse.run("insert into campaign_version values ('welcome', 'campaign', 1, '', $s, $d)", s=text, d=DAY)
        yield shop


def test_accruals_become_one_file_of_a_run(tasks: Tasks) -> None:
    tasks.task(1, "points", "points", amount="5")
    tasks.task(2, "bonuses", "main", amount="5")
    with_files = settings(accruals=ACCRUALS)
    assert tasks.run(with_files).files == 1
    rows = tasks.file("accruals_2026-03-02.csv")
    assert [(row["customer_id"], row["kind"], row["account"], row["amount"]) for row in rows] == [
        ("00001", "points", "points", "5.00"), ("00002", "bonuses", "main", "5.00"),
    ]  # fmt: skip
    assert tasks.run(with_files).files == 0
    tasks.task(3, "points", "points", amount="5")
    assert tasks.run(with_files).files == 1
    assert tasks.names() == ["accruals_2026-03-02.csv", "accruals_2026-03-02_2.csv"]
    assert {row[2] for row in tasks.found()} == {"done"}


def test_a_killed_run_writes_the_same_file(tasks: Tasks) -> None:
    tasks.task(1, "points", "points", amount="5")
    made(tasks.warehouse, "accruals", ("points", "bonuses"), DAY)  # here it died
    tasks.task(2, "points", "points", amount="5")
    assert tasks.run(settings(accruals=ACCRUALS)).files == 2
    assert [row["customer_id"] for row in tasks.file("accruals_2026-03-02.csv")] == ["00001"]
    assert [row["customer_id"] for row in tasks.file("accruals_2026-03-02_2.csv")] == ["00002"]


def test_a_place_that_is_down_is_tried_again(tasks: Tasks) -> None:
    tasks.task(1, "points", "points", amount="5")
    (tasks.folder / "out").mkdir()
    (tasks.folder / "out" / "accruals_2026-03-02.csv").mkdir()  # no file can be put in its place
    done = tasks.run(settings(accruals=ACCRUALS))
    assert (done.files, done.waiting) == (0, 1)
    assert "accruals: files cannot be handed over" in done.problems[0]
    (tasks.folder / "out" / "accruals_2026-03-02.csv").rmdir()
    assert tasks.run(settings(accruals=ACCRUALS), now=NOW + timedelta(days=1)).files == 1
    assert tasks.names() == ["accruals_2026-03-02.csv"]


def test_a_file_for_each_list_of_calls(tasks: Tasks) -> None:
    tasks.task(1, "call", "vip", note="Thank {{ customer.first_name }}", priority=5)
    tasks.task(2, "call", "vip", note="", priority=1)
    tasks.task(2, "call", "cold", note="", priority=1)
    tasks.task(3, "call", "vip", note="Thank {{ customer.first_name }}", priority=5)
    done = tasks.run(settings(calls=CALLS))
    assert done.files == 2
    assert "(1 customers)" in done.problems[0]
    assert [(row["customer_id"], row["note"]) for row in tasks.file("calls_vip_2026-03-02.csv")] == [
        ("00002", ""), ("00001", "Thank N1"),
    ]  # fmt: skip
    assert tasks.names() == ["calls_cold_2026-03-02.csv", "calls_vip_2026-03-02.csv"]
    assert (3, "call", "failed", "template_error") in tasks.found()


def test_a_call_names_no_code_that_is_over_or_blocked(tasks: Tasks) -> None:
    rows = [("active", NOW.date()), ("void", None), ("active", NOW.date() - timedelta(days=1))]
    for key, (status, until) in enumerate(rows, 1):
        code = f"K{key}"
        tasks.task(key, "call", "vip", note="{{ promocode }}", priority=5)
        tasks.warehouse.run("insert into promocode (code, pool, status) values ($c, 'g', $s)", c=code, s=status)
        tasks.warehouse.run(
            "insert into promocode_issue values ($e, 1, 1, 'welcome', $k, 'g', $c, $d, $u, false, null, false)",
            e=f"e{key}", k=key, c=code, d=DAY - timedelta(days=9), u=until,
        )  # fmt: skip
    tasks.run(settings(calls=CALLS))
    assert [row["note"] for row in tasks.file("calls_vip_2026-03-02.csv")] == ["K1"]
    assert {row[3] for row in tasks.found()} == {None, "template_error"}


def test_a_notice_is_one_letter(tasks: Tasks) -> None:
    for key in (1, 2):
        tasks.task(key, "notify", "boss", text="{{ customer.customer_id }} <came> on {{ task.day|date }}")
    told = settings(people={"boss": "boss@shop.example"})
    assert tasks.run(told).notices == 1
    assert tasks.run(told).notices == 0
    sent = deliver(
        tasks.outbox, channels=tasks.channels, settings=told, root=tasks.folder, now=lambda: NOW,
        progress=lambda _: None,
    )  # fmt: skip
    assert (sent.accepted, sent.problem) == (1, "")
    settle(tasks.warehouse, tasks.outbox)
    assert {row[2] for row in tasks.found()} == {"done"}
    (letter,) = (tasks.folder / "mail").glob("*.eml")
    text = letter.read_text(encoding="utf-8")
    assert "To: boss@shop.example" in text
    assert "Subject: Welcome: 2 customers" in text
    assert "00001" in text
    assert "&lt;came&gt;" in text


def test_somebody_who_is_gone_is_not_notified(tasks: Tasks) -> None:
    tasks.task(1, "notify", "boss", text="x")
    tasks.run(settings())
    assert tasks.found() == [(1, "notify", "failed", "address")]


def hooked(hooks: Hooks, **more: Any) -> ProjectSpec:
    hook = {"url": hooks.url, "secret": SECRET, "timeout": 5, **more}
    return settings(webhooks={"crm": hook}, accruals={"webhook": "crm"})


def test_posts_are_signed_and_keyed(tasks: Tasks, hooks: Hooks) -> None:
    tasks.task(1, "webhook", "crm", body={"id": "{{ customer.customer_id }}", "say": 'a "{{ customer.first_name }}"',
                                           "number": 3})  # fmt: skip
    tasks.task(2, "webhook", "crm", body={})
    tasks.task(2, "bonuses", "main", amount="5")
    assert tasks.run(hooked(hooks)).posted == 3
    assert hooks.unsigned == 0
    assert set(hooks.stamps) == {int(NOW.timestamp())}
    bodies = dict(hooks.got)
    assert bodies[f"{1:032x}"] == {"id": "00001", "say": 'a "N1"', "number": 3}
    assert bodies[f"{2:032x}"]["data"]["customer_id"] == "00002"
    assert bodies[f"{3:032x}"] == {
        "type": "smc.bonuses", "timestamp": "2026-03-02",
        "data": {"key": f"{3:032x}", "campaign": "welcome", "step": 2, "customer_id": "00002", "account": "main",
                 "amount": "5.00", "expires_on": None},
    }  # fmt: skip
    assert tasks.run(hooked(hooks)).posted == 0
    assert len(hooks.got) == 3


def test_a_post_is_tried_again_with_the_same_key_and_body(tasks: Tasks, hooks: Hooks) -> None:
    tasks.task(1, "webhook", "crm", body={"name": "{{ customer.first_name }}"})
    hooks.answers = [503, 429, 500]
    first = tasks.run(hooked(hooks))
    assert (first.posted, first.waiting) == (0, 1)
    assert first.problems == ("webhook 'crm': answered 500 (1 times)",)
    assert tasks.run(hooked(hooks)).posted == 0, "not before a quarter of an hour"
    tasks.warehouse.run("update customer set first_name = 'Other'")
    assert tasks.run(hooked(hooks), now=NOW + timedelta(minutes=20)).posted == 1
    assert len(hooks.got) == 4
    assert len({json.dumps(got) for got in hooks.got}) == 1


def test_what_is_refused_is_not_tried_again(tasks: Tasks, hooks: Hooks) -> None:
    tasks.task(1, "webhook", "crm", body={})
    hooks.answers = [404]
    assert tasks.run(hooked(hooks)).failed == 1
    assert tasks.found() == [(1, "webhook", "failed", "answered 404")]


def test_redirects_are_not_followed(tasks: Tasks, hooks: Hooks) -> None:
    tasks.task(1, "webhook", "crm", body={})
    hooks.answers = [302]
    assert tasks.run(hooked(hooks)).failed == 1


def test_the_host_must_show_a_certificate_that_is_trusted(
    tasks: Tasks, hooks: Hooks, certificates: Certificates
) -> None:
    with tls_relay(hooks.port, certificates) as port:
        url = f"https://localhost:{port}/"
        for authority in (None, certificates.stranger):
            tasks.task(1, "webhook", "crm", body={})
            trusted = {} if authority is None else {"ca_file": authority}
            assert tasks.run(hooked(hooks, url=url, attempts=1, **trusted)).failed == 1
        assert hooks.got == []
        tasks.task(1, "webhook", "crm", body={})
        assert tasks.run(hooked(hooks, url=url, ca_file=certificates.authority)).posted == 1


def test_nobody_answers(tasks: Tasks, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smc.send.tasks.webhooks.AT_ONCE", 5)
    for _ in range(20):
        tasks.task(1, "webhook", "crm", body={})
    silent = settings(webhooks={"crm": {"url": "http://127.0.0.1:9/", "secret": SECRET}})
    done = tasks.run(silent)
    assert (done.posted, done.failed, done.waiting) == (0, 0, 20)
    assert "webhook 'crm': ConnectError (5 times)" in done.problems
    assert SECRET not in str(done)
    last = settings(webhooks={"crm": {"url": "http://127.0.0.1:9/", "secret": SECRET, "attempts": 1}})
    assert tasks.run(last, now=NOW + timedelta(days=2)).failed == 5


def test_a_webhook_that_is_down_holds_back_nothing(tasks: Tasks, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smc.send.tasks.webhooks.AT_ONCE", 50)
    for _ in range(60):
        tasks.task(1, "webhook", "crm", body={})
    hooks.always = 503
    done = tasks.run(hooked(hooks))
    assert (done.posted, done.failed, done.waiting) == (0, 0, 60)
    assert len(hooks.got) <= 3 * (5 + 8), "those on their way are tried"
    assert "webhook 'crm' has no final answer; the rest waits for the next run (1 times)" in done.problems


def test_a_webhook_has_a_time(tasks: Tasks, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smc.send.tasks.webhooks.AT_ONCE", 1)
    for _ in range(9):
        tasks.task(1, "webhook", "crm", body={})
    instants = (NOW + timedelta(minutes=number) for number in itertools.count())
    tasks.clock = lambda: next(instants)
    done = tasks.run(hooked(hooks))
    assert 0 < done.posted < 9
    assert done.posted + done.waiting == 9
    assert "webhook 'crm' took longer than 15 minutes; the rest waits for the next run (1 times)" in done.problems
    assert tasks.run(hooked(hooks), now=NOW + timedelta(days=1)).waiting == 0


@pytest.mark.parametrize(("part", "posted"), [("head", 0), ("body", 1)])
def test_an_endless_answer_is_not_read(tasks: Tasks, hooks: Hooks, part: Literal["head", "body"], posted: int) -> None:
    tasks.task(1, "webhook", "crm", body={})
    hooks.endless = part
    done = tasks.run(hooked(hooks, timeout=1))
    hooks.endless = None
    assert (done.posted, done.waiting) == (posted, 1 - posted)


def test_one_webhook_that_cannot_be_used_holds_back_nothing(tasks: Tasks, hooks: Hooks) -> None:
    tasks.task(1, "webhook", "bad", body={})
    tasks.task(1, "webhook", "crm", body={})
    both = {name: {"url": hooks.url, "secret": SECRET} for name in ("bad", "crm")}
    both["bad"]["ca_file"] = "not/there.pem"
    done = tasks.run(settings(webhooks=both))
    assert (done.posted, done.waiting) == (1, 1)
    assert "webhook 'bad' cannot be used" in done.problems[0]


def test_a_folder_that_cannot_be_made_holds_back_nothing(tasks: Tasks) -> None:
    tasks.task(1, "points", "points", amount="5")
    tasks.task(1, "call", "vip", note="", priority=5)
    (tasks.folder / "a_file").write_text("")
    done = tasks.run(settings(accruals={"files": {"local": {"path": "a_file/out"}}}, calls=CALLS))
    assert (done.files, done.waiting) == (1, 1)
    assert "accruals: files cannot be handed over" in done.problems[0]


def test_a_webhook_that_is_gone_waits(tasks: Tasks) -> None:
    tasks.task(1, "webhook", "crm", body={})
    done = tasks.run(settings())
    assert (done.waiting, len(done.problems)) == (1, 1)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification of Standard Webhooks."""
    body = b'{"test": 2432232314}'
    secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert signature(secret, key, "1614265330", body) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_waits_stops_when_its_campaign_is_switched_off(tasks: Tasks) -> None:
    for kind, target in (("points", "points"), ("call", "vip"), ("webhook", "crm")):
        tasks.task(1, kind, target, note="", body={}, priority=5)
    tasks.run(settings())
    assert {row[2] for row in tasks.found()} == {"planned"}
    tasks.task(1, "notify", "boss", text="x")
    tasks.active = frozenset()
    done = tasks.run(settings(accruals=ACCRUALS, calls=CALLS), now=NOW + timedelta(days=20))
    assert (done.files, done.notices, done.posted, done.waiting) == (0, 0, 0, 0)
    assert {row[2:] for row in tasks.found()} == {("suppressed", "campaign_off")}
    assert tasks.warehouse.rows("from accrual") == [], "what was not given is in no ledger"


GONE = {
    "inactive": "update customer set active = false where customer_key = 1",
    "consent": "insert into subscription values"
               " (1, 'call', 'service', 'no', timestamptz '2026-03-02 12:00:00+00', null, null)",
    "address": "update customer set phone = null where customer_key = 1",
    "suppressed_address": "insert into suppression (suppression_no, customer_key, reason, added_by, added_at)"
                          " values (1, 1, 'asked', 'me', timestamptz '2026-03-02 12:00:00+00')",
}  # fmt: skip


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("reason", list(GONE))
def test_who_may_not_be_called_any_more_is_on_no_list(tasks: Tasks, reason: str, listed: bool) -> None:
    """The target is down, before or behind the moment in which the list was written down."""
    consents = {"service": {"title": "Service", "consent": "not_refused"}}
    for key, target in ((1, "vip"), (2, "vip"), (1, "cold")):
        tasks.task(key, "call", target, note="", priority=5)
    tasks.run(settings(categories=consents))
    if listed:
        made(tasks.warehouse, "calls", ("call",), DAY)
    tasks.warehouse.run(GONE[reason])
    done = tasks.run(settings(calls=CALLS, categories=consents))
    assert (done.files, done.waiting) == (1, 0)
    assert [row["customer_id"] for row in tasks.file("calls_vip_2026-03-02.csv")] == ["00002"]
    assert tasks.names() == ["calls_vip_2026-03-02.csv"]
    assert tasks.found() == [(1, "call", "suppressed", reason)] * 2 + [(2, "call", "done", None)]

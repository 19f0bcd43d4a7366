"""Posts to webhooks: signed, keyed, tried again, and never in the way of anything else."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any, Literal

import pytest

from smc.config.specs.project import ProjectSpec
from smc.send.tasks.signature import signature
from tests.send.shop import settings
from tests.send.tasks import NOW, Tasks
from tests.servers.hooks import SECRET, Hooks
from tests.servers.tls import Certificates, tls_relay


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


def test_a_webhook_that_is_gone_waits(tasks: Tasks) -> None:
    tasks.task(1, "webhook", "crm", body={})
    done = tasks.run(settings())
    assert (done.waiting, len(done.problems)) == (1, 1)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification of Standard Webhooks."""
    body = b'{"test": 2432232314}'
    secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert signature(secret, key, "1614265330", body) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

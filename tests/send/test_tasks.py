"""Tasks leave once: files, notices and posts; twice, killed between and tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smc.config.specs.project import ProjectSpec
from smc.errors import RunError
from smc.send.consistency import accept, check
from smc.send.outbox import Outbox
from smc.send.settle import settle
from smc.send.tasks.batches import leave, made
from tests.send.shop import settings
from tests.send.tasks import ACCRUALS, CALLS, DAY, NOW, Tasks


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


def test_a_call_names_no_code_of_a_step_before_the_last_one(tasks: Tasks) -> None:
    """The first has a used code, the second found none at the step behind, the third is before that step."""
    issue = "insert into promocode_issue values ($e, 1, 1, 'welcome', $k, 'g', $c, $d, null, false, $u, false)"
    for key, (used, lacked_at) in enumerate([(DAY, None), (None, 1), (None, 3)], 1):
        code = f"K{key}"
        tasks.task(key, "call", "vip", note="{{ promocode }}", priority=5)
        tasks.warehouse.run("insert into promocode (code, pool, status) values ($c, 'g', 'active')", c=code)
        tasks.warehouse.run(issue, e=f"e{key}", k=key, c=code, d=DAY, u=used)
        if lacked_at is not None:
            tasks.warehouse.run(
                "insert into step_log values ($e, $n, 1, $d, 'no code')", e=f"e{key}", n=lacked_at, d=DAY
            )
    tasks.warehouse.run("update promocode_issue set step = 0")
    tasks.run(settings(calls=CALLS))
    assert [row["note"] for row in tasks.file("calls_vip_2026-03-02.csv")] == ["K3"]


def lost(tasks: Tasks, told: ProjectSpec) -> None:
    """A notice is handed over, and then the outbox is lost."""
    tasks.task(1, "notify", "boss", text="came")
    assert tasks.run(told).notices == 1
    tasks.outbox.close()
    for file in tasks.outbox.path.parent.glob(f"{tasks.outbox.path.name}*"):
        if file.is_file():
            file.unlink()
    tasks.outbox = Outbox.open(tasks.outbox.path)


@pytest.mark.parametrize("later", [True, False])
def test_a_notice_in_a_lost_outbox_is_not_forgotten(tasks: Tasks, *, later: bool) -> None:
    told = settings(people={"boss": "boss@shop.example"})
    lost(tasks, told)
    with pytest.raises(RunError, match="older than the warehouse"):
        check(tasks.warehouse, tasks.outbox)
    if later:
        assert accept(tasks.warehouse, tasks.outbox, NOW).unknown == 1
        assert {row[2:] for row in tasks.found()} == {("failed", "the outbox was lost")}
        check(tasks.warehouse, tasks.outbox)
        assert tasks.run(told).notices == 0, "it may have left"
    assert accept(tasks.warehouse, tasks.outbox, NOW, retry_unknown=True).planned == 1
    assert tasks.run(told).notices == 1
    tasks.deliver(told)
    settle(tasks.warehouse, tasks.outbox)
    assert {row[2:] for row in tasks.found()} == {("done", None)}
    tasks.outbox.close()


def test_a_notice_is_one_letter(tasks: Tasks) -> None:
    for key in (1, 2):
        tasks.task(key, "notify", "boss", text="{{ customer.customer_id }} <came> on {{ task.day|date }}")
    told = settings(people={"boss": "boss@shop.example"})
    assert tasks.run(told).notices == 1
    assert tasks.run(told).notices == 0
    sent = tasks.deliver(told)
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


def test_a_folder_that_cannot_be_made_holds_back_nothing(tasks: Tasks) -> None:
    tasks.task(1, "points", "points", amount="5")
    tasks.task(1, "call", "vip", note="", priority=5)
    (tasks.folder / "a_file").write_text("")
    done = tasks.run(settings(accruals={"files": {"local": {"path": "a_file/out"}}}, calls=CALLS))
    assert (done.files, done.waiting) == (1, 1)
    assert "accruals: files cannot be handed over" in done.problems[0]


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


@pytest.mark.parametrize("left", [False, True])
def test_points_of_a_written_batch_stop_until_their_file_begins_to_leave(tasks: Tasks, *, left: bool) -> None:
    tasks.task(1, "points", "points", amount="5")
    (tasks.folder / "a_file").write_text("")
    down = settings(accruals={"files": {"local": {"path": "a_file/out"}}})
    (batch,) = made(tasks.warehouse, "accruals", ("points", "bonuses"), DAY)
    if left:
        leave(tasks.warehouse, batch)
    tasks.active = frozenset()
    done = tasks.run(down)
    assert (done.files, done.waiting) == (0, 1 if left else 0)
    assert {row[2:] for row in tasks.found()} == {("handed over", None) if left else ("suppressed", "campaign_off")}
    assert tasks.warehouse.value("select count(*) from accrual") == left


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

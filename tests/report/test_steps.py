"""The funnel of a campaign: where its entries are."""

from __future__ import annotations

from datetime import date

from smc.warehouse import Warehouse, statement

DAY = date(2026, 3, 1)


def test_who_waits_is_shown_at_the_wait(warehouse: Warehouse) -> None:
    warehouse.run(
        "insert into entry (entry_key, campaign, kind, version, customer_key, occurrence, entered_on, arm, step,"
        " exited_on, exit_reason, due_at) values"
        " ('waits', 'win_back', 'campaign', 1, 1, 'x', $day, 'test', 3, null, null, timestamptz '2026-03-09'),"
        " ('left', 'win_back', 'campaign', 1, 2, 'x', $day, 'test', null, $day, 'finished', null)",
        day=DAY,
    )
    warehouse.run(
        "insert into step_log values ('waits', 1, 1, $day, 'messaged'), ('waits', 2, 1, $day, 'waiting'),"
        " ('left', 1, 1, $day, 'messaged'), ('left', 2, 1, $day, 'exited')",
        day=DAY,
    )
    rows = warehouse.records(statement("smc.report", "campaign_steps"), kind="campaign", campaign="win_back", as_of=DAY)
    assert [(row["step"], row["reached"], row["inside"]) for row in rows] == [(1, 2, 0), (2, 2, 1)]

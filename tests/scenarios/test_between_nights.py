"""An import between two nights: what a sender may send behind it."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from smc import cli, pipeline
from smc.import_.rejects import Asked, save_rejects
from smc.pipeline.store import open_warehouse
from smc.project import load_project
from smc.send.outbox import Outbox, Settled
from tests.scenarios.harness import ALL, ShopFolder

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 1)
FILES = {
    "feeds/control.yaml": """
title: Whom nobody writes to
object: control_member
source: {local: {path: inbox}}
files: control*.csv
fields: {customer_id: card, control_group: group}
""",
    "feeds/wishes.yaml": """
title: Permissions
object: subscription
source: {local: {path: inbox}}
files: wishes*.csv
reject_limit: 100%
fields: {customer_id: card, channel: way, category: what, state: said, changed_at: at}
""",
    "campaigns/welcome.yaml": """
title: Welcome
category: service
trigger: {registered: {}}
steps:
  - email: {template: welcome}
""",
}
CUSTOMERS = """card,first_name,last_name,email,born,joined
anna,Anna,A,a@example.com,,2026-03-01 10:00:00
bert,Bert,B,b@example.com,,2026-03-01 10:00:00
"""


def work(shop: ShopFolder, *stages: str) -> None:
    pipeline.run(load_project(shop.folder), command="test", stages=stages, as_of=DAY, publish=True, progress=shop.hear)


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ({"control_1.csv": "card,group\nanna,global\n"}, "global_control"),
        ({"wishes_1.csv": "card,way,what,said,at\nanna,email,service,no,2026-03-01 12:00:00\n"}, "consent"),
    ],
)
def test_a_sender_knows_whom_an_import_took_out(tmp_path: Path, drop: dict[str, str], reason: str) -> None:
    shop = ShopFolder.create(tmp_path / "shop", FILES)
    shop.arrive({"customers_1.csv": CUSTOMERS})
    work(shop, *ALL[: ALL.index("send")])
    shop.arrive(drop)
    work(shop, "import", "withdraw")
    work(shop, "send", "settle")
    with shop.snapshot() as warehouse:
        found = dict(warehouse.rows("select customer_id, reason from message join customer_ident using (customer_key)"))
    assert found == {"anna": reason, "bert": None}
    assert len(shop.letters()) == 1


def test_a_campaign_that_is_switched_off_is_held_at_once(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", FILES)
    shop.arrive({"customers_1.csv": CUSTOMERS})
    work(shop, *ALL[: ALL.index("send")])
    on = FILES["campaigns/welcome.yaml"]
    shop.change({"campaigns/welcome.yaml": f"{on}active: false\n"})
    work(shop, "send", "settle")
    assert len(shop.letters()) == 0
    shop.change({"campaigns/welcome.yaml": on})
    work(shop, "send", "settle")
    assert len(shop.letters()) == 2


def test_what_waits_for_a_suppressed_address_is_cancelled_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = ShopFolder.create(tmp_path / "shop", FILES)
    shop.arrive({"customers_1.csv": CUSTOMERS})
    work(shop, *ALL[: ALL.index("send")])
    monkeypatch.setattr(sys, "argv", ["smc", "suppress", "add", "a@example.com", "--project", str(shop.folder)])
    with pytest.raises(SystemExit):
        cli.main()
    assert "1 messages on their way are not sent any more" in capsys.readouterr().err
    work(shop, "send", "settle")
    with shop.snapshot() as warehouse:
        found = dict(warehouse.rows("select customer_id, reason from message join customer_ident using (customer_key)"))
    assert found == {"anna": "suppressed_address", "bert": None}


def test_a_corrected_refusal_stops_what_waits(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", FILES)
    shop.arrive({"customers_1.csv": CUSTOMERS})
    work(shop, *ALL[: ALL.index("send")])
    said = "card,way,what,said,at\nanna,email,service,{},2026-03-01 12:00:00\n"
    shop.arrive({"wishes_1.csv": said.format("nope")})
    work(shop, "import")
    file = shop.folder / "corrected.csv"
    with shop.snapshot() as warehouse:
        save_rejects(warehouse, Asked("wishes", None, None), file)
    file.write_text(file.read_text(encoding="utf-8").replace("nope", "no"), encoding="utf-8")
    pipeline.replay(load_project(shop.folder), file, as_of=DAY, progress=shop.hear)
    work(shop, "send", "settle")
    with shop.snapshot() as warehouse:
        found = dict(warehouse.rows("select customer_id, reason from message join customer_ident using (customer_key)"))
    assert found == {"anna": "consent", "bert": None}


SUPPRESSED = """
insert into suppression (suppression_no, address, reason, added_by, added_at)
values (1, 'a@example.com', 'asked', 'me', now())
"""
LEFT = """
update entry set exited_on = entered_on, exit_reason = 'goal reached'
where customer_key = (select customer_key from customer_ident where customer_id = 'anna')
"""


def again(shop: ShopFolder, monkeypatch: pytest.MonkeyPatch) -> int:
    words = ["smc", "send", "--retry-unknown", "--as-of", str(DAY), "--project", str(shop.folder)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(str(left.value.code))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"wishes_1.csv": "card,way,what,said,at\nanna,email,service,no,2026-03-01 12:00:00\n"}, "consent"),
        ({"control_1.csv": "card,group\nanna,global\n"}, "global_control"),
        (SUPPRESSED, "suppressed_address"),
        (LEFT, "exited"),
    ],
)
def test_what_is_unknown_is_looked_at_before_it_is_sent_again(
    tmp_path: Path,
    change: dict[str, str] | str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop = ShopFolder.create(tmp_path / "shop", FILES)
    shop.arrive({"customers_1.csv": CUSTOMERS})
    work(shop, *ALL[: ALL.index("send")])
    project = load_project(shop.folder)
    with Outbox.open(project.path(project.settings.outbox.path)) as outbox:
        keys = [item.message_key for some in outbox.waiting(9) for item in some]
        outbox.advance([Settled(key, "unknown", "no answer") for key in keys], [], datetime.now(UTC))
    if isinstance(change, dict):
        shop.arrive(change)
        work(shop, "import", "withdraw")
    else:
        with open_warehouse(project) as warehouse:
            warehouse.run(change)
    with pipeline.lock(project, "run nightly"):
        assert again(shop, monkeypatch) == 3
    assert again(shop, monkeypatch) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "1 unknown messages are sent again." in said
    assert f"1 stay unknown: {reason} 1." in said
    assert len(shop.letters()) == 1
    work(shop, "settle")
    with shop.snapshot() as warehouse:
        found = dict(warehouse.rows("select customer_id, state from message join customer_ident using (customer_key)"))
    assert found == {"anna": "unknown", "bert": "accepted"}

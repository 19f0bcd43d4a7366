"""An import between two nights: what a sender may send behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from smc import pipeline
from smc.project import load_project
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

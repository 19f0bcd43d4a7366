"""smc compute on the command line: stored figures are compared with a full computation."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.commands.line import smc
from tests.scenarios.harness import ShopFolder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = ShopFolder.create(tmp_path / "shop", {})
    made.arrive(
        {
            "customers_1.csv": "card,first_name,last_name,email,born,joined\n001,A,B,a@x.org,,2025-10-01 10:00:00\n",
            "receipts_1.csv": "receipt,card,store,time,status,total\nr1,001,s1,2025-10-05 10:00:00,paid,10.00\n",
        }
    )
    return made.folder


def test_stored_figures_are_compared_with_new_ones(shop: Path) -> None:
    assert "nothing has been computed yet" in smc("compute", "--full", "--verify", folder=shop).stderr
    for stage in ("import", "compute"):
        assert smc(stage, "--as-of", "2026-02-28", folder=shop).returncode == 0
    good = smc("compute", "--full", "--verify", folder=shop)
    assert (good.returncode, "2026-02-28" in good.stdout) == (0, True), good.stderr
    with duckdb.connect(str(shop / "data" / "warehouse.duckdb")) as connection:
        connection.execute("update customer_metric set revenue = revenue + 1")
    past = smc("compute", "--full", "--verify", "--as-of", "2026-02-27", folder=shop)
    assert (past.returncode, "stored figures are of 2026-02-28" in past.stderr) == (2, True), past.stderr
    bad = smc("compute", "--full", "--verify", folder=shop)
    assert bad.returncode == 1
    assert "customer_metric, customer 001: revenue" in bad.stderr
    later = smc("compute", "--full", "--verify", "--as-of", "2026-03-01", folder=shop)
    assert later.returncode == 1, "a later day must not hide the damage"

"""Killed, out of disk, or in another order: the tables end the same."""

from __future__ import annotations

# ruff: noqa: S311, ISC004 - seeded rows are no secret; one statement of DUMPS takes several lines
import os
import random
import shutil
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smc.warehouse import Warehouse
from tests.import_.conftest import tables_of

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

DUMPS = (
    "select customer_id, email, custom from customer join customer_ident using (customer_key) order by all",
    "select r.receipt_id, c.customer_id, day, status, total, epoch(purchased_at) from receipt "
    "join receipt_ident r using (receipt_key) left join customer_ident c using (customer_key) order by all",
    "select r.receipt_id, line_no, p.product_id, quantity, amount, c.customer_id, day, counted, k.category_id "
    "from receipt_line l join receipt_ident r using (receipt_key) join product_ident p using (product_key) "
    "left join customer_ident c on c.customer_key = l.customer_key "
    "left join category_ident k on k.category_key = l.category_key order by all",
    "select c.category_id, a.category_id, depth from category_ancestor join category_ident c using (category_key) "
    "join category_ident a on a.category_key = ancestor_key order by all",
    "select feed, name, sha256, state, rows_read, rows_rejected, rows_duplicate, amount from import_file order by all",
    "select name, line, field, value, reject.reason from reject join import_file using (file_key) order by all",
)

RUN = """
import os, resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import MAPPED, Shop, make_feed
from smc.warehouse import Warehouse

root, kill_at, bytes_most = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
warehouse = Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1)
seen = 0

class Deadly(Warehouse):
    __slots__ = ()
    def _execute(self, statement, params):
        global seen
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._execute(statement, params)

if bytes_most:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_most, bytes_most))
result = Shop(root, Deadly(warehouse.connection, warehouse.path)).load()
print(seen, len(result.failures))
"""


def dump(root: Path) -> dict[str, list[Any]]:
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1) as warehouse:
        return tables_of(warehouse)


def run(root: Path, *, kill_at: int = 0, most: int = 0) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": str(here.parent.parent)}
    arguments = [sys.executable, "-c", RUN, str(here), str(root), str(kill_at), str(most)]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=120)


def drops(shop: Shop, rows: int = 60) -> None:
    draw = random.Random(5)
    receipts = [
        f"r{i},c{draw.randrange(20)},,2017-12-{draw.randrange(1, 29):02} 10:00:00,paid,{i}.50" for i in range(rows)
    ]
    lines = [f"r{i},{n},p{draw.randrange(9)},1,{draw.randrange(99)}" for i in range(rows) for n in range(1, 4)]
    head = "receipt_id,customer_id,store_id,purchased_at,status,total\n"
    shop.drop("receipt-1.csv", head + "\n".join(receipts) + "\nbad,,,,,\n")
    shop.drop("receipt-2.csv", head + "r1,c99,,2017-12-01 10:00:00,cancelled,1\n")
    shop.drop("receipt_line-1.csv", "receipt_id,line_no,product_id,quantity,amount\n" + "\n".join(lines) + "\n")
    shop.drop(
        "product-1.csv",
        "product_id,name,brand,category_id,price\n" + "".join(f"p{i},n,b,k{i % 3},\n" for i in range(8)),
    )
    shop.drop("category-1.csv", "category_id,parent_id,name\nk0,top,\nk1,k0,\nk2,k1,\n")
    shop.drop(
        "customer-1.csv", "customer_id,email,birth_date\n" + "".join(f"c{i},{i}@example.com,\n" for i in range(15))
    )


@pytest.mark.slow
def test_killed_at_any_statement(shop: Shop, tmp_path: Path) -> None:
    drops(shop)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    statements, expected = int(done.stdout.split()[0]), dump(tmp_path)
    draw = random.Random()
    for _ in range(5):
        for left in tmp_path.glob("w.duckdb*"):
            left.unlink()
        at = draw.randrange(1, statements + 1)
        assert run(tmp_path, kill_at=at).returncode == -signal.SIGKILL
        again = run(tmp_path)
        assert again.returncode == 0, again.stderr
        assert dump(tmp_path) == expected, f"killed at statement {at}"
        assert list((tmp_path / "landing").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 1.1])
def test_full_disk(shop: Shop, tmp_path: Path, share: float) -> None:
    """Half the file's size stops the landing copy, a little more than it the warehouse."""
    with Warehouse.open(tmp_path / "w.duckdb", timezone="America/New_York") as warehouse:
        warehouse.run("checkpoint")
    size = (tmp_path / "w.duckdb").stat().st_size
    draw = random.Random(7)
    noise = "".join(f"c{i},{b64encode(draw.randbytes(300)).decode()},\n" for i in range(2 * size // 400))
    shop.drop("customer-1.csv", "customer_id,email,birth_date\n" + noise + "c0,,yesterday\nc1,,\n")
    shop.drop("category-1.csv", "category_id,parent_id,name\nk0,top,\n")
    calm = tmp_path / "calm"
    shutil.copytree(tmp_path / "drops", calm / "drops")
    shutil.copy(tmp_path / "w.duckdb", calm)
    full = run(tmp_path, most=int(len(noise) * share))
    assert full.returncode == 1
    assert "DiskFullError" in full.stderr
    with Warehouse.open(tmp_path / "w.duckdb", timezone="America/New_York") as warehouse:
        assert warehouse.rows("select name from import_file") == [("category-1.csv",)]
    after = dump(tmp_path)
    assert [after[name] for name in ("customer", "customer_ident", "reject", "reject_row")] == [[]] * 4
    assert (run(tmp_path).returncode, run(calm).returncode) == (0, 0)
    found, expected = dump(tmp_path), dump(calm)
    assert (len(expected["customer"]), len(expected["reject"])) == (noise.count("\n") - 1, 3)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_feeds_in_any_order_give_the_same_tables(tmp_path: Path, shop: Shop) -> None:
    found = []
    items = ["category", "product", "customer", "receipt", "receipt_line"]
    draw = random.Random(3)
    drops(shop)
    for turn in range(3):
        path = tmp_path / f"{turn}.duckdb"
        with Warehouse.open(path, timezone="America/New_York", memory="500MB", threads=2) as warehouse:
            shop.warehouse = warehouse
            for item in items:
                shop.load(**{item: shop.feeds[item]})
            found.append([warehouse.rows(statement) for statement in DUMPS])
        draw.shuffle(items)
    assert found[0] == found[1] == found[2]

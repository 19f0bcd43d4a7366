"""The global control group: a share of all customers, drawn for some months and kept in ``control_member``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smc.config.specs.policy import GLOBAL, GlobalControl
from smc.warehouse import Warehouse, statement

_NAME = "global control"


@dataclass(frozen=True, slots=True)
class _Draw:
    """``salt``: with the first month of the period; ``buckets``: how many of 10,000."""

    salt: str
    buckets: int

    @property
    def text(self) -> str:
        return f"{self.buckets}:{self.salt}"


def draw(warehouse: Warehouse, setting: GlobalControl | None, as_of: date) -> None:
    """Let the group be that of the day. In the same period only customers who are new are looked at.

    Whoever was in it stays in ``control_member`` with his last day. Whom it moves is noted for the segments. A day
    before the last draw changes nothing.
    """
    known = warehouse.rows("select as_of, definition from watermark where name = $name", name=_NAME)
    last_day, text = known[0] if known else (None, None)
    if (last_day is not None and as_of < last_day) or (setting is None and text is None):
        return
    key, _, drawn = (text or "0::").partition(":")
    new = _draw_of(setting, as_of)
    newest = warehouse.value("select coalesce(max(customer_key), 0) from customer_ident")
    with warehouse.transaction():
        warehouse.run(_query("control_before"), name=GLOBAL, as_of=as_of)
        if new is None or new.text != drawn:
            warehouse.run(_query("control_leave"), name=GLOBAL, as_of=as_of, salt=new.salt if new else "",
                          buckets=new.buckets if new else 0)  # fmt: skip
            warehouse.run(_query("control_forget"), name=GLOBAL, as_of=as_of)
            key = "0"
        if new is not None:
            warehouse.run(_query("control_join"), name=GLOBAL, as_of=as_of, salt=new.salt, buckets=new.buckets,
                          after=int(key))  # fmt: skip
        warehouse.run(_query("control_touched"), name=GLOBAL, as_of=as_of)
        warehouse.run("delete from watermark where name = $name", name=_NAME)
        if new is not None:
            warehouse.run(
                "insert into watermark values ($name, $as_of, $text)",
                name=_NAME, as_of=as_of, text=f"{newest}:{new.text}",
            )  # fmt: skip


def _draw_of(setting: GlobalControl | None, as_of: date) -> _Draw | None:
    if setting is None:
        return None
    salt = setting.salt
    if setting.months is not None:
        month = (as_of.year * 12 + as_of.month - 1) // setting.months * setting.months
        salt = f"{salt} {month // 12}-{month % 12 + 1:02}"
    return _Draw(salt, int(setting.percent * 100))


def _query(name: str) -> str:
    return statement("smc.segment", name)

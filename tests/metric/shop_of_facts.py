"""A shop with rows of every fact, and nights that bring, correct, merge and move them at random."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from smc.warehouse import Warehouse

ZONE = ZoneInfo("America/New_York")
START = date(2024, 1, 20)


@dataclass
class World:
    """A warehouse whose rows are written as the import and the stages write them."""

    warehouse: Warehouse
    chance: random.Random = field(default_factory=random.Random)
    day: date = START
    keys: dict[str, int] = field(default_factory=dict)

    def clear(self, chance: random.Random) -> None:
        self.chance, self.day, self.keys = chance, START, {}
        for (table,) in self.warehouse.rows("select table_name from duckdb_tables() where not temporary"):
            if table != "schema_version":
                self.warehouse.run(f"delete from {table}")
        self.warehouse.run("insert into category_ident values (1, 'K0'), (2, 'K1'), (3, 'S0'), (4, 'S1')")
        self.warehouse.run("insert into customer_ident select key, 'C' || key from range(1, 10) t(key)")
        self.warehouse.run("insert into product_ident select key, 'P' || key from range(5) t(key)")
        self.catalogue()

    def pick(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def who(self) -> int | None:
        found: int | None = self.pick(None, *range(1, 10))
        return found

    def when(self) -> datetime:
        """Mostly of these weeks, sometimes late or ahead."""
        back = self.pick(-2, 0, 0, 0, 1, 3, 6, 7, 14, 29, 30, 31, 40, 90, 400)
        noon = datetime(self.day.year, self.day.month, self.day.day, 17, tzinfo=UTC)
        return noon - timedelta(days=back) + timedelta(hours=self.pick(0, 11, 12))

    def put(self, table: str, **row: Any) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        holes = ", ".join("?" for _ in row)
        self.warehouse.connection.execute(f"insert into {table} ({names}) values ({holes})", list(row.values()))

    def touch(self, *keys: int | None) -> None:
        for key in keys:
            if key is not None:
                self.put("customer_touched", customer_key=key)

    def fresh(self, table: str) -> int:
        self.keys[table] = self.keys.get(table, 0) + 1
        return self.keys[table]

    def night(self) -> None:
        """What one night brings: new rows, some rows gone or given to others, a catalogue that moves."""
        self.day += timedelta(days=self.pick(0, 1, 1, 2, 7, 30, 60))
        for write in (
            self.receipt, self.receipt, self.order, self.event, self.event, self.web, self.web, self.past,
            self.reaction, self.code, self.use, self.card, self.cart, self.bonus, self.answer, self.mart,
        ):  # fmt: skip
            if self.pick(True, False, False):
                write()
        for _ in range(self.pick(0, 0, 1, 3)):
            self.correct()
        if self.pick(True, False, False):
            self.catalogue()
        if self.pick(True, False, False):
            self.merge()

    def behind(self) -> None:
        """What the stages behind the metrics write on the same day."""
        for _ in range(self.pick(0, 1, 2)):
            self.message()
            self.stay()

    def receipt(self) -> None:
        key, who, at = self.fresh("receipt"), self.who(), self.when()
        status = self.pick("paid", "paid", "returned", "cancelled")
        weight = {"weight": self.pick("1.5", "x", "9")}
        self.put(
            "receipt",
            receipt_key=key,
            customer_key=who,
            store_id=self.pick(None, "S1", "S2"),
            purchased_at=at,
            day=at.astimezone(ZONE).date(),
            status=status,
            total=self.pick(1, 5, 9),
            custom=weight,
        )
        for number in range(self.pick(0, 1, 2)):
            self.line("receipt_line", key, who, at, number, counted=status != "cancelled")
        self.touch(who)

    def line(self, table: str, key: int, who: int | None, at: datetime, number: int, *, counted: bool) -> None:
        product = self.pick(0, 1, 2, 3)
        category = self.warehouse.value("select category_key from product where product_key = $p", p=product)
        self.put(
            table,
            **{f"{table.removesuffix('_line')}_key": key},
            line_no=number,
            product_key=product,
            quantity=self.pick(1, 2),
            amount=self.pick(2, 6),
            customer_key=who,
            day=at.astimezone(ZONE).date(),
            counted=counted,
            category_key=category,
        )

    def order(self) -> None:
        key, who, at, counted = self.fresh("order"), self.who(), self.when(), self.pick(True, False)
        self.put(
            "customer_order",
            order_key=key,
            customer_key=who,
            ordered_at=at,
            total=self.pick(None, 3, 8),
            counted=counted,
            day=at.astimezone(ZONE).date(),
            store_id=self.pick(None, "S1"),
        )
        for number in range(self.pick(0, 1, 2)):
            self.line("order_line", key, who, at, number, counted=counted)
        self.touch(who)

    def event(self) -> None:
        who, at = self.who(), self.when()
        context = self.pick(None, {"to": "shop"}, {"to": "home"})
        self.put(
            "event",
            event_id=str(self.fresh("event")),
            customer_key=who,
            name=self.pick("call", "chat"),
            occurred_at=at,
            context=context,
            day=at.astimezone(ZONE).date(),
        )
        self.touch(who)

    def web(self) -> None:
        who, at = self.who(), self.when()
        self.put(
            "web_event",
            event_id=str(self.fresh("web")),
            customer_key=who,
            name="view",
            occurred_at=at,
            product_key=self.pick(None, 1, 2),
            category_key=self.pick(None, 1, 2),
            day=at.astimezone(ZONE).date(),
        )
        self.touch(who)

    def message(self) -> None:
        """Planned, and perhaps settled, which notes the customer."""
        who = self.pick(*range(1, 7))
        key = str(self.fresh("message"))
        due = datetime(self.day.year, self.day.month, self.day.day, 15, tzinfo=UTC) + timedelta(days=self.pick(0, 1))
        self.put(
            "message",
            message_key=key,
            entry_key=key,
            campaign=self.pick("A", "B"),
            kind="campaign",
            version=1,
            step=1,
            customer_key=who,
            channel=self.pick("email", "sms"),
            category="news",
            template="t",
            arm="test",
            planned_on=self.day,
            due_at=due,
            expires_at=due,
            state=self.pick("planned", "suppressed"),
        )
        if self.pick(True, False):
            number = self.pick(*range(1, self.keys["message"] + 1))
            owner = self.warehouse.value("select customer_key from message where message_key = $k", k=str(number))
            self.warehouse.run(
                "update message set state = $s where message_key = $k",
                s=self.pick("accepted", "delivered", "bounced"),
                k=str(number),
            )
            self.touch(owner)

    def stay(self) -> None:
        """A customer enters a campaign and takes a step; perhaps another stay ends. Nobody is noted."""
        key, who = str(self.fresh("entry")), self.pick(*range(1, 9))
        self.put(
            "entry", entry_key=key, campaign="A", kind="campaign", version=1, customer_key=who, occurrence=key,
            entered_on=self.day, arm="test",
        )  # fmt: skip
        self.put("step_log", entry_key=key, step=1, visit=1, done_on=self.day, outcome=self.pick("messaged", "passed"))
        number = str(self.pick(*range(1, self.keys["entry"] + 1)))
        text = (
            "update entry set exited_on = $day, exit_reason = 'finished' where entry_key = $key and exited_on is null"
        )
        self.warehouse.run(text, day=self.day, key=number)

    def past(self) -> None:
        who = self.pick(*range(1, 9))
        if not self.warehouse.rows("from past_message where mailing = 'M1' and customer_key = $w", w=who):
            self.put("past_message", mailing="M1", customer_key=who, delivered_on=self.when().date())
            self.touch(who)

    def reaction(self) -> None:
        who, at = self.pick(1, 2, 3), self.when()
        self.put(
            "past_message_event",
            event_id=str(self.fresh("reaction")),
            mailing=self.pick("M1", "M2"),
            customer_key=who,
            state=self.pick("sent", "opened", "clicked"),
            occurred_at=at,
            day=at.astimezone(ZONE).date(),
        )
        self.touch(who)

    def code(self) -> None:
        number, who = self.fresh("code"), self.who()
        self.put("promocode", code=f"c{number}", pool="p", status="active", customer_key=who)
        self.touch(who)

    def use(self) -> None:
        who = self.pick(*range(1, 7))
        self.put("promocode_use", code=f"c{self.pick(1, 2, 3)}", pool="p", customer_key=who, used_on=self.when().date())
        self.touch(who)

    def card(self) -> None:
        who = self.who()
        self.put(
            "card",
            card_id=str(self.fresh("card")),
            customer_key=who,
            issued_at=self.pick(None, self.when()),
            active=self.pick(None, True, False),
        )
        self.touch(who)

    def cart(self) -> None:
        who = self.pick(1, 2)
        self.put(
            "container",
            customer_key=who,
            container=self.pick("cart", "wish"),
            product_key=self.pick(1, 2),
            price=self.pick(None, 4),
            quantity=self.pick(None, 2),
            added_at=self.pick(None, self.when()),
        )
        self.touch(who)

    def bonus(self) -> None:
        who, account = self.pick(1, 2, 3), self.pick("main", "gift")
        self.warehouse.run("delete from bonus_balance where customer_key = $w and account = $a", w=who, a=account)
        self.put(
            "bonus_balance",
            customer_key=who,
            account=account,
            active=self.pick(None, 5),
            expiring=self.pick(0, 3),
            expires_on=self.pick(None, self.day),
            changed_at=self.pick(None, self.when()),
        )
        self.touch(who)

    def answer(self) -> None:
        who = self.pick(1, 2)
        self.put(
            "poll_answer",
            poll="p",
            question="q",
            customer_key=who,
            answer=self.pick("a", "b"),
            answered_at=self.pick(None, self.when()),
        )
        self.touch(who)

    def mart(self) -> None:
        who = self.pick(1, 2)
        self.warehouse.run("delete from mart_scores where customer_key = $w", w=who)
        self.put("mart_scores", customer_key=who, churn=self.pick(None, Decimal("0.1234")))
        self.put("mart_visits", customer_key=who, place=self.pick("x", "y"), seen=self.when().date())
        self.touch(who)

    def correct(self) -> None:
        """An old row goes, or belongs to another customer."""
        table = self.pick("receipt", "customer_order", "event", "web_event", "past_message_event", "promocode", "card")
        rows = self.warehouse.rows(f"select rowid, customer_key from {table}")
        if not rows:
            return
        row, had = self.chance.choice(rows)
        new = self.pick(1, 2, 3)
        self.touch(had, new)
        if self.pick(True, False):
            self.warehouse.run(f"update {table} set customer_key = {new} where rowid = {row}")
        else:
            self.warehouse.run(f"delete from {table} where rowid = {row}")
        self.follow()

    def follow(self) -> None:
        """Lines carry what their receipt or order says."""
        pairs = {"receipt_line": "receipt", "order_line": "customer_order"}
        for lines, heads in pairs.items():
            key = f"{lines.removesuffix('_line')}_key"
            counted = "h.status <> 'cancelled'" if heads == "receipt" else "h.counted"
            self.warehouse.run(
                f"update {lines} set customer_key = h.customer_key, counted = {counted} "
                f"from {heads} h where h.{key} = {lines}.{key}"
            )
            lost = f"{key} not in (select {key} from {heads})"
            self.warehouse.run(f"update {lines} set customer_key = null, counted = false where {lost}")

    def merge(self) -> None:
        """Everything of one customer goes to another."""
        gone, stays = self.pick((1, 2), (3, 4), (5, 1))
        for table in ("receipt", "customer_order", "event", "web_event", "past_message_event", "message", "promocode"):
            self.warehouse.run(f"update {table} set customer_key = {stays} where customer_key = {gone}")
        for table in ("customer_metric", "customer_activity", "custom_metric"):
            self.warehouse.run(f"delete from {table} where customer_key = {gone}")
        self.follow()
        self.touch(gone, stays)

    def places(self) -> None:
        """Where products stand in another classifier."""
        for product in range(4):
            if category := self.pick(None, 3, 4):
                self.put("product_category", product_key=product, classifier="season", category_key=category)
        self.warehouse.run("insert into category_ancestor values (3, 3, 0), (4, 4, 0)")
        if self.pick(True, False):
            self.warehouse.run("insert into category_ancestor values (4, 3, 1)")

    def catalogue(self) -> None:
        """Products, tree, stores, mailings and codes are other than they were; nobody is noted for most of it."""
        for table in ("product", "product_category", "category_ancestor", "store", "past_mailing"):
            self.warehouse.run(f"delete from {table}")
        for key in range(4):
            self.put(
                "product",
                product_key=key,
                name=self.pick("N1", "N2"),
                brand=self.pick(None, "B1", "B2"),
                category_key=self.pick(None, 1, 2),
                stock=self.pick(None, 1, 3),
            )
        self.put("product", product_key=4, brand="B1")
        self.warehouse.run("insert into category_ancestor values (1, 1, 0), (2, 2, 0)")
        if self.pick(True, False):
            self.warehouse.run("insert into category_ancestor values (2, 1, 1)")
        self.places()
        for store in ("S1", "S2"):
            self.put("store", store_id=store, city=self.pick(None, "Oslo", "Rome"))
        for mailing in ("M1", "M2"):
            self.put("past_mailing", mailing=mailing, channel=self.pick("email", "sms"), starts_on=START)
        self.warehouse.run(f"update promocode set status = '{self.pick('void', 'active')}' where code = 'c1'")
        text = "update {0} set category_key = p.category_key from product p where p.product_key = {0}.product_key"
        for lines in ("receipt_line", "order_line"):
            self.warehouse.run(text.format(lines))
            buyers = f"select customer_key from {lines} where customer_key is not null"
            self.warehouse.run(f"insert into customer_touched {buyers}")

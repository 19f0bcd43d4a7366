"""The rows of a test as feeds would bring them: names and types checked, what a marketer left out filled in.

Whatever else a row needs is implied: customers, products, categories, stores and past mailings that are only named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from smc.config.days import Mistake
from smc.config.layout import Keys
from smc.config.problem import nearest
from smc.model.field import Field
from smc.segment.trial.cells import NOON, shown, text_of
from smc.segment.trial.rows import ALIASES, BOUGHT, BOUGHT_FIELDS, LINES, OF_PRODUCT, Row, Shape

ANY_AMOUNT = "10.00"
"""What a line costs of which nothing is said."""
_CENT = Decimal("0.01")
_DAY_LENGTH = 10
_IMPLIED = {"customer": "customer_id", "past_mailing": "mailing", "store": "store_id", "category": "category_id"}
_MOST = 1000


Numbers = dict[str, Iterator[int]]
"""How many ids of an object were made so far."""


@dataclass(frozen=True, slots=True)
class Told:
    """A mistake with its way in the file. ``on_key``: it is the key that is wrong, not its value."""

    path: Keys
    mistake: Mistake
    on_key: bool = False


@dataclass(slots=True)
class Given:
    """Reads the rows of one test, or of one night of it. ``mistakes``: each with its way in the file."""

    shapes: Mapping[str, Shape]
    as_of: date
    rows: list[Row] = field(default_factory=list)
    mistakes: list[Told] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)
    _products: dict[str, dict[str, str]] = field(default_factory=dict)
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def read(self, given: Mapping[str, tuple[Any, ...]], path: Keys) -> tuple[Row, ...]:
        """Every row, and those that they imply."""
        for name, items in given.items():
            if name not in self.shapes:
                self._say((*path, name), f"there is no object '{name}'", nearest(name, self.shapes), on_key=True)
                continue
            for at, item in enumerate(items):
                self._row(name, item, (*path, name, at), {})
        self._imply()
        return tuple(self.rows)

    @property
    def customers(self) -> tuple[str, ...]:
        """Ids of all customers, in their order."""
        ids = (row.cells.get("customer_id") for row in self.rows if row.object == "customer")
        return tuple(one for one in ids if one is not None)

    # ---- one row

    def _row(self, name: str, item: Any, path: Keys, fixed: Mapping[str, str]) -> None:
        shape = self.shapes[name]
        if isinstance(item, str):
            open_keys = [key for key in shape.item.key if key not in fixed]
            if len(open_keys) != 1:
                self._say(path, f"a row of {name} has keys with values", f"Write {{{', '.join(shape.names[:3])}, …}}.")
                return
            item = {open_keys[0]: item}
        if not isinstance(item, dict):
            self._say(path, f"expected a row with keys, but here is {shown(item)}", f"Known: {_few(shape.names)}.")
            return
        cells: dict[str, str | None] = dict(fixed)
        inner: dict[str, Any] = {}
        product: dict[str, str] = {}
        for key, value in item.items():
            self._cell(shape, key, value, (*path, key), cells, inner, product)
        self._fill(shape, cells, path, product, inner)
        self._keep(shape, cells, path)
        self._below(shape, cells, inner, path)

    def _cell(  # noqa: PLR0917 - one cell and the three places where it may belong
        self,
        shape: Shape,
        key: str,
        value: Any,
        path: Keys,
        cells: dict[str, str | None],
        inner: dict[str, Any],
        product: dict[str, str],
    ) -> None:
        name = shape.item.name
        child = ALIASES.get(name, {}).get(key, key)
        if (found := shape.field(key)) is not None:
            stored = key if shape.item.field(key) else f"custom.{key.removeprefix('custom.')}"
            cells[stored] = self._text(found, value, path)
        elif (child in self.shapes and self.shapes[child].points_to(shape.item)) or (name, key) == ("customer", BOUGHT):
            inner[key] = value
        elif name in LINES.values() and key in OF_PRODUCT:
            if (text := self._text(Field(key, "string", key), value, path)) is not None:
                product[key] = text
        elif name in LINES.values() and key == "product":
            cells["product_id"] = self._text(Field("product", "string", "product"), value, path)
        else:
            self._say(
                path, f"{name} has no field '{key}'", nearest(key, [*shape.names, *self._inside(shape)]), on_key=True
            )

    def _inside(self, shape: Shape) -> list[str]:
        """Keys of a row of the object that are no fields of it."""
        name = shape.item.name
        children = [child for child, other in self.shapes.items() if other.points_to(shape.item) and child != name]
        extra = [*ALIASES.get(name, {}), *([BOUGHT] if name == "customer" else [])]
        return [*children, *extra, *([*OF_PRODUCT, "product"] if name in LINES.values() else [])]

    def _text(self, wanted: Field, value: Any, path: Keys) -> str | None:
        if value is None:
            return None
        try:
            return text_of(wanted, value, self.as_of)
        except Mistake as mistake:
            self.mistakes.append(Told(path, mistake))
            return None

    def _fill(
        self, shape: Shape, cells: dict[str, str | None], path: Keys, product: dict[str, str], inner: dict[str, Any]
    ) -> None:
        """What a row needs and does not say."""
        item = shape.item
        if item.name in LINES:
            self._total(item.name, cells, inner)
        if item.name in LINES.values():
            self._line(cells, product, path)
        if shape.own_id and (item.name in _NUMBERED or item.by_content):
            cells.setdefault(shape.own_id, f"{item.name} {self._next(item.name)}")
        for one in item.fields:
            if one.name not in cells and (value := self._default(item.name, one)) is not None:
                cells[one.name] = value
        lacking = [
            one.name for one in item.fields if (one.required or one.name in item.key) and not cells.get(one.name)
        ]
        told = {one.path[-1] for one in self.mistakes if one.path[:-1] == path}
        if missing := [name for name in lacking if name not in told and item.field(name).default is None]:  # type: ignore[union-attr] # its own field
            self._say(path, f"{item.name} needs {' and '.join(missing)}", "Add it to the row.")

    def _default(self, name: str, one: Field) -> str | None:
        if (name, one.name) in _USUAL:
            return _USUAL[name, one.name]
        if one.default is not None and name in OWN_NAMES:
            return one.default
        if not one.required or one.refers is not None:
            return None
        match one.type:
            case "datetime":
                return f"{self.as_of} {NOON}"
            case "date":
                return self.as_of.isoformat()
            case _:
                return None

    def _next(self, what: str) -> int:
        return next(self.numbers.setdefault(what, count(1)))

    def _keep(self, shape: Shape, cells: dict[str, str | None], path: Keys) -> None:
        key = (shape.item.name, *(cells.get(name) or "" for name in shape.item.key))
        if shape.item.key and shape.item.time is None and all(key[1:]):
            if key in self._seen:
                words = ", ".join(f"{name} {value}" for name, value in zip(shape.item.key, key[1:], strict=True))
                self._say(path, f"{shape.item.name} with {words} is given twice", "Keep one of them.")
            self._seen.add(key)
        self.rows.append(Row(shape.item.name, cells, path))

    def _below(self, shape: Shape, cells: Mapping[str, str | None], inner: Mapping[str, Any], path: Keys) -> None:
        """Rows inside the row: they get its id."""
        own = cells.get(shape.own_id or "")
        for key, value in inner.items():
            if not isinstance(value, tuple):
                self._say(
                    (*path, key), f"expected a list of rows, but here is {shown(value)}", "Write [ … ] around it."
                )
            elif own is not None and key == BOUGHT and shape.item.name == "customer":
                for at, item in enumerate(value):
                    self._bought(own, item, (*path, key, at))
            elif own is not None:
                child = ALIASES.get(shape.item.name, {}).get(key, key)
                points = self.shapes[child].points_to(shape.item) or ""
                for at, item in enumerate(value):
                    self._row(child, item, (*path, key, at), {points: own})

    # ---- receipts, orders and their lines

    def _total(self, name: str, cells: dict[str, str | None], inner: dict[str, Any]) -> None:
        """A total is the sum of the lines; lines of which nothing is said share what a given total leaves."""
        key = next((one for one in ("lines", LINES[name]) if isinstance(inner.get(one), tuple)), None)
        lines = [one for one in inner.get(key or "", ()) if isinstance(one, dict)]
        told = [one["amount"] for one in lines if isinstance(one.get("amount"), int | Decimal)]
        known = sum((Decimal(one) for one in told), Decimal(0))
        open_lines = [one for one in lines if "amount" not in one]
        total = cells.get("total")
        if total is None:
            whole = known + Decimal(ANY_AMOUNT) * (len(open_lines) if lines else 1)
            cells["total"] = format(whole, "f")
            return
        if open_lines and key is not None:
            shares = _shares(Decimal(total) - known, len(open_lines))
            filled = iter(shares)
            inner[key] = tuple(
                {**one, "amount": next(filled)} if isinstance(one, dict) and "amount" not in one else one
                for one in inner[key]
            )

    def _line(self, cells: dict[str, str | None], product: dict[str, str], path: Keys) -> None:
        parent = cells.get("receipt_id") or cells.get("order_id") or ""
        cells.setdefault("line_no", str(self._next(f"line of {parent}")))
        cells.setdefault("quantity", "1")
        cells.setdefault("amount", ANY_AMOUNT)
        cells.setdefault("product_id", " ".join(filter(None, ("any", *product.values(), "product"))))
        name = cells["product_id"]
        if name is None:
            return
        known = self._products.setdefault(name, {})
        for key, text in product.items():
            if known.setdefault(key, text) != text:
                said = f"the product '{name}' has the {key} '{known[key]}' elsewhere in this test"
                self._say((*path, key), said, "Give this line another product.")

    def _bought(self, customer: str, item: Any, path: Keys) -> None:
        """Some receipts of a customer, each with one line."""
        if not isinstance(item, dict):
            self._say(path, f"expected keys with values, but here is {shown(item)}", f"Known: {_few(BOUGHT_FIELDS)}.")
            return
        cells: dict[str, str | None] = {}
        for key, value in item.items():
            if key not in BOUGHT_FIELDS:
                self._say((*path, key), f"bought has no key '{key}'", nearest(key, BOUGHT_FIELDS), on_key=True)
            else:
                cells[key] = self._text(BOUGHT_FIELDS[key], value, (*path, key))
        times, every = (int(cells.get(key) or 1) for key in ("times", "every"))
        if not 1 <= times <= _MOST or every < 0:
            self._say(path, "this is no number of receipts", f"Write 1 to {_MOST} times, every 0 days or more.")
            return
        last = cells.get("on") or f"{self.as_of} {NOON}"
        names = (("product", "product"), ("category", "category"), ("brand", "brand"), ("quantity", "quantity"))
        line = {ours: _plain(key, cells[key]) for key, ours in names if cells.get(key)}
        line["amount"] = Decimal(cells.get("amount") or ANY_AMOUNT)
        for back in reversed(range(times)):
            day = date.fromisoformat(last[:_DAY_LENGTH]) - timedelta(days=back * every)
            receipt: dict[str, Any] = {"purchased_at": f"{day}{last[_DAY_LENGTH:]}", "lines": (line,)}
            if cells.get("store"):
                receipt["store_id"] = cells["store"]
            self._row("receipt", receipt, path, {"customer_id": customer})

    # ---- what is only named

    def _imply(self) -> None:
        """Rows of objects that others name; a category may be named by the name that a given one has."""
        names = {
            row.cells["name"]: row.cells["category_id"]
            for row in self.rows
            if row.object == "category" and row.cells.get("name")
        }
        given = {row.cells.get("product_id"): row for row in self.rows if row.object == "product"}
        for product_id, said in self._products.items():
            cells: dict[str, str | None] = {"product_id": product_id}
            if category := said.get("category"):
                cells["category_id"] = names.get(category, category)
            if brand := said.get("brand"):
                cells["brand"] = brand
            if product_id not in given:
                self.rows.append(Row("product", cells, ()))
            elif any(given[product_id].cells.get(key) != value for key, value in cells.items()):
                said_there = f"the product '{product_id}' is given with another category or brand"
                self._say(given[product_id].path, said_there, "Say it in one place.")
        for name, key in _IMPLIED.items():
            self._imply_all(name, key)

    def _imply_all(self, name: str, key: str) -> None:
        known = {row.cells.get(key) for row in self.rows if row.object == name}
        named = (row.cells.get(key) for row in self.rows if row.object != name)
        for value in dict.fromkeys(named):
            if value is not None and value not in known:
                extra: dict[str, str | None] = {}
                for one in self.shapes[name].item.fields:
                    if (default := self._default(name, one)) is not None:
                        extra[one.name] = default
                self.rows.append(Row(name, {key: value, **extra}, ()))

    def _say(self, path: Keys, message: str, remedy: str = "", *, on_key: bool = False) -> None:
        self.mistakes.append(Told(path, Mistake(message, remedy), on_key))


_NUMBERED = ("receipt", "order", "card", "message", "entry")
OWN_NAMES = ("message", "entry", "step_log")
_USUAL = {
    ("subscription", "state"): "yes",
    ("container", "container"): "cart",
    ("past_mailing", "channel"): "email",
    ("promocode_use", "pool"): "pool",
    ("promocode", "pool"): "pool",
}
"""What is meant when nothing is said, besides the defaults of the model."""


def _shares(rest: Decimal, parts: int) -> list[Decimal]:
    """An amount in equal parts of whole cents; the last one takes what is over."""
    one = (rest / parts).quantize(_CENT)
    return [*[one] * (parts - 1), rest - one * (parts - 1)]


def _plain(key: str, text: str | None) -> Any:
    return Decimal(text or 0) if key == "quantity" else text


def _few(names: Any) -> str:
    found = list(names)
    return ", ".join(found[:12]) + (", …" if len(found) > 12 else "")  # noqa: PLR2004 - a line's worth

"""One row that something waits for: a receipt, an order, an event, a product in a cart.

Triggers by rows, ``wait_for``, ``exit_when`` and goals all say in the same words which row they mean. Unlike conditions
of rules they know neither days nor figures: each row counts by itself, on the day when it happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import Number, Spec
from smc.config.specs.comparison import Texts, Where
from smc.config.specs.rule import only_key

Tested = tuple[tuple[str, ...], str, str, Any]
"""Place below the row in the YAML, field of the fact, operator (``in`` as ``in_``), operand."""


class Row(Spec):
    """A row of a fact; all that is given must hold."""

    fact: ClassVar[str] = ""
    short: ClassVar[Mapping[str, str]] = {}
    """Key of the row → field of the fact that must be among its texts."""

    where: Where | None = Field(default=None, description="Fields of the row and what they must be")

    @property
    def over(self) -> str:
        """The fact whose rows are meant."""
        return self.fact

    @property
    def any_state(self) -> bool:
        """Whether rows that count in no figure are meant too, such as orders that were cancelled."""
        return False

    def tests(self) -> Iterator[Tested]:
        """What the row must be, ``where`` aside."""
        for key, field in self.short.items():
            value = getattr(self, key)
            if value is not None:
                yield (key,), field, "in_", value

    @property
    def key(self) -> str:
        """Name of the row in ``watch_row``: the same row asked for twice is found once."""
        where = self.where or {}
        told = [(field, test.model_dump_json(by_alias=True, exclude_none=True)) for field, test in where.items()]
        asked = [(field, operator, str(operand)) for _, field, operator, operand in self.tests()]
        return sha256(repr((self.over, self.any_state, asked, told)).encode()).hexdigest()


class ReceiptRow(Row):
    """A paid receipt. With a status in ``where``, one of that status."""

    fact = "receipts"
    short: ClassVar[Mapping[str, str]] = {"store": "store_id"}

    store: Texts | None = Field(default=None, description="Store id")
    total_at_least: Number | None = Field(default=None, description="Least total")

    def tests(self) -> Iterator[Tested]:
        yield from super().tests()
        if self.total_at_least is not None:
            yield ("total_at_least",), "total", "at_least", self.total_at_least


class LineRow(Row):
    """Some goods; a category means everything below it too."""

    short: ClassVar[Mapping[str, str]] = {"product": "product_id", "category": "category_id", "brand": "brand"}

    product: Texts | None = Field(default=None, description="Product id")
    category: Texts | None = Field(default=None, description="Category")
    brand: Texts | None = Field(default=None, description="Brand")


class BoughtRow(LineRow):
    """A receipt with such a line, paid and not returned. Several lines of one receipt are one purchase."""

    fact = "lines"


class OrderedRow(LineRow):
    """An order that counts with such a line. Several lines of one order are one."""

    fact = "order_lines"


class OrderStatus(Spec):
    """One of the three statuses of an order, and its codes."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    status: Texts | None = Field(default=None, description="General status")
    delivery: Texts | None = Field(default=None, description="Status of the delivery")
    payment: Texts | None = Field(default=None, description="Status of the payment")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(codes is not None for codes in (self.status, self.delivery, self.payment)) != 1:
            raise ValueError("needs one of: status, delivery, payment")
        return self

    @property
    def given(self) -> tuple[str, tuple[str, ...]]:
        """The key that is written, and its codes."""
        return next((key, codes) for key, codes in self if codes is not None)


class OrderRow(Row):
    """An order that was made and counts; with ``becomes`` a change of one of its statuses, whether it counts or not.

    ``from`` says which code the same status had before.
    """

    fact = "orders"
    short: ClassVar[Mapping[str, str]] = {"store": "store_id"}

    store: Texts | None = Field(default=None, description="Store id")
    becomes: OrderStatus | None = Field(default=None, description="The status that changes, and the codes it gets")
    from_: Texts | None = Field(default=None, alias="from", description="Codes of that status before the change")

    @model_validator(mode="after")
    def _change(self) -> Self:
        if self.from_ is not None and self.becomes is None:
            raise ValueError("'from' needs 'becomes' beside it")
        return self

    @property
    def over(self) -> str:
        return "order_changes" if self.becomes else self.fact

    @property
    def any_state(self) -> bool:
        return self.becomes is not None

    def tests(self) -> Iterator[Tested]:
        yield from super().tests()
        if self.becomes is not None:
            key, codes = self.becomes.given
            yield ("becomes", key), f"{key}_becomes", "in_", codes
            if self.from_ is not None:
                yield ("from",), f"{key}_was", "in_", self.from_


class EventRow(Row):
    """An event of the customer. Details are fields named ``context.KEY``."""

    fact = "events"
    short: ClassVar[Mapping[str, str]] = {"name": "name"}

    name: Texts | None = Field(default=None, description="What happened")


class WebEventRow(LineRow):
    """A visit, or what was done there. A section of the site: ``where: {page: {starts_with: /shoes/}}``."""

    fact = "web_events"
    short: ClassVar[Mapping[str, str]] = {"name": "name", "page": "page", **LineRow.short}

    name: Texts | None = Field(default=None, description="What happened, such as view")
    page: Texts | None = Field(default=None, description="Page, as the site sends it")


class AddedToRow(LineRow):
    """A product in a cart, in favourites or in another list, as it is now, by the day when it was put in."""

    fact = "containers"
    short: ClassVar[Mapping[str, str]] = {"container": "container", **LineRow.short}

    container: Texts = Field(description="The list, such as cart")


class PollRow(Row):
    """An answer to a poll."""

    fact = "poll_answers"
    short: ClassVar[Mapping[str, str]] = {"poll": "poll", "question": "question", "answer": "answer"}

    poll: Texts | None = Field(default=None, description="Poll")
    question: Texts | None = Field(default=None, description="Question")
    answer: Texts | None = Field(default=None, description="Answer")


class PromocodeUsedRow(Row):
    """A promocode that the customer used."""

    fact = "promocodes"
    short: ClassVar[Mapping[str, str]] = {"group": "group", "code": "code"}

    group: Texts | None = Field(default=None, description="Group of codes")
    code: Texts | None = Field(default=None, description="Code")

    def tests(self) -> Iterator[Tested]:
        yield from super().tests()
        yield (), "happened", "equals", "used"


class Watched(Spec):
    """What has one key, whose value says which row is meant."""

    @property
    def row(self) -> Row:
        """The row; what is written beside it is of no concern to those who look for it."""
        found: Row = getattr(self, next(iter(type(self).model_fields)))
        return found

    @property
    def days_before(self) -> int:
        """How many days before something happens its row may lie."""
        return 0


class Receipt(Watched):
    receipt: ReceiptRow


class Bought(Watched):
    bought: BoughtRow


class Ordered(Watched):
    ordered: OrderedRow


class Order(Watched):
    order: OrderRow


class Event(Watched):
    event: EventRow


class WebEvent(Watched):
    web_event: WebEventRow


class AddedTo(Watched):
    added_to: AddedToRow


class Poll(Watched):
    poll: PollRow


class PromocodeUsed(Watched):
    promocode_used: PromocodeUsedRow


AnyRow = Annotated[
    Annotated[Receipt, Tag("receipt")]
    | Annotated[Bought, Tag("bought")]
    | Annotated[Ordered, Tag("ordered")]
    | Annotated[Order, Tag("order")]
    | Annotated[Event, Tag("event")]
    | Annotated[WebEvent, Tag("web_event")]
    | Annotated[AddedTo, Tag("added_to")]
    | Annotated[Poll, Tag("poll")]
    | Annotated[PromocodeUsed, Tag("promocode_used")],
    Discriminator(only_key),
]
"""A row by its only key."""

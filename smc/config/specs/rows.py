"""Conditions on rows of a customer: receipts, orders, events, messages, carts, cards, …; all have one shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from smc.config.specs.base import Days, Name
from smc.config.specs.comparison import Figure, Range, Texts, Where, Window


class RowsCondition(Window):
    """Rows that match. Without ``count`` there must be at least one; ``count: {at_most: 0}`` means no such row.

    ``sum`` of no rows is 0; ``min``, ``max`` and ``avg`` of no rows match no bounds.
    """

    fact: ClassVar[str] = ""
    short: ClassVar[Mapping[str, str]] = {}
    """Key of the condition → field of the fact that must be among its texts."""

    where: Where | None = Field(default=None, description="Fields of a row and what they must be")
    count: Range | None = Field(default=None, description="Number of rows")
    sum: Figure | None = None
    min: Figure | None = None
    max: Figure | None = None
    avg: Figure | None = None
    distinct: Figure | None = Field(default=None, description="Number of different values of a field")


class ReceiptCondition(RowsCondition):
    """Paid receipts; sums take returned ones too. With a status in ``where``, receipts of that status."""

    fact = "receipts"
    short: ClassVar[Mapping[str, str]] = {"store": "store_id"}

    store: Texts | None = None


class OrderedCondition(RowsCondition):
    """Orders that count. With one of the statuses, orders of that status, whether they count or not."""

    fact = "orders"
    short: ClassVar[Mapping[str, str]] = {
        "status": "status",
        "delivery": "delivery_status",
        "payment": "payment_status",
        "store": "store_id",
    }

    status: Texts | None = Field(default=None, description="General status")
    delivery: Texts | None = Field(default=None, description="Status of the delivery")
    payment: Texts | None = Field(default=None, description="Status of the payment")
    store: Texts | None = None


class OrderLineCondition(RowsCondition):
    """Lines of orders that count. A category means everything below it too."""

    fact = "order_lines"
    short: ClassVar[Mapping[str, str]] = {"product": "product_id", "category": "category_id", "brand": "brand"}

    product: Texts | None = None
    category: Texts | None = None
    brand: Texts | None = None


class EventCondition(RowsCondition):
    """Events of the customer. Details are fields of ``where`` named ``context.KEY``."""

    fact = "events"
    short: ClassVar[Mapping[str, str]] = {"name": "name"}

    name: Texts | None = None


class WebEventCondition(RowsCondition):
    """Visits and what was done there. A category means everything below it too."""

    fact = "web_events"
    short: ClassVar[Mapping[str, str]] = {
        "name": "name",
        "page": "page",
        "product": "product_id",
        "category": "category_id",
        "brand": "brand",
    }

    name: Texts | None = None
    page: Texts | None = None
    product: Texts | None = None
    category: Texts | None = None
    brand: Texts | None = None


class ContainerCondition(RowsCondition):
    """Products in a cart, in favourites or in another list as it is now."""

    fact = "containers"
    short: ClassVar[Mapping[str, str]] = {
        "name": "container",
        "product": "product_id",
        "category": "category_id",
        "brand": "brand",
    }

    name: Texts | None = Field(default=None, description="The list, such as cart")
    product: Texts | None = None
    category: Texts | None = None
    brand: Texts | None = None


MessageState = Literal["sent", "delivered", "bounced", "failed", "expired", "suppressed", "waiting", "unknown"]


class MessageCondition(RowsCondition):
    """Messages of smc and of past mailings, by default those that were sent. Those of today do not count yet.

    ``sent`` takes in what was delivered or bounced later; ``waiting`` is planned and not handed over yet.
    """

    fact = "messages"
    short: ClassVar[Mapping[str, str]] = {"channel": "channel", "campaign": "campaign", "category": "category"}

    channel: Texts | None = None
    campaign: Texts | None = Field(default=None, description="Campaign or mailing")
    category: Texts | None = Field(default=None, description="Message category")
    state: MessageState | None = None


class ContactedCondition(Window):
    """Contact frequency: messages to the customer, sent or on their way, and those of past mailings.

    Days are those of the project on which they left. Caps of ``smc.yaml`` count smc's own messages alone, by the time
    for which they are meant and by the customer's calendar.
    """

    channel: Texts | None = None
    category: Texts | None = Field(default=None, description="Message category")
    count: Range | None = Field(default=None, description="Number of messages, by default at least one")


class ReactionCondition(RowsCondition):
    """What the customer did with messages that other systems sent, as feeds of past mailings brought it.

    Those of smc's own messages are not among them yet.
    """

    fact = "reactions"
    short: ClassVar[Mapping[str, str]] = {"channel": "channel", "campaign": "campaign", "kind": "reaction"}

    kind: Literal["opened", "clicked", "complained", "unsubscribed", "bounced"] | None = None
    channel: Texts | None = None
    campaign: Texts | None = Field(default=None, description="Campaign or mailing")


class PromocodeCondition(RowsCondition):
    """Promocodes that were issued to the customer, or that he used.

    The day of issue is known of codes that smc gave. Those that a feed gave their customers have none, and lie in no
    window.
    """

    fact = "promocodes"
    short: ClassVar[Mapping[str, str]] = {"state": "happened", "group": "group"}

    state: Literal["issued", "used"]
    group: Texts | None = Field(default=None, description="Group of codes")


class CardCondition(RowsCondition):
    """Loyalty cards that are still valid."""

    fact = "cards"
    short: ClassVar[Mapping[str, str]] = {"status": "status", "level": "level"}

    status: Texts | None = None
    level: Texts | None = None


class BonusCondition(RowsCondition):
    """Bonus accounts as they are now; a bound is on each account."""

    fact = "bonuses"
    short: ClassVar[Mapping[str, str]] = {"account": "account"}

    account: Texts | None = None
    balance: Range | None = Field(default=None, description="Bonuses that can be spent now")
    expiring: Range | None = Field(default=None, description="Bonuses that expire next")
    expires_within: Days | None = Field(default=None, ge=1, description="They expire in N days, today included")


class PollCondition(RowsCondition):
    """Answers to polls; who answered anything has taken the poll."""

    fact = "poll_answers"
    short: ClassVar[Mapping[str, str]] = {"poll": "poll", "question": "question", "answer": "answer"}

    poll: Texts | None = None
    question: Texts | None = None
    answer: Texts | None = None


class MartCondition(RowsCondition):
    """Rows of a data mart of fields.yaml; nobody has any until its feed has loaded."""

    name: Name


class CampaignCondition(RowsCondition):
    """Stays in a campaign or mailing, by the day of entry; what happens today counts from tomorrow on.

    ``finished`` came to the end, ``left`` was let out before. Control customers enter too: ``arm: test`` leaves them
    out.
    """

    fact = "entries"
    short: ClassVar[Mapping[str, str]] = {"name": "campaign", "arm": "arm"}

    name: Texts | None = Field(default=None, description="Campaign or mailing")
    state: Literal["in", "finished", "left"] | None = None
    arm: Literal["test", "control"] | None = None


class CampaignStepCondition(RowsCondition):
    """Steps of a campaign that the customer came to, by their number, 1 first; those of today count from tomorrow."""

    fact = "steps"
    short: ClassVar[Mapping[str, str]] = {"name": "campaign", "outcome": "outcome"}

    name: Texts | None = Field(default=None, description="Campaign or mailing")
    step: int | None = Field(default=None, ge=1)
    outcome: Literal["passed", "refused", "messaged", "waiting", "tagged", "untagged", "exited"] | None = None

"""Triggers by rows with keys of their own: receipts, visits, and what was begun and not followed by a purchase."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from smc.config.specs.base import Spec
from smc.config.specs.comparison import Texts
from smc.config.specs.delay import Delay, length_of
from smc.config.specs.watch import AddedToRow, ReceiptRow, Row, Watched, WebEventRow


class ReceiptTrigger(ReceiptRow):
    """A paid receipt; ``first`` means only the customer's first one."""

    first: bool = Field(default=False, description="Only the customer's first one")


class OnReceipt(Watched):
    receipt: ReceiptTrigger


class WebEventTrigger(WebEventRow):
    """A visit, or what was done there; of a session, or of a day, the first one. A section of the site:
    ``where: {page: {starts_with: /shoes/}}``.
    """

    once_per: Literal["event", "session", "day"] = Field(
        default="session", description="How often he may enter; where no session is known, once a day"
    )


class OnWebEvent(Watched):
    web_event: WebEventTrigger


Purchase = Literal["bought", "ordered"]
_BOTH: tuple[Purchase, ...] = ("bought", "ordered")
_UNLESS = "What he must not have done since"


class AbandonedCartTrigger(Spec):
    """Something was put into the cart, so much time has passed, and nothing was put in or bought since."""

    container: Texts = Field(default=("cart",), description="The list")
    after: Delay = Field(default="2 hours", description="Time since the last product was put in; a day has 24 hours")
    unless: tuple[Purchase, ...] = Field(default=_BOTH, description=_UNLESS)


class AbandonedCart(Watched):
    abandoned_cart: AbandonedCartTrigger

    @property
    def row(self) -> Row:
        return AddedToRow(container=self.abandoned_cart.container)

    @property
    def days_before(self) -> int:
        return days_of(self.abandoned_cart.after)


class AbandonedViewTrigger(WebEventRow):
    """Something was looked at, so much time has passed since the last view of the session, and nothing was bought."""

    name: Texts | None = Field(default=("view",), description="What a view is called")
    after: Delay = Field(default="1 days", description="Time since the last view; a day has 24 hours")
    unless: tuple[Purchase, ...] = Field(default=_BOTH, description=_UNLESS)


class AbandonedView(Watched):
    abandoned_view: AbandonedViewTrigger

    @property
    def days_before(self) -> int:
        return days_of(self.abandoned_view.after)


def minutes_of(delay: str) -> int:
    """A delay as so many minutes, a day as 24 hours."""
    length = length_of(delay)
    return length.days * 24 * 60 + length.minutes


def days_of(delay: str) -> int:
    """So many local days a delay may touch before its end."""
    return minutes_of(delay) // (24 * 60) + 1

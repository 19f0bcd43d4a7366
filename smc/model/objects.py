"""What smc knows about its objects: the one list that import, segments, templates and docs read.

A project adds its data marts and the codes of its order statuses: ``smc.config.objects.objects_of``.
"""

from __future__ import annotations

from smc.model.catalogue.activity import BONUS_BALANCE, CONTAINER, EVENT, POLL_ANSWER, WEB_EVENT
from smc.model.catalogue.goods import CATEGORY, DICTIONARY, PRODUCT, PRODUCT_CATEGORY, REGION, STORE
from smc.model.catalogue.messages import (
    CONTROL_MEMBER,
    PAST_MAILING,
    PAST_MESSAGE,
    PAST_MESSAGE_EVENT,
    SUBSCRIPTION,
    TAG_MEMBER,
)  # fmt: skip
from smc.model.catalogue.people import CARD, CONTACT_POINT, CUSTOMER
from smc.model.catalogue.sales import ORDER, ORDER_LINE, PROMOCODE, PROMOCODE_USE, RECEIPT, RECEIPT_LINE
from smc.model.field import Field, History, ObjectType, Type

__all__ = ["CUSTOMER", "OBJECTS", "Field", "History", "ObjectType", "Type"]

OBJECTS = {
    item.name: item
    for item in (
        DICTIONARY, REGION, CATEGORY, PRODUCT, PRODUCT_CATEGORY, STORE, CUSTOMER, CARD, CONTACT_POINT, SUBSCRIPTION,
        TAG_MEMBER, CONTROL_MEMBER, BONUS_BALANCE, RECEIPT, RECEIPT_LINE, ORDER, ORDER_LINE, PROMOCODE, PROMOCODE_USE,
        CONTAINER, EVENT, WEB_EVENT, POLL_ANSWER, PAST_MAILING, PAST_MESSAGE, PAST_MESSAGE_EVENT,
    )
}  # fmt: skip
"""In the order in which a night loads them."""

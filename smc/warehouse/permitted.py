"""What customers allow and where they are reached, by channel: one place for planning and for handing over.

Both ask about the table ``recipient`` (customer_key, channel).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smc.config.specs.project import CategorySettings
from smc.warehouse.connection import Warehouse
from smc.warehouse.statements import statement

CALL = "call"
"""The channel whose consent and address calls need."""
EMAIL = "email"
DEVICES = frozenset({"push", "messenger"})
"""Channels in which a customer may have several addresses, all of which get the message."""
OWN_PAGES = frozenset({"in_app", "popup"})
"""Channels of the shop's own pages: who he is, is all that they need to know."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?"
ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}"
"""One address to which a letter can go, as ``smc.send.address`` judges it too; a test holds the two together.

``create_place.sql`` looks at lengths: a pattern that counts letters of all scripts takes a sixth of a second to be
read, and is sixty times slower.
"""


def permissions(warehouse: Warehouse, categories: Mapping[str, CategorySettings], channels: Iterable[str]) -> None:
    """Make ``place``, the addresses of the recipients, ``reach`` of it, and ``consent_rule`` of the channels.

    Whoever joins the rules takes a category that they do not know for one that needs a yes.
    """
    warehouse.run(statement("smc.warehouse", "create_place"), email=ADDRESS)
    warehouse.run(statement("smc.warehouse", "create_reach"))
    needs = [(channel, name, category.needs(channel)) for channel in channels for name, category in categories.items()]
    warehouse.run(
        statement("smc.warehouse", "create_consent_rule"),
        channels=[channel for channel, _, _ in needs],
        categories=[name for _, name, _ in needs],
        needs=[needed for _, _, needed in needs],
    )

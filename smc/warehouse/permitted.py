"""What customers allow and where they are reached, by channel: one place for planning, handing over, rules and figures.

The first two ask about the table ``recipient`` (customer_key, channel), the others about a query that stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from smc.config.specs.project import CategorySettings
from smc.warehouse.compose import sql
from smc.warehouse.connection import Warehouse
from smc.warehouse.engine import DuckDBEngine
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


def places_of(recipients: exp.Expr) -> exp.Expr:
    """The addresses of recipients, as ``create_place.sql`` finds them: customer_key, channel, address, good, usable."""
    return _over(sql(statement("smc.warehouse", "create_place"), email=ADDRESS), "recipient", recipients)


def everyone_reached(warehouse: Warehouse) -> None:
    """Make ``reach`` of all active customers, in every channel for which somebody has an address or was asked."""
    places = places_of(sql(statement("smc.warehouse", "everyone")))
    reach = _over(sql(statement("smc.warehouse", "create_reach")), "place", places)
    DuckDBEngine(warehouse).materialise("reach", reach)


def _over(made: exp.Expr, table: str, query: exp.Expr) -> exp.Expr:
    """What a table is made of, over a query in the place of another table."""
    whole: exp.Expr = made.args["expression"].copy()
    for node in whole.walk():
        node.pop_comments()
    for one in [found for found in whole.find_all(exp.Table) if found.name == table]:
        alias = exp.TableAlias(this=exp.to_identifier(one.alias_or_name))
        one.replace(exp.Subquery(this=query.copy(), alias=alias))
    return whole

"""Which promocode a message or task prints: one place for planning and for handing over."""

from __future__ import annotations

from sqlglot import exp

from smc.warehouse.compose import sql
from smc.warehouse.statements import statement


def last_codes(asked: exp.Expr) -> exp.Expr:
    """The codes that may be printed: message_key, code and expires_on (last day). ``asked``: message_key, entry_key,
    step and day of each message or task; without a code it has no row."""
    return sql(statement("smc.warehouse", "last_code"), asked=asked)

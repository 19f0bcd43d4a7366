"""What smc segment found, as cells of tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smc.segment.compare import Overlap
    from smc.segment.explain import Counted
    from smc.segment.why import Path, Told


def spread(row: dict[str, Any]) -> dict[str, Any]:
    """Reach as a column for each channel."""
    reachable = row.pop("reachable")
    return {**row, **{f"reachable_{channel}": number for channel, number in reachable.items()}}


def matrix(names: list[str], found: tuple[Overlap, ...]) -> list[dict[str, Any]]:
    """Columns are numbers of rows: names would not fit."""
    shares = {(one.a, one.b): one.share_of_a for one in found} | {(one.b, one.a): one.share_of_b for one in found}
    sizes = {one.a: one.a_members for one in found} | {one.b: one.b_members for one in found}

    def percent(row: str, column: str) -> int | None:
        share = shares.get((row, column))
        return None if share is None else round(100 * share)

    return [
        {"no": f"{at}", "segment": row, "members": sizes.get(row, 0)}
        | {f"{to}": percent(row, column) for to, column in enumerate(names, 1)}
        for at, row in enumerate(names, 1)
    ]


def counted(one: Counted) -> dict[str, Any]:
    """A part of an explained rule, with the parts below it."""
    parts = [counted(part) for part in one.parts]
    return {"rule": one.rule, "customers": one.customers, "remaining": one.remaining, "parts": parts}


def told(one: Told) -> dict[str, Any]:
    """A part of one customer's way through a rule, with the parts below it."""
    return {"rule": one.rule, "holds": one.holds, "has": one.has, "parts": [told(part) for part in one.parts]}


def stored(found: Path) -> str:
    """The last stored stay, in words."""
    if not found.stays:
        return "never a member"
    last = found.stays[-1]
    begin = f"member since {last.entered_on}" if last.left_on is None else f"member from {last.entered_on}"
    return (
        begin
        + (" (the first computation)" if last.initial else "")
        + (f", left {last.left_on}" if last.left_on else "")
    )

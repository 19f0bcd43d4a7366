"""Files with stores, as long as a test wants them."""

from __future__ import annotations

HEAD = "store_id,name\n"


def stores(count: int, first: int = 0) -> str:
    return HEAD + "".join(f"s{number},Store number {number}\n" for number in range(first, first + count))

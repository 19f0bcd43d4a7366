"""Keys that never change: the same in Python and, as macros, in the warehouse (migration 0003)."""

from __future__ import annotations

from hashlib import md5, sha256


def key_of(*parts: str) -> str:
    """32 hex digits for a list of parts; each part is preceded by its length, so no two lists collide by joining."""
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:32]


def bucket_of(salt: str, customer_id: str) -> int:
    """A stable place 0..9999 of a customer under a salt; a share of p percent is every bucket below p * 100."""
    digest = md5(f"{salt}\x1f{customer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % 10_000

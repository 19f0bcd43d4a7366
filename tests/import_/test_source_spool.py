"""The spool of the collector."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.specs.feed import After
from smc.config.specs.source import SpoolPlace
from smc.errors import FeedError
from smc.import_.sources.spool import SpoolSource


def test_takes_what_is_whole_and_puts_it_away(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    source = SpoolSource(SpoolPlace(path=Path("spool")), tmp_path)
    with pytest.raises(FeedError, match="no folder"):
        source.files("*")
    spool.mkdir()
    assert source.files("*") == []
    for name in ("b.ndjson", "a.ndjson", "c.ndjson.part", "notes.txt"):
        (spool / name).write_bytes(name.encode())
    (spool / "d.ndjson").mkdir()
    one, two = source.files("*")
    assert (one.name, one.size, two.name) == ("a.ndjson", 8, "b.ndjson")
    with source.open(one, 2) as stream:
        assert stream.read() == b"ndjson"
    for _ in range(2):
        source.finish(one, After(action="delete"))
        source.finish(two, After(action="move", folder="done"))
    (spool / "c.ndjson.part").rename(spool / "c.ndjson")
    assert [file.name for file in source.files("*")] == ["c.ndjson"]
    assert (spool / "done" / "b.ndjson").read_bytes() == b"b.ndjson"

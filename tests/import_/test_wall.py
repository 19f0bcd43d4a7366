"""Whatever goes wrong inside the source of one feed, the others go on, and nothing that must not show is shown."""

from __future__ import annotations

from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING

import pytest

from smc.config.specs.project import ImportSettings
from smc.errors import FeedError, SourceDownError
from smc.import_.fetch.patience import Patience
from smc.import_.sources.source import RemoteFile
from smc.import_.sources.stream import matching, said
from tests.servers.flaky import put

if TYPE_CHECKING:
    from tests.import_.conftest import Shop
    from tests.servers.flaky import Plan

PRIVATE = "anna@example.com"


@pytest.mark.parametrize("kind", ["ftp", "rabbitmq"])
@pytest.mark.parametrize("moment", ["files", "open", "read", "finish"])
def test_what_no_source_should_raise_ends_its_feed_alone(shop: Shop, flaky: Plan, kind: str, moment: str) -> None:
    shop.settings = ImportSettings(pause=0)
    put(flaky.folder, "a.csv", "store_id,name\ns1,One\n")
    shop.drop("category-1.csv", "category_id,parent_id,name\nk,,n\n")

    def burst(event: str) -> None:
        if event.startswith(moment):
            raise LookupError(PRIVATE)

    flaky.on = burst
    place = (
        flaky.place if kind == "ftp" else {"host": "flaky", "queue": str(flaky.folder), "user": "u", "password": "p"}
    )
    far = shop.feed("store", source={kind: place}, files="*.csv", after={"action": "delete"})
    result = shop.load(store=far, category=shop.feeds["category"])
    assert ("category", "loaded") in [(file.feed, file.state) for file in result.files]
    told = "\n".join([*result.failures, *(file.reason for file in result.files)])
    assert "LookupError" in told
    assert PRIVATE not in told + "\n".join(shop.lines)


def test_a_place_is_free_while_another_source_is_waited_for() -> None:
    slot, stop, paused, got = Semaphore(1), Event(), Event(), []
    patience = Patience(2, 60, stop, slot)

    def dead() -> None:
        raise SourceDownError("the server is down")

    def wait() -> None:
        try:
            patience.call("dead", dead, lambda _: paused.set())
        except SourceDownError:
            got.append("dead")

    thread = Thread(target=wait)
    thread.start()
    assert paused.wait(10)
    taken = slot.acquire(timeout=5)
    stop.set()
    thread.join()
    assert taken
    assert got == ["dead"]


def test_short_secrets_leave_words_whole() -> None:
    assert said("cannot connect to port 1", "p") == "cannot connect to port 1"
    assert said("USER joe PASS p refused", "p") == "USER joe PASS … refused"
    assert said("Bearer S3cr3tTok!", "S3cr3tTok") == "Bearer …!"
    assert said("GET /?k=a%2Fb%20c", "a/b c") == "GET /?k=…"


def test_a_list_that_says_the_same_twice_says_it_once() -> None:
    one, other = RemoteFile("a.csv", 3, version="1"), RemoteFile("a.csv", 3, version="2")
    assert matching([one, RemoteFile("b.csv"), one], "*", "here") == [one, RemoteFile("b.csv")]
    assert matching([one, other], "b*", "here") == []
    with pytest.raises(FeedError, match="twice"):
        matching([one, other], "*", "here")

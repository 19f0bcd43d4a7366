"""Feeds whose source gives batches: rows above a mark, messages of a queue. One connection, strictly in order."""

from __future__ import annotations

from smc.errors import FeedError, SourceDownError
from smc.import_ import ledger
from smc.import_.fetch.ready import Listing, listing
from smc.import_.night import FeedNight
from smc.import_.sources.source import RemoteFile


def run_live(feed: FeedNight) -> None:
    """List, load and finish until the source has nothing more; the first failure ends the feed for this run.

    When the line breaks, everything begins again with a new source: it lists what is not committed.
    """
    feed.link.state = ledger.state_of(feed.night.warehouse, feed.name)
    patience, done = feed.night.patience, set[RemoteFile]()

    def attempt() -> None:
        try:
            _batches(feed, done)
        except SourceDownError:
            feed.link.hang_up()
            raise

    try:
        patience.call(feed.name, attempt, feed.night.board.tell, had=lambda: len(done))
    except FeedError as error:
        feed.fail(error)
    finally:
        feed.link.hang_up()


def _batches(feed: FeedNight, done: set[RemoteFile]) -> None:
    while True:
        listed = _in_order(
            listing(feed.link.source, feed.origin.feed, feed.night.now), ordered=feed.origin.made.ordered
        )
        fresh = [file for file in listed.ready if file not in done]
        state = feed.link.state
        if not fresh or (done and all(file.state and file.state == state for file in fresh)):
            feed.keep(listed)
            return
        feed.listed = listed
        for file in fresh:
            sha256 = feed.take(file, lambda file=file: feed.link.source.open(file))  # type: ignore[misc]  # bound now
            if sha256 is not None:
                done.add(file)
                state = file.state or state
            if sha256 is None or not feed.finish(file, sha256):
                feed.keep(listed)
                return
        if state != feed.link.state:
            feed.link.hang_up()
            feed.link.state = state


def _in_order(listed: Listing, *, ordered: bool) -> Listing:
    """Nothing may overtake a file that waits."""
    if not ordered or not listed.waiting:
        return listed
    first = min(item.file.name for item in listed.waiting)
    return Listing(
        tuple(file for file in listed.ready if file.name < first), listed.waiting, listed.markers, listed.bad
    )

"""Posts to other systems: signed, keyed, tried again later, and never more than so many at a time.

A post may arrive twice: when the answer is lost, or when the process dies before the answer is written down. It then
carries the same key and the same body, so the receiver can tell. What has been answered is never posted again.
"""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from smc.config.specs.handing import WebhookSettings
from smc.errors import RunError
from smc.send.tasks.signature import headers
from smc.warehouse import Warehouse, statement

if TYPE_CHECKING:
    import httpx

AT_ONCE = 200
CONNECTIONS = 8
TRIES = 3
"""Within a run; a post that fails them all counts as one attempt."""
_DOWN = 5
"""After so many posts in a group without any answer the rest of a webhook waits for the next run."""
_LATER = (408, 425, 429)
_SERVER = 500
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Posted:
    """Posts that were taken, refused for good, and that wait; ``problems`` in words, without secrets."""

    done: int = 0
    failed: int = 0
    waiting: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Post:
    key: str
    webhook: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """``status`` None: nobody answered."""

    status: int | None
    words: str


@dataclass(frozen=True, slots=True)
class _Ended:
    post: _Post
    state: str
    reason: str | None
    next_at: datetime | None


@dataclass(slots=True)
class Poster:
    """Posts what is due. ``clock`` gives the instant of a try (UTC), ``pause`` waits for so many seconds."""

    warehouse: Warehouse
    webhooks: Mapping[str, WebhookSettings]
    root: Path
    clock: Callable[[], datetime]
    pause: Callable[[float], None]
    closed: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)

    def run(self, kinds: Sequence[str], accruals: str | None) -> Posted:
        """Posts of the tasks of ``kinds``; ``accruals``: the webhook for points and bonuses."""
        now = self.clock()
        with ExitStack() as stack:
            clients: dict[str, httpx.Client] = {}
            pool = stack.enter_context(ThreadPoolExecutor(CONNECTIONS))
            while posts := self._due(kinds, accruals, now):
                for name in {post.webhook for post in posts} - set(clients):
                    clients[name] = stack.enter_context(self._client(name))
                ended = list(self._group(posts, clients, pool, now))
                self._settle(ended)
        problems = tuple(f"webhook {text} ({count} times)" for text, count in self.words.most_common(20))
        return Posted(self.counts["done"], self.counts["failed"], self.counts["planned"], problems)

    def _due(self, kinds: Sequence[str], accruals: str | None, now: datetime) -> list[_Post]:
        rows = self.warehouse.rows(
            statement("smc.send.tasks", "posts_due"), kinds=list(kinds), accruals=accruals or "", now=now,
            closed=sorted(self.closed), most=AT_ONCE,
        )  # fmt: skip
        posts = [_Post(*row) for row in rows]
        for name in {post.webhook for post in posts} - set(self.webhooks):
            self.closed.add(name)
            self.words[f"'{name}' is not in smc.yaml any more; its posts wait"] += 1
        known = [post for post in posts if post.webhook in self.webhooks]
        return known if known or not posts else self._due(kinds, accruals, now)

    def _group(
        self, posts: Sequence[_Post], clients: Mapping[str, httpx.Client], pool: ThreadPoolExecutor, now: datetime
    ) -> Iterator[_Ended]:
        answers = list(pool.map(lambda post: self._post(post, clients[post.webhook]), posts))
        silent = Counter(post.webhook for post, answer in zip(posts, answers, strict=True) if answer.status is None)
        heard = {post.webhook for post, answer in zip(posts, answers, strict=True) if answer.status is not None}
        for post, answer in zip(posts, answers, strict=True):
            yield self._judged(post, answer, now)
        for name, count in silent.items():
            if name not in heard and count >= _DOWN:
                self.closed.add(name)

    def _post(self, post: _Post, client: httpx.Client) -> _Answer:
        """A few tries at once; the last answer counts."""
        answer = _Answer(None, "")
        for number in range(TRIES):
            if number:
                self.pause(2.0 ** (number - 1))
            answer = self._try(post, client)
            if answer.status is not None and not _may_pass(answer.status):
                break
        return answer

    def _try(self, post: _Post, client: httpx.Client) -> _Answer:
        import httpx

        settings = self.webhooks[post.webhook]
        body = post.body.encode()
        signed = headers(settings.secret.get_secret_value(), post.key, self.clock(), body)
        try:
            response = client.post(settings.url, content=body, headers=signed)
        except httpx.HTTPError as error:
            return _Answer(None, type(error).__name__)
        return _Answer(response.status_code, f"answered {response.status_code}")

    def _judged(self, post: _Post, answer: _Answer, now: datetime) -> _Ended:
        if answer.status in _OK:
            return _Ended(post, "done", None, None)
        self.words[f"'{post.webhook}': {answer.words}"] += 1
        last = post.attempts + 1 >= self.webhooks[post.webhook].attempts
        if last or (answer.status is not None and not _may_pass(answer.status)):
            return _Ended(post, "failed", answer.words, None)
        later = min(timedelta(minutes=15) * 2**post.attempts, timedelta(days=1))
        return _Ended(post, "planned", answer.words, now + later)

    def _settle(self, ended: Sequence[_Ended]) -> None:
        self.counts.update(end.state for end in ended)
        self.warehouse.run(
            statement("smc.send.tasks", "posts_settle"),
            keys=[end.post.key for end in ended],
            states=[end.state for end in ended],
            reasons=[end.reason for end in ended],
            attempts=[end.post.attempts + 1 for end in ended],
            next_at=[end.next_at for end in ended],
        )

    def _client(self, name: str) -> httpx.Client:
        try:
            import httpx
        except ImportError as error:
            raise RunError("webhooks need httpx", remedy="Install it: pip install 'smc[webhook]'.") from error
        settings = self.webhooks[name]
        trusted = ssl.create_default_context(cafile=str(self.root / settings.ca_file) if settings.ca_file else None)
        limits = httpx.Limits(max_connections=CONNECTIONS)
        return httpx.Client(
            verify=trusted, timeout=settings.timeout, follow_redirects=False, limits=limits, trust_env=False
        )


def _may_pass(status: int) -> bool:
    """Whether trying again can help."""
    return status in _LATER or status >= _SERVER

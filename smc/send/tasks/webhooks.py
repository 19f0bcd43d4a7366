"""Posts to other systems: signed, keyed, tried again later, and never more than so many at a time.

A post may arrive twice: when the answer is lost, or when the process dies before the answer is written down. It then
carries the same key and the same body, so the receiver can tell. What has been answered is never posted again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
BUDGET = timedelta(minutes=15)
"""For each webhook and run, so that a night ends."""
_DOWN = 5
"""After so many posts of a group without a final answer, and none with one, a webhook's rest waits for the next run."""
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
    planned_on: date
    number: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """``status`` None: nobody answered."""

    status: int | None
    words: str

    @property
    def is_final(self) -> bool:
        """Whether trying again cannot help."""
        return self.status is not None and self.status not in _LATER and self.status < _SERVER


@dataclass(frozen=True, slots=True)
class _Ended:
    post: _Post
    state: str
    reason: str | None
    next_at: datetime | None


@dataclass(slots=True)
class _Group:
    """Posts of each webhook that were answered for good, and that were not."""

    room: asyncio.Semaphore
    heard: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def down(self) -> set[str]:
        return {name for name, count in self.missed.items() if count >= _DOWN and not self.heard[name]}


@dataclass(slots=True)
class Poster:
    """Posts what is due. ``clock`` gives the instant of a try (UTC), ``pause`` waits for so many seconds."""

    warehouse: Warehouse
    webhooks: Mapping[str, WebhookSettings]
    root: Path
    clock: Callable[[], datetime]
    pause: Callable[[float], Awaitable[None]]
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)

    def run(self, kinds: Sequence[str], accruals: str | None) -> Posted:
        """Posts of the tasks of ``kinds``; ``accruals``: the webhook for points and bonuses."""
        now, last = self.clock(), 0
        self.warehouse.run(
            statement("smc.send.tasks", "create_post_due"), kinds=list(kinds), accruals=accruals or "", now=now
        )
        with ExitStack() as stack:
            loop = stack.enter_context(asyncio.Runner())
            while posts := self._due(last):
                last = posts[-1].number
                for name in {post.webhook for post in posts} - set(self.clients) - self.closed:
                    self._open(name, stack, loop)
                able = [post for post in posts if post.webhook in self.clients]
                self._settle(loop.run(self._group(able, now)) if able else [])
        problems = tuple(f"webhook {text} ({count} times)" for text, count in self.words.most_common(20))
        return Posted(self.counts["done"], self.counts["failed"], self.counts["planned"], problems)

    def _due(self, after: int) -> list[_Post]:
        """The next posts, each once."""
        rows = self.warehouse.rows(
            statement("smc.send.tasks", "posts_due"), after=after, closed=sorted(self.closed), most=AT_ONCE
        )
        posts = [_Post(*row) for row in rows]
        for name in {post.webhook for post in posts} - set(self.webhooks):
            self.closed.add(name)
            self.words[f"'{name}' is not in smc.yaml any more; its posts wait"] += 1
        known = [post for post in posts if post.webhook in self.webhooks]
        return known if known or not posts else self._due(posts[-1].number)

    async def _group(self, posts: Sequence[_Post], now: datetime) -> list[_Ended]:
        """Posts that were not tried, for their webhook is closed, are left out."""
        group = _Group(asyncio.Semaphore(CONNECTIONS))
        answers = await asyncio.gather(*(self._post(post, group) for post in posts))
        for name in group.down():
            self._close(name, "has no final answer; the rest waits for the next run")
        return [
            self._judged(post, answer, now) for post, answer in zip(posts, answers, strict=True) if answer is not None
        ]

    async def _post(self, post: _Post, group: _Group) -> _Answer | None:
        """A few tries at once; the last answer counts. None: not tried."""
        async with group.room:
            if post.webhook in self.closed or post.webhook in group.down() or self._is_late(post.webhook):
                return None
            answer = _Answer(None, "")
            for number in range(TRIES):
                if number:
                    await self.pause(2.0 ** (number - 1))
                answer = await self._try(post)
                if answer.is_final:
                    break
            (group.heard if answer.is_final else group.missed)[post.webhook] += 1
            return answer

    async def _try(self, post: _Post) -> _Answer:
        """What the body of an answer says is nobody's business, so it is not read."""
        import httpx

        settings = self.webhooks[post.webhook]
        body = post.body.encode()
        signed = headers(settings.secret.get_secret_value(), post.key, self.clock(), body)
        try:
            async with (
                asyncio.timeout(settings.timeout),
                self.clients[post.webhook].stream("POST", settings.url, content=body, headers=signed) as response,
            ):
                return _Answer(response.status_code, f"answered {response.status_code}")
        except (httpx.HTTPError, OSError) as error:
            return _Answer(None, type(error).__name__)

    def _is_late(self, name: str) -> bool:
        if self.clock() < self.until[name]:
            return False
        self._close(name, f"took longer than {BUDGET // timedelta(minutes=1)} minutes; the rest waits for the next run")
        return True

    def _close(self, name: str, why: str) -> None:
        if name not in self.closed:
            self.closed.add(name)
            self.words[f"'{name}' {why}"] += 1

    def _judged(self, post: _Post, answer: _Answer, now: datetime) -> _Ended:
        if answer.status in _OK:
            return _Ended(post, "done", None, None)
        self.words[f"'{post.webhook}': {answer.words}"] += 1
        last = post.attempts + 1 >= self.webhooks[post.webhook].attempts
        if last or answer.is_final:
            return _Ended(post, "failed", answer.words, None)
        later = min(timedelta(minutes=15) * 2**post.attempts, timedelta(days=1))
        return _Ended(post, "planned", answer.words, now + later)

    def _settle(self, ended: Sequence[_Ended]) -> None:
        if not ended:
            return
        self.counts.update(end.state for end in ended)
        self.warehouse.run(
            statement("smc.send.tasks", "posts_settle"),
            keys=[end.post.key for end in ended],
            states=[end.state for end in ended],
            reasons=[end.reason for end in ended],
            attempts=[end.post.attempts + 1 for end in ended],
            next_at=[end.next_at for end in ended],
            since=min(end.post.planned_on for end in ended),
        )

    def _open(self, name: str, stack: ExitStack, loop: asyncio.Runner) -> None:
        """A webhook that cannot be used waits, and holds back nothing else."""
        try:
            client = self._client(name)
        except (RunError, OSError) as error:
            self._close(name, f"cannot be used: {error}; its posts wait")
            return
        stack.callback(lambda: loop.run(client.aclose()))
        self.clients[name] = client
        self.until[name] = self.clock() + BUDGET

    def _client(self, name: str) -> httpx.AsyncClient:
        try:
            import httpx
        except ImportError as error:
            raise RunError("webhooks need httpx", remedy="Install it: pip install 'smc[webhook]'.") from error
        settings = self.webhooks[name]
        trusted = ssl.create_default_context(cafile=str(self.root / settings.ca_file) if settings.ca_file else None)
        limits = httpx.Limits(max_connections=CONNECTIONS)
        return httpx.AsyncClient(
            verify=trusted, timeout=settings.timeout, follow_redirects=False, limits=limits, trust_env=False
        )

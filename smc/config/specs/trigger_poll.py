"""The trigger by answers to polls: at the first answer, or when the poll is complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from smc.config.specs.poll import PollSpec
from smc.config.specs.watch import PollRow, Watched


class PollTrigger(PollRow):
    """An answer to a poll, the first one of his; ``completed``: the one with which the poll is complete.

    Complete is a poll of ``polls/`` when every mandatory question that is shown to him has an answer.
    """

    completed: bool = Field(default=False, description="Only when every mandatory question that he sees is answered")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.completed and self.poll is None:
            raise ValueError("completed needs the poll beside it, for others have other questions")
        return self


class OnPoll(Watched):
    poll: PollTrigger
    _polls: Mapping[str, PollSpec] = PrivateAttr(default_factory=dict)

    @property
    def polls(self) -> Mapping[str, PollSpec]:
        """The texts of the polls that must be complete, once they are known."""
        return self._polls

    def knowing(self, polls: Mapping[str, PollSpec]) -> OnPoll:
        """The same trigger; the texts are no part of what is written down of it."""
        found = self.model_copy()
        wanted = self.poll.poll or () if self.poll.completed else ()
        found._polls = {name: polls[name] for name in wanted if name in polls}  # noqa: SLF001 - its own class
        return found

"""The contact policy in ``smc.yaml``: how many messages, at what times, and who is held back."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smc.config.specs.base import Clock, Day, Days, Name, Percent, Spec

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
IfMissed = Literal["next", "skip", "send"]
"""Of a message that cannot go out at its time: at the next one, not at all, or at once, quiet hours aside."""
SendClock = Literal["project", "customer"]
GLOBAL = "global"
"""The control group of all campaigns."""


class CapSettings(Spec):
    """At most so many messages per customer in so many days or hours, counted for the moment when each is due.

    ``per``: ``calendar_day`` counts days of the customer's own calendar, ``rolling`` periods of 24 hours.
    """

    channel: Name | None = None
    category: Name | None = None
    messages: int = Field(ge=1)
    days: Annotated[Days | None, Field(ge=1, le=366)] = None
    hours: int | None = Field(default=None, ge=1, le=8784)
    per: Literal["calendar_day", "rolling"] | None = None

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.days is None) == (self.hours is None):
            raise ValueError("needs either days or hours")
        if self.hours is not None and self.per == "calendar_day":
            raise ValueError("hours are counted rolling; a calendar day is days: 1")
        return self

    @property
    def calendar(self) -> bool:
        return self.hours is None and self.per != "rolling"

    @property
    def length(self) -> int:
        """Calendar days, or hours."""
        return self.days or 0 if self.calendar else self.hours or 24 * (self.days or 0)


class Times(Spec):
    """A time of the day: ``until`` itself is not in it; when it is not after ``from`` it is on the next day."""

    from_: Clock = Field(default="00:00", alias="from", description="from this time of the day")
    until: Clock = Field(default="00:00", description="up to this time; not after `from` it is on the next day")


class DayWindow(Times):
    """Weekdays and a time of the day; a time over midnight belongs to the day on which it begins."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        default=WEEKDAYS, description="on these days; every day unless said"
    )


class Window(DayWindow):
    """Messages go out in this time alone. Windows for the same messages add up."""

    channel: Name | None = None
    category: Name | None = None


class QuietHours(Spec):
    """No messages in this time, whatever else is said."""

    channel: Name | None = None
    category: Name | None = None
    from_: Clock = Field(alias="from")
    until: Clock

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.from_ == self.until:
            raise ValueError("quiet hours of the whole day would let nothing out")
        return self


class Holidays(Spec):
    """No messages on these days."""

    channel: Name | None = None
    category: Name | None = None
    dates: tuple[Day, ...] = Field(min_length=1)


class SendingSettings(Spec):
    """When messages may go out, by the clocks where the customer lives. ``clock``: whose clock ``send_at`` means."""

    clock: SendClock = "project"
    if_missed: IfMissed = "next"
    windows: tuple[Window, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    holidays: tuple[Holidays, ...] = ()


class ContactSettings(Spec):
    """What a campaign or mailing may say otherwise than the project; ``window`` narrows the windows there."""

    send_at: Clock | None = Field(default=None, description="time of the day that messages are meant for")
    clock: SendClock | None = Field(default=None, description="whose clock send_at means")
    if_missed: IfMissed | None = Field(
        default=None,
        description="what becomes of a message that cannot go out at its time: it waits, falls out, or leaves",
    )
    window: DayWindow | None = Field(default=None, description="messages go out in this time alone")
    global_control: Literal["exclude", "include"] = Field(
        default="exclude", description="whether the global control group is messaged too"
    )


class GlobalControl(Spec):
    """A share of all customers whom no campaign messages, unless it includes them. Keep the salt.

    ``months``: so long the group stays, in periods counted from January of year 0; then it is drawn again.
    """

    percent: Annotated[Percent, Field(gt=0, le=50)]
    salt: str = Field(min_length=1)
    months: int | None = Field(default=None, ge=1, le=120)

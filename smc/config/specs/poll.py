"""The kind ``polls/*.yaml``: questions to customers, with conditions, limits and the words of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from smc.config.specs.base import Day, Days, Name, Spec
from smc.config.specs.rule import only_key

Words = Annotated[str, Field(min_length=1, max_length=2_000)]
Title = Annotated[str, Field(min_length=1, max_length=300)]
Options = Annotated[dict[Name, Title], Field(min_length=2, max_length=100)]


class Shown(Spec):
    """Only if an earlier question was answered so: with one of these options, or with a number in these bounds."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    question: Name
    answered: tuple[Name, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        numbers = self.at_least is not None or self.at_most is not None
        if bool(self.answered) == numbers:
            raise ValueError("needs either answered, or at_least and at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most, so the question is never shown")
        return self


class Question(Spec):
    """What every question has."""

    ask: Words
    mandatory: bool = False
    show_if: Shown | None = None


class Single(Question):
    """One of the options. ``other``: words of an option beside which something may be written."""

    options: Options
    other: Title | None = None


class Several(Question):
    """Any of the options, at most ``most``."""

    options: Options
    most: int | None = Field(default=None, ge=1)
    other: Title | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.most is not None and self.most > len(self.options):
            raise ValueError(f"most is {self.most}, but there are {len(self.options)} options")
        return self


class Matrix(Question):
    """One of the columns for each row."""

    rows: Options
    columns: Options


class Scale(Question):
    """A whole number; the ends may have words."""

    lowest: int = Field(default=0, ge=0, le=1)
    highest: int = Field(default=10, ge=2, le=100)
    low_words: str = ""
    high_words: str = ""


class Open(Question):
    """Free text."""

    longest: int = Field(default=1_000, ge=1, le=10_000, description="signs")


class Information(Spec):
    """Words between questions."""

    text: Words
    show_if: Shown | None = None


class SingleItem(Spec):
    single: Single


class SeveralItem(Spec):
    several: Several


class MatrixItem(Spec):
    matrix: Matrix


class ScaleItem(Spec):
    scale: Scale


class OpenItem(Spec):
    open: Open


class InformationItem(Spec):
    information: Information


Item = Annotated[
    Annotated[SingleItem, Tag("single")]
    | Annotated[SeveralItem, Tag("several")]
    | Annotated[MatrixItem, Tag("matrix")]
    | Annotated[ScaleItem, Tag("scale")]
    | Annotated[OpenItem, Tag("open")]
    | Annotated[InformationItem, Tag("information")],
    Discriminator(only_key),
]


class PollTexts(Spec):
    """Words of the pages, where they shall not be those of smc."""

    greeting: str = ""
    send: str = ""
    thanks: str = ""
    closed: str = ""
    answered: str = ""


class PollLimits(Spec):
    """When the poll closes: after so many answers, or after a day; and when somebody may take part anew."""

    answers: int | None = Field(default=None, ge=1)
    until: Day | None = None
    again: Days | None = Field(
        default=None, ge=1, description="days after his last answer when somebody may take part again; without it never"
    )


class PollSpec(Spec):
    """A poll. The file's name is its id. Every customer takes part once, unless ``limits`` say ``again``."""

    title: Title
    language: Literal["en", "ru"] | None = None
    questions: dict[Name, Item] = Field(min_length=1, max_length=200)
    limits: PollLimits = Field(default_factory=PollLimits.model_construct)
    texts: PollTexts = Field(default_factory=PollTexts.model_construct)
    color: str | None = Field(default=None, pattern=r"^#[0-9A-Fa-f]{6}$", description="of buttons and lines")
    logo: str | None = Field(default=None, pattern=r"^https://", description="picture at the top of the page")


def body_of(item: Item) -> Question | Information:
    """What stands behind the kind of a question."""
    body: Question | Information = getattr(item, only_key(item) or "")
    return body


Answers = frozenset[str]
Questions = Mapping[str, Answers | None]
"""What is asked, by name, and what may be answered; None where that is free."""


def questions_of(poll: PollSpec) -> Questions:
    """The questions of a poll as answers name them: options by their names, a matrix by its rows, information never."""
    found: dict[str, Answers | None] = {}
    for name, item in poll.questions.items():
        match body_of(item):
            case Single() | Several() as body:
                found[name] = None if body.other else Answers(body.options)
            case Scale() as body:
                found[name] = Answers(str(number) for number in range(body.lowest, body.highest + 1))
            case Matrix() as body:
                found |= {at: Answers(body.columns) for at in (name, *(f"{name}.{row}" for row in body.rows))}
            case Open():
                found[name] = None
            case _:
                pass
    return found

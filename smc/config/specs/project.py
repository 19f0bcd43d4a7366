"""The kinds ``smc.yaml``, ``fields.yaml``, ``metrics.yaml``, ``rfm.yaml`` and ``channels.yaml``."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from smc.config.specs.base import Clock, Day, Days, FilePath, Name, Percent, Spec
from smc.config.specs.channel import ChannelsSpec
from smc.config.specs.columns import free_column
from smc.config.specs.handing import AccrualSettings, CallSettings, Person, WebhookSettings
from smc.config.specs.metric import AggregateMetric, ExpressionMetric, MetricSpec, MetricsSpec, PenetrationMetric
from smc.config.specs.policy import CapSettings, GlobalControl, SendingSettings
from smc.config.specs.rule import Score
from smc.model.facts import FACT_OF, NAMED, borrowed, names_of_facts, names_over
from smc.model.objects import OBJECTS

__all__ = [
    "AggregateMetric",
    "ChannelsSpec",
    "ExpressionMetric",
    "MetricSpec",
    "MetricsSpec",
    "PenetrationMetric",
]

MEMORY = (
    r"^((100(\.0+)?|[1-9][0-9]?(\.[0-9]+)?)\s*%"
    r"|([0-9]*[1-9][0-9]*(\.[0-9]+)?|[0-9]+\.[0-9]*[1-9][0-9]*)\s*(MB|GB))$"
)
"""1 to 100 percent of the machine's memory, or more than 0 MB or GB."""


class WarehouseSettings(Spec):
    path: FilePath = Path("data/warehouse.duckdb")
    snapshot: FilePath = Path("data/snapshot.duckdb")
    memory: Annotated[str, Field(pattern=MEMORY)] = "50%"
    threads: int | None = Field(default=None, ge=1, le=256)


class OutboxSettings(Spec):
    path: FilePath = Path("data/outbox.sqlite")


Consent = Literal["required", "not_refused", "none"]


class CategorySettings(Spec):
    """What a message category needs: an explicit yes, no explicit no, or nothing; ``channels`` may need another."""

    title: str
    consent: Consent = "required"
    channels: dict[Name, Consent] = Field(default={}, description="what it needs in single channels")

    def needs(self, channel: str) -> Consent:
        return self.channels.get(channel, self.consent)


class UnsubscribeSettings(Spec):
    """Where List-Unsubscribe points to. The link carries a token signed with the secret (RFC 8058)."""

    url: str | None = Field(default=None, pattern=r"^https://")
    mailto: str | None = None
    secret: SecretStr = Field(min_length=16)

    @model_validator(mode="after")
    def _some_way(self) -> Self:
        if self.url is None and self.mailto is None:
            raise ValueError("needs url, mailto, or both")
        return self


_SIZE = r"^[1-9][0-9]* *(kB|MB|GB|TB)$"
Size = Annotated[str, Field(pattern=_SIZE, description="such as 500 MB")]


class ImportSettings(Spec):
    """How files are fetched, and what is too much of one. The limits guard the machine against hostile files."""

    parallel: int = Field(default=4, ge=1, le=32, description="downloads at a time")
    attempts: int = Field(default=4, ge=1, le=20, description="tries to reach a source or to get a file")
    pause: int = Field(
        default=2, ge=0, le=600, description="seconds before the second try; doubled before each further"
    )
    largest_file: Size = "200 GB"
    largest_text: Size = "500 GB"
    most_inflation: int = Field(default=200, ge=2, description="a packed file may grow so many times")
    longest_line: Size = "1 MB"


class PredictionSettings(Spec):
    """What is predicted of each customer, and how (docs/prediction.md). Without the block nothing is predicted."""

    refit: Literal["night", "week", "month", "quarter"] = Field(
        default="month", description="the models are fitted anew at its first day; figures are made every night"
    )
    since: Day | None = Field(default=None, description="only customers who bought first on or after this day teach")
    margin: Annotated[Percent, Field(gt=0)] = Field(default=Decimal(100), description="share of revenue that is value")
    discount: Annotated[Percent, Field(le=100)] = Field(default=Decimal(10), description="discount rate of a year")
    horizon: Days = Field(default=1095, ge=30, le=3650, description="days of the future in a lifetime value")


class ProjectSpec(Spec):
    """``smc.yaml``: the settings of a project. Relative paths start at the project's folder."""

    project: Name
    title: str
    timezone: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    language: Literal["en", "ru"] = "en"
    country: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}$",
        description="home country (ISO 3166), for phone numbers written without one",
    )
    send_at: Clock = "10:00"
    warehouse: WarehouseSettings = Field(default_factory=WarehouseSettings.model_construct)
    outbox: OutboxSettings = Field(default_factory=OutboxSettings.model_construct)
    landing: FilePath = Path("data/landing")
    imports: ImportSettings = Field(default_factory=ImportSettings.model_construct, alias="import")
    report: FilePath = Path("report")
    log: FilePath = Path("data/smc.log")
    categories: dict[Name, CategorySettings] = Field(min_length=1)
    caps: tuple[CapSettings, ...] = ()
    sending: SendingSettings = Field(default_factory=SendingSettings.model_construct)
    global_control: GlobalControl | None = None
    tags: dict[Name, str] = Field(default={}, description="Titles of tags that imports bring; steps make their own.")
    prediction: PredictionSettings | None = None
    people: dict[Name, Person] = Field(default={}, description="addresses of people whom campaigns notify")
    webhooks: dict[Name, WebhookSettings] = Field(default={}, description="addresses that campaigns post to")
    accruals: AccrualSettings | None = None
    calls: CallSettings | None = None
    unsubscribe: UnsubscribeSettings


FieldType = Literal["string", "integer", "decimal", "boolean", "date", "datetime"]


CustomType = Annotated[
    FieldType,
    BeforeValidator(
        lambda value: "string" if value == "dictionary" else value,
        json_schema_input_type=FieldType | Literal["dictionary"],
    ),
]
"""What the values are: codes of a dictionary are texts."""


class CustomFieldSpec(Spec):
    """A field that the shop adds to an object of smc.

    Of type ``dictionary`` are codes of an imported dictionary, and nothing else: rules see them as text.
    """

    title: str
    type: CustomType
    dictionary: Name | None = Field(
        default=None, description="of type dictionary: whose codes it holds; an import rejects other words"
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if isinstance(value, dict) and (value.get("type") == "dictionary") != (value.get("dictionary") is not None):
            raise ValueError("a field of type dictionary says which one, and others have none: 'dictionary: NAME'")
        return value


class CustomerFieldSpec(CustomFieldSpec):
    """A field that the shop adds to customers. ``writable``: campaigns may set it."""

    group: str | None = Field(default=None, description="heading under which the profile shows it")
    writable: bool = False

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.writable and self.dictionary is not None:
            raise ValueError("campaigns cannot set a field of type dictionary, for its codes are known to imports only")
        return self


class OrderStatusSpec(Spec):
    """A status code of orders. ``counts``: an order with it counts in analytics, as far as this status goes."""

    title: str
    counts: bool = True


OrderCodes = dict[str, OrderStatusSpec]


class OrderStatusesSpec(Spec):
    """The codes of the three independent statuses of an order; an import refuses codes that are not listed."""

    general: OrderCodes = Field(default_factory=dict)
    delivery: OrderCodes = Field(default_factory=dict)
    payment: OrderCodes = Field(default_factory=dict)


def _no_fact(name: str) -> str:
    if name in names_of_facts():
        raise ValueError(f"smc has rows of its own named '{name}', which metrics name; give the mart another name")
    return name


MartName = Annotated[Name, Field(max_length=50), AfterValidator(_no_fact)]
MartField = Annotated[Name, AfterValidator(free_column)]


class MartFieldSpec(Spec):
    """A field of a data mart. ``decimal`` has 4 decimals."""

    title: str
    type: FieldType
    required: bool = False


class MartSpec(Spec):
    """A table of the shop's own with rows for customers: one each, or ``many``, told apart by the fields in ``key``.

    A feed brings it as the object ``mart_NAME`` with the field ``customer_id`` and the fields given here.
    """

    title: str
    rows: Literal["one", "many"] = "one"
    key: tuple[MartField, ...] = ()
    fields: dict[MartField, MartFieldSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _key(self) -> Self:
        if (self.rows == "many") != bool(self.key):
            raise ValueError("rows: many needs a key, rows: one has none, for customer_id alone is its key")
        if unknown := [name for name in self.key if name not in self.fields]:
            raise ValueError(f"the key names '{unknown[0]}', which is not among the fields")
        if len(set(self.key)) < len(self.key):
            raise ValueError("the key names a field twice")
        return self


@cache
def _names_of_named(item: str) -> frozenset[str]:
    """What has a meaning over rows that name a product, a store or a category."""
    return frozenset().union(*(names_over(one) for one in FACT_OF)) if item in NAMED else frozenset()


def _beside(item: str) -> AfterValidator:
    """Rules, metrics and templates name custom fields like system ones, so that one name must not mean two."""

    def check(name: str) -> str:
        if OBJECTS[item].field(name) is not None:
            raise ValueError(f"{item} has a field '{name}' of its own; give the custom field another name")
        if name in names_over(item):
            raise ValueError(f"'{name}' already means something in metrics over {item}; give the field another name")
        if (whole := f"{item}_{name}") in _names_of_named(item):
            raise ValueError(f"'{whole}' already means something over rows that name one; give the field another name")
        if before := next((one for one in borrowed(item) if name.startswith(one)), None):
            raise ValueError(
                f"names that begin with '{before}' are those of fields of the {before[:-1]} over rows of {item}; "
                "give the field another name"
            )
        return name

    return AfterValidator(check)


class FieldsSpec(Spec):
    """``fields.yaml``: custom fields per object, shown in the order given; codes of order statuses; data marts."""

    customer: dict[Annotated[Name, _beside("customer")], CustomerFieldSpec] = Field(default_factory=dict)
    product: dict[Annotated[Name, _beside("product")], CustomFieldSpec] = Field(default_factory=dict)
    store: dict[Annotated[Name, _beside("store")], CustomFieldSpec] = Field(default_factory=dict)
    receipt: dict[Annotated[Name, _beside("receipt")], CustomFieldSpec] = Field(default_factory=dict)
    receipt_line: dict[Annotated[Name, _beside("receipt_line")], CustomFieldSpec] = Field(default_factory=dict)
    order: dict[Annotated[Name, _beside("order")], CustomFieldSpec] = Field(default_factory=dict)
    order_line: dict[Annotated[Name, _beside("order_line")], CustomFieldSpec] = Field(default_factory=dict)
    category: dict[Annotated[Name, _beside("category")], CustomFieldSpec] = Field(default_factory=dict)
    region: dict[Annotated[Name, _beside("region")], CustomFieldSpec] = Field(default_factory=dict)
    card: dict[Annotated[Name, _beside("card")], CustomFieldSpec] = Field(default_factory=dict)
    contact_point: dict[Annotated[Name, _beside("contact_point")], CustomFieldSpec] = Field(default_factory=dict)
    promocode: dict[Annotated[Name, _beside("promocode")], CustomFieldSpec] = Field(default_factory=dict)
    bonus_balance: dict[Annotated[Name, _beside("bonus_balance")], CustomFieldSpec] = Field(default_factory=dict)
    container: dict[Annotated[Name, _beside("container")], CustomFieldSpec] = Field(default_factory=dict)
    order_statuses: OrderStatusesSpec = Field(default_factory=OrderStatusesSpec.model_construct)
    marts: dict[MartName, MartSpec] = Field(default_factory=dict)


class RfmCell(Spec):
    """A named group of scores; what is not given matches every score. The first cell that matches wins."""

    title: str
    recency: tuple[Score, ...] = (1, 2, 3, 4, 5)
    frequency: tuple[Score, ...] = (1, 2, 3, 4, 5)
    monetary: tuple[Score, ...] = (1, 2, 3, 4, 5)


class RfmSpec(Spec):
    """``rfm.yaml``: the period of RFM and the names of its cells."""

    period: Days = Field(default=365, ge=1)
    cells: dict[Name, RfmCell] = Field(default_factory=dict)

"""Nobody is messaged against a rule, and everyone left out has a reason."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from smc.model.keys import bucket_of, key_of
from smc.send.address import ascii_address
from smc.warehouse import Warehouse, statement
from smc.warehouse.permitted import ADDRESS
from tests.campaign.shop import DAY, Shop, campaign
from tests.campaign.shop import settings as project

pytestmark = pytest.mark.slow

NIGHT = date(2017, 12, 29)
REGISTERED = datetime(2017, 12, 29, 12, tzinfo=UTC)


def reasons(shop: Shop) -> dict[str, str | None]:
    return {customer: reason for customer, _, reason in shop.messages()}


def test_consent_by_category(shop: Shop) -> None:
    for key, consent in enumerate(("yes", "no", None), start=1):
        shop.customer(key, consent=consent, registered_at=REGISTERED)
    shop.campaigns = {"offer": campaign()}
    shop.night(NIGHT)
    assert reasons(shop) == {"c1": None, "c2": "consent", "c3": "consent"}


def test_who_is_not_active_is_never_messaged(shop: Shop) -> None:
    shop.customer(1, registered_at=REGISTERED, active=True)
    shop.customer(2, registered_at=REGISTERED, active=False)
    shop.campaigns = {"offer": campaign(), "note": campaign(category="service")}
    shop.night(NIGHT)
    assert {(customer, reason) for customer, _, reason in shop.messages()} == {("c1", None), ("c2", "inactive")}


def test_service_needs_no_yes_but_heeds_a_no(shop: Shop) -> None:
    for key in (1, 2):
        shop.customer(key, consent=None, registered_at=REGISTERED)
    shop.warehouse.run("insert into subscription values (2, 'email', 'service', 'no', $at, null, null)", at=REGISTERED)
    shop.campaigns = {"note": campaign(category="service")}
    shop.night(NIGHT)
    assert reasons(shop) == {"c1": None, "c2": "consent"}


@pytest.mark.parametrize(
    ("email", "good"),
    [
        ("a@example.com", True),
        ("name@пример.рф", True),
        ("имя@example.com", False),
        ("a..b@example.com", False),
        ("a@example..com", False),
        ("a@127.0.0.1", False),
        (" a@example.com ", True),
        (None, False),
        ("", False),
        ("no-at.example.com", False),
        ("a@b", False),
        ("a@example.com, b@example.com", False),
        ("a@example.com b@example.com", False),
        ("a@example.com\r\nBcc: x@example.com", False),
    ],
)
def test_addresses(shop: Shop, email: str | None, good: bool) -> None:
    shop.customer(1, email=email, registered_at=REGISTERED)
    shop.campaigns = {"offer": campaign()}
    shop.night(NIGHT)
    assert reasons(shop) == {"c1": None if good else "address"}


@given(
    texts=st.lists(
        st.text(alphabet="ab1.-@_ +'", max_size=12)
        | st.from_regex(r"[a-z.]{1,4}@[a-z0-9.-]{1,8}\.[a-z0-9]{1,3}", fullmatch=True)
        | st.sampled_from(
            [
                "a" * 64 + "@b.de",
                "a" * 65 + "@b.de",
                "a@b." + "c" * 63 + ".de",
                "a@b." + "c" * 64 + ".de",
                "a@" + "b." * 124 + "de",
                "a@" + "b." * 130 + "de",
            ]
        ),
        min_size=20,
        max_size=60,
    )
)
def test_planning_and_sending_judge_addresses_alike(warehouse: Warehouse, texts: list[str]) -> None:
    reach = statement("smc.warehouse", "create_place")
    condition = reach[reach.index("regexp_full_match") : reach.index("as good")]
    found = warehouse.rows(
        f"select c.email, {condition} from (select unnest($texts::varchar[]) as email) as c",
        texts=texts,
        email=ADDRESS,
    )  # fmt: skip
    assert found == [(text, ascii_address(text) is not None) for text in texts]


def test_the_control_group_is_stable_and_never_messaged(shop: Shop) -> None:
    for key in range(1, 200):
        shop.customer(key, registered_at=REGISTERED)
    shop.campaigns = {"offer": campaign(control_group={"percent": 20, "salt": "s1"})}
    shop.night(NIGHT)
    expected = {f"c{key}": "control_group" if bucket_of("s1", f"c{key}") < 2000 else None for key in range(1, 200)}
    assert reasons(shop) == expected


def test_caps_prefer_priority_and_count_what_was_sent(shop: Shop) -> None:
    shop.settings = project(caps=[{"messages": 1, "days": 7}])
    shop.customer(1, registered_at=REGISTERED)
    shop.campaigns = {
        "a_low": campaign(priority=10, steps=[{"email": {"template": "low"}}]),
        "b_high": campaign(priority=90, steps=[{"email": {"template": "high"}}]),
    }
    shop.night(NIGHT)
    assert sorted(shop.messages()) == [("c1", "high", None), ("c1", "low", "policy")]


@hypothesis_settings(max_examples=8)
@given(
    caps=st.lists(
        st.fixed_dictionaries(
            {"messages": st.integers(1, 3), "days": st.integers(1, 4)},
            optional={"category": st.sampled_from(["marketing", "service"]), "channel": st.just("email")},
        ),
        max_size=3,
    ),
    campaigns=st.lists(st.tuples(st.sampled_from(["marketing", "service"]), st.integers(0, 3)), min_size=1, max_size=5),
)
def test_no_cap_is_ever_exceeded(
    tmp_path_factory: pytest.TempPathFactory, caps: list[dict[str, Any]], campaigns: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("caps") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="America/New_York", memory="1GB", threads=1) as warehouse:
        shop = Shop(warehouse, settings=project(caps=caps))
        shop.customer(1, registered_at=REGISTERED)
        warehouse.run("insert into subscription values (1, 'email', 'service', 'yes', $at, null, null)", at=REGISTERED)
        shop.receipts(1, *(NIGHT + step * DAY for step in range(4)))
        shop.campaigns = {
            f"c{number}": campaign(category=category, priority=priority, trigger={"receipt": {}}, look_back=0)
            for number, (category, priority) in enumerate(campaigns)
        }
        for step in range(4):
            shop.night(NIGHT + step * DAY)
            warehouse.run("update message set state = 'accepted' where state = 'planned'")
        sent = warehouse.rows("select planned_on, category, reason from message")
    assert len(sent) == 4 * len(campaigns)
    for cap in caps:
        for step in range(4):
            last = NIGHT + step * DAY
            within = Counter(
                reason is None
                for planned, category, reason in sent
                if last - cap["days"] * DAY < planned <= last and cap.get("category", category) == category
            )
            assert within[True] <= cap["messages"]
    if not caps:
        assert all(reason is None for *_, reason in sent)


def test_keys_do_not_depend_on_the_day_or_the_version(shop: Shop) -> None:
    shop.customer(1, registered_at=REGISTERED)
    shop.campaigns = {"offer": campaign()}
    shop.night(NIGHT)
    entry, message = shop.warehouse.rows("select entry_key, message_key from message")[0]
    assert entry == key_of("entry", "offer", "registered", "c1")
    assert message == key_of(entry, "1", "1", "email")

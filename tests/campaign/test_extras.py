"""What mailings give to their letters beside the template."""

from __future__ import annotations

from smc.campaign.extras import extras_of
from tests.campaign.shop import Shop
from tests.campaign.test_variants import SENT, filled, mailing, tried


def test_parameters_of_links_have_the_mailing_and_the_variant(shop: Shop) -> None:
    filled(shop, tried().model_copy(update={"utm": mailing(utm={"source": "news", "term": "tea"}).utm}))
    shop.night(SENT)
    shop.mailings = {"spring": mailing(template="other")}
    found = extras_of(shop.warehouse)
    common = (("utm_source", "news"), ("utm_medium", "email"), ("utm_campaign", "spring"), ("utm_term", "tea"))
    assert {step: extras.utm for (_, _, step), extras in found.items()} == {
        2: (*common, ("utm_content", "calm")), 3: (*common, ("utm_content", "loud")),
        6: (*common, ("utm_content", "calm")), 7: (*common, ("utm_content", "loud")),
    }  # fmt: skip


def test_what_is_given_stands(shop: Shop) -> None:
    utm = {"source": "news", "medium": "mail", "campaign": "tea", "content": "top"}
    filled(shop, mailing(utm=utm), 1)
    shop.night(SENT)
    ((_, extras),) = extras_of(shop.warehouse).items()
    assert extras.utm == (
        ("utm_source", "news"), ("utm_medium", "mail"), ("utm_campaign", "tea"), ("utm_content", "top"),
    )  # fmt: skip

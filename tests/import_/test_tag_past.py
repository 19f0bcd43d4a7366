"""A file that takes customers out of a named list ends their stay, and the stay is kept."""

from __future__ import annotations

from datetime import date

from tests.import_.conftest import Shop

TAGS = "customer_id,tag\n"


def test_who_vanishes_from_a_list_was_in_it(shop: Shop) -> None:
    feed = shop.feed("tag_member", mode="replace", vanish_limit="60%")
    shop.one("tag_member-1.csv", TAGS + "c1,vip\nc2,vip\nc1,new\n", tag_member=feed)
    shop.one("tag_member-2.csv", TAGS + "c2,vip\nc3,vip\n", tag_member=feed)
    day = date(2017, 12, 29)
    found = (
        "select customer_id, tag, added_on, removed_on, source, removed_by"
        " from tag_past join customer_ident using (customer_key)"
    )
    assert shop.rows(found) == [("c1", "vip", day, day, "tag_member", "import")]

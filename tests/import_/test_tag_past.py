"""A file that takes customers out of a named list ends their stay, and the stay is kept."""

from __future__ import annotations

from datetime import date

from tests.import_.conftest import Shop

TAGS = "customer_id,tag\n"


def test_a_dump_of_all_lists_ends_the_stays_in_one_that_it_lacks(shop: Shop) -> None:
    feed = shop.feed("tag_member", mode="snapshot", vanish_limit="70%")
    other = shop.feed("tag_member", files="other*")
    shop.one("other.csv", TAGS + "c4,theirs\n", other=other)
    shop.one("tag_member-1.csv", TAGS + "c1,vip\nc2,vip\nc1,new\n", tag_member=feed)
    shop.one("tag_member-2.csv", TAGS + "c2,vip\n", tag_member=feed)
    members = "select customer_id, tag from tag_member join customer_ident using (customer_key) order by all"
    assert shop.rows(members) == [("c2", "vip"), ("c4", "theirs")]
    assert shop.rows("select tag from tag_past order by all") == [("new",), ("vip",)]


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

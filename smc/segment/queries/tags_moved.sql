-- Customers whose named lists changed on a day or later: the last refresh may have been before that.
select customer_key from tag_member where added_on >= $since
union all
select customer_key from tag_past where removed_on >= $since

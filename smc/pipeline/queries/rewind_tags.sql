-- Stays in named lists that began on the first day or later.
delete from tag_member
where added_on >= $since

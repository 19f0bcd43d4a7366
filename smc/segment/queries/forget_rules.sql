-- Rules that nobody asks for any more.
delete from rule_member where not list_contains($rules::varchar[], rule)

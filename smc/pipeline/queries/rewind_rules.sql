-- Rules are evaluated anew.
delete from rule_member

-- The log of what persons did to named lists.
insert into tag_command
select
    $command_no as command_no, $command as command, $detail as detail, $person as person, $as_of as as_of,
    $now as done_at, $added as added, $removed as removed, $unchanged as unchanged, $refused as refused

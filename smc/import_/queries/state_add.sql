-- The state of a feed after a load.
insert into import_state (feed, state) values ($feed, $state);

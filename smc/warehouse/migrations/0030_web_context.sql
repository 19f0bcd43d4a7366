-- Web events have details by name, as other events do.

alter table web_event add column context map(varchar, varchar); -- details by name

-- Tasks that wait: posts to be tried again, and what cannot be handed over yet.
select count(*) from task where state = 'planned' and list_contains($kinds::varchar[], kind)

-- What is off tonight, or gone, begins anew when it is switched on.
delete from switched_on where not list_contains($active::varchar[], campaign)

-- Dictionaries that have items.
select distinct dictionary from dictionary order by dictionary

-- Of made codes only those stay that are new everywhere, each once.
delete from code_given
where lower(code) in (select lower(code) from promocode)
    or rowid not in (select min(rowid) from code_given group by lower(code))

-- Winners of simulated mailings are not chosen yet.
delete from variant_score
where list_contains($names::varchar[], campaign)

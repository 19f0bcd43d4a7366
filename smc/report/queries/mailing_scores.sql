-- By what the winner of one mailing was chosen; of several texts the last one.
select variant, measure, recipients, score, won, reason, decided_on
from variant_score
where campaign = $campaign and version = (select max(version) from variant_score where campaign = $campaign)
order by variant

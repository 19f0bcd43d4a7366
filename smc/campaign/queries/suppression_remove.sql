-- Take back what is on the list for this channel; that it was there is kept.
update suppression
set removed_by = $person, removed_at = $now
from suppression_wanted as w
where suppression.removed_at is null and suppression.channel is not distinct from w.channel
    and suppression.address is not distinct from w.address
    and suppression.customer_key is not distinct from w.customer_key

-- Permissions of which the day brought another state.
delete from subscription
using (
    select distinct customer_key, channel, category
    from subscription_log
    where cast(changed_at as date) = $day
) as l
where l.customer_key = subscription.customer_key and l.channel = subscription.channel
    and l.category = subscription.category

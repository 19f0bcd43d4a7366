-- Words of the steps whose messages are planned.
select w.campaign, w.version, w.step, w.channel, w.words
from step_words as w
inner join (
    select distinct campaign, version, step, channel from message where state = 'planned' and template = ''
) as g on g.campaign = w.campaign and g.version = w.version and g.step = w.step and g.channel = w.channel

-- Words of steps that may print a promocode.
select campaign, version, step, channel, words from step_words where words like '%promocode%'

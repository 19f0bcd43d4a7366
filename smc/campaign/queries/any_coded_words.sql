-- Whether a step may say a promocode in words of its own.
select count(*) > 0 from step_words where words like '%promocode%'

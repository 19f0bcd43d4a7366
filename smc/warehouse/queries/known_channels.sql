-- Channels of other systems that are asked for.
select channel from past_mailing where list_contains($texts, channel)
union
select channel from contact_point where list_contains($texts, channel)

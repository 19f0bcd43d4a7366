-- Mailings of other systems of which nothing is known but their messages.
select mailing from past_message where list_contains($texts, mailing)
union
select mailing from past_message_event where list_contains($texts, mailing)

-- Polls that are asked for and that somebody has answered.
select distinct poll from poll_answer where list_contains($texts, poll)

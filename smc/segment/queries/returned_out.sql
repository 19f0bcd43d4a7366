-- The rows of stays that did not end today after all.
delete from segment_member where rowid in (select row_id from segment_returned)

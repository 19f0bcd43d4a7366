-- Their rows are taken out, to be written behind the others: rows of open stays lie together.
delete from segment_member where rowid in (select row_id from segment_left)

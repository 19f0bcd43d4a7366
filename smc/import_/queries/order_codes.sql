-- Status codes with which orders were judged last.
select kind, code, title, counts from order_status order by all;

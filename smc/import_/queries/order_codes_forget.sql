-- The codes are taken over as a whole: they are few.
delete from order_status;

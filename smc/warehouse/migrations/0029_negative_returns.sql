-- A receipt with a negative total, or one that names the sale it returns, is a return.

insert into customer_touched
select distinct customer_key from receipt
where customer_key is not null and status = 'paid' and (total < 0 or return_of_key is not null);

insert into code_touched
select distinct lower(trim(promocode)) from receipt
where promocode is not null and status = 'paid' and (total < 0 or return_of_key is not null);

update receipt set status = 'returned' where status = 'paid' and (total < 0 or return_of_key is not null);

comment on column receipt.status is 'paid, cancelled or returned; cancelled counts nowhere; with a negative total or a sale that it returns never paid';
comment on column receipt_line.quantity is 'pieces or weight; negative when brought back, then it is in sums alone';

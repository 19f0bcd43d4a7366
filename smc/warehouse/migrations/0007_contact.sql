-- Contact data of customers as the import normalises them. What was given is kept wherever it differs. Statuses are codes
-- of smc/model/contact.py: 0 fine, 1-29 soft, 30 and more hard.

alter table customer add column email_given varchar; -- address as given, where it differs from email
alter table customer add column email_provider varchar; -- gmail, yandex, …; disposable for throw-away domains; other; null when not valid
alter table customer add column email_status smallint; -- code: 0 fine, 1-29 soft, 30 and more hard; null without an address
alter table customer add column email_suggestion varchar; -- address that was probably meant; never used by itself
alter table customer add column phone_given varchar; -- number as given, where it differs from phone
alter table customer add column phone_type varchar; -- mobile, landline, voip, toll_free, premium, other, unknown; null when not valid
alter table customer add column phone_operator varchar; -- operator that was first given the range; ported numbers are not known
alter table customer add column phone_region varchar; -- ISO 3166 country of the number; null for international services
alter table customer add column phone_timezone varchar; -- IANA zone of the number where it has only one
alter table customer add column phone_status smallint; -- code: 0 fine, 1-29 soft, 30 and more hard; null without a number
alter table customer add column timezone_given varchar; -- zone as the shop gave it, good or bad
alter table customer add column timezone_from varchar; -- given, city, region, country or phone: where timezone is from; null without it
alter table customer add column timezone_status smallint; -- code for timezone_given: 0 an IANA zone, 31 none; null when not given

comment on column customer.email is 'address ready for sending, as given where email_status is 31';
comment on column customer.phone is 'number in E.164, as given where phone_status is 31';
comment on column customer.timezone is 'IANA zone; null: the zone of the project counts';

update customer set timezone_given = timezone, timezone_from = 'given' where timezone is not null;

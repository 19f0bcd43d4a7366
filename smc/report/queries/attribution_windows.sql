-- Which receipts may be attributed to a message, per campaign or mailing, filled from the settings: those of so many days
-- that begin with the message, or of the days first_day to last_day; where chosen only those in counted_receipt. What
-- attributes nothing has no row.
create or replace temp table attribution_window (
    kind varchar, campaign varchar, days integer, first_day date, last_day date, chosen boolean
)

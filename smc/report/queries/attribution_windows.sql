-- Days after a message in which a receipt may be attributed to it, per campaign or mailing; filled from the settings.
create or replace temp table attribution_window (kind varchar, campaign varchar, days integer)

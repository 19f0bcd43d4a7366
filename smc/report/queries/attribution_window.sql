-- One row of attribution_window.
insert into attribution_window values ($kind, $campaign, $days, $first_day, $last_day, $chosen)

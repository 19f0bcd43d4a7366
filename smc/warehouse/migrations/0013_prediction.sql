-- Predictions: the models that were fitted, how well they did on days they had not seen, and figures per customer.

-- Model fitted on a day; several days are kept, so that one sees how parameters move
create table prediction_model (
    fitted_on date not null, -- the fit knows receipts up to this day
    definition varchar not null, -- of what settings and statements it is, as sha256
    customers bigint not null, -- customers with a paid receipt that the fit rests on
    repeat_customers bigint not null, -- those of them who bought on more than one day
    repeat_visits bigint not null, -- days with a receipt after the first one, of all of them
    first_day date, -- first day with a receipt that the fit knows; null when there is none
    cells bigint not null, -- rows of the frequency table
    cell_days integer not null, -- days that one row of it takes in; 1 is exact
    log_likelihood double, -- of the model of visits; null without a fit
    spend_customers bigint not null, -- customers that the model of money rests on
    spend_log_likelihood double, -- of the model of money; null without a fit
    correlation double, -- of number and worth of repeat visits; the model of money takes it to be 0
    checked_from date, -- first of the days kept back for the check; null when there was too little for one
    checked_visits bigint, -- repeat visits on these days
    expected_visits double, -- what a model fitted before them had expected
    refused varchar, -- why there are no predictions; null when there are
    spend_refused varchar, -- why there is no prediction of money; null when there is
    warnings varchar[] not null -- what one should know before one trusts the figures
);

-- Parameters of the fitted models
create table prediction_parameter (
    fitted_on date not null, -- joins prediction_model
    model varchar not null, -- visits (BG/NBD, in weeks) or spend (Gamma-Gamma)
    name varchar not null, -- r, alpha, a, b; p, q, v
    value double not null, -- the value of maximum likelihood
    error double -- its standard error; null when the data do not tell it
);

-- Visits on the days kept back, against what was expected, by the number of repeat visits before them
create table prediction_check (
    fitted_on date not null, -- joins prediction_model
    repeat_visits integer not null, -- before the days kept back; the highest number stands for it and more
    customers bigint not null, -- how many had so many
    observed bigint not null, -- their visits on the days kept back
    expected double not null -- what was expected of them
);

-- Figures of customers with a paid receipt, of the day of the watermark prediction; none when there is no such watermark
create table customer_prediction (
    customer_key bigint not null, -- who
    alive double not null, -- chance that the customer has not left, 0 to 1
    visits_30d double not null, -- expected days with a receipt in the next 30 days
    visits_90d double not null, -- expected days with a receipt in the next 90 days
    visits_365d double not null, -- expected days with a receipt in the next 365 days
    next_visit date, -- first day by which the next visit is more likely than not; null when that is not within ten years
    average_visit decimal(18, 2), -- expected revenue of a visit; null when there is no model of money
    value_30d decimal(18, 2), -- expected margin of the next 30 days
    value_90d decimal(18, 2), -- expected margin of the next 90 days
    value_365d decimal(18, 2), -- expected margin of the next 365 days
    lifetime_value decimal(18, 2) -- expected margin up to the horizon, discounted to today
);

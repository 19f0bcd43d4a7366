-- Messages, openings and clicks of every channel on its own.

alter table customer_activity add column messages_viber bigint; -- messages received by Viber
alter table customer_activity add column opened_viber bigint; -- messages opened by Viber
alter table customer_activity add column clicked_viber bigint; -- messages clicked by Viber
alter table customer_activity add column messages_messenger bigint; -- messages received by messenger
alter table customer_activity add column opened_messenger bigint; -- messages opened by messenger
alter table customer_activity add column clicked_messenger bigint; -- messages clicked by messenger
alter table customer_activity add column messages_in_app bigint; -- messages received in the app
alter table customer_activity add column opened_in_app bigint; -- messages opened in the app
alter table customer_activity add column clicked_in_app bigint; -- messages clicked in the app
alter table customer_activity add column messages_popup bigint; -- messages received by pop-up
alter table customer_activity add column opened_popup bigint; -- messages opened by pop-up
alter table customer_activity add column clicked_popup bigint; -- messages clicked by pop-up
alter table customer_activity add column messages_viber_30d bigint; -- messages received by Viber in the 30 days that end with as_of
alter table customer_activity add column opened_viber_30d bigint; -- messages opened by Viber in the 30 days that end with as_of
alter table customer_activity add column clicked_viber_30d bigint; -- messages clicked by Viber in the 30 days that end with as_of
alter table customer_activity add column messages_messenger_30d bigint; -- messages received by messenger in the 30 days that end with as_of
alter table customer_activity add column opened_messenger_30d bigint; -- messages opened by messenger in the 30 days that end with as_of
alter table customer_activity add column clicked_messenger_30d bigint; -- messages clicked by messenger in the 30 days that end with as_of
alter table customer_activity add column messages_in_app_30d bigint; -- messages received in the app in the 30 days that end with as_of
alter table customer_activity add column opened_in_app_30d bigint; -- messages opened in the app in the 30 days that end with as_of
alter table customer_activity add column clicked_in_app_30d bigint; -- messages clicked in the app in the 30 days that end with as_of
alter table customer_activity add column messages_popup_30d bigint; -- messages received by pop-up in the 30 days that end with as_of
alter table customer_activity add column opened_popup_30d bigint; -- messages opened by pop-up in the 30 days that end with as_of
alter table customer_activity add column clicked_popup_30d bigint; -- messages clicked by pop-up in the 30 days that end with as_of
alter table customer_activity add column messages_viber_90d bigint; -- messages received by Viber in the 90 days that end with as_of
alter table customer_activity add column opened_viber_90d bigint; -- messages opened by Viber in the 90 days that end with as_of
alter table customer_activity add column clicked_viber_90d bigint; -- messages clicked by Viber in the 90 days that end with as_of
alter table customer_activity add column messages_messenger_90d bigint; -- messages received by messenger in the 90 days that end with as_of
alter table customer_activity add column opened_messenger_90d bigint; -- messages opened by messenger in the 90 days that end with as_of
alter table customer_activity add column clicked_messenger_90d bigint; -- messages clicked by messenger in the 90 days that end with as_of
alter table customer_activity add column messages_in_app_90d bigint; -- messages received in the app in the 90 days that end with as_of
alter table customer_activity add column opened_in_app_90d bigint; -- messages opened in the app in the 90 days that end with as_of
alter table customer_activity add column clicked_in_app_90d bigint; -- messages clicked in the app in the 90 days that end with as_of
alter table customer_activity add column messages_popup_90d bigint; -- messages received by pop-up in the 90 days that end with as_of
alter table customer_activity add column opened_popup_90d bigint; -- messages opened by pop-up in the 90 days that end with as_of
alter table customer_activity add column clicked_popup_90d bigint; -- messages clicked by pop-up in the 90 days that end with as_of
alter table customer_activity add column messages_viber_365d bigint; -- messages received by Viber in the 365 days that end with as_of
alter table customer_activity add column opened_viber_365d bigint; -- messages opened by Viber in the 365 days that end with as_of
alter table customer_activity add column clicked_viber_365d bigint; -- messages clicked by Viber in the 365 days that end with as_of
alter table customer_activity add column messages_messenger_365d bigint; -- messages received by messenger in the 365 days that end with as_of
alter table customer_activity add column opened_messenger_365d bigint; -- messages opened by messenger in the 365 days that end with as_of
alter table customer_activity add column clicked_messenger_365d bigint; -- messages clicked by messenger in the 365 days that end with as_of
alter table customer_activity add column messages_in_app_365d bigint; -- messages received in the app in the 365 days that end with as_of
alter table customer_activity add column opened_in_app_365d bigint; -- messages opened in the app in the 365 days that end with as_of
alter table customer_activity add column clicked_in_app_365d bigint; -- messages clicked in the app in the 365 days that end with as_of
alter table customer_activity add column messages_popup_365d bigint; -- messages received by pop-up in the 365 days that end with as_of
alter table customer_activity add column opened_popup_365d bigint; -- messages opened by pop-up in the 365 days that end with as_of
alter table customer_activity add column clicked_popup_365d bigint; -- messages clicked by pop-up in the 365 days that end with as_of
alter table customer_activity add column messages_viber_month bigint; -- messages received by Viber in the calendar month of as_of, up to as_of
alter table customer_activity add column opened_viber_month bigint; -- messages opened by Viber in the calendar month of as_of, up to as_of
alter table customer_activity add column clicked_viber_month bigint; -- messages clicked by Viber in the calendar month of as_of, up to as_of
alter table customer_activity add column messages_messenger_month bigint; -- messages received by messenger in the calendar month of as_of, up to as_of
alter table customer_activity add column opened_messenger_month bigint; -- messages opened by messenger in the calendar month of as_of, up to as_of
alter table customer_activity add column clicked_messenger_month bigint; -- messages clicked by messenger in the calendar month of as_of, up to as_of
alter table customer_activity add column messages_in_app_month bigint; -- messages received in the app in the calendar month of as_of, up to as_of
alter table customer_activity add column opened_in_app_month bigint; -- messages opened in the app in the calendar month of as_of, up to as_of
alter table customer_activity add column clicked_in_app_month bigint; -- messages clicked in the app in the calendar month of as_of, up to as_of
alter table customer_activity add column messages_popup_month bigint; -- messages received by pop-up in the calendar month of as_of, up to as_of
alter table customer_activity add column opened_popup_month bigint; -- messages opened by pop-up in the calendar month of as_of, up to as_of
alter table customer_activity add column clicked_popup_month bigint; -- messages clicked by pop-up in the calendar month of as_of, up to as_of

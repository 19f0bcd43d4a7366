"""The dates of customers that are no fields of their profile, by name. Light: ``smc validate`` reads it."""

from __future__ import annotations

METRIC_DATES = {
    "first_receipt": "customer_metric",
    "last_receipt": "customer_metric",
    "last_order": "customer_activity",
    "last_site_visit": "customer_activity",
}
"""Column → table."""

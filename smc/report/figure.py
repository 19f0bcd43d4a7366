"""Every figure of the report once: its statement, title, meaning and columns. All texts of tables are here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from smc.model.contact import BY_CODE

Kind = Literal[
    "text", "code", "count", "money", "share", "decimal", "day", "month", "since", "instant", "seconds", "yes"
]


@dataclass(frozen=True, slots=True)
class Column:
    """``labels`` puts words in place of codes. ``link``: the cell links to the page in the row's ``href``."""

    name: str
    title: str
    kind: Kind = "count"
    labels: dict[str, str] = field(default_factory=dict)
    link: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """``name`` is also the name of its statement in ``queries/``, of its CSV file and of its place on the last page.

    ``package``: where the statement lies; that of a figure the command line shows too lies below both.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    note: str = ""
    package: str = "smc.report"


ARMS = {"test": "Test", "control": "Control"}
STATES = {
    "planned": "Planned", "suppressed": "Not sent", "queued": "In the outbox", "accepted": "Accepted",
    "delivered": "Delivered", "bounced": "Bounced", "failed": "Failed", "expired": "Expired",
    "unknown": "Unknown: the sender died on the way", "loaded": "Loaded", "refused": "Refused", "running": "Running",
    "done": "Done", "killed": "Killed",
}  # fmt: skip
REASONS = {
    "consent": "No permission", "address": "No usable address", "control_group": "Control group",
    "policy": "Too many messages already", "template_error": "Template failed", "expired": "Too late",
    "campaign_off": "Campaign switched off", "inactive": "Not a customer any more", "channel": "Channel not set up",
    "suppressed_address": "On the suppression list", "global_control": "Global control group",
    "limit": "Beyond the mailing's limit", "window": "No time to send in", "merged": "Merged with another customer",
    "cascade": "Another channel was tried", "no_promocode": "No promocode for it",
    "exited": "Left the campaign before",
}  # fmt: skip
PARTS = {"best": "Best: R5 F5 M5", "lost": "Lost: R1", "others": "All others"}
MATRICES = {"rf": "Recency and frequency", "rm": "Recency and monetary", "fm": "Frequency and monetary"}
NOTES = {
    "lines_without_product": "Lines whose product is not in the catalogue",
    "lines_without_receipt": "Lines whose receipt has not come",
    "lines_without_quantity": "Lines with quantity 0",
    "receipts_without_customer": "Receipts without a customer",
    "receipts_without_profile": "Receipts of customers without a profile",
    "receipts_cancelled": "Cancelled receipts: in no figure",
    "receipts_later": "Receipts after the day of this report: in no figure",
}
CONTACTS = {"email": "E-mail", "phone": "Phone", "phone_type": "Kind of phone", "timezone": "Time zone"}
CONTACT_STATES = {
    "-1": "Not given", "-2": "Not looked at yet", "bad": "Given, but no time zone", "project": "That of the project",
    "given": "Given", "city": "By the town", "region": "By the region", "country": "By the country",
    "phone": "By the phone", "mobile": "Mobile", "landline": "Landline", "voip": "Internet", "toll_free": "Toll-free",
    "premium": "Premium", "other": "Other", "unknown": "Mobile or landline",
    **{str(code): reason.title for code, reason in BY_CODE.items()},
}  # fmt: skip
STAGES = {
    "import": "Import", "compute": "Metrics and RFM", "predict": "Predictions", "segment": "Segments",
    "campaign": "Campaigns", "hand over": "Hand-over", "send": "Sending", "settle": "Results", "report": "Report",
}  # fmt: skip

_ROWS = (
    Column("rows_read", "Rows read"), Column("rows_accepted", "Accepted"), Column("rows_unchanged", "Unchanged"),
    Column("rows_rejected", "Rejected"), Column("rows_duplicate", "Duplicate"),
)  # fmt: skip
_EARNED = (
    Column("buyers", "Buyers"), Column("conversion", "Conversion", "share"), Column("receipts", "Receipts"),
    Column("turnover", "Turnover", "money"), Column("turnover_per_recipient", "Per recipient", "money"),
)  # fmt: skip

_SCORED = "Shares are of customers with a score. Revenue, its shares and receipts are theirs in the last 365 days."

_ALL = (
    Figure("key_figures", "Key figures", (
        Column("profiles", "Customers"), Column("buyers", "Buyers"), Column("receipts", "Receipts"),
        Column("revenue", "Revenue", "money"), Column("messages", "Messages"), Column("accepted", "Sent"),
        Column("suppressed", "Not sent"),
        Column("average_receipt_365d", "Average receipt, 365 days", "money"),
        Column("first_day", "First receipt", "day"), Column("last_day", "Last receipt", "day"),
    )),
    Figure("customers_by_month", "Customers by month", (
        Column("month", "Month", "month"), Column("registered", "Registered"), Column("buyers", "Buyers"),
        Column("new_buyers", "New buyers"), Column("returning_buyers", "Returning buyers"),
        Column("returning_share", "Returning share", "share"),
    ), "A new buyer has his first paid receipt in that month. In the first months of the data everybody looks new."),
    Figure("revenue_by_month", "Revenue by month", (
        Column("month", "Month", "month"), Column("receipts", "Receipts"), Column("revenue", "Revenue", "money"),
        Column("revenue_new", "New customers", "money"), Column("revenue_returning", "Returning customers", "money"),
        Column("revenue_anonymous", "Without a customer", "money"),
        Column("returning_share", "Returning share", "share"), Column("average_receipt", "Average receipt", "money"),
    ), "After discounts. Returns count with their minus, cancelled receipts not at all. "
       "The average receipt is revenue by paid receipts."),
    Figure("base_by_last_purchase", "Base by last purchase", (
        Column("months", "Last purchase", "since"), Column("customers", "Customers"), Column("share", "Share", "share"),
    ), "Customers with a profile by full months of 30 days since their last paid receipt."),
    Figure("rfm_matrix", "Matrices", (
        Column("matrix", "Matrix", "text", MATRICES), Column("first", "First score"), Column("second", "Second score"),
        Column("customers", "Customers"), Column("share", "Share", "share"),
        Column("revenue_365d", "Revenue, 365 days", "money"), Column("revenue_share", "Share of revenue", "share"),
        Column("revenue_per_customer", "Spent in 365 days, each", "money"),
    ), "Scores 1 to 5, 5 is best. Only customers who bought in the RFM period have scores.", "smc.warehouse"),
    Figure("rfm_bounds", "Boundaries of the scores", (
        Column("as_of", "Of", "day"), Column("measure", "Measure", "text"), Column("score", "Score"),
        Column("bound", "Begins at", "decimal"),
    ), "Fifths of the customers with scores. Equal values always get the same score, so that a score can be nobody's.",
       "smc.warehouse"),
    Figure("rfm_cells", "RFM cells", (
        Column("cell", "Cell", "text"), Column("customers", "Customers"), Column("share", "Share", "share"),
        Column("revenue_365d", "Revenue, 365 days", "money"), Column("revenue_share", "Share of revenue", "share"),
        Column("average_receipt", "Average receipt", "money"),
    ), _SCORED, "smc.warehouse"),
    Figure("best_and_lost", "Best and lost", (
        Column("part", "Customers", "text", PARTS), Column("customers", "Number"), Column("share", "Share", "share"),
        Column("revenue_365d", "Revenue, 365 days", "money"), Column("revenue_share", "Share of revenue", "share"),
        Column("receipts_per_customer", "Receipts each", "decimal"),
        Column("average_receipt", "Average receipt", "money"),
    ), _SCORED),
    Figure("rfm_ends", "Best and lost by month", (
        Column("month", "Month", "month"), Column("as_of", "Last computed day", "day"),
        Column("customers", "With scores"), Column("best", "Best"), Column("best_share", "Share", "share"),
        Column("lost", "Lost"), Column("lost_share", "Share", "share"),
    ), "Best: R5 F5 M5. Lost: R1. Months in which nothing was computed are not there.", "smc.warehouse"),
    Figure("rfm_history", "Cells by month", (
        Column("month", "Month", "month"), Column("as_of", "Last computed day", "day"), Column("cell", "Cell", "text"),
        Column("customers", "Customers"), Column("share", "Share", "share"),
    ), "Customers in each cell on the last computed day of the month.", "smc.warehouse"),
    Figure("rfm_migration", "Migration", (
        Column("from_cell", "Before", "text"), Column("to_cell", "After", "text"), Column("customers", "Customers"),
        Column("share", "Share of those before", "share"),
    ), "Rows say where customers were, columns where they are now.", "smc.warehouse"),
    Figure("rfm_seen", "Customers with scores", (), package="smc.warehouse"),
    Figure("segment_figures", "Segments", (
        Column("title", "Segment", "text"), Column("members", "Members"),
        Column("base_share", "Share of base", "share"), Column("revenue_share", "Share of revenue", "share"),
        Column("average_receipt", "Average receipt", "money"), Column("entered", "Entered"), Column("gone", "Left"),
    ), "The base are customers with a profile. Revenue is what they spent in the last 365 days; the average receipt is "
       "of these days too. Entered and left in the run of the day. A customer may be in several segments.",
       "smc.warehouse"),
    Figure("data_notes", "What to know about the data", (
        Column("note", "Found", "text", NOTES), Column("found", "Rows"), Column("amount", "Amount", "money"),
    ), "Nothing is repaired or left out silently; this is what the figures above stand on."),
    Figure("import_feeds", "Ledger by feed", (
        Column("feed", "Feed", "text"), Column("files", "Files"), Column("refused", "Refused"), *_ROWS,
        Column("missing", "Not accounted for"), Column("amount", "Amount taken", "money"),
    ), "Rows read = accepted + unchanged + rejected + duplicate; what is missing would stand in its own column."),
    Figure("import_files", "Files", (
        Column("name", "File", "code"), Column("feed", "Feed", "code"), Column("as_of", "Run of", "day"),
        Column("state", "State", "code", STATES), *_ROWS, Column("amount", "Amount", "money"),
        Column("changed", "Changed", "yes"), Column("reason", "Why refused", "text"),
    ), "The newest first. Changed: the name had come before with other content."),
    Figure("rejects", "Rejected rows", (
        Column("feed", "Feed", "text"), Column("field", "Field", "text"), Column("reason", "Reason", "text"),
        Column("found", "Rows"), Column("name", "For example in", "code"), Column("line", "Line"),
        Column("value", "Value", "text"),
    ), "What may be personal, and every row that could not be split into its fields, is shown by its shape: x for a "
       "letter, 9 for a digit. Long values are cut."),
    Figure("customer_reach", "Who can be reached", (
        Column("channel", "Channel", "text"), Column("customers", "Customers"),
        Column("with_address", "With an address"), Column("usable", "Usable"),
        Column("usable_share", "Usable, share", "share"), Column("permitted", "Usable, and said yes"),
        Column("permitted_share", "Said yes, share", "share"), Column("refused", "Usable, but said no"),
    ), "Active customers. Usable: not known to be bad, no landline for text messages, not on the suppression list. "
       "Said yes: to at least one category; said no: to every category they were asked for.", "smc.warehouse"),
    Figure("contact_status", "Contact data", (
        Column("contact", "Of", "text", CONTACTS), Column("state", "State", "text", CONTACT_STATES),
        Column("customers", "Customers"), Column("share", "Share", "share"),
    ), "Active customers.", "smc.warehouse"),
    Figure("runs", "Last runs", (
        Column("command", "Command", "text"), Column("as_of", "Day", "day"), Column("started_at", "Started", "instant"),
        Column("state", "State", "text", STATES), Column("seconds", "Seconds", "seconds"),
        Column("problem", "What failed", "text"),
    )),
    Figure("run_stages", "Stages of the last run", (
        Column("stage", "Stage", "text", STAGES), Column("seconds", "Seconds", "seconds"),
        Column("summary", "Done", "text"),
    )),
    Figure("past_mailings", "Past mailings", (
        Column("title", "Mailing", "text", link=True), Column("channel", "Channel", "text"),
        Column("delivered_on", "Delivered", "day"), Column("ends_on", "Until", "day"),
        Column("recipients", "Recipients"), *_EARNED, Column("covered", "Whole window", "yes"),
    )),
    Figure("campaigns", "Campaigns", (
        Column("title", "Campaign", "text", link=True), Column("entries", "Entries"), Column("inside", "Inside now"),
        Column("accepted", "Sent"), Column("suppressed", "Not sent"), Column("control", "Control"),
        Column("recipients", "Recipients"), *_EARNED,
    )),
    Figure("attributed_by_day", "Turnover by day after the message", (
        Column("days_after", "Days after"), Column("buyers", "Buyers"), Column("receipts", "Receipts"),
        Column("turnover", "Turnover", "money"),
    ), "Day 0 is the day on which the message left."),
    Figure("campaign_entries", "Entries by day", (
        Column("entered_on", "Day", "day"), Column("test", "Test"), Column("control", "Control"),
    )),
    Figure("campaign_steps", "Steps", (
        Column("step", "Step"), Column("text", "What", "text"), Column("reached", "Reached"),
        Column("reached_share", "Of entries", "share"), Column("passed", "Went on"), Column("refused", "Refused"),
        Column("messaged", "Messaged"), Column("tagged", "Tagged"), Column("exited", "Left"),
        Column("inside", "Here now"),
    ), "How many entries came to each step. “Messaged” also counts messages that were held back; see Messages."),
    Figure("campaign_messages", "Messages", (
        Column("arm", "Arm", "text", ARMS), Column("state", "State", "text", STATES),
        Column("reason", "Reason", "text", REASONS), Column("messages", "Messages"),
        Column("customers", "Customers"), Column("share", "Share", "share"),
    )),
    Figure("campaign_lost", "Messages that found no room", (
        Column("lost_to", "Room taken by", "text"), Column("messages", "Messages"), Column("customers", "Customers"),
    ), "Where a cap was full: the campaigns and mailings whose messages were there before, or had a higher priority."),
    Figure("campaign_effect", "Test against control", (
        Column("arm", "Arm", "text", ARMS), Column("customers", "Customers"),
        Column("unfinished", "Window still open"), Column("buyers", "Buyers"),
        Column("conversion", "Conversion", "share"), Column("receipts", "Receipts"),
        Column("revenue", "Revenue", "money"), Column("revenue_per_customer", "Per customer", "money"),
    ), "Everybody who was drawn, reached or not, and all their receipts within the window. The window "
       "starts when the message was due, in both groups alike."),
    Figure("attribution", "Attribution", ()),
)  # fmt: skip

FIGURES = {figure.name: figure for figure in _ALL}

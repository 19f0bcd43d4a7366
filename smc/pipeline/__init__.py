"""The nightly run: stages in order, the moment they live in, the store they work on, and the ledger they leave."""

from smc.pipeline.moment import Moment, moment_of
from smc.pipeline.run import RunReport, StageReport, counts, fill_rfm, preview, replay, run, verify
from smc.pipeline.session import Progress
from smc.pipeline.stages import STAGES, accept_restored, deliver_outbox, delivery_failures, left_behind
from smc.pipeline.store import last_day, lock, open_published, open_scratch, open_snapshot, open_workspace
from smc.pipeline.tick import tick, tick_stages
from smc.pipeline.withdraw import send_again

__all__ = [
    "STAGES",
    "Moment",
    "Progress",
    "RunReport",
    "StageReport",
    "accept_restored",
    "counts",
    "deliver_outbox",
    "delivery_failures",
    "fill_rfm",
    "last_day",
    "left_behind",
    "lock",
    "moment_of",
    "open_published",
    "open_scratch",
    "open_snapshot",
    "open_workspace",
    "preview",
    "replay",
    "run",
    "send_again",
    "tick",
    "tick_stages",
    "verify",
]

"""What mailings give to their letters beside the template, for the hand-over."""

from __future__ import annotations

from smc.campaign.versions import missed_versions
from smc.config.specs.campaign import MailingSpec
from smc.config.specs.variant import Send, Utm
from smc.model.extras import Extras, ExtrasOf
from smc.warehouse import Warehouse


def extras_of(warehouse: Warehouse) -> ExtrasOf:
    """Of every text that has messages on their way, as it was when they were planned."""
    return {
        (version.campaign, version.version, send.step): _extras(version.campaign, version.spec, send)
        for version in missed_versions(warehouse)
        if isinstance(version.spec, MailingSpec)
        for send in version.spec.sends
    }


def _extras(campaign: str, spec: MailingSpec, send: Send) -> Extras:
    variant = spec.variant(send.variant)
    own = variant.attachments if variant else None
    return Extras(
        utm=_utm(spec.utm, campaign, send.variant) if spec.utm else (),
        watchers=spec.watchers,
        subject=variant.subject if variant else None,
        sender=variant.sender if variant else None,
        attachments=spec.attachments if own is None else own,
        per_minute=spec.per_minute,
    )


def _utm(utm: Utm, campaign: str, variant: str) -> tuple[tuple[str, str], ...]:
    """Where nothing is said the campaign is the mailing's id, and the content the variant."""
    values = {
        "source": utm.source, "medium": utm.medium, "campaign": utm.campaign or campaign, "term": utm.term,
        "content": utm.content or variant,
    }  # fmt: skip
    return tuple((f"utm_{key}", value) for key, value in values.items() if value)

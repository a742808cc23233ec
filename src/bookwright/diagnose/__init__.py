"""Why no plan: what is short and by how much, which rules clash, the cheapest ways out, the nearest plan's breaches."""

from bookwright.diagnose.arithmetic import orphan_findings, shortages, why_nobody
from bookwright.diagnose.months import month_shortages
from bookwright.diagnose.said import sentences

__all__ = ["month_shortages", "orphan_findings", "sentences", "shortages", "why_nobody"]

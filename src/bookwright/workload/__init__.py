"""Hours: what each account needs in a month, built from touchpoints, and what each CSM has in each month."""

from bookwright.workload.capacity import capacity_by_month, full_hours, ramp_share, share_there
from bookwright.workload.months import add_months, first_of_month, month_starts, overlap
from bookwright.workload.segmentation import NearBoundary, near_boundaries, sort_into_segments
from bookwright.workload.sheets import with_sheets
from bookwright.workload.touchpoints import Factor, Hours, Steps, account_hours

__all__ = [
    "Factor",
    "Hours",
    "NearBoundary",
    "Steps",
    "account_hours",
    "add_months",
    "capacity_by_month",
    "first_of_month",
    "full_hours",
    "month_starts",
    "near_boundaries",
    "overlap",
    "ramp_share",
    "share_there",
    "sort_into_segments",
    "with_sheets",
]

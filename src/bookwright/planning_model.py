"""Planning models: what the business decides (coverage, rules, priorities), one TOML file per occasion.

A planning model is looked up by name in the shipped `models/` folder, or read from a path. The `[rules.x]` tables
stay as read here; each rule validates its own table when the model is used with a portfolio.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from bookwright.coverage_model import (
    HandOverSettings,
    Headcount,
    HealthScore,
    Segmentation,
    SegmentCoverage,
    WorkloadSettings,
)
from bookwright.findings import InputError, UsageError
from bookwright.portfolio import Cell
from bookwright.sections import Section

LONGEST_MONTH = 100_000.0
"""Hours a month that no account can need."""


class Horizon(Section):
    """How far ahead the plan looks: books are held to capacity in the last of `months`."""

    months: int = Field(default=3, ge=1, le=24)


class CapacitySettings(Section):
    """How a CSM's hours are computed where the sheet does not give customer hours."""

    contract_hours_per_month: float = Field(default=150.0, gt=0)
    internal_share_percent: float = Field(default=100 / 3, ge=0, lt=100)
    ramp_percent_per_month: tuple[Annotated[float, Field(ge=0, le=200)], ...] = (25.0, 50.0, 75.0, 100.0)


class Fx(Section):
    """Rates into one currency: 1 unit of the key is worth `rates[key]` units of `into`, as of `date`."""

    into: str = "USD"
    date: dt.date | None = None
    rates: dict[str, Annotated[float, Field(gt=0, le=1e9)]] = Field(default_factory=dict)


class Crm(Section):
    """How the CRM calls things, for `bookwright export`: nothing here has a default, least of all the account owner."""

    csm_field: str = ""
    record_id_column: str = ""


class Stages(Section):
    """The path from today's books to a redesign: one stage a quarter, each within its own budget and freezes.

    Shares are of the accounts that have a CSM and of their ARR, moved by choice in one stage.
    """

    quarters: int = Field(default=4, ge=1, le=12)
    accounts_percent: float = Field(default=30.0, gt=0, le=100)
    arr_percent: float = Field(default=30.0, gt=0, le=100)
    days_before_renewal: int = Field(default=60, ge=-1)
    days_after_renewal: int = Field(default=30, ge=-1)
    days_after_csm_change: int = Field(default=90, ge=-1)
    onboarding_days: int = Field(default=90, ge=-1)


class Priority(Section):
    """One level: its name, the share of it that later levels may give up, and the value that is good enough.

    `limit` is in the priority's unit (hours and balance: a share of the total): at or below it, later levels decide.
    """

    name: str
    give: float = Field(default=0.0, ge=0, le=10)
    limit: float | None = Field(default=None, ge=0)
    give_moves: float = Field(default=0.0, ge=0)
    """At least this many moves of the median price, but never more than the level spends itself (read for moves)."""


class PlanningModel(Section):
    """What the business decides, validated; `origins` says where each changed value comes from."""

    name: str
    title: str = ""
    description: str = ""
    effective_date: dt.date | None = Field(default=None, ge=dt.date(1950, 1, 1), le=dt.date(2199, 12, 31))
    fiscal_year_starts_month: int = Field(default=1, ge=1, le=12)
    currency: str = ""
    horizon: Horizon = Horizon()
    hours_per_month: dict[str, Annotated[float, Field(ge=0, le=LONGEST_MONTH)]] = Field(default_factory=dict)
    hours_per_month_elsewhere: float = Field(default=2.0, ge=0, le=LONGEST_MONTH)
    coverage: dict[str, SegmentCoverage] = Field(default_factory=dict)
    multipliers: dict[str, dict[str, float]] = Field(default_factory=dict)
    workload: WorkloadSettings = WorkloadSettings()
    segmentation: Segmentation = Segmentation()
    health_score: HealthScore = HealthScore()
    headcount: Headcount = Headcount()
    hand_over: HandOverSettings = HandOverSettings()
    stages: Stages = Stages()
    capacity: CapacitySettings = CapacitySettings()
    fx: Fx = Fx()
    crm: Crm = Crm()
    rules: dict[str, Any] = Field(default_factory=dict)
    priorities: tuple[Priority, ...] = ()
    origins: dict[str, str] = Field(default_factory=dict)
    text: str = ""

    def priority(self, name: str) -> int | None:
        """The level of a priority by name, None when the model does not have it."""
        return next((k for k, p in enumerate(self.priorities) if p.name == name), None)


def available() -> dict[str, Path]:
    """The planning models that can be named: name -> file, those shipped with the package."""
    return {path.stem: path for path in sorted(_folder().glob("*.toml"))}


def _folder() -> Path:
    """The shipped `models/` folder: inside the wheel, or beside `src/` in a checkout."""
    inside = Path(str(resources.files("bookwright"))) / "models"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "models"


def load(name_or_path: str | Path) -> PlanningModel:
    """Read a planning model by name or path; errors name the key, its value and the nearest known one.

    Raises `UsageError` when there is no such model, `InputError` when it does not validate.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml" and not path.is_file():
        known = available()
        if str(name_or_path) not in known:
            near = difflib.get_close_matches(str(name_or_path), known, n=1)
            hint = f" Maybe {near[0]}." if near else ""
            text = f'There is no planning model "{name_or_path}". Known: {", ".join(known)}; or a path to a .toml file.'
            raise UsageError(text + hint)
        path = known[str(name_or_path)]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"Cannot read the planning model {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: not a text file in UTF-8. Maybe save it again as UTF-8.") from error
    return parse(text, path.name)


def parse(text: str, file: str = "planning model") -> PlanningModel:
    """Validate the text of a planning model."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: not valid TOML: {error}. Maybe a missing quote or bracket.") from error
    for reserved in ("origins", "text"):
        if reserved in raw:
            raise InputError(f'{file}: unknown key "{reserved}".')
    return _validated({**raw, "text": text}, file)


def _validated(raw: Mapping[str, Any], file: str) -> PlanningModel:
    try:
        return PlanningModel.model_validate(raw)
    except ValidationError as error:
        raise InputError(explain_validation(error, PlanningModel, file)) from error


def explain_validation(error: ValidationError, schema: type[BaseModel], file: str, prefix: str = "") -> str:
    """Turn pydantic's complaints into sentences that name the key, the value and the nearest known key."""
    lines = []
    for item in error.errors():
        where = ".".join([*([prefix] if prefix else []), *(str(part) for part in item["loc"])])
        if item["type"] == "extra_forbidden":
            key = str(item["loc"][-1])
            known = _known_keys(schema, item["loc"][:-1])
            near = difflib.get_close_matches(key, known, n=1)
            hint = f' Maybe "{near[0]}".' if near else f" Known here: {', '.join(known)}."
            lines.append(f'{file}: unknown key "{where}".{hint}')
        else:
            lines.append(f"{file}: {where} = {item.get('input')!r} {_complaint(item)}")
    return "\n".join(lines)


_BOUNDS = {"ge": "must be at least", "gt": "must be more than", "le": "must be at most", "lt": "must be less than"}


def _complaint(item: Mapping[str, Any]) -> str:
    """What is wrong with a value, and a way out."""
    for bound, words in _BOUNDS.items():
        if bound in item.get("ctx", {}):
            end = item["ctx"][bound]
            return f"{words} {f'{end:,g}' if isinstance(end, (int, float)) else end}. Maybe it is mistyped."
    if item["type"] == "finite_number":
        return "must be a number."
    return f"is not what belongs there: {item['msg']}. Maybe look at `bookwright models show`."


def _known_keys(schema: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    current: Any = schema
    named = False  # the next part is a name of the user's: a segment
    for part in path:
        if isinstance(part, int) or named:
            named = False
            continue
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            return []
        annotation = field.annotation
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
        named = getattr(annotation, "__origin__", None) is dict
    return list(getattr(current, "model_fields", {}))


# Settings sheet key -> where it lives in the planning model. Percent settings of the sheet keep their unit.
_PLACES: dict[str, tuple[str, ...]] = {
    "effective_date": ("effective_date",),
    "horizon_months": ("horizon", "months"),
    "fiscal_year_starts_month": ("fiscal_year_starts_month",),
    "currency": ("currency",),
    "internal_share_percent": ("capacity", "internal_share_percent"),
    "contract_hours_per_month": ("capacity", "contract_hours_per_month"),
    "freeze_days_before_renewal": ("rules", "freezes", "days_before_renewal"),
    "freeze_days_after_renewal": ("rules", "freezes", "days_after_renewal"),
    "freeze_days_after_csm_change": ("rules", "freezes", "days_after_csm_change"),
    "onboarding_days": ("rules", "freezes", "onboarding_days"),
    "move_budget_accounts_percent": ("rules", "move_budget", "accounts_percent"),
    "move_budget_arr_percent": ("rules", "move_budget", "arr_percent"),
    "hours_ceiling_percent": ("rules", "hours", "ceiling_percent"),
}
_BANDS = {
    "arr_tolerance_percent": ("arr", "tolerance_percent"),
    "renewal_tolerance_percent": ("renewal_arr", "tolerance_percent"),
    "utilization_tolerance_points": ("utilization", "tolerance_points"),
}


def with_settings(model: PlanningModel, settings: Mapping[str, Cell], origin: str) -> PlanningModel:
    """The planning model with the rows of a Settings sheet (or options) laid over it, each with its origin.

    Keys are the sheet's canonical names; "hours_per_month:Segment" sets the hours of one segment. Blank values
    change nothing. Raises `InputError` when a value does not fit its setting.
    """
    raw = model.model_dump(exclude={"origins"})
    origins = dict(model.origins)
    for key, value in settings.items():
        if value is None or value == "":
            continue
        if key.startswith("hours_per_month:"):
            raw["hours_per_month"][key.split(":", 1)[1]] = value
        elif key in _BANDS:
            measure, setting = _BANDS[key]
            for band in raw["rules"].get("balance", []):
                if band.get("measure") == measure:
                    band[setting] = value
        elif key in _PLACES:
            *folders, last = _PLACES[key]
            place = raw
            for folder in folders:
                place = place.setdefault(folder, {})
            place[last] = value.date() if isinstance(value, dt.datetime) else value
        else:
            continue
        origins[key] = origin
    return _validated({**raw, "origins": origins}, origin)


def place_of(key: str) -> str:
    """Where a setting lives in the planning model, dotted: "horizon.months", "rules.balance.arr.tolerance_percent"."""
    if key.startswith("hours_per_month:"):
        return "hours_per_month." + key.split(":", 1)[1]
    if key in _BANDS:
        return "rules.balance." + ".".join(_BANDS[key])
    return ".".join(_PLACES.get(key, (key,)))

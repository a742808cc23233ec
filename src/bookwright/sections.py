"""What every table of a planning model is: unknown keys are refused, and so are numbers that are none."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """One table of a planning model. Infinite numbers, "not a number", and true or false as a number are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_as_number(cls, values: Any) -> Any:
        """Without this, `percent = true` would be 1 %."""
        if isinstance(values, dict):
            for key, value in values.items():
                field = cls.model_fields.get(key)
                kinds = () if field is None else (field.annotation, *get_args(field.annotation))
                if isinstance(value, bool) and bool not in kinds and (float in kinds or int in kinds):
                    raise ValueError(f"{key} = {str(value).lower()} is not a number")
        return values

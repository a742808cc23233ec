"""Planning models hold numbers that can be meant: everything else is refused by name, before anything is planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookwright import planning_model
from bookwright.cli import main
from bookwright.findings import InputError
from bookwright.rules.freezes import FreezeSettings
from bookwright.rules.move_budget import MoveBudgetSettings
from bookwright.rules.move_price import MovePriceSettings

HEAD = 'name = "x"\ntitle = "X"\n'


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("[hours_per_month]\nENT = nan", "hours_per_month.ENT"),
        ("[hours_per_month]\nENT = inf", "hours_per_month.ENT"),
        ("[hours_per_month]\nENT = -0.1", "hours_per_month.ENT"),
        ("[hours_per_month]\nENT = 100_001", "hours_per_month.ENT"),
        ("hours_per_month_elsewhere = true", "hours_per_month_elsewhere"),
        ("[fx.rates]\nEUR = inf", "fx.rates.EUR"),
        ("[fx.rates]\nEUR = 0", "fx.rates.EUR"),
        ("[stages]\nonboarding_days = -2", "stages.onboarding_days"),
        ("effective_date = 9999-12-31", "effective_date"),
    ],
)
def test_a_number_that_is_none_is_refused_by_name(line: str, key: str) -> None:
    """Not a number, infinite, below zero where nothing is, true where a number stands."""
    with pytest.raises(InputError, match=key.replace(".", r"\.")):
        planning_model.parse(HEAD + line, "x.toml")


@pytest.mark.parametrize(
    "line",
    ["[hours_per_month]\nENT = 0", "[hours_per_month]\nENT = 100_000", "[fx.rates]\nEUR = 0.0001",
     "[stages]\nonboarding_days = -1", "effective_date = 2199-12-31"],
)  # fmt: skip
def test_the_edge_itself_is_taken(line: str) -> None:
    """Just inside."""
    assert planning_model.parse(HEAD + line, "x.toml").name == "x"


@pytest.mark.parametrize(
    ("schema", "key"),
    [(MoveBudgetSettings, "accounts_percent"), (MoveBudgetSettings, "in_at_least"),
     (FreezeSettings, "short_contract_months"), (MovePriceSettings, "base"),
     (MovePriceSettings, "near_renewal_factor")],
)  # fmt: skip
def test_rules_refuse_less_than_nothing(schema: type, key: str) -> None:
    """Zero is a setting, -1 is none, and neither is true."""
    assert getattr(schema(**{key: 0}), key) == 0
    for value in (-1, float("nan"), True):
        with pytest.raises(ValueError, match=key):
            schema(**{key: value})


def test_models_check_says_what_planning_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule's table is looked at, too: no model passes the check and fails to plan."""
    model = tmp_path / "m.toml"
    model.write_text(
        HEAD + '[rules.hours]\n[rules.freezes]\ndays_before_renewal = -5\n[[priorities]]\nname = "hours"\n'
    )
    with pytest.raises(SystemExit) as end:
        main(["models", "check", str(model)])
    assert end.value.code == 3
    assert "rules.freezes.days_before_renewal = -5" in capsys.readouterr().err

"""Three plans to choose from: the fewest moves, the recommended plan, the most even books."""

from __future__ import annotations

from bookwright.planning_model import PlanningModel
from bookwright.scenarios.frontier import fewest_model, limited_model

ALTERNATIVES = ("fewest moves", "recommended", "most even")


def alternative(model: PlanningModel, name: str) -> PlanningModel:
    """The planning model with its priorities turned towards one of the three; budgets and freezes hold in all.

    Fewest moves: nothing moves by choice that need not. Most even: hours, balance and then the spread of utilization
    before the price of moves.
    """
    if name == "fewest moves":
        return fewest_model(model)
    if name == "recommended":
        return model
    strict = limited_model(model, None).priorities
    moves = [p for p in strict if p.name == "moves"]
    even = [p for p in strict if p.name == "evenness"]
    others = [p for p in strict if p.name not in ("moves", "evenness")]
    return model.model_copy(update={"priorities": (*others, *even, *moves)})

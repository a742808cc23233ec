"""Warming up compiles all that a search runs, so that the first plan on a machine has its whole time, too."""

from __future__ import annotations

import json
import subprocess
import sys

_SCRIPT = """
import importlib, json, pkgutil
from numba.core.dispatcher import Dispatcher
import bookwright.engine
from bookwright.engine import Limits, relaxation, shards, solve
from bookwright.engine.warm import warm
from tests.engine.test_warm import portfolio_model

names = [module.name for module in pkgutil.iter_modules(bookwright.engine.__path__)]
modules = [importlib.import_module(f"bookwright.engine.{name}") for name in names]

def compiled():
    return {
        f"{module.__name__}.{name}{signature}"
        for module in modules
        for name, loop in vars(module).items()
        if isinstance(loop, Dispatcher)
        for signature in loop.signatures
    }

warm()
before = compiled()
for shape in ("plain", "default", "full"):
    solve(portfolio_model(120, 6, shape), limits=Limits(seconds=6, workers=2), method="large")
import bookwright.engine.large as large, bookwright.engine.relaxing as relaxing, bookwright.engine.rounds as rounds
for module in (large, relaxing, rounds, shards):
    for name in ("NO_LP_ABOVE", "MANY_ITEMS"):
        if hasattr(module, name):
            setattr(module, name, 50)
solve(portfolio_model(120, 6, "default"), limits=Limits(seconds=6, workers=2), method="large")
print(json.dumps([len(before), sorted(compiled() - before)]))
"""


def portfolio_model(accounts: int, csms: int, shape: str):  # type: ignore[no-untyped-def]
    """The engine model of a generated portfolio."""
    import datetime as dt

    from bookwright.generate import generate
    from bookwright.planning_model import load
    from bookwright.problem import resolve
    from bookwright.rules import build, set_up
    from bookwright.solve import post

    portfolio = generate(accounts, csms, 1, shape=shape)
    problem = resolve(portfolio, load("quarterly_rebalance"), today=dt.date(2026, 12, 1))
    return post(set_up(problem, build(problem.model)), problem.model.priorities).model


def test_a_search_compiles_nothing_after_warming_up() -> None:
    """What is compiled within the clock is lost to the first plan: whole books took eight of its twenty seconds."""
    ran = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    before, new = json.loads(ran.stdout.splitlines()[-1])
    assert before > 10
    assert new == []

"""Trust: the ledger, prices of rules, how firm moves are, the backtest."""

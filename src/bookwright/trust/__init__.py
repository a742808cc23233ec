"""How far a plan can be trusted: what each rule costs, how firm each move is, and the backtest."""

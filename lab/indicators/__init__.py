"""Technical indicators, one a file: pure and causal, on float64 arrays, with TA-Lib as the engine."""

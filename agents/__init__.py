"""The analyst: a LangGraph ReAct agent over the ledgers, its tools, actions, runs and evidence."""

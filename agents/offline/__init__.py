"""The offline analyst: a rule-based chat model that reads, plans, asks and writes without any network.

language -> coins, periods, topics -> reading -> plan -> react -> write -> model: each a pure
function of the one before.
"""

from agents.offline.model import OfflineAnalyst

__all__ = ["OfflineAnalyst"]

"""The grid traced to its generators: `trace(balance, rule) -> Trace`, then `factor`, `explain`, `origin`, `save`."""

from zuji.electricity.trace.balance import Balance, Document
from zuji.electricity.trace.check import check_balance
from zuji.electricity.trace.labels import Gas, Generator, Labels, Link, Store, Zone
from zuji.electricity.trace.rule import Coupling, Losses, Rule, Storage
from zuji.electricity.trace.run import BalanceError, Trace, trace

__all__ = [
    "Balance", "BalanceError", "Coupling", "Document", "Gas", "Generator", "Labels", "Link", "Losses", "Rule",
    "Storage", "Store", "Trace", "Zone", "check_balance", "trace",
]  # fmt: skip

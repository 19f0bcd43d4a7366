"""The one store of customers and facts; see migrations/ for its tables."""

from smc.warehouse.compose import all_of, any_of, name, sql, text_of, union
from smc.warehouse.connection import Warehouse
from smc.warehouse.engine import DuckDBEngine, Engine
from smc.warehouse.statements import statement

__all__ = ["DuckDBEngine", "Engine", "Warehouse", "all_of", "any_of", "name", "sql", "statement", "text_of", "union"]

"""
Routes for respx made from contracts: each answers as the mock would, and holds every request to the contract.
"""

from __future__ import annotations

from aegis_testing.routes._routes import ContractRoutes, contract_routes

__all__ = ["ContractRoutes", "contract_routes"]

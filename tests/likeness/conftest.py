"""The fixture that other projects get by naming the module in `pytest_plugins`."""

from integration.sandbox.testing import hospital

__all__ = ["hospital"]

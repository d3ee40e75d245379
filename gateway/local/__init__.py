"""Files that this node has acknowledged on its own and forwards to the brokers (`acknowledge = "local"`)."""

from gateway.local.forward import Forwarder
from gateway.local.store import LocalStore

__all__ = ["Forwarder", "LocalStore"]

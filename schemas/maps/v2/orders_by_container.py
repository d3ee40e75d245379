"""Map table of orders that stand below their container (OML O35, and others whose containers come first)."""

from schemas.maps.v2.orders_by_specimen import orders

MAP = orders("order_by_container", "container")

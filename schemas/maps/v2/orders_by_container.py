"""Map table of orders that stand below their container (OML O35)."""

from schemas.maps.v2.orders_by_specimen import orders

MAP = orders("order_by_container", ("OML^O35",), by_container=True)

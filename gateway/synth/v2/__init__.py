"""The visits behind the claims of a world, as HL7 v2 feeds."""

"""HL7 v2, versions 2.1 to 2.8.2: what segments, fields, data types, structures and codes there are. Facts only, in one table for all versions."""

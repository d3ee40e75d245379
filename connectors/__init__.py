"""How bytes come and go. I/O only: no field name of any format is known here."""

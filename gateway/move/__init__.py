"""Carrying a gateway, log, blobs and State, to other stores."""

"""From received bytes to committed events: intake, first pass, publishing, projection, held files, retention."""

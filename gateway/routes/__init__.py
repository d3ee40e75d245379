"""What is handed on to others: which messages of a feed, in order, by which way."""

"""Answering the senders: which acknowledgements a file gets, their control numbers, and how they reach who waits for them."""

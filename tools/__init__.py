"""What the repository needs for itself: checks and their programs. Not part of what is installed."""

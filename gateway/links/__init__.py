"""Linking answers to what they answer: by trace numbers, references and control numbers, whichever side comes first."""

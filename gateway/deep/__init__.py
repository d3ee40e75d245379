"""The deep check: pyx12 as a second opinion on the guides it has, in a process of its own, beside what this program finds."""

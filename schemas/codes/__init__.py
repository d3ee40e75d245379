"""Code lists that may be shipped, in our own words."""

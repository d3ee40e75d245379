"""How far clocks are apart."""

from gateway.doctor.check import Found, good, warning

APART_SECONDS = 2.0


def off(whose: str, here: float, there: float) -> Found:
    """Both in seconds since 1970, of the same moment."""
    apart = there - here
    text = f"the clock of {whose} and this machine's are {abs(apart):.1f} seconds apart"
    return warning(text, "set both by NTP: retention and `from` filters go by these clocks") if abs(apart) > APART_SECONDS else good(text)

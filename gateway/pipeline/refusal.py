"""Why a file is not taken now."""

from gateway.seams import LogUnavailable


class NotNowError(LogUnavailable):
    """Nothing of the file was kept, and it may be sent again later. The text is fit for its sender."""

"""The tests of this folder read public sample messages from the folder that CLEARPLANE_CORPORA names; without it they are not collected."""

import os

collect_ignore_glob = [] if os.environ.get("CLEARPLANE_CORPORA") else ["test_*.py"]

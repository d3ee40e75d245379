"""pyx12: the whole file through x12n_document (its validation), with the acknowledgement it makes."""

import io
from importlib import import_module

from bench.worker import Result, main

document, params = import_module("pyx12.x12n_document"), import_module("pyx12.params")


def validate(path: str) -> Result:
    accepted = document.x12n_document(params.params(), path, io.StringIO(), None)
    return Result(fault="" if accepted else "did not accept the file")


if __name__ == "__main__":
    main(validate)

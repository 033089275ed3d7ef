"""``python -m zuji`` is the ``zuji`` command."""

import sys

from zuji.cli import main

if __name__ == "__main__":
    sys.exit(main())

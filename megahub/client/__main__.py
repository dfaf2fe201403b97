"""`python -m megahub.client`, from a checkout."""

import sys

from megahub.client.main import main

if __name__ == "__main__":
    sys.exit(main())

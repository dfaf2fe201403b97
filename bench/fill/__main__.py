"""`python -m bench.fill 1000000`: add so many jobs to the hub that runs here (never to a real one).

It drops and makes indexes anew, so nothing else should work on the hub meanwhile.
"""

import os
import sys

import django


def main(jobs: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
    django.setup()
    from bench.fill.filling import fill

    fill(jobs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

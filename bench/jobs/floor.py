"""What the disk allows: one producer that inserts a narrow row and commits, again and again.

usage: python -m bench.jobs.floor e2e N
"""

import json
import os
import sys
import time

import psycopg


def main(count: int) -> dict[str, float]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_floor (id bigserial, at timestamptz)")
        begun = time.perf_counter()
        for _ in range(count):
            connection.execute("INSERT INTO bench_floor (at) VALUES (now())", prepare=True)
        return {"per_second": count / (time.perf_counter() - begun)}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[2]))))

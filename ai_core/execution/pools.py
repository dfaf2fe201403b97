"""The slots of a worker process: how many jobs of one way it runs at once."""

from concurrent.futures import ThreadPoolExecutor

from ai_core.execution.protocol import Way

MOST_AT_ONCE = 64
QUEUE_SECONDS = 0.5  # claim what the slots will have begun by then: many where jobs are short


class Pool:
    """The slots of one way of running, and how long its jobs take lately."""

    def __init__(self, way: Way, slots: int) -> None:
        self.way = way
        self.slots = slots
        self.threads = ThreadPoolExecutor(slots, thread_name_prefix=f"{way}-slot")
        self.busy = 0
        self.usual_seconds = 1.0

    def room(self) -> int:
        """How many jobs to claim now: the free slots, or more where jobs are very short."""
        soon = self.slots * QUEUE_SECONDS / max(self.usual_seconds, 1e-6)
        return max(0, max(self.slots, int(min(soon, MOST_AT_ONCE))) - self.busy)

    def took(self, seconds: float) -> None:
        self.usual_seconds = 0.8 * self.usual_seconds + 0.2 * seconds

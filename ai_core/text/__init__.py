"""Reading French and English text without any model: deterministic, standard library only."""

from ai_core.text.analysis import analyse, summarise

__all__ = ["analyse", "summarise"]

"""Content analysis by a language model: what is asked, what counts as an answer, what is kept."""

"""Providers: who computes an answer, with which key, under which quota."""

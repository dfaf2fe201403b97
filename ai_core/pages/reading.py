"""The door of every page, by the name under which the pages of jobs know it."""

from brands.pages.reading import answer, for_readers, is_fragment, zone_of

__all__ = ["answer", "for_readers", "is_fragment", "zone_of"]

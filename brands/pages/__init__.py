"""The pages about a brand itself: its keys, its members, its details; and the door of every page."""

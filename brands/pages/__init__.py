"""The pages about a brand itself: its keys, members, details; and the door of every page."""

"""The pages about usage: sums with their chart, and the bills that explain each figure."""

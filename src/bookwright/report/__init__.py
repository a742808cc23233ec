"""The result for people: its first screen in numbers and words, its sheets as named tables, JSON, an HTML page."""

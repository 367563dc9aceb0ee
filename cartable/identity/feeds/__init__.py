"""Directory feeds: what academies state about people and schools, and how it becomes postings."""

"""Reports on tables: a question becomes a plan of typed parts, DuckDB computes it, and every number said is a computed one.

`read` loads a file into a sealed database; `understand` finds columns and values in a question; `planning` makes plans of
them; `sql` turns a plan into SQL with parameters; `answering` is the whole way, `overview` what is told without a question.
"""

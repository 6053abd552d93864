"""The tables of the memory file, and how an older file becomes a newer one.

items     whatever can be found: a command, a note, a part of a document, a line of a pack; each once
runs      every time a command ran
turns     requests in words, and what came of them
texts     full text over items: words, and for Chinese, Japanese and Korean pairs of characters
vectors   an int8 vector for an item and a model; `models` says which models
documents, roots, packs, programs      where items come from
"""

from __future__ import annotations

VERSION = 1
TOKENIZER = "porter unicode61 remove_diacritics 2"

STATEMENTS: dict[int, tuple[str, ...]] = {
    1: (
        """CREATE TABLE turns (
            id INTEGER PRIMARY KEY, time REAL NOT NULL, session TEXT NOT NULL, cwd TEXT NOT NULL,
            request TEXT NOT NULL, reply TEXT NOT NULL, outcome TEXT NOT NULL, key TEXT UNIQUE)""",
        """CREATE TABLE packs (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version TEXT NOT NULL, sha256 TEXT NOT NULL,
            licence TEXT NOT NULL, attribution TEXT NOT NULL, added REAL NOT NULL, complete INTEGER NOT NULL DEFAULT 0)""",
        """CREATE TABLE programs (
            name TEXT NOT NULL, source TEXT NOT NULL, summary TEXT NOT NULL, pack INTEGER REFERENCES packs ON DELETE CASCADE,
            PRIMARY KEY (name, source)) WITHOUT ROWID""",
        """CREATE TABLE roots (
            id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, collection TEXT NOT NULL DEFAULT '', trust TEXT NOT NULL,
            watch INTEGER NOT NULL DEFAULT 0, added REAL NOT NULL)""",
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY, root INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE, path TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL, title TEXT NOT NULL DEFAULT '', sha256 TEXT NOT NULL, size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL, added REAL NOT NULL, problem TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX documents_by_root ON documents (root)",
        """CREATE TABLE items (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('command', 'note', 'chunk', 'example')),
            key BLOB NOT NULL UNIQUE,
            intent TEXT NOT NULL DEFAULT '', body TEXT NOT NULL, gloss TEXT NOT NULL DEFAULT '', grams TEXT NOT NULL DEFAULT '',
            trust TEXT NOT NULL CHECK (trust IN ('own', 'imported', 'untrusted')),
            source TEXT NOT NULL DEFAULT '', place TEXT NOT NULL DEFAULT '', created REAL NOT NULL,
            runs INTEGER NOT NULL DEFAULT 0, worked INTEGER NOT NULL DEFAULT 0, last REAL NOT NULL,
            document INTEGER REFERENCES documents ON DELETE CASCADE, pack INTEGER REFERENCES packs ON DELETE CASCADE)""",
        "CREATE INDEX items_by_document ON items (document) WHERE document IS NOT NULL",
        "CREATE INDEX items_by_pack ON items (pack) WHERE pack IS NOT NULL",
        "CREATE INDEX items_by_last ON items (kind, last)",
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
            turn INTEGER REFERENCES turns ON DELETE SET NULL,
            time REAL NOT NULL, exit_status INTEGER, duration REAL, cwd TEXT NOT NULL, git_root TEXT NOT NULL,
            host TEXT NOT NULL, shell TEXT NOT NULL, tier TEXT NOT NULL, approved_by TEXT NOT NULL, session TEXT NOT NULL,
            source TEXT NOT NULL, key TEXT UNIQUE, judgement TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX runs_by_item ON runs (item, time)",
        "CREATE INDEX runs_by_turn ON runs (turn) WHERE turn IS NOT NULL",
        "CREATE INDEX runs_by_time ON runs (time)",
        "CREATE INDEX runs_by_cwd ON runs (cwd, item)",
        "CREATE INDEX runs_judged ON runs (item) WHERE judgement <> ''",
        """CREATE TABLE models (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, fingerprint TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL,
            added REAL NOT NULL)""",
        # AUTOINCREMENT: a vector that is made again has a larger id, so an index in memory need only read on from its last one
        """CREATE TABLE vectors (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
            item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
            vector BLOB NOT NULL, UNIQUE (item, model))""",
        f"""CREATE VIRTUAL TABLE texts USING fts5 (
            intent, body, gloss, grams, content='items', content_rowid='id', tokenize='{TOKENIZER}')""",
        """CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
            INSERT INTO texts (rowid, intent, body, gloss, grams)
                VALUES (new.id, new.intent, new.body, new.gloss, new.grams); END""",
        """CREATE TRIGGER items_removed AFTER DELETE ON items BEGIN
            INSERT INTO texts (texts, rowid, intent, body, gloss, grams)
                VALUES ('delete', old.id, old.intent, old.body, old.gloss, old.grams); END""",
        """CREATE TRIGGER items_changed AFTER UPDATE OF intent, body, gloss, grams ON items BEGIN
            INSERT INTO texts (texts, rowid, intent, body, gloss, grams)
                VALUES ('delete', old.id, old.intent, old.body, old.gloss, old.grams);
            INSERT INTO texts (rowid, intent, body, gloss, grams)
                VALUES (new.id, new.intent, new.body, new.gloss, new.grams);
            DELETE FROM vectors WHERE item = new.id; END""",
    ),
}
"""What makes version n of version n - 1."""

"""Whether the tree holds what it promises. Nothing here repairs: a fault is a bug or a damaged disk, to be looked at."""

from collections.abc import Iterator

from django.db import connection

from cartable.kernel.storage import Missing, storage
from cartable.spaces.lineage import MAX_DEPTH
from cartable.spaces.models import Blob

_RULES = {  # what is wrong: the query of what is. What is being erased is cut off, what crosses is in two spaces
    "a folder's size is not what is live in it": """
        SELECT f.id FROM spaces_node f LEFT JOIN spaces_node c ON c.parent_id = f.id AND c.trashed_at IS NULL
        WHERE f.kind = 1 AND NOT (f.parent_id IS NULL AND f.trashed_at IS NOT NULL) GROUP BY f.id, f.size HAVING f.size <> COALESCE(SUM(c.size), 0)""",
    "a node is not in its folder's space": """
        SELECT n.id FROM spaces_node n JOIN spaces_node f ON f.id = n.parent_id WHERE n.space_id <> f.space_id
        AND NOT EXISTS (SELECT 1 FROM spaces_transit t WHERE t.source IN (n.space_id, f.space_id)
                        AND t.target IN (n.space_id, f.space_id))""",
    "a node's folder is gone": """
        SELECT n.id FROM spaces_node n LEFT JOIN spaces_node f ON f.id = n.parent_id
        WHERE n.parent_id IS NOT NULL AND f.id IS NULL""",
    "a node is too deep to be reached": f"""
        WITH RECURSIVE down(id, rank) AS (
            SELECT root_id, 1 FROM spaces_space WHERE root_id IS NOT NULL
            UNION ALL SELECT n.id, down.rank + 1 FROM spaces_node n JOIN down ON n.parent_id = down.id
            WHERE down.rank <= {MAX_DEPTH})
        SELECT id FROM down WHERE rank > {MAX_DEPTH}""",  # noqa: S608 - a constant
    "a node is in a file": """
        SELECT n.id FROM spaces_node n JOIN spaces_node f ON f.id = n.parent_id WHERE f.kind <> 1""",
    "a node changed later than the folder above it": """
        SELECT n.id FROM spaces_node n JOIN spaces_node f ON f.id = n.parent_id
        WHERE n.trashed_at IS NULL AND n.space_id = f.space_id AND n.seq > f.seq
        AND f.trashed_at IS NULL""",
    "a space miscounts what is on its way": """
        SELECT s.id FROM spaces_space s
        WHERE s.transits <> (SELECT COUNT(*) FROM spaces_transit t WHERE s.id IN (t.source, t.target))""",
    "a file names no bytes": "SELECT id FROM spaces_node WHERE kind = 0 AND blob_id IS NULL",
    "a file's size is not that of its bytes": """
        SELECT n.id FROM spaces_node n JOIN spaces_blob b ON b.id = n.blob_id WHERE n.size <> b.size""",
    "a space's live bytes are not counted right": """
        SELECT s.id FROM spaces_space s JOIN spaces_node r ON r.id = s.root_id
        WHERE s.used <> r.size + (SELECT COALESCE(SUM(t.size), 0) FROM spaces_transit t WHERE t.target = s.id)""",
    "a space's trash is not counted right": """
        SELECT s.id FROM spaces_space s LEFT JOIN spaces_node n ON n.space_id = s.id AND n.trashed_at IS NOT NULL
        WHERE s.transits = 0 GROUP BY s.id, s.used_trash HAVING s.used_trash <> COALESCE(SUM(n.size), 0)""",
    "a space's versions are not counted right": """
        SELECT s.id FROM spaces_space s LEFT JOIN spaces_node n ON n.space_id = s.id
        LEFT JOIN spaces_version v ON v.node_id = n.id
        WHERE s.transits = 0 GROUP BY s.id, s.used_versions HAVING s.used_versions <> COALESCE(SUM(v.size), 0)""",
}


def faults() -> Iterator[str]:
    """Yield one sentence for each fault of the rows, with the id it is about. Reads every node once for each rule."""
    for what, query in _RULES.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            for (number,) in cursor.fetchall():
                yield f"{what}: {number}"


def holes() -> Iterator[str]:
    """Yield one sentence for each blob whose bytes are not all there. Reads the beginning of each."""
    for blob in Blob.objects.filter(dead_at=None).iterator():
        for key, size in blob.parts if blob.parts is not None else [(blob.key, blob.size)]:
            try:
                held = sum(map(len, storage().read(key, max(0, size - 1))))
            except Missing:
                held = -1
            if held != min(size, 1):
                yield f"bytes are missing: blob {blob.pk}, {key}"

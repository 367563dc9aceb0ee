"""Pages of the drive: documents as people see them, one module a subject."""

from archives.models.deletion import AccountDeletion
from archives.models.export import Export, ExportPart

__all__ = ["AccountDeletion", "Export", "ExportPart"]

from notices.models.notice import Notice
from notices.models.preference import NoticePause, NoticePreference, Wish
from notices.models.wall_digest import DigestPace, WallDigest

__all__ = ["DigestPace", "Notice", "NoticePause", "NoticePreference", "WallDigest", "Wish"]

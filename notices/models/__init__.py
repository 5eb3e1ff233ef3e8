from notices.models.notice import Notice
from notices.models.preference import NoticePause, NoticePreference

__all__ = ["Notice", "NoticePause", "NoticePreference"]

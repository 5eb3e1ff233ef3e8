"""The method of a story that takes each decision."""

from collections.abc import Callable, Mapping

from stories.models import Action, Story

DECIDE: Mapping[Action, Callable[..., bool]] = {
    Action.PUBLISH: Story.publish,
    Action.RETURN: Story.return_for_change,
    Action.DECLINE: Story.decline,
    Action.REMOVE: Story.remove,
    Action.RESTORE: Story.restore,
    Action.SPAM: Story.mark_spam,
    Action.NOT_SPAM: Story.clear_spam,
    Action.DISMISS_REPORTS: Story.dismiss_reports,
    Action.REVIEW: Story.mark_reviewed,
    Action.FIX: Story.publish,  # with another body
}

from syndication.models.feed_address import FeedAddress

__all__ = ["FeedAddress"]

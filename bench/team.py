"""The names and passwords of the team that `bench.seed` makes."""

from dataclasses import dataclass

SMALL = 60  # stories of the smaller wall that the number of queries is compared with
SHORT_QUEUE, LONG_QUEUE = 20, 20_000
LONG_WALL = "long-wall"  # the address of the team of `bench.long_wall`


@dataclass(frozen=True, slots=True)
class SeededTeam:
    wall: str  # its address
    reader: str  # e-mail address of a member
    moderator: str
    password: str
    pending: list[int]  # stories that wait for the moderator, all at revision 1
    queries: list[int]  # of the signed-in wall: with SMALL stories, then with all
    desk: str  # the address of a desk with LONG_QUEUE stories waiting
    desk_queries: list[int]  # of that desk: with SHORT_QUEUE stories waiting, then with all
    django: str
    database: str

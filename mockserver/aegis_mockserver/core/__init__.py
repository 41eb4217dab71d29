"""
The pure core: a request's journey without a socket.

route → authenticate → validate → negotiate → behave → check → serialise, a file each; ``_journey`` walks through them.
"""

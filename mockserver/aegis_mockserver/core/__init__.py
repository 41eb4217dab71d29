"""
The pure core: follows a request's journey — route, validate, negotiate, behave, check, serialize — without a socket.
"""

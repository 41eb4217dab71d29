"""
HTTP/1.1 on a socket: the server, its connections, what comes in and what goes out.
"""

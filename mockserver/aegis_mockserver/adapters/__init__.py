"""
From the core to the outside: a socket server, an ASGI application, httpx transports.
"""

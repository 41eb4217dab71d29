"""
The commands ``aegis events`` and ``aegis topics``.
"""

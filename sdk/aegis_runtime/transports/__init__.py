"""
The seam to the network (``_seam``), and what stands behind it: httpx, pyreqwest, and whatever a caller brings.
"""

"""
XML documents as instances and instances as XML documents, by the ``xml`` objects of a schema.
"""

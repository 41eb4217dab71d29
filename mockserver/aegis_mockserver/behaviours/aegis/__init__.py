"""
What the contracts of Aegis cannot say as data: tokens and codes, the manners of the tax service, what fits whom.

One module for each API, named as its ``x-sdk`` package; each has a table ``BEHAVIOURS`` of functions by operationId.
Everything that they remember stands in the world's stores, every time comes from the world's clock.
"""

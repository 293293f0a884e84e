"""What can go wrong with a store; every message says where, why, and what to do."""


class StoreError(Exception):
    """The store cannot be used as asked."""

"""vethlab: emulated multi-node hosts on one Linux machine, and proof that container networking on them behaves."""

__version__ = "0.1.0"
__all__ = ["__version__"]

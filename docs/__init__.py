"""The documentation as pages that open without a server: ``make docs`` builds it into ``build/docs``."""

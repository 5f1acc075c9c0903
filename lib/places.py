"""Where the suite's own files lie: in the checkout, or in the folder that the installed wheel carries them
in."""

from __future__ import annotations

from pathlib import Path

CODE = Path(__file__).resolve().parents[1]
"""The folder that holds the packages ``lib`` and ``reports``."""
BUNDLE = CODE / "tme_suite"
"""Notebooks, data and lock of an installed wheel (setup.py puts them there); absent in a checkout."""
ROOT = BUNDLE if BUNDLE.is_dir() else CODE
"""The folder that holds ``notebooks``, ``data`` and ``requirements.lock``; never written to."""
PUBLISHED = ROOT / "data" / "published"
"""A folder for each programme that the suite carries."""
REFERENCE = ROOT / "data" / "reference"
"""Data and figures of other software and of publications that methods are held against."""

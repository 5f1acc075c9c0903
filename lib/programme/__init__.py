"""A programme: what is published of its drugs and what it calls things, as plain mappings for the methods."""

from lib.door import expose
from lib.programme.find import DEFAULT as DEFAULT
from lib.programme.find import NONE as NONE
from lib.programme.find import find_programme as find_programme
from lib.programme.load import load_programme as load_programme
from lib.programme.programme import Combination as Combination
from lib.programme.programme import Compound as Compound
from lib.programme.programme import Programme as Programme

__dir__ = expose(globals())

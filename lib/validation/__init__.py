"""Do the methods keep their promises: coverage and type I error by simulation, and agreement with outside
numbers."""

from lib.door import expose
from lib.validation.agreement import Agreement as Agreement
from lib.validation.agreement import compare_with_reference as compare_with_reference
from lib.validation.agreement import load_reference as load_reference
from lib.validation.coverage import estimate_coverage as estimate_coverage
from lib.validation.false_alarms import estimate_type_one_error as estimate_type_one_error
from lib.validation.rates import Coverage as Coverage
from lib.validation.rates import Rates as Rates
from lib.validation.rates import TypeOneErrors as TypeOneErrors

__dir__ = expose(globals())

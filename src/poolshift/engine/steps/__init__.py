"""The steps of a run, one file each: what is left to do, given what is seen.

A step is asked anew at every tick and remembers nothing but its small `data`: it looks first,
then acts, and may be asked any number of times.
"""

from poolshift.engine.steps.interface import (
    Act,
    Done,
    Fail,
    Result,
    StepContext,
    Wait,
)
from poolshift.engine.steps.table import STEPS

__all__ = ["STEPS", "Act", "Done", "Fail", "Result", "StepContext", "Wait"]

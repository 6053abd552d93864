"""Conditions of a request, and whether a command meets them: "keep the original", "do not recurse", "only the count"."""

from aishell.planner.constraints.check import check as check
from aishell.planner.constraints.check import findings as findings
from aishell.planner.constraints.effect import check_effect as check_effect
from aishell.planner.constraints.effect import victims_fit as victims_fit
from aishell.planner.constraints.extract import extract as extract
from aishell.planner.constraints.mend import mended as mended
from aishell.planner.constraints.values import Constraint as Constraint
from aishell.planner.constraints.values import Fault as Fault
from aishell.planner.constraints.values import Finding as Finding
from aishell.planner.constraints.values import Mismatch as Mismatch
from aishell.planner.constraints.values import complaint as complaint

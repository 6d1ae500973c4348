"""What detectors of change flag at every setting, from one assessment at the loosest."""

from core.evaluation.flagging.checking import SweepCheck, check_sweep
from core.evaluation.flagging.families import RAW_STEP, Family, Setting, families_of
from core.evaluation.flagging.strengths import FlagStrengths, new_flags, read_flags

__all__ = [
    "RAW_STEP",
    "Family",
    "FlagStrengths",
    "Setting",
    "SweepCheck",
    "check_sweep",
    "families_of",
    "new_flags",
    "read_flags",
]

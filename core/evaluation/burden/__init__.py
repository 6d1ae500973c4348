"""How many flags a setting would have raised on real stays."""

from core.evaluation.burden.counting import Burden, StayBurden, measure_burden
from core.evaluation.burden.stays import WatchedStay

__all__ = ["Burden", "StayBurden", "WatchedStay", "measure_burden"]

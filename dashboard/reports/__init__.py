"""Reports on paper: what is said in `*.py`, how it is set in `*.typ`. No Streamlit."""

from dashboard.reports.handover import handover
from dashboard.reports.patient import patient_report

__all__ = ["handover", "patient_report"]

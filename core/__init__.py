"""The scoring core: reading films, scoring them, trend mathematics, evaluation and training.

Pure: arrays and dataclasses in, dataclasses out. No SQL, no Streamlit, no environment, no clock.
"""

"""The opaque share of the lung: masks against those of radiologists, and what it predicts."""

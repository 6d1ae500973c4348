"""Films on screen: viewed, compared, corrected, listed where they are on no trend."""

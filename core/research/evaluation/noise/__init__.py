"""How far a change between two films scatters without any change of the lung."""

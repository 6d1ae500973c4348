"""How well the checks on a film tell laterals, inverted films, other pictures and photographs."""

"""How well the checks on a film recognise laterals, inverted films, other pictures and photographs."""

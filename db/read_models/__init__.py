"""What the screens show, read in few statements and handed out as frozen values.

Nothing here judges: changes, verdicts and staleness are worked out by the services from these facts. With
``as_of`` each function gives what stood at that time: films received by then in the state they had, scores stored
by then of the model active then, flags in the state they had. A stay's unit and bed are always the present ones.
"""

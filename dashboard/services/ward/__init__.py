"""The ward as a whole: the board, its order, the round, films to compare by eye."""

"""What people and systems touch: the screens, the command line, the services behind both."""

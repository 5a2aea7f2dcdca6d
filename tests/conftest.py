"""What holds for all tests."""

import signal

# A shell starts background jobs with Ctrl-C ignored, and so would be the processes the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

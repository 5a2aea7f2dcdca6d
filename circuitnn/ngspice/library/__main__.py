"""The engine as the library starts it: ``python -I -m circuitnn.ngspice.library <number of the socket>``."""

import socket
import sys

from circuitnn.ngspice.library.service import Engine

if __name__ == "__main__":
    Engine(socket.socket(fileno=int(sys.argv[1]))).serve()

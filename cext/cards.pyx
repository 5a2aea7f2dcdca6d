"""Fast path for large decks: lines that are complete cards, and cards of four plain words.

Both functions stop at the first line or card that they do not fully understand, which is left to the general
parser and its messages. A deck reads the same with and without them.
"""

from cpython.ref cimport PyObject
from libc.math cimport isfinite

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    const unsigned char *PyUnicode_1BYTE_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    object PyUnicode_Substring(object text, Py_ssize_t start, Py_ssize_t end)
    PyObject *PyDict_SetDefault(object known, object key, object default) except NULL
    double PyOS_string_to_double(const char *text, char **end, PyObject *overflow) except? -1.0


def take_lines(
    list lines not None, Py_ssize_t first, long long base, list cards not None, list origins not None
):
    """Append lines from `first` on that are cards without comment; returns the first that may not be one.

    Such lines begin with an ASCII letter and have no ``$``, ``;``, ``//`` or control character. Their origins
    are `base` + 1 + index.
    """
    cdef Py_ssize_t number = first, k, length, count = len(lines)
    cdef const unsigned char *c
    cdef bint upper
    cdef str line
    while number < count:
        line = lines[number]
        length = PyUnicode_GET_LENGTH(line)
        if length == 0 or not PyUnicode_IS_ASCII(line):
            break
        c = PyUnicode_1BYTE_DATA(line)
        if not (97 <= (c[0] | 32) <= 122):
            break
        upper = False
        for k in range(length):
            if 65 <= c[k] <= 90:
                upper = True
            elif c[k] == 36 or c[k] == 59 or c[k] == 47 and c[k + 1] == 47:
                break
            elif c[k] < 32 and c[k] != 9 or c[k] == 127:
                break
        else:
            cards.append(line.lower() if upper else line)
            origins.append(base + number + 1)
            number += 1
            continue
        break
    return number


cdef class PlainCards:
    """Reader of cards ``r1 a b 1.5``, a name, two nodes and a number, for registered letters.

    Parameters
    ----------
    claimed : dict of str to int
        Origins of all elements by name.
    index, names : dict of str to int, list of str
        Numbers of the nodes by name, and their names by number.
    number : callable
        Value of a word that is not a plain number, e.g. ``1k``; None if it is not a number at all.
    """

    cdef dict claimed, index, numbers
    cdef list names
    cdef object number
    cdef list tables
    cdef signed char of_letter[256]

    def __init__(self, dict claimed not None, dict index not None, list names not None, number):
        self.claimed, self.index, self.names, self.number = claimed, index, names, number
        self.numbers = {}
        self.tables = []
        for k in range(256):
            self.of_letter[k] = -1

    def know(
        self,
        str letter not None,
        list names not None,
        list origins not None,
        list nodes not None,
        list values not None,
    ):
        """Register an ASCII letter, whose cards are appended to these lists from now on."""
        self.of_letter[<unsigned char>ord(letter)] = len(self.tables)
        self.tables.append((names, origins, nodes, values))

    def read(self, list cards not None, list origins not None, Py_ssize_t first):
        """Read from card `first` on; returns the first card that is something else."""
        cdef Py_ssize_t at, count = len(cards), word, k, length
        cdef Py_ssize_t starts[5]
        cdef Py_ssize_t ends[5]
        cdef const unsigned char *c
        cdef unsigned char here
        cdef bint inside
        cdef str text, name
        cdef tuple table
        cdef object value, origin, i, j
        for at in range(first, count):
            text = cards[at]
            if not PyUnicode_IS_ASCII(text):
                return at
            c, length = PyUnicode_1BYTE_DATA(text), PyUnicode_GET_LENGTH(text)
            if self.of_letter[c[0]] < 0:
                return at
            word, inside = 0, False
            for k in range(length):
                here = c[k]
                if here == 32 or here == 9:
                    if inside:
                        ends[word - 1], inside = k, False
                elif here < 32 or here == 44 or here == 61 or here == 40:  # , = (
                    return at
                elif not inside:
                    if word == 4:
                        return at
                    starts[word], inside = k, True
                    word += 1
            if inside:
                ends[word - 1] = length
            if word != 4:
                return at
            value = self._value(text, c, starts[3], ends[3])
            if value is None:
                return at
            name, origin = PyUnicode_Substring(text, starts[0], ends[0]), origins[at]
            if PyDict_SetDefault(self.claimed, name, origin) != <PyObject *>origin:
                return at
            table = <tuple>self.tables[self.of_letter[c[0]]]
            i = self._node(PyUnicode_Substring(text, starts[1], ends[1]))
            j = self._node(PyUnicode_Substring(text, starts[2], ends[2]))
            (<list>table[0]).append(name)
            (<list>table[1]).append(origin)
            (<list>table[2]).append(i)
            (<list>table[2]).append(j)
            (<list>table[3]).append(value)
        return count

    cdef object _node(self, object name):
        cdef object fresh = len(self.names)
        cdef object known = <object>PyDict_SetDefault(self.index, name, fresh)
        if known is fresh:  # all known numbers are less
            self.names.append(name)
        return known

    cdef object _value(self, str text, const unsigned char *c, Py_ssize_t start, Py_ssize_t end):
        """Value of a word; None if it is not a number."""
        cdef char *stopped = NULL
        cdef double number
        cdef object word
        if 48 <= c[start] <= 57:
            number = PyOS_string_to_double(<const char *>c + start, &stopped, NULL)
            if stopped == <const char *>c + end and isfinite(number):
                return number
        word = PyUnicode_Substring(text, start, end)
        if word not in self.numbers:
            self.numbers[word] = self.number(word)
        return self.numbers[word]

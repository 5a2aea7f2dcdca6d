"""The list of variables in a rawfile's header, which may have a million lines."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.string cimport memcpy

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


def listed(tuple names not None, tuple kinds not None):
    """Lines ``<tab>number<tab>name<tab>kind``, numbers from 0, as UTF-8.

    Raises
    ------
    UnicodeEncodeError
        A name is not valid text (lone surrogates).
    """
    cdef Py_ssize_t count = len(names), k, size, total = 0, number
    cdef const char *text
    cdef char *at
    cdef char digits[24]
    cdef int length
    if len(kinds) != count:
        raise ValueError(f"{count} names and {len(kinds)} kinds")
    for k in range(count):
        PyUnicode_AsUTF8AndSize(names[k], &size)
        total += size
        PyUnicode_AsUTF8AndSize(kinds[k], &size)
        total += size + 24
    made = PyBytes_FromStringAndSize(NULL, total)
    cdef char *begin = PyBytes_AS_STRING(made)
    at = begin
    for k in range(count):
        at[0] = c"\t"
        at += 1
        number, length = k, 0
        while True:
            digits[length] = 48 + number % 10
            length += 1
            number //= 10
            if number == 0:
                break
        while length > 0:
            length -= 1
            at[0] = digits[length]
            at += 1
        at[0] = c"\t"
        text = PyUnicode_AsUTF8AndSize(names[k], &size)
        memcpy(at + 1, text, size)
        at += size + 1
        at[0] = c"\t"
        text = PyUnicode_AsUTF8AndSize(kinds[k], &size)
        memcpy(at + 1, text, size)
        at += size + 1
        at[0] = c"\n"
        at += 1
    return made[:at - begin]
